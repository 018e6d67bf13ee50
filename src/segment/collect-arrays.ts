import { arrayElements, type Element } from '../base/array-text.ts';
import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { SEGMENT_VALUES_MAX } from '../base/limits.ts';
import { type ArrayType, type ElementType, elementType } from '../base/types.ts';
import { valuesChunk } from './column-chunk.ts';
import { bytesOf, type ColumnCollector, countNulls, nullsBuffers } from './encoded-column.ts';

/** Elements that are handed on together. */
const ELEMENTS_OF_CHUNK = 65_536;

/**
 * A collector for a column of arrays, whose chunks are texts of arrays.
 *
 * @param collectorOf makes collectors of elements.
 * @throws EngineError NOT_SUPPORTED from `append` when there are too many values for a segment.
 */
export function arrayCollector(
  type: ArrayType,
  collectorOf: (element: ElementType) => ColumnCollector,
): ColumnCollector {
  const element = elementType(type);
  /** By row; NULL stands for itself. */
  const rows: (readonly Element[] | null)[] = [];
  let valueCount = 0;
  return {
    append(chunk) {
      assert(
        chunk.kind === 'texts' || chunk.kind === 'encodedTexts',
        () => `segment: a ${chunk.kind} chunk for ${type}`,
      );
      const count = chunk.kind === 'texts' ? chunk.values.length : chunk.codes.length;
      for (let row = 0; row < count; row++) {
        if (chunk.nulls?.[row] === 1) {
          rows.push(null);
          continue;
        }
        const text =
          chunk.kind === 'texts' ? chunk.values[row]! : chunk.dictionary[chunk.codes[row]!]!;
        const elements = arrayElements(type, text);
        rows.push(elements);
        valueCount += elements.length;
      }
      if (valueCount <= SEGMENT_VALUES_MAX) return;
      throw new EngineError(
        'NOT_SUPPORTED',
        `segment: at most ${SEGMENT_VALUES_MAX} values of arrays were expected, found ` +
          `${valueCount}; put fewer rows into a segment`,
      );
    },
    encode(order) {
      const ordered = order === null ? rows : Array.from(order, (row) => rows[row]!);
      const offsets = new Uint32Array(ordered.length + 1);
      const nulls = new Uint8Array(ordered.length);
      const collector = collectorOf(element);
      let pending: Element[] = [];
      const flush = (): void => {
        collector.append(valuesChunk(element, pending));
        pending = [];
      };
      ordered.forEach((elements, row) => {
        if (elements === null) nulls[row] = 1;
        for (const value of elements ?? []) pending.push(value);
        offsets[row + 1] = offsets[row]! + (elements?.length ?? 0);
        if (pending.length >= ELEMENTS_OF_CHUNK) flush();
      });
      flush();
      const nullCount = countNulls(nulls);
      return {
        encoding: { kind: 'array', valueCount },
        nullCount,
        min: null,
        max: null,
        buffers: [
          { role: 'offsets', bytes: bytesOf(offsets) },
          ...nullsBuffers(nullCount === 0 ? null : nulls),
        ],
        elements: { type: element, ...collector.encode(null) },
      };
    },
  };
}
