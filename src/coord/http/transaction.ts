import { assert } from '../../base/assert.ts';
import { decodeUtf8, encodeUtf8 } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest-name.ts';
import { ErrorNumber } from '../core/error-codes.ts';
import type { MultiOperation, OperationResult } from '../core/model.ts';
import { isValidPath } from '../core/path.ts';
import { badRequest, refusalOfNumber, successOf } from './errors.ts';
import { statJson } from './node-json.ts';
import { bodyBytes, bytesOfBase64, queryOf } from './request.ts';
import { createRequest, lifetimeOf, type TreeHandler } from './tree.ts';

const KINDS = ['create', 'set', 'delete', 'check'] as const;
const FIELDS: Readonly<Record<(typeof KINDS)[number], readonly string[]>> = {
  create: ['kind', 'path', 'data', 'dataEncoding', 'sequential', 'container', 'ttlMs'],
  set: ['kind', 'path', 'data', 'dataEncoding', 'version'],
  delete: ['kind', 'path', 'version'],
  check: ['kind', 'path', 'version'],
};
const ANY_VERSION = -1;
/** What the operations before and after the one that failed answer. */
const WITHOUT_CAUSE: ReadonlySet<number> = new Set([
  ErrorNumber.OK,
  ErrorNumber.RUNTIME_INCONSISTENCY,
]);

/**
 * `POST /v1/transaction` performs all operations or none:
 *
 *     {"operations": [{"kind": "create", "path": "/a", "data": "x"}, {"kind": "check", "path": "/b",
 *      "version": 3}, {"kind": "set", …}, {"kind": "delete", "path": "/c"}]}
 *
 * Data is text, or base64 with `"dataEncoding": "base64"`. A failure answers with the status of the
 * first operation that failed, and says in its message which one that is.
 */
export const performTransaction: TreeHandler = async (session, request) => {
  queryOf(request.url, []);
  const operations = operationsIn(await bodyBytes(request));
  const result = successOf(await session.request({ kind: 'multi', operations }), 'transaction');
  assert(result.kind === 'multi', 'a multi answers with results');
  for (const [index, outcome] of result.results.entries()) {
    if (outcome.kind !== 'error' || WITHOUT_CAUSE.has(outcome.error)) continue;
    throw refusalOfNumber(outcome.error, `transaction, operation ${index}`);
  }
  return Response.json({ results: result.results.map(resultJson) });
};

function operationsIn(body: Uint8Array): MultiOperation[] {
  const { operations, ...others } = objectOf(jsonIn(body), 'the body');
  expectFields(others, ['operations'], 'the body');
  if (!Array.isArray(operations)) throw badRequest('expected {"operations": […]}');
  return operations.map((operation: unknown, index) =>
    operationOf(objectOf(operation, `operation ${index}`), `operation ${index}`),
  );
}

function operationOf(fields: Readonly<Record<string, unknown>>, what: string): MultiOperation {
  const kind = KINDS.find((known) => known === fields.kind);
  if (kind === undefined) {
    throw badRequest(`${what}: expected kind ${KINDS.join(', ')}`);
  }
  expectFields(fields, FIELDS[kind], what);
  const isSequential = kind === 'create' && booleanOf(fields, 'sequential', what);
  const path = textOf(fields, 'path', what);
  if (!isValidPath(isSequential ? `${path}0` : path)) {
    throw badRequest(`${what}: expected the path of a node like /a/b`);
  }
  switch (kind) {
    case 'create': {
      const isContainer = booleanOf(fields, 'container', what);
      const ttlMs = fields.ttlMs === undefined ? null : integerOf(fields, 'ttlMs', what);
      const lifetime = {
        ...(isContainer ? { container: '' } : {}),
        ...(ttlMs === null ? {} : { ttl: String(ttlMs) }),
      };
      return createRequest({
        path,
        data: dataOf(fields, what),
        ...lifetimeOf(lifetime, isSequential),
      });
    }
    case 'set':
      return {
        kind: 'setData',
        path,
        data: dataOf(fields, what),
        version: versionOf(fields, what),
      };
    case 'delete':
    case 'check':
      return { kind, path, version: versionOf(fields, what) };
  }
}

function resultJson(result: OperationResult) {
  switch (result.kind) {
    case 'created':
      return { kind: 'created', path: result.path, stat: result.stat && statJson(result.stat) };
    case 'dataSet':
      return { kind: 'set', stat: statJson(result.stat) };
    case 'deleted':
    case 'checked':
      return { kind: result.kind };
    case 'error':
      throw refusalOfNumber(result.error, 'transaction');
  }
}

function jsonIn(body: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(body, 'coord: transaction'));
  } catch (error) {
    if (!(error instanceof EngineError) && !(error instanceof SyntaxError)) throw error;
    throw badRequest('expected a JSON body in UTF-8');
  }
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest(`${what}: expected an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function expectFields(fields: object, known: readonly string[], what: string): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const name = unknown.slice(0, 100);
  throw badRequest(`${what}: unknown field '${name}'${didYouMean(name, known)}`);
}

function dataOf(fields: Readonly<Record<string, unknown>>, what: string): Uint8Array {
  if (fields.data === undefined) return new Uint8Array();
  const text = textOf(fields, 'data', what);
  const encoding = fields.dataEncoding ?? 'utf8';
  if (encoding === 'utf8') return encodeUtf8(text);
  const bytes = encoding === 'base64' ? bytesOfBase64(text) : null;
  if (bytes === null) throw badRequest(`${what}: expected data as dataEncoding utf8 or base64`);
  return bytes;
}

function versionOf(fields: Readonly<Record<string, unknown>>, what: string): number {
  return fields.version === undefined ? ANY_VERSION : integerOf(fields, 'version', what);
}

function textOf(fields: Readonly<Record<string, unknown>>, name: string, what: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw badRequest(`${what}: expected ${name} as text`);
  return value;
}

function booleanOf(fields: Readonly<Record<string, unknown>>, name: string, what: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== 'boolean') throw badRequest(`${what}: expected ${name} as true or false`);
  return value;
}

function integerOf(fields: Readonly<Record<string, unknown>>, name: string, what: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < ANY_VERSION) {
    throw badRequest(`${what}: expected ${name} as a whole number`);
  }
  return value;
}
