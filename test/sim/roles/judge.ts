import { segmentName } from '../../../src/coord/cluster/segment-id.ts';
import { sleep } from '../../../src/io/clock.ts';
import { segmentOfObject } from '../../../src/store/segment-store.ts';
import { SafetyViolation } from '../violation.ts';
import { SETTLE_MS } from './checkers/check-tables.ts';
import { ask } from './reader.ts';
import { DEEP_STORE, REPLICATION, type RoleCluster, WALL_CLOCKS } from './role-cluster.ts';
import type { TableChange, TableHistory } from './table-history.ts';
import { QUESTIONS, type TestSegment } from './test-tables.ts';
import type { User, UserProgram } from './user.ts';

const FIRST_LOOK_AFTER_MS = 1_000;
const LOOK_EVERY_MS = 10_000;
const REQUEST_TIMEOUT_MS = 5_000;
const SUFFIX = '.segment';

/** Why a cluster has not come to rest, as the last look found. */
export interface Unrest {
  reason: string;
}

/**
 * Looks at the cluster when all faults are over, again and again, until everything is well: all brokers
 * answer, and the same; servers hold what the tables consist of; and the deep store holds just that.
 */
export function judge(
  cluster: RoleCluster,
  history: TableHistory,
  tables: readonly string[],
  unrest: Unrest,
): UserProgram {
  return async (user) => {
    for (let pauseMs = FIRST_LOOK_AFTER_MS; ; pauseMs = Math.min(2 * pauseMs, LOOK_EVERY_MS)) {
      let found: string | null = null;
      for (const table of tables) {
        found ??= await new Look(user, cluster, history, table).unrest();
      }
      if (found === null) return;
      unrest.reason = found;
      user.note('judge', found);
      await sleep(user.clock, pauseMs);
    }
  };
}

class Look {
  readonly #user: User;
  readonly #cluster: RoleCluster;
  readonly #history: TableHistory;
  readonly #table: string;
  readonly #changes: readonly TableChange[];

  constructor(user: User, cluster: RoleCluster, history: TableHistory, table: string) {
    this.#user = user;
    this.#cluster = cluster;
    this.#history = history;
    this.#table = table;
    this.#changes = history.changes.filter((change) => change.table === table);
  }

  /** What is not well; null when everything is. */
  async unrest(): Promise<string | null> {
    const visible = await this.#visible();
    if (typeof visible === 'string') return visible;
    return (await this.#whyNotServed(visible)) ?? this.#whyNotStored(visible);
  }

  /** The segments that all brokers answer with, or why there is no such thing. */
  async #visible(): Promise<readonly TestSegment[] | string> {
    const answers: string[][] = [];
    for (const broker of this.#cluster.of('broker')) {
      for (const question of QUESTIONS) {
        const isAnswered = await ask(this.#user, this.#history, this.#table, question, [broker]);
        if (!isAnswered) return `${broker.id}: ${this.#history.failures.at(-1)!.reason}`;
        answers.push([...this.#history.answers.at(-1)!.parts!.keys()].sort());
      }
    }
    const different = new Set(answers.map((tags) => tags.join(', ')));
    if (different.size === 1) {
      const segments = this.#changes.flatMap(({ adds }) => adds);
      return segments.filter(({ tag }) => answers[0]!.includes(tag));
    }
    return `answers of ${this.#table} differ: ${[...different].join(' | ')}`;
  }

  async #whyNotServed(visible: readonly TestSegment[]): Promise<string | null> {
    const copies = new Map<string, number>();
    for (const server of this.#cluster.of('server')) {
      const response = await this.#user.ask(server, get('/tables'));
      if (response?.status !== 200) return `${server.id} does not say what it serves`;
      const served = (response.body as Record<string, string[]>)[this.#table] ?? [];
      for (const id of served) copies.set(segmentName(id), (copies.get(segmentName(id)) ?? 0) + 1);
    }
    for (const segment of visible) {
      const found = copies.get(segment.name) ?? 0;
      const expected = this.#copiesOf(segment);
      if (found < expected) return `${found} servers serve ${segment.name}, expected ${expected}`;
    }
    return null;
  }

  /** As many copies as there were servers when it was loaded; coordinators say which there are. */
  #copiesOf(segment: TestSegment): number {
    const change = this.#changes.find(({ adds }) => adds.includes(segment))!;
    const untilMs = change.acknowledgedMs ?? change.invokedMs;
    const { disturbances, world } = this.#cluster;
    const coordinators = world.nodes.map(({ host }) => host);
    const live = this.#cluster
      .of('server')
      .filter(({ host }) =>
        disturbances.isCalm([host, ...coordinators], change.invokedMs - SETTLE_MS, untilMs),
      );
    return Math.min(REPLICATION, Math.max(1, live.length));
  }

  #whyNotStored(visible: readonly TestSegment[]): string | null {
    const stored = this.#storedSegments();
    for (const { name } of visible) {
      const count = stored.get(name) ?? 0;
      if (count === 0) throw new SafetyViolation('lost files', `no file is left of ${name}`);
      if (count !== 1 && !(count > 1 && this.#haveClocksJumped()))
        return `the deep store has ${count} files of ${name}`;
      stored.delete(name);
    }
    const [left] = stored.keys();
    return left === undefined || this.#haveClocksJumped() ? null : `the deep store keeps ${left}`;
  }

  /** Then some files are not old enough to be removed for days. */
  #haveClocksJumped(): boolean {
    const { disturbances, world } = this.#cluster;
    return !disturbances.isCalm([WALL_CLOCKS], 0, world.scheduler.nowMs);
  }

  #storedSegments(): Map<string, number> {
    const prefix = `${DEEP_STORE}/${this.#table}/`;
    const counts = new Map<string, number>();
    for (const path of this.#cluster.deepStore.image().files.keys()) {
      if (!path.startsWith(prefix) || !path.endsWith(SUFFIX)) continue;
      const name = segmentOfObject(path.slice(prefix.length, -SUFFIX.length));
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }
}

function get(path: string) {
  return { method: 'GET', path, timeoutMs: REQUEST_TIMEOUT_MS } as const;
}
