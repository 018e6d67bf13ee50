import { describe, expect, it } from 'vitest';
import { Prng } from '../../../../src/base/prng.ts';
import { hasQuorum, quorumIndex, type VoterSets } from '../../../../src/coord/core/raft/quorum.ts';

const SEED = Number(process.env.SEED ?? 20_261_126);
const CASES = 10_000;

describe('a quorum', () => {
  it('is what counting every subset says it is, also while joint', () => {
    console.log(`SEED=${SEED}`);
    const random = new Prng(SEED);
    for (let round = 0; round < CASES; round++) {
      const voters = randomVoters(random);
      const matches = Array.from({ length: 9 }, () => random.integer(0, 6));
      const match = (id: number): number => matches[id]!;
      const has = (id: number): boolean => matches[id]! >= 3;
      const isSame =
        quorumIndex(voters, match) === slowIndex(voters, match) &&
        hasQuorum(voters, has) === slowQuorum(voters, has);
      if (!isSame) expect.fail(JSON.stringify({ round, voters, matches }));
    }
  });

  it('of nobody asks for nothing and commits nothing', () => {
    const nobody = { incoming: [], outgoing: [] };
    expect(hasQuorum(nobody, () => false)).toBe(true);
    expect(quorumIndex(nobody, () => 7)).toBe(0);
  });
});

function randomVoters(random: Prng): VoterSets {
  const pick = (count: number): number[] =>
    [1, 2, 3, 4, 5, 6, 7, 8]
      .map((id) => ({ id, order: random.uint32() }))
      .sort((left, right) => left.order - right.order)
      .slice(0, count)
      .map(({ id }) => id)
      .sort((left, right) => left - right);
  return {
    incoming: pick(random.integer(1, 8)),
    outgoing: random.integer(0, 2) === 0 ? [] : pick(random.integer(1, 8)),
  };
}

/** Tries every index from the top: is it reached by more than half of each set? */
function slowIndex(voters: VoterSets, match: (id: number) => number): number {
  for (let index = 10; index > 0; index--) {
    if (slowQuorum(voters, (id) => match(id) >= index)) return index;
  }
  return 0;
}

/** Whether some set of agreeing nodes outnumbers the rest in each set of voters. */
function slowQuorum(voters: VoterSets, has: (id: number) => boolean): boolean {
  return [voters.incoming, voters.outgoing]
    .filter((ids) => ids.length > 0)
    .every((ids) => ids.filter(has).length > ids.filter((id) => !has(id)).length);
}
