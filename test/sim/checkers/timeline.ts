import type { NodeStat } from '../../../src/coord/core/model.ts';
import type { History, Operation } from '../history.ts';
import { SafetyViolation } from '../violation.ts';
import { describeOperation } from './describe.ts';
import { type Effect, effectsOf, outcomeOf } from './effects.ts';
import { dataText } from './tree-model.ts';

const NAME = 'timeline';
const SYSTEM_PREFIX = '/zookeeper/';

/** Something that is known to have happened to a path. */
export interface Change {
  readonly zxid: bigint;
  /** Null for a deletion, undefined when nobody has seen the data. */
  readonly value: string | null | undefined;
  readonly isCreation: boolean;
  /** The session that owns the node from its creation on, 0 for none. */
  readonly owner: bigint;
}

/**
 * What is known to have happened to every path and when, in zxids: from acknowledged writes, and from
 * what anybody has read. It need not be everything, because writes whose outcome is unknown and which
 * nobody saw may have happened as well. Building it finds contradictions:
 *
 * - data that no write wrote, or that only a refused write did;
 * - one zxid with two different data on one path, or one write at two zxids.
 */
export class Timeline {
  readonly #changes = new Map<string, Change[]>();
  /** Paths that a write of unknown outcome may have deleted. */
  readonly #maybeDeleted = new Set<string>();
  /** Paths that a write of unknown outcome may have created. */
  readonly #maybeCreated = new Set<string>();
  readonly #writerOf = new Map<string, Operation>();
  readonly #zxidOf = new Map<Operation, bigint>();
  readonly #endOfSession = new Map<bigint, bigint>();

  constructor(history: History) {
    for (const operation of history.operations) this.#learnWrite(operation);
    for (const operation of history.operations) this.#learnRead(operation);
    this.#settle();
    this.#endSessions();
  }

  /** Known changes of a path, oldest first. */
  changesOf(path: string): readonly Change[] {
    return this.#changes.get(path) ?? [];
  }

  /** All paths of which something is known. */
  get paths(): Iterable<string> {
    return this.#changes.keys();
  }

  /** The last known change of a path up to a zxid. */
  latestAt(path: string, zxid: bigint): Change | null {
    let latest: Change | null = null;
    for (const change of this.changesOf(path)) if (change.zxid <= zxid) latest = change;
    return latest;
  }

  /** True when a path may have been deleted by a write of which nobody knows whether it happened. */
  mayBeDeleted(path: string): boolean {
    return this.#maybeDeleted.has(path);
  }

  /** True when a path may have been created by such a write. */
  mayBeCreated(path: string): boolean {
    return this.#maybeCreated.has(path);
  }

  /** The zxid at which a write took effect, null when it is not known or it did not. */
  zxidOf(operation: Operation): bigint | null {
    return this.#zxidOf.get(operation) ?? null;
  }

  /** The zxid at which a session was closed by its client, null when it was not or nobody knows. */
  endOf(sessionId: bigint): bigint | null {
    return this.#endOfSession.get(sessionId) ?? null;
  }

  #learnWrite(operation: Operation): void {
    const outcome = outcomeOf(operation);
    const effects = effectsOf(operation);
    for (const { value } of effects) if (value !== null) this.#writerOf.set(value, operation);
    if (outcome === 'unknown') {
      for (const { path, value, isCreation } of effects) {
        if (path !== null && value === null) this.#maybeDeleted.add(path);
        if (path !== null && isCreation) this.#maybeCreated.add(path);
      }
    }
    if (outcome !== 'done') return;
    const { zxid } = operation.answer!;
    if (operation.request.kind === 'closeSession') {
      this.#endOfSession.set(operation.connection.sessionId, zxid);
    }
    if (effects.length > 0) this.#happened(operation, effects, zxid);
  }

  #happened(operation: Operation, effects: readonly Effect[], zxid: bigint): void {
    const before = this.#zxidOf.get(operation);
    if (before !== undefined && before !== zxid) {
      throw new SafetyViolation(
        NAME,
        `seen at ${zxid} as well as at ${before}: ${describeOperation(operation)}`,
      );
    }
    if (before !== undefined) return;
    this.#zxidOf.set(operation, zxid);
    const { sessionId } = operation.connection;
    for (const { path, value, isCreation, isEphemeral } of effects) {
      if (path === null) continue;
      this.#add(path, { zxid, value, isCreation, owner: isEphemeral ? sessionId : 0n });
    }
  }

  #learnRead(operation: Operation): void {
    const result = operation.answer?.result;
    const { request } = operation;
    if (result?.kind !== 'data' || !('path' in request)) return;
    this.#learnData(operation, request.path, dataText(result.data), result.stat);
  }

  #learnData(read: Operation, path: string, value: string, stat: NodeStat): void {
    // The parents, and what `ensurePath` makes, are empty; the system writes its own nodes.
    if (value === '' || path.startsWith(SYSTEM_PREFIX)) return;
    const writer = this.#writerOf.get(value);
    if (writer === undefined) {
      throw new SafetyViolation(NAME, `nobody wrote this: ${describeOperation(read)}`);
    }
    if (outcomeOf(writer) === 'refused') {
      throw new SafetyViolation(
        NAME,
        `data of a refused write: ${describeOperation(read)}\n  by ${describeOperation(writer)}`,
      );
    }
    this.#happened(writer, effectsOf(writer), stat.mzxid);
    const change = {
      zxid: stat.mzxid,
      value,
      isCreation: stat.mzxid === stat.czxid,
      owner: stat.ephemeralOwner,
    };
    const known = this.changesOf(path).find((other) => other.zxid === stat.mzxid);
    if (known === undefined) this.#add(path, change);
    else if (known.value !== value) {
      throw new SafetyViolation(
        NAME,
        `expected '${known.value}' of ${stat.mzxid}: ${describeOperation(read)}`,
      );
    }
  }

  #add(path: string, change: Change): void {
    const changes = this.#changes.get(path) ?? [];
    this.#changes.set(path, changes);
    // A multi may change a path twice; what counts is how it leaves it.
    const index = changes.findIndex(({ zxid }) => zxid === change.zxid);
    if (index === -1) changes.push(change);
    else changes[index] = change;
  }

  #settle(): void {
    for (const changes of this.#changes.values()) {
      changes.sort((left, right) => (left.zxid < right.zxid ? -1 : 1));
    }
  }

  /** What a session owned when its client closed it is gone with it, unless it was gone before. */
  #endSessions(): void {
    for (const [path, changes] of this.#changes) {
      if (this.mayBeDeleted(path)) continue;
      for (const { owner, zxid } of [...changes]) {
        const end = owner === 0n ? undefined : this.#endOfSession.get(owner);
        if (end === undefined || end < zxid) continue;
        const isStillThere = !changes.some((other) => other.zxid > zxid && other.zxid <= end);
        if (isStillThere) this.#add(path, { zxid: end, value: null, isCreation: false, owner: 0n });
      }
    }
    this.#settle();
  }
}
