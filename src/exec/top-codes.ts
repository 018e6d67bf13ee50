import { BATCH_ROWS } from '../base/limits.ts';
import { isFloat } from '../base/types.ts';
import type { SelectLeaf } from '../sql/plan.ts';
import { rowCodes } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import { copyMask, maskedRows, type RowSet } from './row-set.ts';
import {
  bufferAddress,
  type CodedColumnView,
  codedView,
  type SegmentView,
} from './segment-view.ts';

/** Candidates are cut back when there are this many times the limit, and at least a few thousand. */
const CANDIDATES_PER_ROW = 8;
const CANDIDATES_MIN = 8192;

/**
 * ORDER BY a coded column LIMIT n: keeps the positions of the rows whose first order key can still be
 * among the first n. Once n rows are known, the n-th code is a threshold that kernels (and zones)
 * test before anything else is read. Ties at the threshold stay when further keys may order them.
 */
export class TopCodes {
  readonly #column: CodedColumnView;
  readonly #context: ExecutionContext;
  readonly #limit: number;
  readonly #descending: boolean;
  readonly #keepsTies: boolean;
  #positions = new Uint32Array(CANDIDATES_MIN + BATCH_ROWS);
  #codes = new Uint32Array(CANDIDATES_MIN + BATCH_ROWS);
  #count = 0;
  /** The worst code that still counts, or null while fewer than `limit` rows are known. */
  #threshold: number | null = null;

  /** @returns null when the plan has no limit or its first order key is not a coded column. */
  static compile(
    plan: SelectLeaf,
    segment: SegmentView,
    context: ExecutionContext,
  ): TopCodes | null {
    const [key] = plan.order;
    if (key === undefined || plan.limit === null || plan.limit === 0) return null;
    const output = plan.outputs[key.column]!;
    if (output.kind !== 'column') return null;
    const column = codedView(segment.columns.get(output.name)!);
    // NULL rows hold code 0, which says nothing about their place; −0 and 0 have two codes.
    const ordered = !isFloat(output.type);
    if (column === null || column.metadata.nullCount > 0 || !ordered) return null;
    return new TopCodes(column, plan.limit, key.descending, plan.order.length > 1, context);
  }

  private constructor(
    column: CodedColumnView,
    limit: number,
    descending: boolean,
    keepsTies: boolean,
    context: ExecutionContext,
  ) {
    this.#column = column;
    this.#limit = limit;
    this.#descending = descending;
    this.#keepsTies = keepsTies;
    this.#context = context;
  }

  /** Adds the rows of one batch that may be among the first. */
  add(rows: RowSet): void {
    const many = Math.max(CANDIDATES_MIN, CANDIDATES_PER_ROW * this.#limit);
    if (this.#threshold === null && rows.count > many) {
      this.#threshold = this.#limitthCode(this.#wideCodes(rows));
    }
    const candidates = this.#threshold === null ? rows : this.#narrow(rows, this.#threshold);
    if (candidates === null || candidates.count === 0) return;
    this.#append(candidates);
    if (this.#count > many) this.#cut();
  }

  /** Positions in the segment of all rows that may be among the first, ascending. */
  finish(): Uint32Array {
    if (this.#count > this.#limit) this.#cut();
    return this.#positions.slice(0, this.#count).sort();
  }

  #narrow(rows: RowSet, threshold: number): RowSet | null {
    const { run, u32 } = this.#context.kernels;
    const { width, codes, codeBytes, codeCount } = this.#column;
    const low = this.#descending ? threshold : 0;
    const high = this.#descending ? codeCount - 1 : threshold;
    const zoneIndex = Math.floor(rows.start / BATCH_ROWS);
    const zone = bufferAddress(this.#column, 'zones') / 4 + zoneIndex * 2;
    if (u32[zone]! > high || u32[zone + 1]! < low) return null;
    const mask = copyMask(rows, this.#context);
    run[`filterBetween${width}`](mask, codes + rows.start * codeBytes, low, high, rows.span);
    return maskedRows(mask, rows.start, rows.span, this.#context);
  }

  /** The codes of rows as u32, in batch scratch or in place. */
  #wideCodes(rows: RowSet): Uint32Array {
    const { kernels, batch } = this.#context;
    const { width } = this.#column;
    let codes = rowCodes(kernels, batch, this.#column, rows);
    if (width !== 'U32') {
      const wide = batch.allocate(rows.count * 4);
      kernels.run[`convert${width}ToU32`](wide, codes, rows.count);
      codes = wide;
    }
    return kernels.u32.subarray(codes / 4, codes / 4 + rows.count);
  }

  #append(rows: RowSet): void {
    const { kernels } = this.#context;
    this.#ensureRoom(rows.count);
    this.#codes.set(this.#wideCodes(rows), this.#count);
    const indexes = rows.indexes / 4;
    for (let row = 0; row < rows.count; row++) {
      const index = rows.indexes === 0 ? row : kernels.u32[indexes + row]!;
      this.#positions[this.#count + row] = rows.start + index;
    }
    this.#count += rows.count;
  }

  #ensureRoom(rowCount: number): void {
    const needed = this.#count + rowCount;
    if (needed <= this.#codes.length) return;
    const capacity = Math.max(needed, 2 * this.#codes.length);
    const grow = (old: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> => {
      const larger = new Uint32Array(capacity);
      larger.set(old);
      return larger;
    };
    this.#codes = grow(this.#codes);
    this.#positions = grow(this.#positions);
  }

  /** Finds the limit-th best code and drops what is worse. */
  #cut(): void {
    const codes = this.#codes.subarray(0, this.#count);
    if (this.#count < this.#limit) return;
    const threshold = this.#limitthCode(codes);
    let ties = this.#keepsTies ? this.#count : this.#limit;
    if (!this.#keepsTies) {
      for (let row = 0; row < codes.length; row++) {
        if (this.#isBetter(codes[row]!, threshold)) ties--;
      }
    }
    let kept = 0;
    for (let row = 0; row < this.#count; row++) {
      const code = codes[row]!;
      const isTie = code === threshold;
      if (!isTie && !this.#isBetter(code, threshold)) continue;
      if (isTie && ties-- <= 0) continue;
      this.#codes[kept] = code;
      this.#positions[kept++] = this.#positions[row]!;
    }
    this.#count = kept;
    this.#threshold = threshold;
  }

  /** The code at place `limit` in the order: by counting where codes are few, else by sorting. */
  #limitthCode(codes: Uint32Array): number {
    const { codeCount } = this.#column;
    if (codeCount > 4 * codes.length) {
      const ordered = codes.slice().sort();
      return ordered[this.#descending ? codes.length - this.#limit : this.#limit - 1]!;
    }
    const counts = new Uint32Array(codeCount);
    for (let row = 0; row < codes.length; row++) counts[codes[row]!]!++;
    let left = this.#limit;
    let code = this.#descending ? codeCount - 1 : 0;
    const step = this.#descending ? -1 : 1;
    for (;;) {
      left -= counts[code]!;
      if (left <= 0) return code;
      code += step;
    }
  }

  #isBetter(code: number, threshold: number): boolean {
    return this.#descending ? code > threshold : code < threshold;
  }
}
