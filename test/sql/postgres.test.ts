import { loadModule, parseSync } from 'libpg-query';
import { beforeAll, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { Prng } from '../../src/base/prng.ts';
import type { AstExpression } from '../../src/sql/ast.ts';
import { childrenOf } from '../../src/sql/ast-children.ts';
import { parseStatement } from '../../src/sql/parser.ts';
import { ourStructure, postgresStructure } from './postgres-tree.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const count = Number(process.env.NYALA_FUZZ_QUERIES ?? 30_000);
console.log(`PostgreSQL's grammar: SEED=${seed} NYALA_FUZZ_QUERIES=${count}`);

const OPERANDS = ['a', 'b', 't.c', '7', "'x'", 'TRUE', 'NULL', 'f(a, b)', 'coalesce(a, b)'];
const MORE = ['(a OR b)', 'CAST(a AS date)', 'CASE a WHEN 1 THEN b END', 'sum(DISTINCT a)'];
const INFIX = ['=', '<>', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '||', 'AND', 'OR'];
const RANGES = ['LIKE', 'NOT LIKE', 'ILIKE', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM'];
const SUFFIXES = ['IS NULL', 'IS NOT NULL', 'IS TRUE', 'IS NOT FALSE', '::text', 'IN (1, a)'];
const PREFIXES = ['', '', '', '', 'NOT ', '- ', 'NOT NOT ', '- - '];
const NOISE = ['AND', 'NOT', '(', ')', ',', '=', 'IS', 'IN', 'a', 'END', 'FROM'];

/**
 * What we take and PostgreSQL refuses: a chain of operators of one of these classes, which groups to
 * the left here; and NOT as the lower end of BETWEEN, where it takes fewer operators.
 */
function chainClass(node: AstExpression): string | null {
  if (node.kind === 'between' || node.kind === 'like' || node.kind === 'in') return 'range';
  if (node.kind === 'is' || node.kind === 'distinct_from') return 'is';
  return node.kind === 'binary' && /[<>=]/.test(node.operator) ? 'comparison' : null;
}

function isOurs(node: AstExpression): boolean {
  if (node.kind === 'between' && /\(NOT/.test(ourStructure(node.low))) return true;
  // ILIKE is a name where no operator can stand.
  if (node.kind === 'name' && /^ilike$/i.test(node.name)) return true;
  const own = chainClass(node);
  const children = childrenOf(node);
  return children.some((child) => (own !== null && chainClass(child) === own) || isOurs(child));
}

beforeAll(() => loadModule());

it('expressions have the structure that PostgreSQL gives them', () => {
  const prng = new Prng(seed);
  let same = 0;
  for (let round = 0; round < count; round++) {
    const text = prng.float() < 0.8 ? expression(prng, prng.integer(1, 5)) : damaged(prng);
    const [ours, theirs] = [structure(text, ourParse), structure(text, postgresParse)];
    if (ours === OUTSIDE || theirs === OUTSIDE) continue;
    if (ours === theirs) {
      if (ours !== null) same++;
      continue;
    }
    if (ours === null && theirs !== null && THEIRS.test(theirs)) continue;
    if (theirs === null && itemsOf(text).some(isOurs)) continue;
    expect(ours, `SEED=${seed}: ${text}`).toBe(theirs);
  }
  expect(same).toBeGreaterThan(count / 3);
});

function expression(prng: Prng, length: number): string {
  let text = operand(prng);
  for (let part = 1; part < length; part++) {
    const kind = prng.float();
    if (kind < 0.7) text += ` ${prng.pick(INFIX)} ${operand(prng)}`;
    else if (kind < 0.8) text += ` ${prng.pick(RANGES)} ${operand(prng)}`;
    else if (kind < 0.9) text += ` ${prng.pick(SUFFIXES)}`;
    else text += ` ${prng.pick(['', 'NOT '])}BETWEEN ${operand(prng)} AND ${operand(prng)}`;
  }
  return text;
}

function operand(prng: Prng): string {
  return prng.pick(PREFIXES) + prng.pick(prng.float() < 0.8 ? OPERANDS : MORE);
}

function damaged(prng: Prng): string {
  const words = expression(prng, 3).split(' ');
  words.splice(prng.integer(0, words.length), prng.integer(0, 2), prng.pick(NOISE));
  return words.join(' ');
}

/**
 * What PostgreSQL takes and we refuse: any type's name before text, words of SQL as names,
 * operators of two characters before their operand, comparisons as the lower end of BETWEEN.
 */
const THEIRS =
  /BETWEEN \(.* ([<>=]+|IS.*) .*\) AND|\(\|\| |'x' :: (?!text)|\b(between|like|ilike|is|in)\b/;

/** For SQL that is not in the shared subset, such as a row value. */
const OUTSIDE = 'outside';

/** Null when the text is refused. */
function structure(text: string, parse: (sql: string) => string): string | null {
  try {
    return parse(`SELECT (${text}) FROM t`);
  } catch (error) {
    if (error instanceof EngineError && error.code === 'NOT_SUPPORTED') return OUTSIDE;
    if (String(error).includes('no structure')) return OUTSIDE;
    if (error instanceof EngineError || String(error).includes('syntax error')) return null;
    throw error;
  }
}

function itemsOf(text: string): AstExpression[] {
  const { items } = parseStatement(`SELECT (${text}) FROM t`).statement.select;
  return items.flatMap((item) => (item.kind === 'star' ? [] : [item.expression]));
}

function ourParse(sql: string): string {
  const { items } = parseStatement(sql).statement.select;
  return items
    .map((item) => (item.kind === 'star' ? '*' : `${ourStructure(item.expression)} ${item.alias}`))
    .join(', ');
}

function postgresParse(sql: string): string {
  const { stmts } = parseSync(sql) as unknown as Parsed;
  return stmts[0].stmt.SelectStmt.targetList
    .map(({ ResTarget: { val, name = null } }) => `${postgresStructure(val)} ${name}`)
    .join(', ');
}

interface Parsed {
  readonly stmts: readonly [{ readonly stmt: { readonly SelectStmt: Select } }];
}

interface Select {
  readonly targetList: readonly {
    readonly ResTarget: { readonly val: Record<string, unknown>; readonly name?: string };
  }[];
}
