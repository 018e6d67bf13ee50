import type { Steps } from './steps.ts';

/** Where an element stands that is looked for: between these, or at `index` when they are the same. */
interface Range {
  left: number;
  right: number;
}

/**
 * The element that stands at `index` when the others are in order (Hoare, Algorithm 65: FIND, 1961); those
 * before it are not greater afterwards, and those behind it not less. NaN must not be among them.
 */
export function selectElement(values: Float64Array, index: number): number {
  const range = { left: 0, right: values.length - 1 };
  while (range.left < range.right) narrow(values, index, range);
  return values[index]!;
}

/** The same in steps, each of them a pass over what is left. */
export function* selectElementSteps(values: Float64Array, index: number): Steps<number> {
  const range = { left: 0, right: values.length - 1 };
  while (range.left < range.right) {
    narrow(values, index, range);
    yield;
  }
  return values[index]!;
}

/** Puts what is less than some value of the range before what is greater; keeps the side with `index`. */
function narrow(values: Float64Array, index: number, range: Range): void {
  const { left, right } = range;
  const pivot = middleOf(values[left]!, values[(left + right) >>> 1]!, values[right]!);
  let [low, high] = [left, right];
  while (low <= high) {
    while (values[low]! < pivot) low++;
    while (values[high]! > pivot) high--;
    if (low > high) break;
    const swapped = values[low]!;
    values[low++] = values[high]!;
    values[high--] = swapped;
  }
  // What lies between the two sides is the pivot.
  if (index < low) range.right = Math.max(high, index);
  if (index > high) range.left = Math.min(low, index);
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
