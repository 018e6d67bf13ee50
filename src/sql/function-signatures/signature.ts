import {
  type DataType,
  type DecimalShape,
  decimalShape,
  decimalType,
  INTEGER_TYPES,
  isDecimal,
  isFloat,
} from '../../base/types.ts';
import { commonDecimal, resultDecimal, shapeOf } from '../decimal-types.ts';

/** What the binder knows about a scalar function or operator. */
export interface FunctionSignature extends Traits {
  /** The canonical name, lower_snake: the one that plans carry. */
  readonly name: string;
  /** One sentence for people who look the function up. */
  readonly summary: string;
  /** Types for people, overloads parted by semicolons: `(STRING, BIGINT[, STRING]) → STRING`. */
  readonly types: string;
  /** The least number of arguments. */
  readonly minArgs: number;
  /** The greatest number of arguments; Infinity for a variadic function. */
  readonly maxArgs: number;
  /**
   * Resolves argument types to the types each argument must be cast to, and the result type; null
   * when no overload fits. The caller has checked the number of arguments or takes null for an
   * answer. `texts` has the values of text literals among the arguments: the few functions whose
   * result type is the say of one look there.
   */
  readonly resolve: Resolve;
}

/** What few functions have. */
interface Traits {
  /** Other names for it, lower_snake. */
  readonly aliases: readonly string[];
  /**
   * Index of the argument in which the function never decreases (NULL-free, other arguments being
   * literals), or null. Segment pruning relies on it.
   */
  readonly monotonicIn: number | null;
  /** With more arguments than these `monotonicIn` does not hold. */
  readonly monotonicArgsMax: number;
  /** From so many arguments on the first is a unit of time; a bare word is read as text there. */
  readonly unitArgsMin: number;
  /** True when arguments and result share one type, text literals going along. */
  readonly hasCommonType: boolean;
  /** Index of the literal that names the type of the result, or null. */
  readonly typeNameIndex: number | null;
  /** True when number literals beside a DECIMAL are read as the DECIMAL that they spell. */
  readonly readsLiteralsAsDecimal: boolean;
  /** Index of what a result that is NULL is replaced by, if given: the call becomes a COALESCE. */
  readonly defaultIndex: number;
}

const NO_TRAITS: Traits = {
  aliases: [],
  monotonicIn: null,
  monotonicArgsMax: Infinity,
  unitArgsMin: Infinity,
  hasCommonType: false,
  typeNameIndex: null,
  readsLiteralsAsDecimal: false,
  defaultIndex: Infinity,
};

type Resolve = (args: readonly DataType[], texts?: readonly (string | null)[]) => Resolution | null;

/** The overload that fits: as many argument types as there are arguments, and the result's type. */
export interface Resolution {
  readonly args: readonly DataType[];
  readonly result: DataType;
}

/** Parameter types and result of one overload; the last `optionalCount` parameters may be left out. */
export interface Overload {
  readonly parameters: readonly DataType[];
  readonly optionalCount: number;
  readonly result: DataType;
}

const NUMERIC_ORDER: readonly DataType[] = [...INTEGER_TYPES, 'FLOAT', 'DOUBLE'];

/**
 * The type that values of both types convert to without being asked: integers to wider ones, integers
 * and FLOAT to DOUBLE, DATE to TIMESTAMP. FLOAT never absorbs an integer type, because it would round
 * integers above 2^24; their common type is DOUBLE. DECIMAL
 * absorbs integers and is DOUBLE beside FLOAT and DOUBLE. JSON is text beside STRING. Null when there is none:
 * STRING, BYTES and BOOLEAN go only with themselves.
 */
export function commonType(a: DataType, b: DataType): DataType | null {
  if (a === b) return a;
  const [rankA, rankB] = [NUMERIC_ORDER.indexOf(a), NUMERIC_ORDER.indexOf(b)];
  if (isDecimal(a) || isDecimal(b)) {
    if (isFloat(a) || isFloat(b)) return 'DOUBLE';
    return commonDecimal(a, b);
  }
  if (rankA >= 0 && rankB >= 0) {
    const wider = NUMERIC_ORDER[Math.max(rankA, rankB)]!;
    return wider === 'FLOAT' ? 'DOUBLE' : wider;
  }
  const isPair = (one: DataType, other: DataType) =>
    (a === one && b === other) || (a === other && b === one);
  if (isPair('JSON', 'STRING')) return 'STRING';
  return isPair('DATE', 'TIMESTAMP') ? 'TIMESTAMP' : null;
}

/** The common type of a list that is not empty, or null. */
export function commonTypeOf(types: readonly DataType[]): DataType | null {
  let common: DataType | null = types[0] ?? null;
  for (const type of types) common = common === null ? null : commonType(common, type);
  return common;
}

/** One overload, for `overloaded`. */
export function overload(
  parameters: readonly DataType[],
  result: DataType,
  optionalCount = 0,
): Overload {
  return { parameters, result, optionalCount };
}

/** A function with a fixed list of overloads; the first one that fits is taken. */
export function overloaded(
  name: string,
  summary: string,
  overloads: readonly Overload[],
  traits: Partial<Traits> = {},
): FunctionSignature {
  return {
    ...NO_TRAITS,
    ...traits,
    name,
    summary,
    types: overloads.map(overloadText).join('; '),
    minArgs: Math.min(...overloads.map((one) => one.parameters.length - one.optionalCount)),
    maxArgs: Math.max(...overloads.map((one) => one.parameters.length)),
    resolve: (args) => firstFit(overloads, args),
  };
}

/** A function with one overload. */
export function simple(
  name: string,
  summary: string,
  parameters: readonly DataType[],
  result: DataType,
  { optionalCount, ...traits }: Partial<Traits> & { readonly optionalCount?: number } = {},
): FunctionSignature {
  return overloaded(name, summary, [overload(parameters, result, optionalCount)], traits);
}

/** A function whose first argument is text or bytes. */
export function textOrBytes(
  name: string,
  summary: string,
  others: readonly DataType[],
  result: DataType,
  { optionalCount, ...traits }: Partial<Traits> & { readonly optionalCount?: number } = {},
): FunctionSignature {
  const overloads = (['STRING', 'BYTES'] as const).map((type) =>
    overload([type, ...others], result, optionalCount),
  );
  return overloaded(name, summary, overloads, traits);
}

/** An operator of two numbers, of exact numbers where one at least is a DECIMAL. */
export function withDecimalPairs(signature: FunctionSignature): FunctionSignature {
  return {
    ...signature,
    types: `${signature.types}; (DECIMAL, DECIMAL) → DECIMAL`,
    readsLiteralsAsDecimal: true,
    resolve: (args, texts) => {
      const shapes = args.map(shapeOf);
      const [left, right] = shapes;
      if (args.length !== 2 || !args.some(isDecimal) || !left || !right) {
        return signature.resolve(args, texts);
      }
      return {
        args: [left, right].map(({ precision, scale }) => decimalType(precision, scale)),
        result: resultDecimal(signature.name, left, right),
      };
    },
  };
}

/** A function of one DECIMAL, perhaps with digits behind it; `result` gives the type of what it gives. */
export function withDecimals(
  signature: FunctionSignature,
  result: (shape: DecimalShape, argCount: number) => DataType,
): FunctionSignature {
  return {
    ...signature,
    types: `${signature.types}; (DECIMAL${signature.maxArgs > 1 ? '[, BIGINT]' : ''}) → DECIMAL`,
    resolve: (args, texts) => {
      const [type, digits] = args;
      if (type === undefined || !isDecimal(type)) return signature.resolve(args, texts);
      if (digits !== undefined && commonType(digits, 'BIGINT') !== 'BIGINT') return null;
      const others: readonly DataType[] = digits === undefined ? [] : ['BIGINT'];
      return { args: [type, ...others], result: result(decimalShape(type), args.length) };
    },
  };
}

/** A function whose types follow a rule of their own; `types` says it to people. */
export function ruled(
  name: string,
  summary: string,
  [minArgs, maxArgs]: readonly [number, number],
  resolve: Resolve,
  { types, ...traits }: Partial<Traits> & { readonly types?: string } = {},
): FunctionSignature {
  const parameters = Array.from({ length: minArgs }, () => 'ANY');
  if (maxArgs > minArgs) parameters.push('…');
  return {
    ...NO_TRAITS,
    ...traits,
    name,
    summary,
    types: types ?? `(${parameters.join(', ')}) → ANY`,
    minArgs,
    maxArgs,
    resolve: (args, texts) =>
      args.length < minArgs || args.length > maxArgs ? null : resolve(args, texts),
  };
}

function overloadText({ parameters, optionalCount, result }: Overload): string {
  const required = parameters.slice(0, parameters.length - optionalCount).join(', ');
  const optional = parameters.slice(parameters.length - optionalCount);
  const text = optional.reduceRight<string>((rest, type) => `[, ${type}${rest}]`, '');
  return `(${required}${required === '' ? text.replace('[, ', '[') : text}) → ${result}`;
}

function firstFit(overloads: readonly Overload[], args: readonly DataType[]): Resolution | null {
  for (const { parameters, optionalCount, result } of overloads) {
    if (args.length > parameters.length) continue;
    if (args.length < parameters.length - optionalCount) continue;
    const fits = args.every((type, index) => {
      const parameter = parameters[index]!;
      return commonType(type, parameter) === parameter;
    });
    if (fits) return { args: parameters.slice(0, args.length), result };
  }
  return null;
}
