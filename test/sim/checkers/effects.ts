import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import {
  CreateFlag,
  type MultiOperation,
  type OperationResult,
} from '../../../src/coord/core/model.ts';
import type { Operation } from '../history.ts';
import { dataText } from './tree-model.ts';

/** What a write does, or would do, to one path. */
export interface Effect {
  /** Null for a sequential node whose name nobody has learned. */
  readonly path: string | null;
  /** Null for a deletion. */
  readonly value: string | null;
  readonly isCreation: boolean;
  readonly isEphemeral: boolean;
}

/** How a write ended. */
export type Outcome = 'done' | 'refused' | 'unknown';

/** Whether a write happened, as far as its client was told. */
export function outcomeOf({ answer }: Operation): Outcome {
  if (answer === null) return 'unknown';
  const { result } = answer;
  if (result.kind === 'error') return 'refused';
  if (result.kind !== 'multi') return 'done';
  const isRefused = result.results.some(
    (inner) => inner.kind === 'error' && inner.error !== ErrorNumber.OK,
  );
  return isRefused ? 'refused' : 'done';
}

/** What a write does when it happens. Empty for anything that is not a write to the tree. */
export function effectsOf(operation: Operation): Effect[] {
  const { request, answer } = operation;
  const result = answer?.result ?? null;
  switch (request.kind) {
    case 'create':
    case 'delete':
    case 'setData':
      return effectOf(request, result as OperationResult | null);
    case 'multi': {
      const results = result?.kind === 'multi' ? result.results : [];
      return request.operations.flatMap((inner, index) => effectOf(inner, results[index] ?? null));
    }
    default:
      return [];
  }
}

function effectOf(operation: MultiOperation, result: OperationResult | null): Effect[] {
  switch (operation.kind) {
    case 'create': {
      const { flags, data } = operation;
      const isSequential = (flags & CreateFlag.SEQUENTIAL) !== 0;
      const named = result?.kind === 'created' ? result.path : null;
      const path = isSequential ? named : operation.path;
      const isEphemeral = (flags & CreateFlag.EPHEMERAL) !== 0;
      return [{ path, value: dataText(data), isCreation: true, isEphemeral }];
    }
    case 'setData': {
      const { path, data } = operation;
      return [{ path, value: dataText(data), isCreation: false, isEphemeral: false }];
    }
    case 'delete':
      return [{ path: operation.path, value: null, isCreation: false, isEphemeral: false }];
    case 'check':
      return [];
  }
}
