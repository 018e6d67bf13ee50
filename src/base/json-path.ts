import type { EngineError } from './errors.ts';
import { elementsOf, type JsonValue, membersOf } from './json.ts';

/** One step of a path, from values to some of their parts. */
type Step =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'all' }
  /** Members of the name at any depth. */
  | { readonly kind: 'anywhere'; readonly name: string };

/** A path into JSON values: `$`, `.name`, `['name']`, `[n]`, `[*]`, `.*` and `..name`. */
export interface JsonPath {
  readonly steps: readonly Step[];
  /** True when it leads to one value at most. */
  readonly isDefinite: boolean;
}

const TOKENS: readonly (readonly [RegExp, (text: string) => Step])[] = [
  [/\.\.(?<text>[\p{L}\p{N}_$-]+)/uy, (name) => ({ kind: 'anywhere', name })],
  [/\.(?<text>[\p{L}\p{N}_$-]+)/uy, (name) => ({ kind: 'member', name })],
  [/\.\*|\[\s*\*\s*\]/y, () => ({ kind: 'all' })],
  [/\[\s*(?<text>\d{1,9})\s*\]/y, (index) => ({ kind: 'element', index: Number(index) })],
  [/\[\s*'(?<text>[^'\\]*(?:\\.[^'\\]*)*)'\s*\]/suy, memberStep],
  [/\[\s*"(?<text>[^"\\]*(?:\\.[^"\\]*)*)"\s*\]/suy, memberStep],
];

/** What other engines have in brackets and behind dots. */
const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/\[\s*\?/y, 'a filter [?…]'],
  [/\[\s*\(/y, 'a script [(…)]'],
  [/\[\s*-\d/y, 'an index from the end'],
  [/\[[^\]]*:/y, 'a slice [a:b]'],
  [/\[[^\]]*,/y, 'a list [a,b]'],
  [/\.\.[*[]/y, 'everything at any depth'],
  [/\(/y, 'a function'],
];

/**
 * Reads a path.
 *
 * @throws what `refuse` makes, with the place in the path: NOT_SUPPORTED for steps of other engines,
 *   INVALID_QUERY for what is no path.
 */
export function parseJsonPath(
  text: string,
  refuse: (code: 'INVALID_QUERY' | 'NOT_SUPPORTED', message: string) => EngineError,
): JsonPath {
  if (!text.startsWith('$')) {
    throw refuse('INVALID_QUERY', `JSON path: expected $ at its start, found '${text}'`);
  }
  const steps: Step[] = [];
  for (let offset = 1; offset < text.length; ) {
    const place = `at character ${offset + 1} of the path '${text}'`;
    let end = offset;
    for (const [pattern, toStep] of TOKENS) {
      const match = matchAt(pattern, text, offset);
      if (match === null) continue;
      steps.push(toStep(match.groups?.text ?? ''));
      end = offset + match[0].length;
      break;
    }
    if (end === offset) {
      const foreign = FOREIGN.find(([pattern]) => matchAt(pattern, text, offset) !== null);
      if (foreign !== undefined) {
        throw refuse('NOT_SUPPORTED', `JSON path: ${foreign[1]} is not supported, ${place}`);
      }
      throw refuse('INVALID_QUERY', `JSON path: expected .name, ['name'], [n] or [*], ${place}`);
    }
    offset = end;
  }
  const isDefinite = steps.every(({ kind }) => kind === 'member' || kind === 'element');
  return { steps, isDefinite };
}

/** The values that a path leads to, outer before inner; each once. */
export function followJsonPath(root: JsonValue, { steps }: JsonPath): readonly JsonValue[] {
  let values: readonly JsonValue[] = [root];
  for (const step of steps) {
    values = step.kind === 'anywhere' ? anywhere(values, step.name) : values.flatMap(partsAt(step));
  }
  return values;
}

function memberStep(quoted: string): Step {
  return { kind: 'member', name: quoted.replace(/\\(?<character>.)/gsu, '$<character>') };
}

function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

function partsAt(step: Exclude<Step, { kind: 'anywhere' }>): (value: JsonValue) => JsonValue[] {
  return (value) => {
    if (step.kind === 'all') return [...elementsOf(value), ...membersOf(value).values()];
    const part =
      step.kind === 'member' ? membersOf(value).get(step.name) : elementsOf(value)[step.index];
    return part === undefined ? [] : [part];
  };
}

/** Visits each object and array once, so that several such steps do not multiply. */
function anywhere(starts: readonly JsonValue[], name: string): JsonValue[] {
  const found: JsonValue[] = [];
  const visited = new Set<JsonValue>();
  const stack = starts.toReversed();
  while (stack.length > 0) {
    const value = stack.pop()!;
    if (typeof value !== 'object' || visited.has(value)) continue;
    visited.add(value);
    const member = membersOf(value).get(name);
    if (member !== undefined) found.push(member);
    const parts = [...elementsOf(value), ...membersOf(value).values()];
    for (const part of parts.toReversed()) stack.push(part);
  }
  return found;
}
