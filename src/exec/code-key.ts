import { isFloat } from '../base/types.ts';

import type { Expression } from '../sql/expression.ts';
import { copyToMemory, nullFlags, rowCodes } from './batch-input.ts';
import { type CodeFunction, compileCodeFunction } from './code-function.ts';
import type { ExecutionContext } from './context.ts';
import type { GroupKey } from './group-key.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import type { Vector } from './vector.ts';
import { valueAt } from './vector-build.ts';

/** A grouping expression over one coded column: a row's id is its code, or the code through a table. */
export class CodeKey implements GroupKey {
  readonly cardinality: number;
  readonly #codes: CodeFunction;
  readonly #context: ExecutionContext;
  /** Address of the id of each code; 0 when a code is its own id. */
  readonly #table: number;
  /** A representative output of each id; null when an id is its own output. */
  readonly #outputs: Uint32Array | null;
  readonly #nullId: number | null;

  /** @returns null when the expression cannot be computed per code. */
  static compile(
    expression: Expression,
    segment: SegmentView,
    context: ExecutionContext,
  ): CodeKey | null {
    const codes = compileCodeFunction(expression, segment, context);
    return codes === null ? null : new CodeKey(codes, expression, context);
  }

  private constructor(codes: CodeFunction, expression: Expression, context: ExecutionContext) {
    this.#codes = codes;
    this.#context = context;
    // Two codes of a float column can be equal in SQL (0 and −0); of other columns they never are.
    const distinct = expression.kind === 'column' && !isFloat(expression.type);
    if (distinct) {
      this.cardinality = Math.max(1, codes.outputCount);
      this.#table = 0;
      this.#outputs = null;
      this.#nullId = codes.nullOutput;
      return;
    }
    const { idOfOutput, outputs } = distinctOutputs(codes);
    const allDistinct = outputs.length === codes.outputCount;
    const table = allDistinct ? codes.table : tableOfIds(codes, idOfOutput);
    this.cardinality = Math.max(1, outputs.length);
    this.#table = table === null ? 0 : copyToMemory(context.kernels, context.state, table);
    this.#outputs = outputs;
    this.#nullId = codes.nullOutput === null ? null : idOfOutput[codes.nullOutput]!;
  }

  get idCount(): number {
    return this.cardinality;
  }

  encode(rows: RowSet): number {
    const { kernels, batch } = this.#context;
    const { column } = this.#codes;
    const ids = batch.allocate(rows.count * 4);
    const codes = rowCodes(kernels, batch, column, rows);
    kernels.run[`groupIds${column.width}`](ids, codes, this.#table, rows.count);
    if (this.#nullId !== null) this.#replaceNulls(ids, rows, this.#nullId);
    return ids;
  }

  append(ids: number, rows: RowSet): void {
    const { kernels, batch } = this.#context;
    const { column } = this.#codes;
    if (this.#nullId !== null) {
      const own = this.encode(rows);
      kernels.run.groupIdsAppendU32(ids, own, 0, this.cardinality, rows.count);
      return;
    }
    const codes = rowCodes(kernels, batch, column, rows);
    const append = kernels.run[`groupIdsAppend${column.width}`];
    append(ids, codes, this.#table, this.cardinality, rows.count);
  }

  count(counts: number, rows: RowSet): boolean {
    const { kernels, batch } = this.#context;
    const { column } = this.#codes;
    if (this.#table !== 0 || this.#nullId !== null || column.width === 'U32') return false;
    const codes = rowCodes(kernels, batch, column, rows);
    if (column.width === 'U16') kernels.run.countByCodeU16(counts, codes, rows.count);
    else {
      const lanes = batch.allocate(COUNT_LANES_BYTES);
      kernels.run.countByCodeU8(counts, codes, lanes, this.cardinality, rows.count);
    }
    return true;
  }

  decode(ids: Uint32Array): Vector {
    const outputs = this.#outputs;
    return this.#codes.decode(outputs === null ? ids : ids.map((id) => outputs[id]!));
  }

  #replaceNulls(ids: number, rows: RowSet, nullId: number): void {
    const { kernels, batch } = this.#context;
    const flags = nullFlags(kernels, batch, this.#codes.column, rows);
    const mask = batch.allocate(Math.ceil(rows.count / 64) * 8);
    kernels.run.flagsToBitmap(mask, flags, rows.count);
    kernels.run.replaceMasked32(ids, mask, nullId, rows.count);
  }
}

/** Scratch of `countByCodeU8`. */
const COUNT_LANES_BYTES = 8_192;

/** The id of each code. */
function tableOfIds({ table }: CodeFunction, idOfOutput: Uint32Array): Uint32Array {
  if (table === null) return idOfOutput;
  const ids = new Uint32Array(table.length);
  for (let code = 0; code < table.length; code++) ids[code] = idOfOutput[table[code]!]!;
  return ids;
}

/** Outputs of equal value share an id, in order of first appearance. */
function distinctOutputs(codes: CodeFunction): { idOfOutput: Uint32Array; outputs: Uint32Array } {
  const count = codes.outputCount;
  const values = codes.values();
  const ids = new Map<unknown, number>();
  const idOfOutput = new Uint32Array(count);
  const outputs: number[] = [];
  const idOf = (output: number): number => {
    // A Map compares as SQL does: NaN equals NaN, 0 equals −0.
    const value = valueAt(values, output);
    let id = ids.get(value);
    if (id === undefined) {
      id = outputs.length;
      ids.set(value, id);
      outputs.push(output);
    }
    return id;
  };
  if (values.kind !== 'text' || values.nulls !== null) {
    for (let output = 0; output < count; output++) idOfOutput[output] = idOf(output);
  } else {
    // Outputs often share an entry, whose text is then looked up once.
    const idsOfEntries = new Int32Array(values.dictionary.length).fill(-1);
    for (let output = 0; output < count; output++) {
      const entry = values.codes[output]!;
      if (idsOfEntries[entry] === -1) idsOfEntries[entry] = idOf(output);
      idOfOutput[output] = idsOfEntries[entry]!;
    }
  }
  return { idOfOutput, outputs: Uint32Array.from(outputs) };
}
