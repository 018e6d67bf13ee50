import { assert } from '../../../base/assert.ts';
import type { RaftLog } from './raft-log.ts';
import type { RaftRules } from './rules.ts';
import type { HardState, RaftEnvelope, RaftOutput, StateSnapshot } from './types.ts';

/** What may only happen once everything before it is on disk. */
export type Promised =
  | { readonly kind: 'send'; readonly envelope: RaftEnvelope }
  /** The node's vote for itself. */
  | { readonly kind: 'ownVote'; readonly term: number }
  | { readonly kind: 'install'; readonly snapshot: StateSnapshot };

/**
 * Gathers what a step asks for: numbers the persists, and holds back what depends on them.
 *
 * Keeps: what was promised is released in order, and only when every persist that was asked for
 * before or in the same step is durable.
 */
export class Outbox {
  readonly #rules: RaftRules;
  #output = emptyOutput();
  #sealedNumber = 0;
  #doneNumber = 0;
  #isHardStateChanged = false;
  #snapshot: StateSnapshot | null = null;
  /** First index that is not in a persist yet, 0 for none. */
  #entriesStart = 0;
  #fresh: Promised[] = [];
  #waiting: { readonly number: number; readonly promised: Promised }[] = [];
  /** The log's last index after each persist that is under way. */
  #ends: { readonly number: number; lastIndex: number }[] = [];

  constructor(rules: RaftRules) {
    this.#rules = rules;
  }

  get output(): RaftOutput {
    return this.#output;
  }

  /** Whether nothing waits to be put into a persist, or to be held back for one. */
  get isSettled(): boolean {
    return this.#isUnchanged && this.#fresh.length === 0;
  }

  get #isUnchanged(): boolean {
    return !this.#isHardStateChanged && this.#snapshot === null && this.#entriesStart === 0;
  }

  send(envelope: RaftEnvelope): void {
    this.#output.send.push(envelope);
  }

  promise(promised: Promised): void {
    this.#fresh.push(promised);
  }

  hardStateChanged(): void {
    this.#isHardStateChanged = true;
  }

  entriesChanged(start: number): void {
    this.#entriesStart = this.#entriesStart === 0 ? start : Math.min(this.#entriesStart, start);
  }

  /** The log was cut before `start`: what is being written from there on no longer counts. */
  truncated(start: number): void {
    for (const end of this.#ends) end.lastIndex = Math.min(end.lastIndex, start - 1);
    this.entriesChanged(start);
  }

  snapshotInstalled(snapshot: StateSnapshot): void {
    for (const end of this.#ends) end.lastIndex = 0;
    this.#snapshot = snapshot;
    this.#entriesStart = 0;
  }

  /** Makes a persist of everything that changed since the last one. */
  seal(hardState: HardState, log: RaftLog): void {
    if (!this.#isUnchanged) {
      const start = this.#entriesStart;
      this.#output.persist.push({
        number: ++this.#sealedNumber,
        hardState: this.#isHardStateChanged ? hardState : null,
        snapshot: this.#snapshot,
        entries: start === 0 ? [] : log.slice(start, log.lastIndex + 1),
      });
      this.#ends.push({ number: this.#sealedNumber, lastIndex: log.lastIndex });
      this.#isHardStateChanged = false;
      this.#snapshot = null;
      this.#entriesStart = 0;
    }
    for (const promised of this.#fresh) {
      this.#waiting.push({ number: this.#sealedNumber, promised });
    }
    this.#fresh = [];
  }

  /** The driver reports that everything up to a persist is durable. */
  persisted(number: number): void {
    assert(number <= this.#sealedNumber, 'only what was asked for becomes durable');
    this.#doneNumber = Math.max(this.#doneNumber, number);
  }

  /** How far the log has become durable since the last call, null when it has not. */
  takeStableIndex(): number | null {
    const count = this.#ends.findIndex((end) => end.number > this.#doneNumber);
    const done = this.#ends.splice(0, count < 0 ? this.#ends.length : count);
    return done.at(-1)?.lastIndex ?? null;
  }

  /** What may happen now, in order. */
  takeReleased(): Promised[] {
    const count = this.#waiting.findIndex(
      ({ number }) => !this.#rules.isDurable(number, this.#doneNumber),
    );
    const released = this.#waiting.splice(0, count < 0 ? this.#waiting.length : count);
    return withoutOutdated(released.map(({ promised }) => promised));
  }

  /** Ends the step. */
  takeOutput(): RaftOutput {
    const output = this.#output;
    this.#output = emptyOutput();
    return output;
  }
}

/** One disk flush acknowledges many appends: the last acknowledgement says all. */
function withoutOutdated(released: readonly Promised[]): Promised[] {
  return released.filter((promised, position) => {
    const next = released[position + 1];
    if (promised.kind !== 'send' || next?.kind !== 'send') return true;
    const [earlier, later] = [promised.envelope, next.envelope];
    return !(
      earlier.to === later.to &&
      earlier.message.kind === 'appendResponse' &&
      later.message.kind === 'appendResponse' &&
      earlier.message.term === later.message.term &&
      earlier.message.index <= later.message.index
    );
  });
}

function emptyOutput(): RaftOutput {
  return { persist: [], send: [], installed: null, committed: [], reads: [] };
}
