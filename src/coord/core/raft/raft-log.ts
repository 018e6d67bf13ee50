import { assert } from '../../../base/assert.ts';
import { isVoter, type VoterSets, votersOf } from './quorum.ts';
import type { ClusterConfig, Entry, Member, StateSnapshot } from './types.ts';

/** What an entry takes beside its payload, in messages and in memory, about. */
const ENTRY_OVERHEAD_BYTES = 64;

/** What a member takes in an entry's configuration, about. */
const MEMBER_BYTES = 128;

/** Bytes that an entry counts for wherever entries are limited by bytes. */
export function entryBytes(entry: Entry): number {
  const memberCount = entry.config === null ? 0 : entry.config.members.length;
  return entry.payload.byteLength + ENTRY_OVERHEAD_BYTES + memberCount * MEMBER_BYTES;
}

/** A configuration, where it starts, and what is derived from it. */
interface ConfigAt {
  readonly index: number;
  readonly config: ClusterConfig;
  readonly voters: VoterSets;
}

/**
 * The log in memory: what follows the entry at `baseIndex`, which a snapshot covers.
 *
 *     position in #entries:  #head              length
 *     index:                 baseIndex + 1 … lastIndex
 *
 * Keeps: indexes without gaps, terms that never fall, one configuration at or below `baseIndex` and
 * one for each entry that holds one.
 */
export class RaftLog {
  #entries: Entry[] = [];
  #head = 0;
  #baseIndex: number;
  #baseTerm: number;
  #configs: ConfigAt[];

  constructor(baseIndex: number, baseTerm: number, config: ClusterConfig) {
    this.#baseIndex = baseIndex;
    this.#baseTerm = baseTerm;
    this.#configs = [configAt(baseIndex, config)];
  }

  get baseIndex(): number {
    return this.#baseIndex;
  }

  get lastIndex(): number {
    return this.#baseIndex + this.#entries.length - this.#head;
  }

  get lastTerm(): number {
    return this.termAt(this.lastIndex);
  }

  /** The configuration that holds: the newest in the log, committed or not. */
  get config(): ClusterConfig {
    return this.#configs.at(-1)!.config;
  }

  /** Where that configuration came in. */
  get configIndex(): number {
    return this.#configs.at(-1)!.index;
  }

  get voters(): VoterSets {
    return this.#configs.at(-1)!.voters;
  }

  /** Whether a node votes in any configuration that may turn out to be the committed one. */
  isVoterUntilCommitted(id: number, commitIndex: number): boolean {
    for (const { index, voters } of this.#configs.toReversed()) {
      if (isVoter(voters, id)) return true;
      if (index <= commitIndex) return false;
    }
    return false;
  }

  /** A node as the newest configuration in the log that names it describes it, if any still does. */
  memberOf(id: number): Member | undefined {
    for (const { config } of this.#configs.toReversed()) {
      const member = config.members.find((member) => member.id === id);
      if (member !== undefined) return member;
    }
    return undefined;
  }

  /** The term of the entry at an index; -1 when the log does not hold it (any more). */
  termAt(index: number): number {
    if (index === this.#baseIndex) return this.#baseTerm;
    return this.#entryAt(index)?.term ?? -1;
  }

  /** Caller must pass entries that follow the last one. */
  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      assert(entry.index === this.lastIndex + 1, 'the log has no gaps');
      assert(entry.term >= this.lastTerm, 'terms never fall along the log');
      this.#entries.push(entry);
      if (entry.config !== null) this.#configs.push(configAt(entry.index, entry.config));
    }
  }

  /** Cuts the log before an index, and takes back the configurations that came in from there. */
  truncateFrom(index: number): void {
    assert(index > this.#baseIndex, 'what a snapshot covers is never cut');
    this.#entries.length = this.#position(index);
    while (this.#configs.length > 1 && this.#configs.at(-1)!.index >= index) this.#configs.pop();
  }

  /** The entries in [start, end). */
  slice(start: number, end: number): Entry[] {
    assert(start > this.#baseIndex, 'the log still holds what is read');
    return this.#entries.slice(this.#position(start), this.#position(end));
  }

  /** Entries from an index on: at least one if there is one, and no more than `bytesMax` of them. */
  batch(start: number, bytesMax: number): { entries: Entry[]; bytes: number } {
    let end = start;
    let bytes = 0;
    for (let entry = this.#entryAt(start); entry !== undefined; entry = this.#entryAt(end)) {
      const grown = bytes + entryBytes(entry);
      if (end > start && grown > bytesMax) break;
      bytes = grown;
      end++;
    }
    return { entries: this.slice(start, end), bytes };
  }

  /**
   * The last index up to `index` whose term is at most `term`: nothing after it can equal a log whose
   * term there is `term`. `baseIndex` at least.
   */
  lastIndexWithTermAtMost(index: number, term: number): number {
    let low = this.#baseIndex;
    let high = Math.min(index, this.lastIndex);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.termAt(middle) <= term) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * Forgets entries up to an index, which was applied, save for the newest `retainedBytesMax` bytes
   * of them.
   */
  compact(index: number, retainedBytesMax: number): void {
    assert(index <= this.lastIndex, 'only what the log holds can be compacted');
    let base = index;
    let bytes = 0;
    while (base > this.#baseIndex) {
      bytes += entryBytes(this.#entryAt(base)!);
      if (bytes > retainedBytesMax) break;
      base--;
    }
    if (base <= this.#baseIndex) return;
    const oldHead = this.#head;
    this.#baseTerm = this.termAt(base);
    this.#head = this.#position(base + 1);
    this.#baseIndex = base;
    const kept = this.#configs.findLastIndex((at) => at.index <= base);
    this.#configs = this.#configs.slice(kept);
    // Moving what is left costs as much as what was forgotten, so it is free in the long run.
    if (2 * this.#head < this.#entries.length) {
      this.#entries.fill(FORGOTTEN, oldHead, this.#head);
      return;
    }
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }

  /** Replaces everything by a snapshot. */
  reset(snapshot: StateSnapshot): void {
    this.#entries = [];
    this.#head = 0;
    this.#baseIndex = snapshot.index;
    this.#baseTerm = snapshot.term;
    this.#configs = [configAt(snapshot.index, snapshot.config)];
  }

  #entryAt(index: number): Entry | undefined {
    return index > this.#baseIndex ? this.#entries[this.#position(index)] : undefined;
  }

  #position(index: number): number {
    return this.#head + index - this.#baseIndex - 1;
  }
}

/** Takes the place of a forgotten entry, so that its payload can be collected. */
const FORGOTTEN: Entry = { index: 0, term: 0, config: null, payload: new Uint8Array() };

function configAt(index: number, config: ClusterConfig): ConfigAt {
  return { index, config, voters: votersOf(config) };
}
