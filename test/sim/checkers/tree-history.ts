import type { Result } from '../../../src/coord/core/model.ts';
import { CreateFlag } from '../../../src/coord/core/model.ts';
import type { History, Operation } from '../history.ts';
import { SafetyViolation } from '../violation.ts';
import { FIXED_NODES } from '../workload/key-space.ts';
import { describeOperation } from './describe.ts';
import { freshSince } from './fresh-reads.ts';
import { type Call, checkLinearizable } from './linearizability.ts';
import { type TreeRequest, treeModel } from './tree-model.ts';

const NAME = 'linearizability';

/**
 * Writes, and reads behind a sync, are linearizable. Nodes that no multi changes together are looked
 * at one by one; those that one does, as one tree. The order that the zxids tell is taken at its
 * word: a history that only fits another order is a violation too.
 *
 * @returns how many parts were too hard to decide.
 */
export function checkTreeHistory(history: History): number {
  let undecidedCount = 0;
  for (const [root, operations] of partition(history.operations)) {
    const calls = operations.flatMap(callOf);
    const verdict = checkLinearizable(calls, treeModel);
    if (verdict === 'undecided') undecidedCount++;
    if (verdict !== 'violation') continue;
    const lines = operations.map(describeOperation);
    throw new SafetyViolation(NAME, `no order of these fits ${root}:\n  ${lines.join('\n  ')}`);
  }
  return undecidedCount;
}

function callOf(operation: Operation): Call<TreeRequest, Result>[] {
  const { answer, connection } = operation;
  const request = operation.request as TreeRequest;
  const isRead = request.kind === 'getData' || request.kind === 'exists';
  const invoked = isRead ? freshSince(operation) : operation.invoked;
  if (invoked === null || (isRead && answer === null)) return [];
  const line = isRead ? {} : { line: `connection ${connection.number}` };
  const call = { invoked, input: request, ...line };
  if (answer === null) return [{ ...call, completed: null, output: null }];
  // A read comes after the write whose zxid it shows, and before the next.
  const order = 2n * answer.zxid + (isRead ? 1n : 0n);
  return [{ ...call, completed: answer.completed, output: answer.result, order }];
}

function partition(operations: readonly Operation[]): Map<string, Operation[]> {
  const touched = operations.flatMap((operation) => {
    const paths = leavesOf(operation);
    return paths.length === 0 ? [] : [{ operation, paths }];
  });
  const groups = new Map(FIXED_NODES.map((path) => [path, path]));
  const rootOf = (path: string): string => {
    const parent = groups.get(path)!;
    return parent === path ? path : rootOf(parent);
  };
  for (const { paths } of touched) {
    for (const path of paths) groups.set(rootOf(path), rootOf(paths[0]!));
  }
  const parts = new Map<string, Operation[]>();
  for (const { operation, paths } of touched) {
    const root = rootOf(paths[0]!);
    const part = parts.get(root) ?? [];
    parts.set(root, part);
    part.push(operation);
  }
  return parts;
}

/** The leaves of the model that an operation is about. */
function leavesOf({ request }: Operation): string[] {
  switch (request.kind) {
    case 'create':
      return request.flags & CreateFlag.SEQUENTIAL ? [] : leaves([request.path]);
    case 'delete':
    case 'setData':
    case 'getData':
    case 'exists':
      return leaves([request.path]);
    case 'multi':
      return leaves(request.operations.map(({ path }) => path));
    default:
      return [];
  }
}

function leaves(paths: readonly string[]): string[] {
  return paths.filter((path) => FIXED_NODES.includes(path));
}
