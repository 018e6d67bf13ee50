import { expect, it } from 'vitest';
import { fuzz } from './fuzz.ts';

const FRAMES = 20_000;
const MEMORY_GROWTH_BYTES_MAX = 64 * 1_048_576;
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

it('survives frames that nobody honest would send (random)', async () => {
  process.stdout.write(`SEED=${seed}\n`);
  const report = await fuzz({ frames: FRAMES, seed });
  expect(report.frames).toBe(FRAMES);
  expect(report.memoryGrowthBytes).toBeLessThan(MEMORY_GROWTH_BYTES_MAX);
  // Otherwise the frames never reach what they are meant for.
  expect(report.answers).toBeGreaterThan(FRAMES / 3);
  expect(report.cutOff).toBeGreaterThan(100);
}, 120_000);
