import { ELEMENT } from '../sql/element.ts';
import type { Expression } from '../sql/expression.ts';
import { column } from '../sql/expression-tools.ts';
import { CodeKey } from './code-key.ts';
import type { ExecutionContext } from './context.ts';
import { elementsSegment } from './element-rows.ts';
import type { EvaluationInput } from './evaluate.ts';
import { elementRowsOf, unnestedColumn } from './explode.ts';
import type { GroupKey } from './group-key.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import type { Vector } from './vector.ts';
import { VectorKey } from './vector-key.ts';

/**
 * A key of GROUP BY that is the elements of an array: by their codes where the array is a column of the segment,
 * else by value.
 *
 * @param key its number.
 * @param segment the only one whose rows come; null when those of several do.
 */
export function compileElementKey(
  array: Expression,
  key: number,
  type: Expression['type'],
  segment: SegmentView | null,
  context: ExecutionContext,
): GroupKey {
  const view = array.kind === 'column' ? segment?.columns.get(array.name) : undefined;
  if (segment !== null && view?.elements !== undefined) {
    const elements = elementsSegment(segment.metadata, view);
    const codes = CodeKey.compile(column(ELEMENT, type), elements, context);
    if (codes !== null) return new ElementCodeKey(codes, key);
  }
  return new VectorKey(column(unnestedColumn(key), type), context);
}

/** The codes of elements, which lie elsewhere than those of the rows beside them. */
class ElementCodeKey implements GroupKey {
  readonly cardinality: number;
  readonly #codes: CodeKey;
  readonly #key: number;

  constructor(codes: CodeKey, key: number) {
    this.cardinality = codes.cardinality;
    this.#codes = codes;
    this.#key = key;
  }

  get idCount(): number {
    return this.cardinality;
  }

  encode(_rows: RowSet, input: EvaluationInput): number {
    return this.#codes.encode(elementRowsOf(input, this.#key));
  }

  append(ids: number, _rows: RowSet, input: EvaluationInput): void {
    this.#codes.append(ids, elementRowsOf(input, this.#key));
  }

  count(): boolean {
    return false;
  }

  decode(ids: Uint32Array): Vector {
    return this.#codes.decode(ids);
  }
}
