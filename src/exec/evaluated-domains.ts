import { EVALUATED_DOMAINS_BYTES_MAX } from '../base/limits.ts';
import type { ColumnMetadata } from '../segment/metadata.ts';
import type { Expression } from '../sql/expression.ts';
import { sameExpression } from '../sql/expression-tools.ts';
import { heldBytes } from './held-bytes.ts';
import type { Vector } from './vector.ts';

/** The values of an expression over all codes of a column. */
export interface EvaluatedDomain {
  /** The output of each code; null when a code is its own output. */
  readonly table: Uint32Array | null;
  /** The values of outputs. That of NULL, if the column has any, is the last one. */
  readonly values: Vector;
}

/** What was found out about a monotonic expression: it takes so many values at least. */
interface ManySteps {
  readonly stepsMin: number;
}

interface Entry {
  readonly metadata: ColumnMetadata;
  readonly expression: Expression;
  readonly known: EvaluatedDomain | ManySteps;
  readonly bytes: number;
}

/** What an entry takes beside its values, about: it bounds how many small ones there are. */
const ENTRY_BYTES = 1024;

const byColumn = new WeakMap<ColumnMetadata, Entry[]>();

/** All of this thread's, in the order in which they were last used. */
const inUseOrder = new Set<Entry>();
let keptBytes = 0;

/**
 * The values of an expression over all codes of a column, where an earlier query has found them: columns
 * never change, so what costs a regular expression for each of some hundred thousand texts is found once.
 */
export function knownDomain(
  metadata: ColumnMetadata,
  expression: Expression,
): EvaluatedDomain | null {
  const known = used(metadata, expression)?.known;
  return known !== undefined && 'values' in known ? known : null;
}

/** Keeps values for later queries, in the place of those that were not used for longest. */
export function keepDomain(
  metadata: ColumnMetadata,
  expression: Expression,
  domain: EvaluatedDomain,
): void {
  // Texts in a column's memory go when the column does.
  const { values } = domain;
  if (values.kind === 'text' && !Array.isArray(values.dictionary)) return;
  keep(metadata, expression, domain);
}

/** How many values a monotonic expression has at least over the codes of a column, as far as is known. */
export function knownStepsMin(metadata: ColumnMetadata, expression: Expression): number {
  const known = used(metadata, expression)?.known;
  return known !== undefined && 'stepsMin' in known ? known.stepsMin : 0;
}

/** Keeps that number for later queries. */
export function keepStepsMin(
  metadata: ColumnMetadata,
  expression: Expression,
  stepsMin: number,
): void {
  keep(metadata, expression, { stepsMin });
}

function used(metadata: ColumnMetadata, expression: Expression): Entry | null {
  const entry = byColumn.get(metadata)?.find((one) => sameExpression(one.expression, expression));
  if (entry === undefined) return null;
  inUseOrder.delete(entry);
  inUseOrder.add(entry);
  return entry;
}

function keep(metadata: ColumnMetadata, expression: Expression, known: Entry['known']): void {
  const bytes = ENTRY_BYTES + heldBytes(known);
  if (bytes > EVALUATED_DOMAINS_BYTES_MAX / 4) return;
  const replaced = used(metadata, expression);
  if (replaced !== null) forget(replaced);
  const entry = { metadata, expression, known, bytes };
  const ofColumn = byColumn.get(metadata) ?? [];
  byColumn.set(metadata, ofColumn);
  ofColumn.push(entry);
  inUseOrder.add(entry);
  keptBytes += bytes;
  for (const oldest of inUseOrder) {
    if (keptBytes <= EVALUATED_DOMAINS_BYTES_MAX) break;
    forget(oldest);
  }
}

function forget(entry: Entry): void {
  inUseOrder.delete(entry);
  keptBytes -= entry.bytes;
  const ofColumn = byColumn.get(entry.metadata)!;
  ofColumn.splice(ofColumn.indexOf(entry), 1);
}
