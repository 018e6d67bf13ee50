import { OpCode } from '../../../src/coord/zk/opcodes.ts';
import { decodeArrival, type Value } from './decode.ts';
import { type Difference, isExplained } from './explained.ts';
import type { StepRecord } from './player.ts';
import type { Arrival } from './raw-connection.ts';
import type { ScriptRequest } from './script.ts';

/** Marshalling error and unimplemented: we answer them without an entry in the log. */
const NOT_LOGGED = new Set([-5, -6]);

/** What a comparison found. */
export interface Comparison {
  readonly differences: readonly Difference[];
  /** Requests that were sent, connections that were opened, and those that were dropped. */
  readonly operationCount: number;
  /** How often each explanation was needed, by its name. */
  readonly explained: ReadonlyMap<string, number>;
}

/** What arrived, taken apart, and the request that it answers, if it answers one. */
interface Item {
  readonly kind: Arrival['kind'];
  readonly request: ScriptRequest | null;
  readonly values: readonly Value[];
}

/** Compares how our coordinator and Apache ZooKeeper took the same script. */
export function compareRecords(
  ours: readonly StepRecord[],
  theirs: readonly StepRecord[],
): Comparison {
  const comparer = new Comparer();
  for (const [index, step] of theirs.entries()) comparer.step(index, ours[index]!, step);
  return comparer;
}

class Comparer implements Comparison {
  readonly differences: Difference[] = [];
  operationCount = 0;
  readonly explained = new Map<string, number>();
  readonly #zxids = new Pairing();
  readonly #sessions = new Pairing();

  step(index: number, ours: StepRecord, theirs: StepRecord): void {
    this.operationCount += theirs.step.do === 'send' ? theirs.sent.length : 1;
    this.#allowSkippedZxid(ours, theirs);
    this.#allowSpentZxid(ours, theirs);
    for (const [session, theirArrivals] of theirs.arrivals) {
      const ourItems = readItems(ours, session, ours.arrivals.get(session) ?? []);
      const theirItems = readItems(theirs, session, theirArrivals);
      const count = Math.max(ourItems.length, theirItems.length);
      for (let at = 0; at < count; at++) {
        const where = { step: index, session, position: at };
        if (!this.#item(where, ourItems[at], theirItems[at])) break;
      }
    }
  }

  /** False when the streams are out of step from here on, so that all else would differ, too. */
  #item(
    where: Pick<Difference, 'step' | 'session' | 'position'>,
    ours: Item | undefined,
    theirs: Item | undefined,
  ): boolean {
    const request = theirs?.request ?? ours?.request ?? null;
    if (ours === undefined || theirs === undefined || ours.kind !== theirs.kind) {
      const [left, right] = [describe(ours), describe(theirs)];
      this.#report({ ...where, request, at: 'arrival', ours: left, theirs: right });
      return false;
    }
    for (const [index, their] of theirs.values.entries()) {
      const our = ours.values[index];
      if (our !== undefined && our.at === their.at && this.#equal(our, their)) continue;
      const [left, right] = [printed(our), printed(their)];
      this.#report({ ...where, request, at: their.at, ours: left, theirs: right });
      // One side has an answer where the other has an error or another kind of answer.
      if (our?.at !== their.at || their.at === 'error') return true;
    }
    const extra = ours.values[theirs.values.length];
    if (extra !== undefined) {
      this.#report({ ...where, request, at: extra.at, ours: printed(extra), theirs: 'nothing' });
    }
    return true;
  }

  #equal(our: Value, their: Value): boolean {
    if (their.compare === 'same') return our.value === their.value;
    if (their.compare === 'time') return isTime(our.value) === isTime(their.value);
    const pairing = their.compare === 'zxid' ? this.#zxids : this.#sessions;
    return pairing.matches(BigInt(our.value ?? 0), BigInt(their.value ?? 0));
  }

  /**
   * ZooKeeper spends a zxid on a write that it cannot decode, as on every other that fails. We refuse
   * it before it is in the log: their number stands for our last one then.
   */
  #allowSkippedZxid(ours: StepRecord, theirs: StepRecord): void {
    const { session } = theirs.step;
    const ourReplies = ours.arrivals.get(session) ?? [];
    for (const [index, their] of (theirs.arrivals.get(session) ?? []).entries()) {
      const our = ourReplies[index];
      if (our?.kind !== 'reply' || their.kind !== 'reply') continue;
      if (our.error !== their.error || !NOT_LOGGED.has(our.error)) continue;
      if (this.#zxids.aliasOfTheirs(our.zxid, their.zxid))
        this.#count('no zxid for what cannot be decoded');
    }
  }

  /** A session that comes back is an entry in our log, as its new place is replicated. */
  #allowSpentZxid(ours: StepRecord, theirs: StepRecord): void {
    if (theirs.step.do !== 'resume') return;
    for (const [session, theirArrivals] of theirs.arrivals) {
      const our = ours.arrivals.get(session)?.at(-1);
      const their = theirArrivals.at(-1);
      if (our?.kind !== 'reply' || their?.kind !== 'reply') continue;
      if (this.#zxids.aliasOfOurs(our.zxid, their.zxid)) this.#count('a zxid for a reconnection');
    }
  }

  #report(difference: Difference): void {
    const explanation = isExplained(difference);
    if (explanation === null) this.differences.push(difference);
    else this.#count(explanation);
  }

  #count(explanation: string): void {
    this.explained.set(explanation, (this.explained.get(explanation) ?? 0) + 1);
  }
}

/** Which of our numbers stands for which of theirs; the order of both has to be the same. */
class Pairing {
  readonly #pairs: { ours: bigint; theirs: bigint }[] = [];
  readonly #aliases = new Set<string>();

  /** From now on one of their numbers, which nobody has seen yet, stands for one of ours as well. */
  aliasOfTheirs(ours: bigint, theirs: bigint): boolean {
    if (this.#pairs.some((pair) => pair.theirs >= theirs)) return false;
    this.#aliases.add(`${ours} ${theirs}`);
    return true;
  }

  /** From now on one of our numbers, which nobody has seen yet, stands for one of theirs as well. */
  aliasOfOurs(ours: bigint, theirs: bigint): boolean {
    if (this.#pairs.some((pair) => pair.ours >= ours)) return false;
    this.#aliases.add(`${ours} ${theirs}`);
    return true;
  }

  matches(ours: bigint, theirs: bigint): boolean {
    if (this.#aliases.has(`${ours} ${theirs}`)) return true;
    if (ours <= 0n || theirs <= 0n) return ours === theirs;
    let index = this.#pairs.findIndex((pair) => pair.ours >= ours || pair.theirs >= theirs);
    if (index === -1) index = this.#pairs.length;
    const pair = this.#pairs[index];
    if (pair?.ours === ours || pair?.theirs === theirs) {
      return pair.ours === ours && pair.theirs === theirs;
    }
    if (pair !== undefined && pair.ours > ours !== pair.theirs > theirs) return false;
    this.#pairs.splice(index, 0, { ours, theirs });
    return true;
  }
}

/** Times are the servers' own; only whether there is one can be compared. */
function isTime(value: Value['value']): boolean {
  return typeof value === 'bigint' && value > 1_500_000_000_000n;
}

function readItems(record: StepRecord, session: number, arrivals: readonly Arrival[]): Item[] {
  const isOwn = record.step.session === session;
  const left = isOwn ? [...record.sent] : [];
  const items = arrivals.map((arrival): Item => {
    const isAnswer = arrival.kind === 'reply' && arrival.xid === left[0]?.xid;
    const request = isAnswer ? left.shift()! : null;
    return { kind: arrival.kind, request, values: decodeArrival(arrival, request?.code ?? null) };
  });
  return endsSession(record) ? sortEvents(items) : items;
}

/** The ephemeral nodes of a session are removed in one transaction, in an order that nobody names. */
function endsSession(record: StepRecord): boolean {
  return record.sent.some(({ code }) => code === OpCode.CLOSE_SESSION);
}

function sortEvents(items: readonly Item[]): Item[] {
  const text = ({ values }: Item): string => JSON.stringify(values.slice(1).map(printed));
  const sorted: Item[] = [];
  let run: Item[] = [];
  const flush = (): void => {
    sorted.push(...run.sort((left, right) => (text(left) < text(right) ? -1 : 1)));
    run = [];
  };
  for (const item of items) {
    if (item.kind === 'event') {
      run.push(item);
      continue;
    }
    flush();
    sorted.push(item);
  }
  flush();
  return sorted;
}

function describe(item: Item | undefined): string {
  if (item === undefined) return 'nothing';
  return `${item.kind} (${item.values.map((value) => `${value.at} ${printed(value)}`).join(', ')})`;
}

function printed(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  return typeof value.value === 'string' ? JSON.stringify(value.value) : String(value.value);
}
