import { describe, expect, it } from 'vitest';
import { Prng } from '../../../src/base/prng.ts';
import {
  type InspectedRecord,
  readRecords,
  verifyDirectory,
} from '../../../src/coord/storage/inspect.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { DIRECTORY, runWorkload } from './workload.ts';

async function writtenDisk(): Promise<SimulatedDisk> {
  const prng = new Prng(7);
  const disk = new SimulatedDisk({ prng, clock: null });
  await runWorkload(disk, prng, 60);
  return disk;
}

async function records(disk: SimulatedDisk): Promise<InspectedRecord[]> {
  const found: InspectedRecord[] = [];
  for await (const record of readRecords(disk, DIRECTORY)) found.push(record);
  return found;
}

describe('a look into a data directory', () => {
  it('finds every file intact, and changes nothing', async () => {
    const disk = await writtenDisk();
    const before = disk.operations.length;
    const reports = await verifyDirectory(disk, DIRECTORY);
    expect(reports.map(({ file }) => file).sort()).toEqual(await disk.list(DIRECTORY));
    for (const report of reports) expect(report).toMatchObject({ verdict: 'intact', problems: [] });
    const counted = await records(disk);
    for (const { file, kind, recordCount, lastIndex } of reports) {
      const mine = counted.filter((record) => record.file === file);
      expect(mine.length - (kind === 'log' ? 1 : 0)).toBe(recordCount);
      const last = mine.findLast((record) => record.kind === 'entry');
      if (last?.kind === 'entry') expect(last.entry.index).toBe(lastIndex);
    }
    expect(disk.operations.length).toBe(before);
  });

  it('names what is damaged with its offset, and reads on behind it', async () => {
    const disk = await writtenDisk();
    const all = await records(disk);
    const logs = (await disk.list(DIRECTORY)).filter((name) => name.startsWith('log.'));
    const inFirst = all.filter(({ file }) => file === logs[0]);
    const { offsetBytes } = inFirst[2]!;
    disk.flipBit(`${DIRECTORY}/${logs[0]}`, offsetBytes + 30, 1);
    const report = (await verifyDirectory(disk, DIRECTORY)).find(({ file }) => file === logs[0]);
    expect(report).toMatchObject({ verdict: 'damaged', recordCount: 1 });
    expect(report!.problems.join()).toMatch(`at offset ${offsetBytes}: the checksum of its header`);
    const after = (await records(disk)).filter(({ file }) => file === logs[0]);
    expect(after.map(({ kind }) => kind)).toEqual(
      inFirst.map(({ kind }, place) => (place === 2 ? 'unreadable' : kind)),
    );
  });

  it('tells a write that was cut short from damage', async () => {
    const disk = await writtenDisk();
    const last = (await disk.list(DIRECTORY)).filter((name) => name.startsWith('log.')).at(-1)!;
    const [end] = (await records(disk)).slice(-1);
    const file = await disk.open(`${DIRECTORY}/${last}`, 'write');
    const sector = Math.ceil((end!.offsetBytes + end!.lengthBytes) / 512 + 1) * 512;
    await file.write(Uint8Array.of(1, 2, 3), sector);
    const report = (await verifyDirectory(disk, DIRECTORY)).at(-1);
    expect(report).toMatchObject({ file: last, verdict: 'torn' });
  });

  it('misses files that are not there', async () => {
    const disk = await writtenDisk();
    const logs = (await disk.list(DIRECTORY)).filter((name) => name.startsWith('log.'));
    expect(logs.length).toBeGreaterThan(2);
    await disk.remove(`${DIRECTORY}/${logs[1]}`);
    const reports = await verifyDirectory(disk, DIRECTORY);
    expect(reports.flatMap(({ problems }) => problems).join()).toMatch(
      `the segment before it is missing, ${logs[0]} is there`,
    );
    expect(await verifyDirectory(disk, '/nothing/here')).toEqual([]);
  });
});
