/** `npm run fuzz:coord -- [--frames N] [--seed N]`. */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';

const MEBIBYTE = 1_048_576;
const GROWTH_BYTES_MAX = 64 * MEBIBYTE;

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
  },
});
const frames = Number(values.frames);
const seed = Number(values.seed);
process.stdout.write(`SEED=${seed}\n`);
const rssBefore = { bytes: 0 };
const report = await fuzz({
  frames,
  seed,
  onProgress: (done) => {
    rssBefore.bytes ||= process.memoryUsage().rss;
    if (done % 100_000 === 0) process.stdout.write(`${done} frames\n`);
  },
});
const rssGrowthBytes = process.memoryUsage().rss - (rssBefore.bytes || process.memoryUsage().rss);
process.stdout.write(`${JSON.stringify({ ...report, rssGrowthBytes }, null, 2)}\n`);
const isSmall = Math.max(report.memoryGrowthBytes, rssGrowthBytes) <= GROWTH_BYTES_MAX;
process.stdout.write(`fuzz: ${isSmall ? 'passed' : 'FAILED: memory grew beyond 64 MiB'}\n`);
process.exitCode = isSmall ? 0 : 1;
