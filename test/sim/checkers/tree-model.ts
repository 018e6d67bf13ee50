import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import {
  CreateFlag,
  type MultiOperation,
  type NodeStat,
  type OperationResult,
  type Result,
} from '../../../src/coord/core/model.ts';
import type { Model } from './linearizability.ts';

/** A tree of leaves, by path: what was written, and how often since its creation. */
export interface TreeState {
  readonly nodes: ReadonlyMap<string, { readonly value: string; readonly version: number }>;
  readonly key: string;
}

/** Requests that the model knows. */
export type TreeRequest =
  | MultiOperation
  | { readonly kind: 'multi'; readonly operations: readonly MultiOperation[] }
  | { readonly kind: 'getData' | 'exists'; readonly path: string };

/** A tree of a few leaves whose parents are always there, as ZooKeeper would change and show it. */
export const treeModel: Model<TreeState, TreeRequest, Result> = {
  initial: { nodes: new Map(), key: '' },
  key: (state) => state.key,
  step: (state, request, result) => step(state, request, result),
};

/** Data as text that can be compared. */
export function dataText(data: Uint8Array | null): string {
  return data === null ? '' : new TextDecoder().decode(data);
}

function step(state: TreeState, request: TreeRequest, result: Result | null): TreeState | null {
  if (result?.kind === 'error' && isRefusal(result.error)) return state;
  switch (request.kind) {
    case 'getData':
    case 'exists':
      return result === null || fitsRead(state, request.path, result) ? state : null;
    case 'multi':
      return stepMulti(state, request.operations, result);
    default:
      return stepOne(state, request, result as OperationResult | null);
  }
}

/** Answers that say that the request did not happen, whatever the tree holds. */
function isRefusal(error: number): boolean {
  return error === ErrorNumber.SESSION_EXPIRED;
}

function fitsRead(state: TreeState, path: string, result: Result): boolean {
  const node = state.nodes.get(path);
  if (result.kind === 'error') return node === undefined && result.error === ErrorNumber.NO_NODE;
  if (node === undefined) return false;
  if (result.kind === 'stat') return result.stat.version === node.version;
  if (result.kind !== 'data') return false;
  return result.stat.version === node.version && dataText(result.data) === node.value;
}

function stepMulti(
  state: TreeState,
  operations: readonly MultiOperation[],
  result: Result | null,
): TreeState | null {
  if (result !== null && result.kind !== 'multi') return null;
  const results = result?.results ?? null;
  const failedIndex = results?.findIndex(isFailure) ?? -1;
  let after = state;
  for (const [index, operation] of operations.entries()) {
    const expected = perform(after, operation);
    if (results === null) {
      if ('error' in expected) return state;
    } else if (index === failedIndex) {
      return 'error' in expected && expected.error === errorOf(results[index]!) ? state : null;
    } else if ('error' in expected) return null;
    else if (failedIndex === -1 && !fitsStat(expected.state, operation, results[index]!))
      return null;
    if (!('error' in expected)) after = expected.state;
  }
  return after;
}

function stepOne(
  state: TreeState,
  operation: MultiOperation,
  result: OperationResult | null,
): TreeState | null {
  const expected = perform(state, operation);
  if ('error' in expected) {
    if (result === null) return state;
    return result.kind === 'error' && result.error === expected.error ? state : null;
  }
  if (result === null) return expected.state;
  if (result.kind === 'error') return null;
  return fitsStat(expected.state, operation, result) ? expected.state : null;
}

/** What the operation does to the tree, or the error with which it does nothing. */
function perform(
  state: TreeState,
  operation: MultiOperation,
): { readonly state: TreeState } | { readonly error: number } {
  const { path } = operation;
  const node = state.nodes.get(path);
  if (operation.kind === 'create') {
    // Names of sequential nodes are new each time: they are not among these leaves.
    if (operation.flags & CreateFlag.SEQUENTIAL) return { state };
    if (node !== undefined) return { error: ErrorNumber.NODE_EXISTS };
    return { state: withNode(state, path, { value: dataText(operation.data), version: 0 }) };
  }
  if (node === undefined) return { error: ErrorNumber.NO_NODE };
  if (operation.version !== -1 && operation.version !== node.version) {
    return { error: ErrorNumber.BAD_VERSION };
  }
  if (operation.kind === 'check') return { state };
  if (operation.kind === 'delete') return { state: withNode(state, path, null) };
  const value = dataText(operation.data);
  return { state: withNode(state, path, { value, version: node.version + 1 }) };
}

function fitsStat(after: TreeState, operation: MultiOperation, result: OperationResult): boolean {
  let stat: NodeStat | null = null;
  if (result.kind === 'created' || result.kind === 'dataSet') stat = result.stat;
  if (stat === null || (operation.kind === 'create' && operation.flags !== 0)) return true;
  return after.nodes.get(operation.path)?.version === stat.version;
}

function withNode(
  state: TreeState,
  path: string,
  node: { value: string; version: number } | null,
): TreeState {
  const nodes = new Map(state.nodes);
  if (node === null) nodes.delete(path);
  else nodes.set(path, node);
  const parts = [...nodes].map(([name, { value, version }]) => `${name}=${value}@${version}`);
  return { nodes, key: parts.sort().join(' ') };
}

function isFailure(result: OperationResult): boolean {
  return result.kind === 'error' && result.error !== ErrorNumber.OK;
}

function errorOf(result: OperationResult): number {
  return result.kind === 'error' ? result.error : ErrorNumber.OK;
}
