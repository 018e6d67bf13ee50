import {
  CreateFlag,
  type MultiOperation,
  type OperationResult,
} from '../../../src/coord/core/model.ts';
import { parentPath } from '../../../src/coord/core/path.ts';
import type { History, Operation } from '../history.ts';
import { SafetyViolation } from '../violation.ts';
import { describeOperation } from './describe.ts';

const NAME = 'sequences';
const DIGITS = 10;

interface Named {
  readonly operation: Operation;
  readonly zxid: bigint;
  readonly suffix: number;
}

/** Numbers of sequential nodes grow with the order of their creation; none is given twice. */
export function checkSequences(history: History): void {
  const byParent = new Map<string, Named[]>();
  for (const operation of history.operations) {
    for (const path of namesGiven(operation)) {
      const list = byParent.get(parentPath(path)) ?? [];
      byParent.set(parentPath(path), list);
      const suffix = Number(path.slice(-DIGITS));
      list.push({ operation, zxid: operation.answer!.zxid, suffix });
    }
  }
  for (const [parent, named] of byParent) expectGrowing(parent, named);
}

function expectGrowing(parent: string, named: Named[]): void {
  named.sort((left, right) => (left.zxid < right.zxid ? -1 : 1));
  for (const [index, { operation, suffix }] of named.entries()) {
    const before = named[index - 1];
    if (before === undefined || before.suffix < suffix) continue;
    throw new SafetyViolation(
      NAME,
      `number ${suffix} below ${parent} after ${before.suffix}: ` +
        `${describeOperation(before.operation)}\n  then ${describeOperation(operation)}`,
    );
  }
}

function namesGiven({ request, answer }: Operation): string[] {
  const result = answer?.result;
  if (request.kind === 'create') return nameGiven(request, result as OperationResult | undefined);
  if (request.kind !== 'multi' || result?.kind !== 'multi') return [];
  return request.operations.flatMap((inner, index) => nameGiven(inner, result.results[index]));
}

function nameGiven(request: MultiOperation, result: OperationResult | undefined): string[] {
  if (request.kind !== 'create' || (request.flags & CreateFlag.SEQUENTIAL) === 0) return [];
  return result?.kind === 'created' ? [result.path] : [];
}
