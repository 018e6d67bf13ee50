import { SafetyViolation } from '../../violation.ts';
import type { TableAnswer, TableChange } from '../table-history.ts';
import { QUESTIONS, type TestSegment } from '../test-tables.ts';

/** What an answer says of a change: it shows it, it shows that it has not happened, or neither. */
export type Verdict = 'yes' | 'no' | null;

/** The changes of a table, and by which of them its segments come and go. */
export class TableChanges {
  readonly all: readonly TableChange[];
  readonly #segments = new Map<string, TestSegment>();
  readonly #adds = new Map<string, TableChange>();
  readonly #removes = new Map<string, TableChange>();

  constructor(changes: readonly TableChange[]) {
    this.all = changes;
    for (const change of changes) {
      for (const segment of change.adds) {
        this.#segments.set(segment.tag, segment);
        this.#adds.set(segment.tag, change);
      }
      for (const { tag } of change.removes) this.#removes.set(tag, change);
    }
  }

  /**
   * What an answer says of each change.
   *
   * @throws SafetyViolation when it has rows that nobody has loaded, or some of them not or twice, or
   *   a part of a change only.
   */
  verdicts(answer: TableAnswer): Map<TableChange, Verdict> {
    this.#checkRows(answer);
    const verdicts = new Map<TableChange, Verdict>();
    for (const change of this.all) verdicts.set(change, this.#verdict(change, answer));
    return verdicts;
  }

  /** Rows of the table after some changes; null when these cannot have happened without others. */
  rowCount(done: ReadonlySet<TableChange>): number | null {
    let count = 0;
    for (const change of done) {
      for (const { values } of change.adds) count += values.length;
      for (const { tag, values } of change.removes) {
        if (!done.has(this.#adds.get(tag)!)) return null;
        count -= values.length;
      }
    }
    return count;
  }

  #checkRows(answer: TableAnswer): void {
    const { expected } = QUESTIONS.find(({ name }) => name === answer.question)!;
    for (const [tag, found] of answer.parts!) {
      const segment = this.#segments.get(tag);
      if (segment === undefined || this.#adds.get(tag)!.invokedMs > answer.endedMs) {
        throw new SafetyViolation('rows', `${nameOf(answer)} has rows of ${tag}, not loaded yet`);
      }
      if (found === expected(segment)) continue;
      const text = `rows of ${tag}: expected ${expected(segment)}, found ${found}`;
      throw new SafetyViolation('rows', `${nameOf(answer)}: ${text}`);
    }
  }

  #verdict(change: TableChange, answer: TableAnswer): Verdict {
    const parts = answer.parts!;
    let shows: string | null = null;
    let denies: string | null = null;
    for (const { tag } of change.adds) {
      const removal = this.#removes.get(tag);
      if (parts.has(tag)) shows = tag;
      else if (removal === undefined || removal.invokedMs > answer.endedMs) denies = tag;
    }
    for (const { tag } of change.removes) {
      if (parts.has(tag)) denies = tag;
      else if (this.#adds.get(tag)!.adds.some((other) => parts.has(other.tag))) shows = tag;
    }
    if (shows !== null && denies !== null) {
      const text = `${nameOf(answer)} shows a part of change ${change.number} (${change.kind})`;
      throw new SafetyViolation('whole changes', `${text}: ${shows} says yes, ${denies} says no`);
    }
    if (shows !== null) return 'yes';
    return denies === null ? null : 'no';
  }
}

/** An answer for people. */
export function nameOf({ number, table, question, broker, beganMs, endedMs }: TableAnswer): string {
  const time = `${(beganMs / 1_000).toFixed(3)} to ${(endedMs / 1_000).toFixed(3)} s`;
  return `answer ${number} (${question} of ${table} by ${broker}, ${time})`;
}
