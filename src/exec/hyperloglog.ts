/**
 * How many different values the registers speak for: the improved raw estimator of Ertl (2017, "New
 * cardinality estimation algorithms for HyperLogLog sketches", algorithm 6), which needs no tables of
 * corrections. The standard error is about 1.04 / √m for m registers.
 *
 * @param registers 2^log2m ranks, each 0 to 65 − log2m.
 */
export function estimateCardinality(registers: Uint8Array, log2m: number): number {
  const m = registers.length;
  const rankMax = 64 - log2m;
  const counts = new Uint32Array(rankMax + 2);
  const words = wordsOf(registers);
  for (let word = 0; word < words.length; word++) {
    if (words[word] === 0) {
      counts[0]! += 4;
      continue;
    }
    for (let index = word * 4; index < word * 4 + 4; index++) counts[registers[index]!]!++;
  }
  let sum = m * tau(1 - counts[rankMax + 1]! / m);
  for (let rank = rankMax; rank >= 1; rank--) sum = 0.5 * (sum + counts[rank]!);
  sum += m * sigma(counts[0]! / m);
  return Math.round((m * m) / (2 * Math.LN2 * sum));
}

/** Keeps the greater of each two registers. @param target changed in place. */
export function mergeRegisters(target: Uint8Array, other: Uint8Array): void {
  const words = wordsOf(other);
  for (let word = 0; word < words.length; word++) {
    if (words[word] === 0) continue;
    for (let index = word * 4; index < word * 4 + 4; index++) {
      if (other[index]! > target[index]!) target[index] = other[index]!;
    }
  }
}

/** Four registers at a time, because most are 0 in most groups. */
function wordsOf(registers: Uint8Array): Uint32Array {
  return new Uint32Array(registers.buffer, registers.byteOffset, registers.length / 4);
}

/** Corrects for registers that nothing has reached. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let [x, y, z] = [share, 1, share];
  for (let last = -1; last !== z; ) {
    x *= x;
    last = z;
    z += x * y;
    y += y;
  }
  return z;
}

/** Corrects for registers that cannot rise any more. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let [x, y, z] = [share, 1, 1 - share];
  for (let last = -1; last !== z; ) {
    x = Math.sqrt(x);
    last = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
