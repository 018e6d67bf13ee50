import { OpCode } from '../../../src/coord/zk/opcodes.ts';
import { nameOf, type ScriptRequest } from './script.ts';

/** Something that our coordinator and Apache ZooKeeper did differently. */
export interface Difference {
  readonly step: number;
  readonly session: number;
  /** Index among what the session received in the step. */
  readonly position: number;
  /** What is answered here, if it is an answer. */
  readonly request: ScriptRequest | null;
  /** The field that differs, or `arrival` when one sent what the other did not. */
  readonly at: string;
  /** As text. */
  readonly ours: string;
  readonly theirs: string;
}

/** A difference that is meant to be. */
interface Explanation {
  readonly name: string;
  /** Why our side is right. */
  readonly reason: string;
  readonly matches: (difference: Difference) => boolean;
}

/**
 * Every way in which we are not like ZooKeeper 3.8.0, and why; the table in src/coord/core/model.ts
 * has more that random scripts do not meet.
 */
const EXPLANATIONS: readonly Explanation[] = [
  {
    name: 'the zxid of an event',
    reason: 'ZooKeeper 3.8 sends -1; since 3.9 (ZOOKEEPER-4655) it is that of the transaction',
    matches: ({ at, theirs }) => at === 'event zxid' && theirs === '-1',
  },
  {
    name: 'the zxid in a refusal of an unknown request',
    reason: 'ZooKeeper has none for it and sends -1; ours is the last one, as in every other reply',
    matches: ({ at, theirs, request }) =>
      at === 'reply zxid' && theirs === '-1' && request !== null && !isKnown(request.code),
  },
  {
    name: 'watches of types 4 and 5',
    reason: 'checkWatches and removeWatches know persistent and recursive watches since 3.9',
    matches: ({ at, theirs, request }) =>
      at === 'error' && theirs === '-5' && request !== null && asksForModeOf39(request),
  },
  {
    name: "checkWatches that finds another connection's watch",
    reason:
      'ZooKeeper 3.8 looks whether anybody watches the path; the question is about this session',
    matches: ({ at, ours, theirs, request }) =>
      at === 'error' && ours === '-121' && theirs === '0' && request?.code === OpCode.CHECK_WATCHES,
  },
  {
    name: 'removeWatches of types 1 and 2 that finds a persistent watch',
    reason: 'ZooKeeper 3.8 removes watches of any mode; since 3.9 they have types of their own',
    matches: ({ at, ours, theirs, request }) =>
      at === 'error' &&
      ours === '-121' &&
      theirs === '0' &&
      request?.code === OpCode.REMOVE_WATCHES &&
      ['1', '2', '00000001', '00000002'].includes(String(request.fields[1]?.[1]).slice(0, 8)),
  },
  {
    name: 'checkWatches of a path without a slash',
    reason: 'ZooKeeper 3.8 stumbles when it looks for the watches of parents; nobody can watch it',
    matches: ({ at, ours, theirs, request }) =>
      at === 'error' && ours === '-121' && theirs === '-5' && isWatchQuestionWithoutSlash(request),
  },
  {
    name: 'a read of the path null',
    reason: 'ZooKeeper answers some of them with null; no client has a use for it',
    matches: ({ at, ours, theirs, request }) =>
      at === 'error' && ours === '-5' && theirs === '0' && request?.fields[0]?.[1] === 'ffffffff',
  },
  {
    name: 'create2 inside multi',
    reason: 'ZooKeeper up to 3.8.3 takes it for create and leaves the Stat out',
    matches: ({ at, ours, theirs, request }) =>
      request?.code === OpCode.MULTI &&
      ((at.endsWith(' type') && ours === '15' && theirs === '1') || at.endsWith(' create.path')),
  },
  {
    name: 'exists without READ',
    reason: 'ZooKeeper asks for it since 3.8.4 (CVE-2024-23944)',
    matches: ({ at, ours, theirs, request }) =>
      at === 'error' && ours === '-102' && theirs === '0' && request?.code === OpCode.EXISTS,
  },
];

function asksForModeOf39({ code, fields }: ScriptRequest): boolean {
  const type = fields[1]?.[1];
  return (
    (code === OpCode.CHECK_WATCHES || code === OpCode.REMOVE_WATCHES) && (type === 4 || type === 5)
  );
}

function isWatchQuestionWithoutSlash(request: ScriptRequest | null): boolean {
  return request?.code === OpCode.CHECK_WATCHES && !String(request.fields[0]?.[1]).startsWith('/');
}

function isKnown(code: number): boolean {
  return code > 0 && nameOf(code) !== `type ${code}`;
}

/** The name of what explains a difference, or null when nothing does. */
export function isExplained(difference: Difference): string | null {
  return EXPLANATIONS.find(({ matches }) => matches(difference))?.name ?? null;
}

/** One line for a person. */
export function printDifference({ request, ...difference }: Difference): string {
  const { step, session, position, at, ours, theirs } = difference;
  const what =
    request === null ? '' : ` of ${nameOf(request.code)} ${JSON.stringify(request.fields)}`;
  return `step ${step}, session ${session}, arrival ${position}: ${at}${what}: ours ${ours}, ZooKeeper's ${theirs}`;
}
