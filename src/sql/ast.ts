/**
 * What the parser makes of SQL text: names unresolved, types unknown. `offset` is always the first
 * character of the node in the text, in UTF-16 units; of an infix expression, of its operator.
 */
export interface Statement {
  /** True for EXPLAIN [PLAN FOR] and EXPLAIN ANALYZE. */
  readonly explain: boolean;
  /** True for EXPLAIN ANALYZE. */
  readonly analyze: boolean;
  /** For SHOW FUNCTIONS; `select` is then empty. */
  readonly show: ShowFunctions | null;
  /** `SET k = v;` in front of the query, in order. */
  readonly settings: readonly AstOption[];
  /** `OPTION(k = v, …)` behind it, in order. */
  readonly options: readonly AstOption[];
  readonly select: SelectStatement;
}

/** SHOW FUNCTIONS [LIKE 'pattern']. */
export interface ShowFunctions {
  /** Null for all. */
  readonly pattern: string | null;
}

/** One query option with its value as text. */
export interface AstOption {
  readonly name: string;
  readonly value: string;
  readonly offset: number;
  /** Where the value stands. */
  readonly valueOffset: number;
}

/** SELECT … [FROM …]. */
export interface SelectStatement {
  readonly offset: number;
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly from: TableName | Subquery | null;
  readonly where: AstExpression | null;
  readonly groupBy: readonly GroupElement[];
  readonly having: AstExpression | null;
  /** WINDOW name AS (…), … */
  readonly windows: readonly NamedWindow[];
  readonly qualify: AstExpression | null;
  readonly orderBy: readonly OrderItem[];
  readonly limit: number | null;
  /** OFFSET: rows left out at the front. */
  readonly skip: number;
}

/** An entry of GROUP BY. Inner lists are columns that come and go together. */
export type GroupElement =
  /** An expression; in GROUPING SETS any number of them. */
  | { readonly kind: 'set'; readonly expressions: readonly AstExpression[] }
  | {
      readonly kind: 'rollup' | 'cube';
      readonly lists: readonly (readonly AstExpression[])[];
      readonly offset: number;
    }
  | { readonly kind: 'sets'; readonly elements: readonly GroupElement[]; readonly offset: number };

/** One entry of the select list: an expression, or `[table.]*`. */
export type SelectItem =
  | {
      readonly kind: 'expression';
      readonly expression: AstExpression;
      readonly alias: string | null;
      readonly offset: number;
    }
  | { readonly kind: 'star'; readonly qualifier: string | null; readonly offset: number };

/** FROM [database.]name [[AS] alias]. */
export interface TableName {
  readonly database: string | null;
  readonly name: string;
  readonly alias: string | null;
  readonly offset: number;
}

/** FROM (SELECT …) [[AS] alias]. */
export interface Subquery {
  readonly select: SelectStatement;
  readonly alias: string | null;
  readonly offset: number;
}

/** An entry of the WINDOW clause. */
export interface NamedWindow {
  readonly name: string;
  readonly window: WindowNode;
  readonly offset: number;
}

/** What stands behind OVER: `name`, or `([name] [PARTITION BY …] [ORDER BY …] [frame])`. */
export interface WindowNode {
  /** The window that this one begins from, or is where it stands without parentheses; or null. */
  readonly base: string | null;
  /** True for a name without parentheses. */
  readonly isName: boolean;
  readonly partition: readonly AstExpression[];
  readonly order: readonly OrderItem[];
  readonly frame: FrameNode | null;
  readonly offset: number;
}

/** `ROWS BETWEEN … AND …` and its like; without BETWEEN the end is the current row. */
export interface FrameNode {
  readonly unit: 'ROWS' | 'RANGE' | 'GROUPS';
  readonly start: FrameBoundNode;
  readonly end: FrameBoundNode;
  readonly offset: number;
}

/** One end of a frame. */
export interface FrameBoundNode {
  readonly kind: 'unbounded' | 'current' | 'distance';
  /** Which side of the current row; for `current` it says nothing. */
  readonly side: 'preceding' | 'following';
  /** Null unless the kind is `distance`. */
  readonly distance: AstExpression | null;
  readonly offset: number;
}

/** One ORDER BY entry. `nullsFirst` is null when the text does not say. */
export interface OrderItem {
  readonly expression: AstExpression;
  readonly descending: boolean;
  readonly nullsFirst: boolean | null;
}

/** An expression as written. */
export type AstExpression =
  | NameNode
  | NumberNode
  | StringNode
  | BooleanNode
  | NullNode
  | TypedNode
  | IntervalNode
  | UnaryNode
  | BinaryNode
  | LogicalNode
  | IsNode
  | DistinctFromNode
  | BetweenNode
  | InNode
  | LikeNode
  | CaseNode
  | CastNode
  | ExtractNode
  | FunctionNode;

interface Node {
  readonly offset: number;
}

/** A column or alias, `qualifier.name` or `name`. */
export interface NameNode extends Node {
  readonly kind: 'name';
  readonly qualifier: string | null;
  readonly name: string;
  /** True for a name in quotes: often text that should have had single ones. */
  readonly quoted: boolean;
}

/** A number. Integers are exact (`bigint`), everything with a point or exponent is a double. */
export interface NumberNode extends Node {
  readonly kind: 'number';
  readonly value: bigint | number;
}

/** `'text'`. */
export interface StringNode extends Node {
  readonly kind: 'string';
  readonly value: string;
}

/** TRUE or FALSE. */
export interface BooleanNode extends Node {
  readonly kind: 'boolean';
  readonly value: boolean;
}

/** NULL. */
export interface NullNode extends Node {
  readonly kind: 'null';
}

/** `DATE 'text'`, `TIMESTAMP 'text'`, or `X'0123'`, which is BYTES. */
export interface TypedNode extends Node {
  readonly kind: 'typed';
  readonly type: 'DATE' | 'TIMESTAMP' | 'BYTES';
  readonly text: string;
}

/** INTERVAL: a calendar part in months, a part in whole days, and a part in microseconds. */
export interface IntervalNode extends Node {
  readonly kind: 'interval';
  readonly months: bigint;
  readonly days: bigint;
  readonly micros: bigint;
}

/** `-x` or `NOT x`. */
export interface UnaryNode extends Node {
  readonly kind: 'unary';
  readonly operator: '-' | 'NOT';
  readonly operand: AstExpression;
}

/** Infix operators other than AND and OR. */
export type BinaryOperator =
  | ('=' | '<>' | '<' | '<=' | '>' | '>=')
  | ('+' | '-' | '*' | '/' | '%' | 'DIV' | '||');

/** `left operator right`. */
export interface BinaryNode extends Node {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: AstExpression;
  readonly right: AstExpression;
}

/** `a AND b AND …` or `a OR b OR …`: a chain is one node, so that long filters stay shallow. */
export interface LogicalNode extends Node {
  readonly kind: 'logical';
  readonly operator: 'AND' | 'OR';
  /** At least two. */
  readonly operands: readonly AstExpression[];
}

/** `x IS [NOT] NULL`, `TRUE` or `FALSE`. */
export interface IsNode extends Node {
  readonly kind: 'is';
  readonly operand: AstExpression;
  readonly test: 'NULL' | 'TRUE' | 'FALSE';
  readonly negated: boolean;
}

/** `left IS [NOT] DISTINCT FROM right`; `negated` is true for NOT. */
export interface DistinctFromNode extends Node {
  readonly kind: 'distinct_from';
  readonly left: AstExpression;
  readonly right: AstExpression;
  readonly negated: boolean;
}

/** `x [NOT] BETWEEN low AND high`, both ends included. */
export interface BetweenNode extends Node {
  readonly kind: 'between';
  readonly operand: AstExpression;
  readonly low: AstExpression;
  readonly high: AstExpression;
  readonly negated: boolean;
}

/** `x [NOT] IN (a, b, …)`; the list is not empty. */
export interface InNode extends Node {
  readonly kind: 'in';
  readonly operand: AstExpression;
  readonly list: readonly AstExpression[];
  readonly negated: boolean;
}

/** `x [NOT] LIKE pattern [ESCAPE 'c']`; ILIKE is `insensitive` to case. */
export interface LikeNode extends Node {
  readonly kind: 'like';
  readonly operand: AstExpression;
  readonly pattern: AstExpression;
  readonly escapeCharacter: StringNode | null;
  readonly insensitive: boolean;
  readonly negated: boolean;
}

/** `CASE [operand] WHEN … THEN … [ELSE …] END`. */
export interface CaseNode extends Node {
  readonly kind: 'case';
  readonly operand: AstExpression | null;
  readonly branches: readonly CaseBranch[];
  readonly otherwise: AstExpression | null;
}

/** One WHEN with its THEN. */
export interface CaseBranch {
  readonly when: AstExpression;
  readonly result: AstExpression;
}

/** `CAST(x AS type)` or `x::type`; the type's name as written. */
export interface CastNode extends Node {
  readonly kind: 'cast';
  readonly operand: AstExpression;
  readonly typeName: string;
  readonly typeOffset: number;
}

/** `EXTRACT(unit FROM x)`; the unit as written. */
export interface ExtractNode extends Node {
  readonly kind: 'extract';
  readonly unit: string;
  readonly unitOffset: number;
  readonly operand: AstExpression;
}

/**
 * `name([DISTINCT] a, b, … [ORDER BY …])` or `name(*)`, with `WITHIN GROUP (ORDER BY …)` and
 * `FILTER (WHERE …)` for aggregates, `IGNORE NULLS` and `OVER …` for window functions.
 */
export interface FunctionNode extends Node {
  readonly kind: 'function';
  readonly name: string;
  readonly args: readonly AstExpression[];
  readonly star: boolean;
  readonly distinct: boolean;
  /** ORDER BY inside the parentheses or within the group. */
  readonly order: readonly OrderItem[];
  readonly filter: AstExpression | null;
  /** Null when the text does not say. */
  readonly nulls: 'IGNORE' | 'RESPECT' | null;
  /** Null for a call that is no window function. */
  readonly over: WindowNode | null;
}
