import { assert } from '../base/assert.ts';
import { type FlatType, isDecimal, isText, physicalType } from '../base/types.ts';
import { unnestedArray } from '../sql/bind-array.ts';
import type { Expression } from '../sql/expression.ts';
import { sameExpression } from '../sql/expression-tools.ts';
import type { AggregateLeaf } from '../sql/plan.ts';
import { knowledgeOf, type Scope } from './aggregate.ts';
import { type AggregateStates, aggregateStates } from './aggregate-states.ts';
import { flatData } from './batch-input.ts';
import { numberedExpression, numberedInput } from './chosen-text.ts';
import type { ExecutionContext } from './context.ts';
import { type EvaluationInput, evaluate, evaluationOf } from './evaluate.ts';
import { flagsAddress, KeyWords } from './key-words.ts';
import type { OrdinalDictionary } from './ordinals.ts';
import type { ColumnWidth, RowChunk } from './row-partitions.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import { compileValueKey } from './value-keys.ts';
import type { Vector } from './vector.ts';
import { addressOf } from './vector-key.ts';

/** Columns of a row at most: with more, what is copied costs more than is won. */
const COLUMNS_MAX = 24;

/** An argument of an aggregate as a column. */
interface StoredArgument {
  readonly expression: Expression;
  /** Index of the column of its values, and of that of its flags; null where it is never NULL. */
  readonly values: number;
  readonly flags: number | null;
  /** Of texts, whose values are the codes. */
  readonly dictionary: OrdinalDictionary | null;
}

/**
 * The rows of an aggregation as columns of numbers: the words of their keys, then those of the values that
 * are counted apart, then the arguments of the aggregates. Every thread makes the same columns of the same
 * plan and segments.
 */
export class StoredRows {
  /** Null without keys. */
  readonly keys: KeyWords | null;
  /** The argument whose distinct values are counted; null when rows go by their keys. */
  readonly values: KeyWords | null;
  /** Bytes of a value of each column. */
  readonly widths: readonly ColumnWidth[];
  /** The states of the plan over the columns. */
  readonly states: AggregateStates;
  /** What is known of the columns. */
  readonly scope: Scope;
  readonly #arguments: readonly StoredArgument[];
  readonly #context: ExecutionContext;

  /** Rows that go by their keys. Null where something has no such form. */
  static byKeys(
    plan: AggregateLeaf,
    segments: readonly SegmentView[],
    context: ExecutionContext,
  ): StoredRows | null {
    return plan.keys.length === 0 ? null : StoredRows.#compile(plan, null, segments, context);
  }

  /**
   * Rows that go by the only argument whose distinct values are counted. Null where there is no such thing,
   * or a bitmap of its values is better.
   */
  static byValues(
    plan: AggregateLeaf,
    segments: readonly SegmentView[],
    context: ExecutionContext,
  ): StoredRows | null {
    const { specifications, main } = aggregateStates(plan.aggregates);
    const [only, ...others] = specifications.filter(({ kind }) => kind === 'distinct');
    if (only === undefined || others.length > 0) return null;
    const own = specifications.indexOf(only);
    const isCounted = plan.aggregates.every(
      (aggregate, index) => !main[index]!.includes(own) || aggregate.function === 'count_distinct',
    );
    const argument = only.args[0]!;
    const { facts } = knowledgeOf(segments);
    const key = compileValueKey(argument, facts(argument), context);
    if (!isCounted || (plan.keys.length === 0 && key.cardinality !== null)) return null;
    return StoredRows.#compile(plan, argument, segments, context);
  }

  static #compile(
    plan: AggregateLeaf,
    value: Expression | null,
    segments: readonly SegmentView[],
    context: ExecutionContext,
  ): StoredRows | null {
    const states = aggregateStates(plan.aggregates);
    const used = [...plan.keys, ...states.specifications.flatMap(({ args }) => args)];
    // A row has as many groups as its array has elements.
    if (used.some((expression) => unnestedArray(expression) !== null)) return null;
    const knowledge = knowledgeOf(segments);
    const wordsOf = (expressions: readonly Expression[]): KeyWords | null => {
      const wordKeys = expressions.map((expression) => ({
        expression,
        facts: knowledge.facts(expression),
        mayBeNull: !knowledge.isNeverNull(expression),
      }));
      return KeyWords.compile(wordKeys, context);
    };
    const keys = plan.keys.length === 0 ? null : wordsOf(plan.keys);
    const values = value === null ? null : wordsOf([value]);
    if ((keys === null && plan.keys.length > 0) || (values === null && value !== null)) return null;
    const wordCount = (keys?.bits.length ?? 0) + (values?.bits.length ?? 0);
    const columns = new ArgumentColumns(wordCount, knowledge);
    for (const { kind, args, filter } of states.specifications) {
      if (filter !== null || kind === 'lists') return null;
      const stored = kind === 'distinct' && value !== null ? [] : args;
      for (const arg of stored) if (!columns.add(arg)) return null;
    }
    if (columns.widths.length > COLUMNS_MAX) return null;
    return new StoredRows({ keys, values }, states, columns, context);
  }

  private constructor(
    { keys, values }: Pick<StoredRows, 'keys' | 'values'>,
    states: AggregateStates,
    columns: ArgumentColumns,
    context: ExecutionContext,
  ) {
    this.keys = keys;
    this.values = values;
    this.widths = columns.widths;
    this.#arguments = columns.list;
    this.#context = context;
    const specifications = states.specifications.map((specification) => ({
      ...specification,
      args: specification.args.map((arg) => columns.reference(arg) ?? arg),
    }));
    this.states = { ...states, specifications };
    const { facts, isNeverNull } = columns.knowledge;
    const original = (expression: Expression): Expression =>
      expression.kind === 'column' ? columns.list[Number(expression.name)]!.expression : expression;
    this.scope = {
      segment: null,
      facts: (expression) => facts(original(expression)),
      isNeverNull: (expression) => isNeverNull(original(expression)),
      key: (expression) => compileValueKey(expression, facts(original(expression)), context),
    };
  }

  /** Addresses of the columns of some rows, for nobody to change. */
  write(rows: RowSet, input: EvaluationInput): number[] {
    const columns = [this.keys, this.values].flatMap((words) => words?.write(rows, input) ?? []);
    const numbered = numberedInput(input);
    for (const { expression, flags, dictionary } of this.#arguments) {
      const numbers = dictionary === null ? expression : numberedExpression(expression, dictionary);
      const vector = evaluate(numbers, numbered, evaluationOf(this.#context));
      assert(vector.kind === 'flat', 'stored rows are numbers');
      columns.push(addressOf(vector.data, this.#context));
      if (flags !== null) columns.push(this.#flags(vector, rows.count));
      else assert(vector.nulls === null, 'the segments say that there is no NULL');
    }
    return columns;
  }

  /** The columns of the words of the keys. */
  keyColumns(columns: readonly number[]): readonly number[] {
    return columns.slice(0, this.keys?.bits.length ?? 0);
  }

  /** The columns of the words of the values that are counted apart. */
  valueColumns(columns: readonly number[]): readonly number[] {
    const start = this.keys?.bits.length ?? 0;
    return columns.slice(start, start + (this.values?.bits.length ?? 0));
  }

  /** What rows go by: its words. */
  get partitionBits(): readonly number[] {
    return (this.values ?? this.keys)!.bits;
  }

  /** The columns of these words. */
  partitionColumns(columns: readonly number[]): readonly number[] {
    return this.values === null ? this.keyColumns(columns) : this.valueColumns(columns);
  }

  /** Address of a hash of what each row goes by. */
  hash(columns: readonly number[], count: number): number {
    const { kernels, batch } = this.#context;
    const hashes = batch.allocate(count * 8);
    kernels.run.splat64(hashes, 0n, count);
    for (const words of this.partitionColumns(columns)) {
      kernels.run.mixWords(hashes, words, count);
    }
    return hashes;
  }

  /** Stored rows as the input of the states. */
  read({ rowCount, columns }: RowChunk): EvaluationInput {
    return { rowCount, column: (name) => this.#vector(Number(name), columns, rowCount) };
  }

  #vector(index: number, columns: readonly number[], count: number): Vector {
    const { kernels } = this.#context;
    const { expression, values, flags, dictionary } = this.#arguments[index]!;
    const { type } = expression;
    const address = columns[values]!;
    const nulls =
      flags === null ? null : kernels.u8.subarray(columns[flags]!, columns[flags]! + count);
    if (dictionary === null) {
      const data = flatData(kernels, type as FlatType, address, count);
      return { kind: 'flat', type: type as FlatType, data, nulls };
    }
    assert(isText(type), 'only texts have a dictionary');
    const codes = new Uint32Array(kernels.memory.buffer, address, count);
    return { kind: 'text', type, codes, dictionary, nulls };
  }

  #flags({ nulls }: Vector, count: number): number {
    if (nulls !== null) return flagsAddress(nulls, this.#context);
    const { kernels, batch } = this.#context;
    const flags = batch.allocate(count);
    kernels.run.fillBytes(flags, 0, count);
    return flags;
  }
}

/** The columns of arguments, each expression once. */
class ArgumentColumns {
  readonly widths: ColumnWidth[];
  readonly list: StoredArgument[] = [];
  readonly knowledge: Pick<Scope, 'facts' | 'isNeverNull'>;

  constructor(wordCount: number, knowledge: Pick<Scope, 'facts' | 'isNeverNull'>) {
    this.widths = Array.from({ length: wordCount }, () => 8 as const);
    this.knowledge = knowledge;
  }

  /** False when the values of the argument are no numbers of a fixed width. */
  add(expression: Expression): boolean {
    if (expression.kind === 'literal' || this.#indexOf(expression) >= 0) return true;
    const { type } = expression;
    const facts = this.knowledge.facts(expression);
    if ((isText(type) || isDecimal(type)) && facts === null) return false;
    const dictionary = facts?.kind === 'ordinals' ? facts.dictionary : null;
    const values = this.widths.push(widthOf(expression)) - 1;
    const flags = this.knowledge.isNeverNull(expression) ? null : this.widths.push(1) - 1;
    this.list.push({ expression, values, flags, dictionary });
    return true;
  }

  /** The argument as a column of stored rows; null where it is none. */
  reference(expression: Expression): Expression | null {
    const index = this.#indexOf(expression);
    return index < 0 ? null : { kind: 'column', name: `${index}`, type: expression.type };
  }

  #indexOf(expression: Expression): number {
    return this.list.findIndex((known) => sameExpression(known.expression, expression));
  }
}

function widthOf({ type }: Expression): ColumnWidth {
  switch (physicalType(type)) {
    case 'flag':
      return 1;
    case 'i32':
    case 'text':
      return 4;
    default:
      return 8;
  }
}
