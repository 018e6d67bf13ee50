import { describe, expect, it } from 'vitest';
import {
  type Call,
  checkLinearizable,
  type Model,
  type Verdict,
} from './checkers/linearizability.ts';

/** A register that is written, read and swapped when it holds what is expected. */
type Input =
  | { readonly kind: 'write'; readonly value: string }
  | { readonly kind: 'read' }
  | { readonly kind: 'swap'; readonly from: string; readonly to: string };

const register: Model<string, Input, string> = {
  initial: '0',
  key: (state) => state,
  step(state, input, output) {
    switch (input.kind) {
      case 'read':
        return output === null || output === state ? state : null;
      case 'write':
        return input.value;
      case 'swap': {
        const swaps = state === input.from;
        if (output !== null && output !== (swaps ? 'yes' : 'no')) return null;
        return swaps ? input.to : state;
      }
    }
  },
};

/**
 * One call a word: `w1@2-5` writes 1 from stamp 2 to 5, `r1@3-4` reads 1, `s12+@0-1` swaps 1 for 2
 * (`-`: it was not 1), `w1@2-?` has an unknown outcome. `/A` puts it on line A, `#7` gives it order 7.
 */
function parse(text: string): Call<Input, string>[] {
  return text.split(' ').filter(Boolean).map(parseCall);
}

function parseCall(word: string): Call<Input, string> {
  const pattern =
    /^(?<what>[^@]+)@(?<start>\d+)-(?<end>\d+|\?)(?:\/(?<line>\w+))?(?:#(?<order>\d+))?$/;
  const { what, start, end, line, order } = pattern.exec(word)!.groups as Record<string, string>;
  const completed = end === '?' ? null : Number(end);
  const { input, output } = parseWhat(what!);
  return {
    invoked: Number(start),
    completed,
    input,
    output: completed === null ? null : output,
    ...(line === undefined ? {} : { line }),
    ...(order === undefined ? {} : { order: BigInt(order) }),
  };
}

function parseWhat(what: string): { input: Input; output: string } {
  if (what[0] === 'w') return { input: { kind: 'write', value: what.slice(1) }, output: 'done' };
  if (what[0] === 'r') return { input: { kind: 'read' }, output: what.slice(1) };
  const input = { kind: 'swap', from: what[1]!, to: what[2]! } as const;
  return { input, output: what[3] === '+' ? 'yes' : 'no' };
}

const HISTORIES: readonly (readonly [name: string, calls: string, verdict: Verdict])[] = [
  ['nothing', '', 'linearizable'],
  ['the first state can be read', 'r0@0-1', 'linearizable'],
  ['another first state cannot', 'r1@0-1', 'violation'],
  ['a write is read after it', 'w1@0-1 r1@2-3', 'linearizable'],
  ['a write is not forgotten', 'w1@0-1 r0@2-3', 'violation'],
  ['a write under way may be read', 'w1@0-5 r1@1-2', 'linearizable'],
  ['a write under way need not be read', 'w1@0-5 r0@1-2', 'linearizable'],
  ['what was read once stays', 'w1@0-9 r1@1-2 r0@3-4', 'violation'],
  ['two readers may differ while it is under way', 'w1@0-9 r0@1-2 r1@3-4', 'linearizable'],
  ['overlapping readers may see it in any order', 'w1@0-9 r1@1-4 r0@2-5', 'linearizable'],
  ['the later of two writes wins', 'w1@0-1 w2@2-3 r2@4-5', 'linearizable'],
  ['the earlier of two writes loses', 'w1@0-1 w2@2-3 r1@4-5', 'violation'],
  ['either of two overlapping writes wins, the first', 'w1@0-3 w2@1-2 r1@4-5', 'linearizable'],
  ['either of two overlapping writes wins, the second', 'w1@0-3 w2@1-2 r2@4-5', 'linearizable'],
  ['but all readers agree on it', 'w1@0-3 w2@1-2 r1@4-5 r2@6-7', 'violation'],
  ['overlapping readers agree as well', 'w1@0-3 w2@1-2 r1@4-6 r2@5-7 r1@8-9', 'violation'],
  ['a value that nobody wrote', 'w1@0-1 r3@2-3', 'violation'],
  ['a value is not read before it is written', 'r1@0-1 w1@2-3', 'violation'],
  ['a write that is lost between two others', 'w1@0-1 w2@2-3 w3@4-5 r2@6-7', 'violation'],
  [
    'three writes at once and three readers',
    'w1@0-9 w2@0-9 w3@0-9 r2@1-2 r3@3-4 r1@5-6',
    'linearizable',
  ],
  ['a value does not come back', 'w1@0-9 w2@0-9 r1@1-2 r2@3-4 r1@5-6', 'violation'],
  ['unless it is written twice', 'w1@0-9 w2@0-9 w1@0-9 r1@1-2 r2@3-4 r1@5-6', 'linearizable'],
  ['an unknown write may have happened', 'w1@0-? r1@5-6', 'linearizable'],
  ['an unknown write need not have happened', 'w1@0-? r0@5-6', 'linearizable'],
  ['an unknown write may happen late', 'w1@0-? r0@5-6 r1@7-8', 'linearizable'],
  ['an unknown write happens once only', 'w1@0-? w2@1-2 r1@5-6 r2@7-8', 'violation'],
  ['an unknown write is not undone', 'w1@0-? r1@5-6 r0@7-8', 'violation'],
  ['an unknown write after all others', 'w1@0-1 w2@2-? r1@4-5 r2@6-7', 'linearizable'],
  ['an unknown write is not read before it was sent', 'r1@0-1 w1@2-?', 'violation'],
  ['two unknown writes, both seen', 'w1@0-? w2@0-? r2@5-6 r1@7-8', 'linearizable'],
  ['two unknown writes, neither seen', 'w1@0-? w2@0-? r0@5-6', 'linearizable'],
  ['two unknown writes cannot take turns', 'w1@0-? w2@0-? r2@5-6 r1@7-8 r2@9-10', 'violation'],
  ['an unknown read says nothing', 'r5@0-? r0@1-2', 'linearizable'],
  ['a swap that succeeds', 'w1@0-1 s12+@2-3 r2@4-5', 'linearizable'],
  ['a swap that fails changes nothing', 's12-@2-3 r0@4-5', 'linearizable'],
  ['a swap that should have failed', 's12+@0-1', 'violation'],
  ['a swap that should have succeeded', 'w1@0-1 s12-@2-3', 'violation'],
  ['of two equal swaps one succeeds', 'w1@0-1 s12+@2-5 s13-@2-5 r2@6-7', 'linearizable'],
  ['not both', 'w1@0-1 s12+@2-5 s13+@2-5', 'violation'],
  ['not neither', 'w1@0-1 s12-@2-5 s13-@2-5', 'violation'],
  [
    'a chain of swaps sent in the wrong order',
    's23+@0-9 s12+@0-9 s01+@0-9 r3@10-11',
    'linearizable',
  ],
  ['a chain with a link missing', 's23+@0-9 s01+@0-9', 'violation'],
  ['an unknown swap explains a later one', 's01+@0-? s12+@4-5', 'linearizable'],
  ['an unknown swap that could not succeed explains nothing', 's34+@0-? s45+@4-5', 'violation'],
  ['calls of one line in their order', 'w1@0-9/A w2@1-9/A r2@10-11', 'linearizable'],
  ['calls of one line swapped', 'w1@0-9/A w2@1-9/A r1@10-11', 'violation'],
  ['of different lines they may be', 'w1@0-9/A w2@1-9/B r1@10-11', 'linearizable'],
  ['one of a line is not left out before one that happened', 'w1@0-?/A s02+@1-9/A', 'violation'],
  ['on different lines it may be', 'w1@0-?/A s02+@1-9/B', 'linearizable'],
  ['the end of a line may be missing', 'w1@0-?/A w2@1-?/A r1@5-6', 'linearizable'],
  ['an order that time allows', 'w1@0-9#2 w2@0-9#1 r1@10-11#3', 'linearizable'],
  ['an order that the reader contradicts', 'w1@0-9#2 w2@0-9#1 r2@10-11#3', 'violation'],
  ['an order that time contradicts', 'w1@0-1#2 w2@2-3#1 r2@4-5#3', 'violation'],
  ['reads with one order', 'w1@0-1#1 r1@2-5#2 r1@2-5#2', 'linearizable'],
  ['unknown calls have no order', 'w1@0-? w2@1-2#1 r1@3-4#4 r1@5-6#5', 'linearizable'],
];

describe('the search for a linear order', () => {
  it.each(HISTORIES)('%s', (_name, calls, verdict) => {
    expect(checkLinearizable(parse(calls), register)).toBe(verdict);
  });

  it('does not depend on the order in which calls are listed', () => {
    for (const [name, calls, verdict] of HISTORIES) {
      const hasLines = calls.includes('/');
      if (!hasLines)
        expect(checkLinearizable(parse(calls).reverse(), register), name).toBe(verdict);
    }
  });

  it('gives up when it takes too long, and says so', () => {
    const writes = Array.from({ length: 12 }, (_, index) => `w${index}@0-99`).join(' ');
    const calls = parse(`${writes} r0@100-101 r1@102-103`);
    expect(checkLinearizable(calls, register, 50)).toBe('undecided');
    expect(checkLinearizable(calls, register)).toBe('violation');
  });
});
