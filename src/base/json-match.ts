import { EngineError } from './errors.ts';
import { elementsOf, type JsonValue, membersOf } from './json.ts';
import { parseJsonPath } from './json-path.ts';
import { JSON_RECORDS_MAX } from './limits.ts';
import { Regexp } from './regexp/regexp.ts';
import { compareText } from './text-order.ts';

/** A path of JSON_MATCH: names of members, and places in arrays, where −1 is any. */
export type MatchPath = readonly (string | number)[];

/** A predicate on the value at a path, as text; one that some element satisfies is satisfied. */
export interface JsonPredicate {
  readonly kind: 'predicate';
  readonly path: MatchPath;
  /** The only values that pass; null when `test` tells. */
  readonly values: readonly string[] | null;
  /** Not asked where there is no value, or null. */
  readonly test: (value: string) => boolean;
}

/** What JSON_MATCH looks for in one flattened record. */
export type JsonFilter =
  | JsonPredicate
  | { readonly kind: 'and' | 'or'; readonly filters: readonly JsonFilter[] };

/** A filter of JSON_MATCH; `isNegated` turns the answer for the whole value around. */
export interface JsonMatch {
  readonly filter: JsonFilter;
  readonly isNegated: boolean;
}

/** Makes the error for a filter that cannot be. */
type Refuse = (code: 'INVALID_QUERY' | 'NOT_SUPPORTED', message: string) => EngineError;

/**
 * True when a value satisfies a filter. As in Pinot a value is flattened first: each record has one
 * element of each array, and some record has to satisfy the whole filter.
 *
 * @throws EngineError MEMORY_LIMIT when the filter's arrays make more than `JSON_RECORDS_MAX` records.
 */
export function matchesJson({ filter, isNegated }: JsonMatch, root: JsonValue): boolean {
  const tree: PathTree = { members: new Map(), elements: null };
  for (const { path } of predicatesOf(filter)) grow(tree, path);
  const found = records(root, tree).some((record) => holds(filter, record, tree));
  return found !== isNegated;
}

/** All predicates in a filter. */
export function predicatesOf(filter: JsonFilter): readonly JsonPredicate[] {
  return filter.kind === 'predicate' ? [filter] : filter.filters.flatMap(predicatesOf);
}

/**
 * What a JSON index has for a value: each path that leads to something, arrays as −1, and with each
 * the text there behind U+0000. Texts that are no JSON have nothing.
 */
export function* jsonTerms(root: JsonValue): Generator<string> {
  const stack: { readonly value: JsonValue; readonly path: MatchPath }[] = [
    { value: root, path: [] },
  ];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, path } = next;
    for (const element of elementsOf(value)) stack.push({ value: element, path: [...path, -1] });
    for (const [name, member] of membersOf(value)) {
      stack.push({ value: member, path: [...path, name] });
    }
    const text = scalarText(value);
    if (text === null) continue;
    yield pathTerm(path);
    yield `${pathTerm(path)}\0${text}`;
  }
}

/** The term of a path in a JSON index; places in arrays are all the same there. */
export function pathTerm(path: MatchPath): string {
  return JSON.stringify(path.map((step) => (typeof step === 'number' ? -1 : step)));
}

interface PathTree {
  readonly members: Map<string, PathTree>;
  elements: PathTree | null;
}

function grow(root: PathTree, path: MatchPath): void {
  let tree = root;
  for (const step of path) {
    if (typeof step === 'number') {
      tree.elements ??= { members: new Map(), elements: null };
      tree = tree.elements;
      continue;
    }
    const next = tree.members.get(step) ?? { members: new Map(), elements: null };
    tree.members.set(step, next);
    tree = next;
  }
}

/** One record: the text at each place of the tree, and which element of each array it is about. */
interface JsonRecord {
  readonly texts: ReadonlyMap<PathTree, string>;
  readonly places: ReadonlyMap<PathTree, number>;
}

const EMPTY: JsonRecord = { texts: new Map(), places: new Map() };

function records(value: JsonValue, tree: PathTree): readonly JsonRecord[] {
  const text = scalarText(value);
  if (text !== null) return [{ texts: new Map([[tree, text]]), places: new Map() }];
  const { elements } = tree;
  let result: readonly JsonRecord[] = [EMPTY];
  if (elements !== null && elementsOf(value).length > 0) {
    result = elementsOf(value).flatMap((element, place) =>
      records(element, elements).map((record) => ({
        ...record,
        places: new Map([...record.places, [elements, place]]),
      })),
    );
  }
  for (const [name, member] of membersOf(value)) {
    const inner = tree.members.get(name);
    if (inner !== undefined) result = product(result, records(member, inner));
  }
  if (result.length > JSON_RECORDS_MAX) throw tooMany();
  return result;
}

function product(left: readonly JsonRecord[], right: readonly JsonRecord[]): JsonRecord[] {
  if (left.length * right.length > JSON_RECORDS_MAX) throw tooMany();
  return left.flatMap((one) =>
    right.map((other) => ({
      texts: new Map([...one.texts, ...other.texts]),
      places: new Map([...one.places, ...other.places]),
    })),
  );
}

function tooMany(): EngineError {
  return new EngineError(
    'MEMORY_LIMIT',
    `json_match: the arrays of one value make more than ${JSON_RECORDS_MAX} records; ` +
      'ask for fewer arrays at once',
  );
}

function holds(filter: JsonFilter, record: JsonRecord, tree: PathTree): boolean {
  if (filter.kind !== 'predicate') {
    const test = (inner: JsonFilter): boolean => holds(inner, record, tree);
    return filter.kind === 'and' ? filter.filters.every(test) : filter.filters.some(test);
  }
  let place = tree;
  for (const step of filter.path) {
    place = typeof step === 'number' ? place.elements! : place.members.get(step)!;
    if (typeof step === 'number' && step >= 0 && record.places.get(place) !== step) return false;
  }
  const text = record.texts.get(place);
  return text !== undefined && filter.test(text);
}

/** Null for arrays and objects, and for null, which is as if it were not there. */
function scalarText(value: JsonValue): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (value === null || value instanceof Map || !('digits' in value)) return null;
  return value.digits;
}

/**
 * Reads a filter of JSON_MATCH, such as `"$.a[*].b" = 'x' AND "$.c" > 5`.
 *
 * @throws what `refuse` makes: INVALID_QUERY or NOT_SUPPORTED.
 */
export function parseJsonMatch(text: string, refuse: Refuse): JsonMatch {
  return new MatchParser(text, refuse).parse();
}

const DEPTH_MAX = 100;
const PIECES =
  /\s*(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|[(),]|<>|!=|<=|>=|[=<>]|-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\w+|\S)/gu;

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

interface Parsed {
  readonly filter: JsonFilter;
  readonly isNegated: boolean;
}

/** Recursive descent over the pieces of a filter. */
class MatchParser {
  readonly #text: string;
  readonly #refuse: Refuse;
  readonly #pieces: readonly string[];
  #next = 0;
  #depth = 0;

  constructor(text: string, refuse: Refuse) {
    this.#text = text;
    this.#refuse = refuse;
    this.#pieces = Array.from(text.matchAll(PIECES), ([piece]) => piece.trim());
  }

  parse(): JsonMatch {
    const match = this.#operands('or', () => this.#operands('and', () => this.#factor()));
    if (this.#next < this.#pieces.length) throw this.#wrong('the end');
    return match;
  }

  #operands(kind: 'and' | 'or', operand: () => Parsed): Parsed {
    const first = operand();
    const filters = [first.filter];
    let isNegated = first.isNegated;
    while (this.#accept(kind.toUpperCase())) {
      const next = operand();
      isNegated ||= next.isNegated;
      filters.push(next.filter);
    }
    if (filters.length === 1) return first;
    if (isNegated) {
      throw this.#refuse(
        'NOT_SUPPORTED',
        `json_match: <>, NOT IN and IS NULL cannot be nested in AND and OR in '${this.#text}', as ` +
          'in Pinot; join several JSON_MATCH instead',
      );
    }
    return { filter: { kind, filters }, isNegated: false };
  }

  #factor(): Parsed {
    if (++this.#depth > DEPTH_MAX) {
      throw this.#refuse('INVALID_QUERY', `json_match: nested more than ${DEPTH_MAX} times`);
    }
    const factor = this.#bareFactor();
    this.#depth--;
    return factor;
  }

  #bareFactor(): Parsed {
    if (this.#accept('(')) {
      const inner = this.#operands('or', () => this.#operands('and', () => this.#factor()));
      this.#expect(')');
      return inner;
    }
    if (this.#accept('REGEXP_LIKE')) {
      this.#expect('(');
      const path = this.#path();
      this.#expect(',');
      const pattern = this.#value().text;
      this.#expect(')');
      return { filter: this.#regexp(path, pattern), isNegated: false };
    }
    return this.#comparison(this.#path());
  }

  #comparison(path: MatchPath): Parsed {
    const operator = (this.#pieces[this.#next] ?? '').toUpperCase();
    this.#next++;
    if (operator === '=') return { filter: anyOf(path, [this.#value().text]), isNegated: false };
    if (operator === '<>' || operator === '!=') {
      return { filter: anyOf(path, [this.#value().text]), isNegated: true };
    }
    const passes = COMPARISONS[operator];
    if (passes !== undefined) {
      const bound = this.#value();
      const test = (text: string): boolean => {
        if (!bound.isNumber) return passes(compareText(text, bound.text));
        const number = Number(text);
        return text.trim() !== '' && !Number.isNaN(number) && passes(number - Number(bound.text));
      };
      return { filter: { kind: 'predicate', path, values: null, test }, isNegated: false };
    }
    if (operator === 'IS') {
      const isNegated = !this.#accept('NOT');
      this.#expect('NULL');
      return { filter: { kind: 'predicate', path, values: null, test: () => true }, isNegated };
    }
    const isNegated = operator === 'NOT';
    if (isNegated) this.#expect('IN');
    else if (operator !== 'IN') {
      this.#next--;
      throw this.#wrong('=, <>, <, <=, >, >=, IN or IS after a path');
    }
    this.#expect('(');
    const values = [this.#value().text];
    while (this.#accept(',')) values.push(this.#value().text);
    this.#expect(')');
    return { filter: anyOf(path, values), isNegated };
  }

  #regexp(path: MatchPath, pattern: string): JsonPredicate {
    const flags = { ignoreCase: false, multiLine: false, dotAll: false, isUngreedy: false };
    const regexp = new Regexp(pattern, flags, this.#refuse);
    return { kind: 'predicate', path, values: null, test: (text) => regexp.test(text) };
  }

  #path(): MatchPath {
    const piece = this.#pieces[this.#next] ?? '';
    if (!piece.startsWith('"') || piece.length < 2) throw this.#wrong('a path such as "$.name"');
    this.#next++;
    const inner = piece.slice(1, -1).replaceAll('""', '"');
    const { steps } = parseJsonPath(inner.startsWith('$') ? inner : `$.${inner}`, this.#refuse);
    return steps.map((step) => {
      if (step.kind === 'member') return step.name;
      if (step.kind === 'element') return step.index;
      if (step.kind === 'all') return -1;
      throw this.#refuse('NOT_SUPPORTED', `json_match: ..${step.name} in the path '${inner}'`);
    });
  }

  #value(): { readonly text: string; readonly isNumber: boolean } {
    const piece = this.#pieces[this.#next] ?? '';
    const isText = piece.startsWith("'") && piece.length >= 2;
    if (!isText && !/^(?:-?\d|true$|false$)/i.test(piece)) throw this.#wrong('a value');
    this.#next++;
    if (!isText) return { text: piece, isNumber: /^-?\d/.test(piece) };
    return { text: piece.slice(1, -1).replaceAll("''", "'"), isNumber: false };
  }

  #accept(word: string): boolean {
    if (this.#pieces[this.#next]?.toUpperCase() !== word) return false;
    this.#next++;
    return true;
  }

  #expect(word: string): void {
    if (!this.#accept(word)) throw this.#wrong(word);
  }

  #wrong(expected: string): EngineError {
    const found = this.#pieces[this.#next] ?? 'the end';
    return this.#refuse(
      'INVALID_QUERY',
      `json_match: expected ${expected} in '${this.#text}', found ${found}`,
    );
  }
}

function anyOf(path: MatchPath, values: readonly string[]): JsonPredicate {
  return { kind: 'predicate', path, values, test: (text) => values.includes(text) };
}
