import type { Case } from '../harness.ts';
import { anyVector, elements, indexesBelow } from '../values.ts';

type SketchName = 'scatterByGroup64';

/** Twins of what sketches of groups are fed by. */
export function sketchCases(): Record<SketchName, Case> {
  return { scatterByGroup64 };
}

function scatterByGroup64(...[harness, count]: Parameters<Case>): void {
  const { random } = harness;
  const ids = indexesBelow(random, random.pick([1, 3, 200]), count);
  const values = anyVector(random, 'I64', count);
  const starts = new Uint32Array(200);
  for (const id of ids) for (let group = id + 1; group < 200; group++) starts[group]!++;
  const next = starts.slice();
  const expected = new BigInt64Array(count);
  const numbers = elements(values);
  ids.forEach((id, row) => {
    expected[next[id]!++] = BigInt(numbers[row]!);
  });
  const out = harness.output(expected);
  const places = harness.become(starts, next);
  harness.call('scatterByGroup64', [
    ...[out, places, harness.put(ids), harness.put(values)],
    count,
  ]);
}
