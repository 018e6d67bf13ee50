import { EngineError } from '../base/errors.ts';
import { HOUSEKEEPING_MS, SEGMENT_LOADS_MAX } from '../base/limits.ts';
import { inParallel } from '../base/parallel.ts';
import { TIER_LOOK_MS } from '../base/placement-limits.ts';
import type { PlainJsonRecord } from '../base/plain-json.ts';
import type { TableSchema } from '../base/types.ts';
import { segmentName } from '../coord/cluster/segment-id.ts';
import { isVisible } from '../coord/cluster/visibility.ts';
import type { Timer } from '../io/clock.ts';
import { segmentKey, segmentOfObject } from '../store/segment-store.ts';
import type { CatalogTools, CatalogWork } from './catalog-work.ts';
import { visibleSegments } from './cluster-state.ts';
import { type DescribedSegment, describeSegment } from './describe-segment.ts';
import { Housekeeping } from './housekeeping.ts';
import { keepGroups, updateTags } from './instance-changes.ts';
import type { LeaderTerm } from './leader-term.ts';
import { newRecords, recordsOf, segmentsToReplace } from './load-plan.ts';
import type { LoadWait } from './load-wait.ts';
import { migrateLayout } from './migrate-layout.ts';
import { addRecords } from './page-edits.ts';
import type { ControllerParts } from './parts.ts';
import { DEFAULT_REBALANCE } from './rebalance-parameters.ts';
import { Rebalancer } from './rebalancer.ts';
import { Reindexer } from './reindexer.ts';
import { checkNotRemoved, removeObjects } from './remove-objects.ts';
import { dropExpired } from './retention.ts';
import { checkSegmentSchema, type GivenSchema } from './schema-changes.ts';
import type { SegmentBuilds } from './segment-builds.ts';
import {
  changeSchema,
  checkEnabled,
  configureTable,
  dropTable,
  ensureTable,
  existingTable,
  setStanding,
} from './table-changes.ts';
import { abortLoad, beginLoad, endLoad, markReplaced } from './table-loads.ts';
import { tablesToMove } from './tier-moves.ts';

/** What the catalog works on. */
export interface CatalogOptions extends CatalogTools {
  /** Waits until brokers go by a version of a table's state. */
  readonly untilBrokersSee: (table: string, version: number) => Promise<void>;
  /** See `SEGMENT_GRACE_MS`. */
  readonly graceMs: number;
  /** See `ORPHAN_GRACE_MS`. */
  readonly orphanGraceMs: number;
  readonly parts: Pick<ControllerParts, 'createLoadWait'>;
  /** For segments that get other indexes. */
  readonly builds: SegmentBuilds;
  /** Told of what housekeeping fails in, which is tried again. */
  readonly onError: (error: unknown) => void;
}

/** How waiting for servers ends when some segment is not served. */
const NOT_SERVED: ReadonlySet<EngineError['code']> = new Set(['TIMEOUT', 'SEGMENT_UNAVAILABLE']);

/** A load that queries now see. */
export interface LoadReceipt {
  readonly segments: number;
  readonly rows: number;
}

/** A load that is under way, as its steps know it. */
interface RunningLoad {
  readonly table: string;
  readonly id: string;
  readonly term: LeaderTerm;
}

/**
 * Changes tables and segments in the tree, while its controller leads. Each change is made of steps of
 * which each can be done again (`table-loads.ts` and `table-changes.ts` have them), so that a controller
 * that ends anywhere leaves what the next one finishes or takes back.
 *
 * Caller must: call `noticeChange` whenever the cluster's state has changed.
 */
export class Catalog {
  readonly #options: CatalogOptions;
  readonly #wait: LoadWait;
  readonly #housekeeping: Housekeeping;
  /** Moves segments between servers. */
  readonly rebalancer: Rebalancer;
  /** Loads that this controller has begun and not ended. */
  readonly #owned = new Set<string>();
  readonly #reindexer: Reindexer;
  #term: LeaderTerm | null = null;
  #timer: Timer | null = null;
  /** When this controller has last looked for segments that are not on servers of their tier. */
  #tiersSeenAtMs: number | null = null;
  /** The end of the work so far: the tree is changed by one piece of work at a time. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: CatalogOptions) {
    this.#options = options;
    this.#wait = options.parts.createLoadWait(options.state, options.clock);
    this.#housekeeping = new Housekeeping(options.graceMs, options.orphanGraceMs);
    const { clock, onError } = options;
    this.rebalancer = new Rebalancer({ clock, onError, run: (step) => this.#serially(step) });
    this.#reindexer = new Reindexer({
      builds: options.builds,
      run: (step) => this.#serially(step),
      onReplaced: (table, file) => this.#housekeeping.doom(table, [file]),
    });
  }

  /** True when this controller leads, and has taken over from the one before. */
  get isLeading(): boolean {
    return this.#term !== null && !this.#term.signal.aborted;
  }

  /** Takes over: takes back what another controller has begun, and leads from then on. */
  async lead(term: LeaderTerm): Promise<void> {
    await this.#serially(async (work) => {
      await migrateLayout(work);
      await work.state.settled();
      await this.#housekeeping.abortAbandoned(work, this.#owned);
    }, term);
    this.#term = term;
    this.#keepHouse();
    for (const [table, { state }] of this.#options.state.segments) {
      if (state?.standing !== 'enabling') continue;
      this.enableTable(table).catch((error: unknown) => this.#report(error, term));
    }
  }

  /** Wakes up loads and rebalances that wait for servers. */
  noticeChange(): void {
    this.#wait.noticeChange();
    this.rebalancer.noticeChange();
  }

  /** Stops; what is under way ends with an error. */
  async close(): Promise<void> {
    this.#term?.end();
    this.#timer?.cancel();
    this.rebalancer.close();
    this.#wait.noticeChange();
    await this.#options.builds.close();
    await this.#reindexer.settled();
    await this.#work;
  }

  /** Creates an empty table, or does nothing when it exists with the same schema. */
  async createTable(schema: TableSchema, pinotSchema?: PlainJsonRecord | null): Promise<void> {
    await this.#serially((work) => ensureTable(work, schema, pinotSchema));
  }

  /** Adds columns to a table; see `evolvedSchema`. */
  async changeSchema(given: GivenSchema): Promise<void> {
    await this.#serially((work) => changeSchema(work, given));
  }

  /**
   * Makes segments that are in the deep store part of a table, and others no part of it any more, all
   * at once, and waits until queries see that. After an error nothing has changed. Asked for again with
   * the same objects, it does nothing.
   *
   * @param objects names of the objects in the deep store.
   * @param replaces names of segments that they take the place of; only those may be new ones' names.
   */
  async commitLoad(
    table: string,
    objects: readonly string[],
    replaces: readonly string[] = [],
  ): Promise<LoadReceipt> {
    const segments = await this.#runLoad(table, objects, replaces);
    const rows = segments.reduce((sum, { file }) => sum + file.rowCount, 0);
    return { segments: objects.length, rows };
  }

  /**
   * Begins a replacement that a client ends when it wants: until then queries see what it replaces.
   *
   * @param brings names of the segments without which it cannot end.
   * @returns its id.
   */
  startReplacement(
    table: string,
    replaces: readonly string[],
    brings: readonly string[] = [],
  ): Promise<string> {
    return this.#serially(async (work) => {
      existingTable(work.state.tables, table);
      const ids = segmentsToReplace(work.state, table, replaces);
      const load = await beginLoad(work, table, 'replacement', brings);
      await markReplaced(work, table, load, ids);
      return load;
    });
  }

  /** Adds segments that are in the deep store to a replacement. */
  async addToReplacement(table: string, load: string, objects: readonly string[]): Promise<void> {
    await this.#serially(async (work) => {
      checkPending(work, table, load);
      const { segments, isNew } = await describeAll(work, table, objects, load);
      if (isNew) await record(work, table, load, segments);
    });
  }

  /** Ends a replacement when its segments are served: queries see them, and not what they replace. */
  async endReplacement(table: string, load: string): Promise<void> {
    const { ids, term } = await this.#serially(async (work) => {
      checkPending(work, table, load);
      checkEnabled(work.state, table);
      const brought = [...recordsOf(work.state, table)].filter(([, its]) => its.load === load);
      checkComplete(work, table, load, new Set(brought.map(([id]) => segmentName(id))));
      return { ids: new Set(brought.map(([id]) => id)), term: work.term };
    });
    await this.#wait.untilServed(table, ids, term.signal);
    await this.#publish({ table, id: load, term });
  }

  /** Takes a replacement back that has not ended; its segments are gone from the store then. */
  async revertReplacement(table: string, load: string): Promise<void> {
    await this.#serially(async (work) => {
      checkPending(work, table, load);
      this.#housekeeping.doom(table, await abortLoad(work, table, load));
    });
  }

  /**
   * Makes one uploaded segment part of a table as Pinot's upload does: of a replacement that waits for a
   * segment of its name, or of the table at once, in the place of one of its name.
   *
   * @throws EngineError ALREADY_EXISTS when there is one and `allowRefresh` is false.
   */
  async addUpload(table: string, object: string, allowRefresh: boolean): Promise<void> {
    const name = segmentOfObject(object);
    const { load, isThere } = await this.#serially(async (work) => {
      const waits = Object.entries(pendingOf(work, table)).find(([, its]) =>
        its.brings?.includes(name),
      );
      const visible = visibleSegments(work.state, table).keys();
      return { load: waits?.[0], isThere: [...visible].some((id) => segmentName(id) === name) };
    });
    if (load !== undefined) await this.addToReplacement(table, load, [object]);
    else await this.commitLoad(table, [object], isThere && allowRefresh ? [name] : []);
  }

  /**
   * Removes an uploaded segment whose load will not be committed.
   *
   * @throws EngineError CONFLICT when it is part of the table.
   */
  async discardUpload(table: string, object: string): Promise<void> {
    const key = segmentKey(table, object);
    await this.#serially(async (work) => {
      if ([...recordsOf(work.state, table)].some(([, { file }]) => file === key)) {
        throw new EngineError('CONFLICT', `controller: segment ${object} is part of ${table}`);
      }
      await removeObjects(work, table, [object]);
    });
  }

  /**
   * Configures a table: its segments get exactly the indexes that the configuration names, under their
   * names and without a change of answers; servers open them anew.
   *
   * @throws EngineError UNKNOWN_TABLE, and what `readTableConfig` and building an index throw: then the
   *   table has the configuration, and segments have their indexes as they were.
   */
  async configure(table: string, json: unknown): Promise<void> {
    await this.#serially((work) => configureTable(work, table, json));
    await this.#reindexer.reindex(table);
  }

  /** Gives the segments of a table its indexes, also where that has failed before. */
  reload(table: string): Promise<void> {
    return this.#reindexer.reindex(table);
  }

  /** Removes segments from a table, all at once, and later from the deep store. */
  async dropSegments(table: string, names: readonly string[]): Promise<void> {
    await this.#runLoad(table, [], names);
  }

  /** Gives a server other tags; segments move when tables are rebalanced. */
  async updateTags(server: string, tags: readonly string[]): Promise<void> {
    await this.#serially((work) => updateTags(work, server, tags));
  }

  /** Takes a table out of service: queries are refused, and servers let go of its segments. */
  async disableTable(table: string): Promise<void> {
    const version = await this.#serially(async (work) => {
      existingTable(work.state.tables, table);
      return setStanding(work, table, 'disabled');
    });
    await this.#options.untilBrokersSee(table, version);
  }

  /**
   * Takes a table back into service, once its segments are served again as far as they can be.
   *
   * @throws EngineError UNKNOWN_TABLE, TABLE_DISABLED when it has been disabled again meanwhile.
   */
  async enableTable(table: string): Promise<void> {
    const begun = await this.#serially(async (work) => {
      existingTable(work.state.tables, table);
      if (work.state.segments.get(table)?.state?.standing === undefined) return null;
      await setStanding(work, table, 'enabling');
      return { ids: new Set(visibleSegments(work.state, table).keys()), term: work.term };
    });
    if (begun === null) return;
    const { ids, term } = begun;
    await this.#wait.untilServed(table, ids, term.signal).catch((error: unknown) => {
      const isLate = error instanceof EngineError && NOT_SERVED.has(error.code);
      // Queries say so themselves.
      if (!isLate || term.signal.aborted) throw error;
    });
    const version = await this.#serially((work) => {
      // Somebody may have disabled it in the meantime.
      checkEnabled(work.state, table);
      return setStanding(work, table);
    }, term);
    await this.#options.untilBrokersSee(table, version);
  }

  /** Removes a table, for queries at once, and later its data. */
  async dropTable(table: string): Promise<void> {
    await this.#serially(async (work) => {
      this.#housekeeping.doom(table, await dropTable(work, table));
    });
  }

  /** @param term of work that is to be done before this controller counts as leading. */
  #serially<R>(step: (work: CatalogWork) => Promise<R>, term = this.#term): Promise<R> {
    const result = this.#work.then(async () => {
      if (term === null) throw notLeading();
      term.signal.throwIfAborted();
      await this.#options.state.settled();
      return step({ ...this.#options, term });
    });
    this.#work = result.catch(() => undefined);
    return result;
  }

  /** Does nothing when the objects are segments already that queries see. */
  async #runLoad(
    table: string,
    objects: readonly string[],
    replaces: readonly string[],
  ): Promise<readonly DescribedSegment[]> {
    let load: RunningLoad | null = null;
    try {
      // In one piece of work: between two, objects that are old may be removed.
      const begun = await this.#serially(async (work) => {
        const { segments, isNew } = await describeAll(work, table, objects);
        if (objects.length > 0 && !isNew) return { segments, run: null };
        const replaced = segmentsToReplace(work.state, table, replaces);
        const [first] = segments;
        if (first !== undefined) await ensureTable(work, first.schema);
        await work.state.settled();
        existingTable(work.state.tables, table);
        if (first !== undefined) checkEnabled(work.state, table);
        const id = await beginLoad(work, table, 'load');
        load = { table, id, term: work.term };
        this.#owned.add(id);
        const records = await record(work, table, id, segments, replaced);
        await markReplaced(work, table, id, replaced);
        return { segments, run: { brought: new Set(records.keys()), ...load } };
      });
      if (begun.run !== null) {
        await this.#wait.untilServed(table, begun.run.brought, begun.run.term.signal);
        await this.#publish(begun.run);
      }
      return begun.segments;
    } catch (error) {
      if (load !== null) await this.#takeBack(load);
      throw error;
    } finally {
      if (load !== null) this.#owned.delete((load as RunningLoad).id);
    }
  }

  async #publish({ table, id, term }: RunningLoad): Promise<void> {
    const version = await this.#serially((work) => endLoad(work, table, id), term);
    await this.#options.untilBrokersSee(table, version);
  }

  /** When this fails, housekeeping of whoever leads then takes it back. */
  async #takeBack({ table, id, term }: RunningLoad): Promise<void> {
    try {
      await this.#serially(async (work) => {
        if (!Object.hasOwn(pendingOf(work, table), id)) return;
        const files = await abortLoad(work, table, id);
        await work.state.settled();
        this.#housekeeping.doom(table, files);
      }, term);
    } catch (error) {
      if (!term.signal.aborted) this.#options.onError(error);
    }
  }

  /** Begins to move segments that have grown too old for the servers that they are on. */
  #moveTiers({ state, clock }: CatalogWork, report: (error: unknown) => void): void {
    const nowMs = clock.monotonicMs();
    if (this.#tiersSeenAtMs !== null && nowMs - this.#tiersSeenAtMs < TIER_LOOK_MS) return;
    this.#tiersSeenAtMs = nowMs;
    for (const table of tablesToMove(state, clock.nowMs())) {
      // Groups of servers stay as they are: to change those is for an operator to ask for.
      const config = { ...DEFAULT_REBALANCE, reassignInstances: false };
      this.rebalancer.start(table, config).catch((error: unknown) => {
        // Somebody else has begun one in the meantime, which goes by tiers as well.
        if (!(error instanceof EngineError) || error.code !== 'CONFLICT') report(error);
      });
    }
  }

  #report(error: unknown, term: LeaderTerm | null): void {
    if (term?.signal.aborted !== true) this.#options.onError(error);
  }

  #keepHouse(): void {
    this.#timer?.cancel();
    const { clock } = this.#options;
    const term = this.#term;
    const report = (error: unknown) => this.#report(error, term);
    const again = () => {
      if (term === null || term.signal.aborted || term !== this.#term) return;
      this.#timer = clock.schedule(HOUSEKEEPING_MS, () => this.#keepHouse());
    };
    this.#serially(async (work) => {
      await this.#housekeeping.abortAbandoned(work, this.#owned);
      await this.rebalancer.resume(work);
      await this.#housekeeping.remove(work);
      await dropExpired(work);
      this.#moveTiers(work, report);
      if (this.#reindexer.isBusy) return;
      for (const table of this.#reindexer.staleTables(work.state)) {
        this.#reindexer.reindex(table).catch(report);
      }
    }, term)
      .catch(report)
      .finally(again);
  }
}

/**
 * Describes and checks objects of a load; `isNew` is false when all are segments already that queries
 * see, or that the load has brought.
 */
async function describeAll(
  { state, store }: CatalogWork,
  table: string,
  objects: readonly string[],
  load?: string,
): Promise<{ readonly segments: DescribedSegment[]; readonly isNew: boolean }> {
  checkNotRemoved(state, table, objects);
  const pending = state.segments.get(table)?.state?.pending ?? {};
  const known = new Set<string>();
  for (const [, its] of recordsOf(state, table)) {
    const isBrought = load !== undefined && its.load === load;
    if (isBrought || isVisible(its, pending)) known.add(its.file);
  }
  const keys = objects.map((object) => segmentKey(table, object));
  const segments: DescribedSegment[] = [];
  await inParallel(keys.entries(), SEGMENT_LOADS_MAX, async ([index, key]) => {
    segments[index] = await describeSegment(store, key);
  });
  const present = state.tables.get(table)?.schema ?? segments[0]?.schema;
  for (const { schema } of segments) checkSegmentSchema(present!, schema);
  return { segments, isNew: !keys.every((key) => known.has(key)) };
}

/** Writes the records of a load's new segments. */
async function record(
  work: CatalogWork,
  table: string,
  load: string,
  segments: readonly DescribedSegment[],
  replaced: ReadonlySet<string> = replacedBy(work, table, load),
) {
  const node = existingTable(work.state.tables, table);
  for (const { schema } of segments) checkSegmentSchema(node.schema, schema);
  if (segments.length > 0) await keepGroups(work, node);
  const nowMs = work.clock.nowMs();
  const records =
    segments.length === 0
      ? new Map()
      : newRecords(work.state, node, load, segments, replaced, nowMs);
  await addRecords(work, table, records);
  await work.state.settled();
  return records;
}

function replacedBy({ state }: CatalogWork, table: string, load: string): Set<string> {
  const marked = [...recordsOf(state, table)].filter(([, its]) => its.replacedBy === load);
  return new Set(marked.map(([id]) => id));
}

function pendingOf({ state }: CatalogWork, table: string) {
  return state.segments.get(table)?.state?.pending ?? {};
}

function checkPending(work: CatalogWork, table: string, load: string): void {
  if (Object.hasOwn(pendingOf(work, table), load)) return;
  throw new EngineError(
    'NOT_FOUND',
    `controller: no replacement ${load.slice(0, 80)} of ${table} is under way`,
  );
}

function checkComplete(
  work: CatalogWork,
  table: string,
  load: string,
  brought: ReadonlySet<string>,
): void {
  const missing = pendingOf(work, table)[load]?.brings?.find((name) => !brought.has(name));
  if (missing === undefined) return;
  throw new EngineError(
    'CONFLICT',
    `controller: replacement ${load} of ${table} waits for segment ${missing}; upload it first`,
  );
}

function notLeading(): EngineError {
  return new EngineError(
    'SERVER_UNAVAILABLE',
    'controller: no controller leads at the moment; try again in a few seconds',
  );
}
