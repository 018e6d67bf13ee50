import { EVALUATED_DOMAINS_BYTES_MAX } from '../base/limits.ts';
import type { ColumnMetadata } from '../segment/metadata.ts';
import type { Expression } from '../sql/expression.ts';
import { sameExpression } from '../sql/expression-tools.ts';
import { heldBytes } from './held-bytes.ts';
import type { Vector } from './vector.ts';

/** The values of an expression over all codes of a column. */
interface EvaluatedDomain {
  readonly metadata: ColumnMetadata;
  readonly expression: Expression;
  readonly values: Vector;
  readonly bytes: number;
}

/** What an entry takes beside its values, about: it bounds how many small ones there are. */
const ENTRY_BYTES = 1024;

const byColumn = new WeakMap<ColumnMetadata, EvaluatedDomain[]>();

/** All of this thread's, in the order in which they were last used. */
const inUseOrder = new Set<EvaluatedDomain>();
let keptBytes = 0;

/**
 * The values of an expression over all codes of a column, where an earlier query has found them: columns
 * never change, so what costs a regular expression for each of some hundred thousand texts is found once.
 */
export function knownDomain(metadata: ColumnMetadata, expression: Expression): Vector | null {
  const known = byColumn.get(metadata)?.find((one) => sameExpression(one.expression, expression));
  if (known === undefined) return null;
  inUseOrder.delete(known);
  inUseOrder.add(known);
  return known.values;
}

/** Keeps values for later queries, in the place of those that were not used for longest. */
export function keepDomain(metadata: ColumnMetadata, expression: Expression, values: Vector): void {
  // Texts in a column's memory go when the column does.
  if (values.kind === 'text' && !Array.isArray(values.dictionary)) return;
  const bytes = ENTRY_BYTES + heldBytes(values);
  if (bytes > EVALUATED_DOMAINS_BYTES_MAX / 4) return;
  const domain = { metadata, expression, values, bytes };
  const ofColumn = byColumn.get(metadata) ?? [];
  byColumn.set(metadata, ofColumn);
  ofColumn.push(domain);
  inUseOrder.add(domain);
  keptBytes += bytes;
  for (const oldest of inUseOrder) {
    if (keptBytes <= EVALUATED_DOMAINS_BYTES_MAX) break;
    forget(oldest);
  }
}

function forget(domain: EvaluatedDomain): void {
  inUseOrder.delete(domain);
  keptBytes -= domain.bytes;
  const ofColumn = byColumn.get(domain.metadata)!;
  ofColumn.splice(ofColumn.indexOf(domain), 1);
}
