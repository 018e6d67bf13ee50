import { EngineError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest-name.ts';
import { readTableConfig } from '../base/table-config.ts';
import type { TableSchema } from '../base/types.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import {
  type AssignmentNode,
  childPath,
  clusterPaths,
  encodeNode,
  type RoutingNode,
  type SegmentNode,
  type TableNode,
} from '../coord/cluster/paths.ts';
import { deleteIfThere } from '../coord/cluster/presence.ts';
import type { Clock } from '../io/clock.ts';
import type { DecodeBuffer } from '../segment/rebuild.ts';
import { type SegmentStore, segmentKey } from '../store/segment-store.ts';
import { type ClusterState, servingOf } from './cluster-state.ts';
import { describeSegment, reindexSegment } from './describe-segment.ts';
import { LoadWait } from './load-wait.ts';
import { nextRouting } from './next-routing.ts';
import { countHeld, placeSegments } from './placement.ts';
import { readNode } from './read-node.ts';

/** What the catalog works on. */
export interface CatalogOptions {
  readonly client: CoordinatorClient;
  readonly state: ClusterState;
  readonly store: SegmentStore;
  /** For columns of segments that get other indexes. */
  readonly decode: DecodeBuffer;
  readonly clock: Clock;
  /** Copies of each segment of a new table. */
  readonly replication: number;
  /** Waits until brokers go by a version of a table's routing. */
  readonly untilBrokersSee: (table: string, version: number) => Promise<void>;
}

/** A load that queries now see. */
export interface LoadReceipt {
  readonly segments: number;
  readonly rows: number;
}

/**
 * Changes tables and segments in the tree. Only the leading controller may use it.
 *
 * Caller must: call `noticeChange` whenever the cluster's state has changed.
 */
export class Catalog {
  readonly #options: CatalogOptions;
  readonly #wait: LoadWait;
  /** The end of the work so far: the tree is changed by one piece of work at a time. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: CatalogOptions) {
    this.#options = options;
    this.#wait = new LoadWait(options.state, options.clock);
  }

  /** Wakes up loads that wait for servers. */
  noticeChange(): void {
    this.#wait.noticeChange();
  }

  /** Creates an empty table, or does nothing when it exists with the same schema. */
  createTable(schema: TableSchema): Promise<void> {
    return this.#serially(() => this.#ensureTable(schema));
  }

  /**
   * Makes segments that are in the deep store part of a table, all at once, and waits until queries
   * see them. After an error none of them is part of the table, and they are gone from the store.
   */
  async commitLoad(table: string, names: readonly string[]): Promise<LoadReceipt> {
    const { state, untilBrokersSee } = this.#options;
    const nodes = await this.#serially(() => this.#assignLoad(table, names));
    try {
      await this.#wait.untilVisible(table, names);
      await untilBrokersSee(table, state.routing.get(table)?.version ?? 0);
    } catch (error) {
      await this.#serially(() => this.#dropSegments(table, names));
      throw error;
    }
    const rows = [...nodes.values()].reduce((sum, { rowCount }) => sum + rowCount, 0);
    return { segments: names.length, rows };
  }

  /**
   * Removes an uploaded segment whose load will not be committed.
   *
   * @throws EngineError CONFLICT when it is part of the table.
   */
  discardUpload(table: string, name: string): Promise<void> {
    return this.#serially(async () => {
      const key = segmentKey(table, name);
      const path = childPath(clusterPaths.assignment, table);
      const assignment = await readNode<AssignmentNode>(this.#options.client, path);
      if (assignment !== null && Object.hasOwn(assignment.value.segments, name)) {
        throw new EngineError('CONFLICT', `controller: segment ${name} is part of ${table}`);
      }
      await deleteIfThere(this.#options.client, childPath(clusterPaths.segments, table, name));
      await this.#options.store.delete(key);
    });
  }

  /**
   * Configures a table: its segments get exactly the indexes that the configuration names, under their
   * names and without a change of answers; servers open them anew.
   *
   * @throws EngineError UNKNOWN_TABLE, and what `readTableConfig` and building an index throw.
   */
  configure(table: string, json: unknown): Promise<void> {
    return this.#serially(() => this.#configure(table, json));
  }

  /** Removes segments from a table and from the deep store. */
  dropSegments(table: string, names: readonly string[]): Promise<void> {
    return this.#serially(() => this.#dropSegments(table, names));
  }

  /** Removes a table with its data; it disappears for queries first. */
  dropTable(table: string): Promise<void> {
    return this.#serially(() => this.#dropTable(table));
  }

  /** Brings what queries see up to what servers serve. */
  advanceRouting(): Promise<void> {
    return this.#serially(async () => {
      for (const table of this.#options.state.assignments.keys()) await this.#advance(table);
    });
  }

  #serially<R>(step: () => Promise<R>): Promise<R> {
    const result = this.#work.then(step);
    this.#work = result.catch(() => undefined);
    return result;
  }

  async #ensureTable(schema: TableSchema): Promise<void> {
    const { client, clock, replication } = this.#options;
    const path = childPath(clusterPaths.tables, schema.name);
    const existing = await readNode<TableNode>(this.#options.client, path);
    if (existing !== null) {
      checkSameSchema(existing.value.schema, schema);
      return;
    }
    const node: TableNode = { schema, replication, createdAtMs: clock.nowMs() };
    const assignmentPath = childPath(clusterPaths.assignment, schema.name);
    await client.ensurePath(childPath(clusterPaths.segments, schema.name));
    await deleteIfThere(client, assignmentPath);
    await client.create(assignmentPath, encodeNode(assignmentPath, { segments: {} }));
    await client.create(path, encodeNode(path, node));
  }

  async #assignLoad(table: string, names: readonly string[]): Promise<Map<string, SegmentNode>> {
    const { client, state } = this.#options;
    const nodes = new Map<string, SegmentNode>();
    for (const name of names) {
      const { node, schema } = await describeSegment(this.#options.store, table, name);
      if (nodes.size === 0) await this.#ensureTable(schema);
      else checkSameSchema((await this.#table(table)).schema, schema);
      nodes.set(name, node);
    }
    const path = childPath(clusterPaths.assignment, table);
    const { value, version } = await this.#readExisting<AssignmentNode>(path, table);
    for (const name of names) {
      if (Object.hasOwn(value.segments, name)) {
        throw new EngineError('ALREADY_EXISTS', `controller: ${table} has segment ${name} already`);
      }
    }
    const held = countHeld([...state.assignments.values()].map(({ segments }) => segments));
    const { replication } = await this.#table(table);
    const placed = placeSegments(names, [...state.liveServers.keys()], held, replication);
    await Promise.all([...nodes].map(([name, node]) => this.#putSegmentNode(table, name, node)));
    const next: AssignmentNode = { ...value, segments: { ...value.segments, ...placed } };
    await client.set(path, encodeNode(path, next), version);
    return nodes;
  }

  async #putSegmentNode(table: string, name: string, node: SegmentNode): Promise<void> {
    const { client } = this.#options;
    const path = childPath(clusterPaths.segments, table, name);
    await deleteIfThere(client, path);
    await client.create(path, encodeNode(path, node));
  }

  async #advance(table: string): Promise<void> {
    const { client, state } = this.#options;
    const assignment = await readNode<AssignmentNode>(
      this.#options.client,
      childPath(clusterPaths.assignment, table),
    );
    if (assignment === null) return;
    const path = childPath(clusterPaths.routing, table);
    const current = await readNode<RoutingNode>(this.#options.client, path);
    const { served } = servingOf(state, table);
    const next = nextRouting(assignment.value, served, current?.value ?? null);
    if (next === null) return;
    if (current === null) await client.create(path, encodeNode(path, next));
    else await client.set(path, encodeNode(path, next), current.version);
  }

  async #dropSegments(table: string, names: readonly string[]): Promise<void> {
    const { client, store } = this.#options;
    const path = childPath(clusterPaths.assignment, table);
    const { value, version } = await this.#readExisting<AssignmentNode>(path, table);
    const gone = new Set(names);
    const kept = Object.entries(value.segments).filter(([name]) => !gone.has(name));
    const next: AssignmentNode = { ...value, segments: Object.fromEntries(kept) };
    await client.set(path, encodeNode(path, next), version);
    await this.#advance(table);
    for (const name of names) {
      await deleteIfThere(client, childPath(clusterPaths.segments, table, name));
      await store.delete(segmentKey(table, name));
    }
  }

  async #configure(table: string, json: unknown): Promise<void> {
    const { client, store, decode } = this.#options;
    const tablePath = childPath(clusterPaths.tables, table);
    const node = await this.#readExisting<TableNode>(tablePath, table);
    const config = readTableConfig(json, 'table config', node.value.schema);
    const path = childPath(clusterPaths.assignment, table);
    const assignment = await this.#readExisting<AssignmentNode>(path, table);
    for (const name of Object.keys(assignment.value.segments)) {
      await reindexSegment(store, table, name, config.build.indexes, decode);
      await this.#putSegmentNode(table, name, (await describeSegment(store, table, name)).node);
    }
    const next: TableNode = { ...node.value, config: config.json };
    await client.set(tablePath, encodeNode(tablePath, next), node.version);
    const revision = (assignment.value.revision ?? 0) + 1;
    await client.set(path, encodeNode(path, { ...assignment.value, revision }), assignment.version);
  }

  async #dropTable(table: string): Promise<void> {
    const { client, store } = this.#options;
    await this.#table(table);
    await deleteIfThere(client, childPath(clusterPaths.tables, table));
    await deleteIfThere(client, childPath(clusterPaths.routing, table));
    await deleteIfThere(client, childPath(clusterPaths.assignment, table));
    const segments = childPath(clusterPaths.segments, table);
    for (const name of await client.children(segments)) {
      await deleteIfThere(client, childPath(segments, name));
    }
    await deleteIfThere(client, segments);
    for (const name of await store.list(table)) await store.delete(segmentKey(table, name));
  }

  async #table(table: string): Promise<TableNode> {
    return (await this.#readExisting<TableNode>(childPath(clusterPaths.tables, table), table))
      .value;
  }

  async #readExisting<T extends object>(path: string, table: string) {
    const found = await readNode<T>(this.#options.client, path);
    if (found === null) throw unknownTable(table, this.#options.state.tables.keys());
    return found;
  }
}

/** The error for a table that is not there. */
export function unknownTable(table: string, tables: Iterable<string>): EngineError {
  return new EngineError(
    'UNKNOWN_TABLE',
    `controller: no table ${JSON.stringify(table.slice(0, 200))}${didYouMean(table, tables)}`,
  );
}

function checkSameSchema(expected: TableSchema, found: TableSchema): void {
  const text = ({ columns }: TableSchema) =>
    columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  if (text(expected) === text(found)) return;
  throw new EngineError(
    'SCHEMA_MISMATCH',
    `controller: table ${expected.name} has columns (${text(expected)}), ` +
      `the new data has (${text(found)}); load it into another table or give its --schema`,
  );
}
