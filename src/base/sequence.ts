/** The numbers 0, 1, … below `count`. Many times faster than `Uint32Array.from` with a function. */
export function sequence(count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  for (let index = 0; index < count; index++) numbers[index] = index;
  return numbers;
}
