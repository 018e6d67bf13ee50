import { describe, it } from 'vitest';

/** What `requirePeer` gives: `describe`, or something in its place. */
export type DescribePeer = (title: string, tests: () => void) => void;

/**
 * Groups tests that need another program beside us (another engine, a reference server).
 *
 * @param name the peer, as people call it.
 * @param available whether it is there.
 * @param reason why it is not; shown in the test's name.
 * @returns `describe` when the peer is there. Otherwise a group that is skipped, or, with CI=true or
 *   NYALA_REQUIRE_PEERS=1, one failing test: a gate that quietly compares nothing is no gate.
 */
export function requirePeer(name: string, available: boolean, reason: string): DescribePeer {
  if (available) return (title, tests) => void describe(title, tests);
  const note = `${name} is missing: ${reason}`;
  if (!peersRequired()) return (title, tests) => void describe.skip(`${title} (${note})`, tests);
  return (title) => {
    it(`${title}: needs ${name}`, () => {
      throw new Error(`${note}; peers are required here (CI or NYALA_REQUIRE_PEERS is set)`);
    });
  };
}

function peersRequired(): boolean {
  return process.env.CI === 'true' || process.env.NYALA_REQUIRE_PEERS === '1';
}
