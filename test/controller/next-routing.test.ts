import { describe, expect, it } from 'vitest';
import { nextRouting } from '../../src/controller/next-routing.ts';

const served = (...names: string[]) => new Map(names.map((name) => [name, new Set(['a'])]));
const assigned = (...names: string[]) => ({
  segments: Object.fromEntries(names.map((name) => [name, ['a']])),
});

describe('what queries see of a table', () => {
  it('is nothing of a load until all of it is served, then all of it', () => {
    const current = { version: 3, segments: { old: ['a'] } };
    const assignment = assigned('old', 'new1', 'new2');
    expect(nextRouting(assignment, served('old', 'new1'), current)).toBeNull();
    expect(nextRouting(assignment, served('old', 'new1', 'new2'), current)).toEqual({
      version: 4,
      segments: assignment.segments,
    });
  });

  it('keeps a segment whose server has gone, so that queries fail and do not answer less', () => {
    const current = { version: 1, segments: { old: ['a'] } };
    expect(nextRouting(assigned('old'), served(), current)).toBeNull();
    expect(nextRouting(assigned('old', 'new'), served('new'), current)?.segments).toHaveProperty(
      'old',
    );
  });

  it('loses removed segments at once, also while a load waits', () => {
    const current = { version: 1, segments: { x: ['a'], y: ['a'] } };
    const next = nextRouting(assigned('y', 'waiting'), served('y'), current);
    expect(next).toEqual({ version: 2, segments: { y: ['a'] } });
  });

  it('does not count a server that serves without being assigned', () => {
    const elsewhere = new Map([['s', new Set(['b'])]]);
    expect(nextRouting(assigned('s'), elsewhere, null)?.segments).toEqual({});
  });
});
