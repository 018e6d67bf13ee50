import { SafetyViolation } from '../../violation.ts';
import type { Disturbances } from '../disturbances.ts';
import type { TableAnswer, TableChange, TableHistory } from '../table-history.ts';
import { nameOf, TableChanges, type Verdict } from './verdicts.ts';

/** What a check of tables needs to know beside what clients saw. */
export interface TableCheckOptions {
  readonly disturbances: Disturbances;
  readonly coordinatorHosts: readonly string[];
  readonly controllerHosts: readonly string[];
}

/** A fault may be felt for so long after its end: sessions expire, connections come back. */
export const SETTLE_MS = 10_000;
/** A broker that nothing is wrong with learns of changes within this time. */
const LAG_MS_MAX = 2_000;
/** Of so many changes that may be in an answer or not, all combinations are tried. */
const OPEN_CHANGES_MAX = 12;

/**
 * Checks that every answer was right at some moment while it was asked for. What is promised:
 *
 * - An answer has all rows of whole changes, each row once: never a part of a load or replacement.
 * - One process of a broker never goes back: what an answer shows, every later query sees.
 * - A change that was acknowledged before another one was asked for is in every answer that shows that one.
 * - What is acknowledged, every query sees that begins afterwards, at every broker that could be
 *   reached and followed the coordinator: loads and replacements at once, drops within two seconds.
 * - What any answer has shown, such brokers show within two seconds as well, for ever: so that a change
 *   whose outcome its client does not know has happened for all, or for nobody.
 *
 * @returns answers that were too hard to decide.
 * @throws SafetyViolation
 */
export function checkTables(history: TableHistory, options: TableCheckOptions): number {
  let undecided = 0;
  for (const table of new Set(history.answers.map((answer) => answer.table))) {
    const isOfTable = (one: { readonly table: string }): boolean => one.table === table;
    const changes = new TableChanges(history.changes.filter(isOfTable));
    undecided += new TableCheck(changes, history.answers.filter(isOfTable), options).run();
  }
  return undecided;
}

interface Judged {
  readonly answer: TableAnswer;
  readonly verdicts: ReadonlyMap<TableChange, Verdict>;
}

class TableCheck {
  readonly #changes: TableChanges;
  readonly #answers: readonly TableAnswer[];
  readonly #options: TableCheckOptions;
  /** When a change was first known to have happened. */
  readonly #knownMs = new Map<TableChange, number>();
  /** By incarnation of a broker: the end of the first answer that showed a change. */
  readonly #shownMs = new Map<string, Map<TableChange, number>>();
  /** By incarnation: the beginning of the last answer that showed that a change had not happened. */
  readonly #deniedMs = new Map<string, Map<TableChange, number>>();

  constructor(changes: TableChanges, answers: readonly TableAnswer[], options: TableCheckOptions) {
    this.#changes = changes;
    this.#answers = answers;
    this.#options = options;
  }

  run(): number {
    const judged = this.#answers
      .filter(({ parts }) => parts !== null)
      .map((answer) => ({ answer, verdicts: this.#changes.verdicts(answer) }));
    for (const change of this.#changes.all) {
      if (change.acknowledgedMs !== null) this.#knownMs.set(change, change.acknowledgedMs);
    }
    for (const one of judged) this.#learn(one);
    for (const one of judged) this.#check(one);
    const counts = this.#answers.filter(({ rowCount }) => rowCount !== null);
    return counts.filter((answer) => !this.#checkCount(answer)).length;
  }

  #learn({ answer, verdicts }: Judged): void {
    for (const [change, verdict] of verdicts) {
      if (verdict === 'yes') {
        const { endedMs } = answer;
        const earliest = (known = Number.POSITIVE_INFINITY): number => Math.min(known, endedMs);
        this.#knownMs.set(change, earliest(this.#knownMs.get(change)));
        const shown = mapOf(this.#shownMs, answer.incarnation);
        shown.set(change, earliest(shown.get(change)));
      } else if (verdict === 'no') {
        const denied = mapOf(this.#deniedMs, answer.incarnation);
        denied.set(change, Math.max(denied.get(change) ?? 0, answer.beganMs));
      }
    }
  }

  #check({ answer, verdicts }: Judged): void {
    const denied = this.#changes.all.filter((change) => verdicts.get(change) === 'no');
    for (const change of denied) {
      const why = this.#whyCertain(change, answer);
      if (why === null) continue;
      const text = `${nameOf(answer)} is without change ${change.number} (${change.kind})`;
      throw new SafetyViolation(why.checker, `${text}, which ${why.reason}`);
    }
    for (const change of this.#changes.all) {
      if (verdicts.get(change) !== 'yes') continue;
      const before = denied.find((other) => mustComeBefore(other, change));
      if (before === undefined) continue;
      const text = `${nameOf(answer)} shows change ${change.number}, but not ${before.number}`;
      throw new SafetyViolation('order of changes', `${text}, which was done before`);
    }
  }

  /** Why an answer must show a change; null when it need not. */
  #whyCertain(change: TableChange, answer: TableAnswer) {
    const shownMs = this.#shownMs.get(answer.incarnation)?.get(change);
    if (shownMs !== undefined && shownMs < answer.beganMs) {
      return { checker: 'monotonic answers', reason: `${answer.incarnation} had shown before` };
    }
    const { acknowledgedMs, kind } = change;
    const isAtOnce = kind !== 'drop' && acknowledgedMs !== null && acknowledgedMs <= answer.beganMs;
    if (isAtOnce && this.#isCalm(change.invokedMs, answer, this.#options.controllerHosts)) {
      return { checker: 'acknowledged changes', reason: 'had been acknowledged' };
    }
    const knownMs = this.#knownMs.get(change);
    if (knownMs === undefined || knownMs + LAG_MS_MAX > answer.beganMs) return null;
    if (!this.#isCalm(knownMs, answer, [])) return null;
    const known = `had happened ${((answer.beganMs - knownMs) / 1_000).toFixed(3)} s before`;
    return { checker: 'stale answers', reason: known };
  }

  #isCalm(sinceMs: number, answer: TableAnswer, hosts: readonly string[]): boolean {
    const { disturbances, coordinatorHosts } = this.#options;
    const all = [answer.brokerHost, ...coordinatorHosts, ...hosts];
    return disturbances.isCalm(all, sinceMs - SETTLE_MS, answer.endedMs);
  }

  /** False when it is too hard to decide. */
  #checkCount(answer: TableAnswer): boolean {
    const possible = this.#changes.all.filter(({ invokedMs }) => invokedMs < answer.endedMs);
    const denied = this.#deniedMs.get(answer.incarnation);
    const certain = new Set<TableChange>();
    const open: TableChange[] = [];
    for (const change of possible) {
      if (this.#whyCertain(change, answer) !== null) certain.add(change);
      else if ((denied?.get(change) ?? 0) <= answer.endedMs) open.push(change);
    }
    if (open.length > OPEN_CHANGES_MAX) return false;
    for (let subset = 0; subset < 2 ** open.length; subset++) {
      const done = new Set([...certain, ...open.filter((_, bit) => (subset >> bit) & 1)]);
      if (this.#changes.rowCount(done) === answer.rowCount && isInOrder(done, possible))
        return true;
    }
    const text = `${nameOf(answer)} is ${answer.rowCount}, which the table never had`;
    throw new SafetyViolation('row counts', text);
  }
}

function isInOrder(done: ReadonlySet<TableChange>, all: readonly TableChange[]): boolean {
  const missing = all.filter((change) => !done.has(change));
  return ![...done].some((change) => missing.some((other) => mustComeBefore(other, change)));
}

function mustComeBefore(change: TableChange, other: TableChange): boolean {
  return change.acknowledgedMs !== null && change.acknowledgedMs < other.invokedMs;
}

function mapOf(
  maps: Map<string, Map<TableChange, number>>,
  name: string,
): Map<TableChange, number> {
  const found = maps.get(name) ?? new Map<TableChange, number>();
  maps.set(name, found);
  return found;
}
