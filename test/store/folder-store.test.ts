import { existsSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { nodeRandom } from '../../src/io/node-random.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import { openFolderStore } from '../../src/store/folder-store.ts';
import { readSegmentMetadata } from '../../src/store/segment-metadata.ts';
import {
  newObjectName,
  objectNamedAtMs,
  parseSegmentKey,
  segmentKey,
} from '../../src/store/segment-store.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';

const folder = temporaryFolder();
const bytes = (text: string) => new TextEncoder().encode(text);

describe('a folder store', () => {
  it('lists segments only, whatever else lies there', async () => {
    const store = await openFolderStore(nodeDisk, folder.path('lists'));
    await store.put(segmentKey('t', 'b'), [bytes('x')]);
    await store.put(segmentKey('t', 'a'), [bytes('x')]);
    writeFileSync(folder.path('lists/t/notes.txt'), '');
    expect(await store.list('t')).toEqual(['a', 'b']);
  });

  it('leaves nothing behind when the bytes stop coming', async () => {
    const store = await openFolderStore(nodeDisk, folder.path('broken'));
    async function* failing() {
      yield bytes('half');
      throw new Error('connection lost');
    }
    await expect(store.put(segmentKey('t', 's'), failing())).rejects.toThrow('connection lost');
    expect(readdirSync(folder.path('broken/t'))).toEqual([]);
    // Of whoever has ended while it was storing, whatever was stored goes with its object.
    writeFileSync(folder.path('broken/t/s.segment.partial'), 'half');
    await store.delete(segmentKey('t', 's'));
    expect(readdirSync(folder.path('broken/t'))).toEqual([]);
  });

  it('touches nothing outside of it', async () => {
    const store = await openFolderStore(nodeDisk, folder.path('names'));
    await expect(store.put('../outside/s.segment', [bytes('x')])).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    expect(existsSync(folder.path('outside'))).toBe(false);
  });

  it('reads keys back that it made', () => {
    expect(parseSegmentKey(segmentKey('my_table', 's-1'))).toEqual({
      table: 'my_table',
      object: 's-1',
      segment: 's-1',
    });
    const nowMs = 1_790_000_000_000;
    const object = newObjectName('s-1', nowMs, nodeRandom);
    expect(object).not.toBe(newObjectName('s-1', nowMs, nodeRandom));
    expect(objectNamedAtMs(object)).toBe(nowMs);
    expect(objectNamedAtMs('s-1')).toBeNull();
    expect(parseSegmentKey(segmentKey('t', object))).toEqual({
      table: 't',
      object,
      segment: 's-1',
    });
  });
});

describe('segment metadata', () => {
  const build = (name: string) => {
    const builder = new SegmentBuilder({ name: 't', columns: [{ name: 'a', type: 'INT' }] });
    builder.append([{ kind: 'integers', values: Int32Array.of(1, 2, 3), nulls: null }]);
    return builder.build(name, 0);
  };

  it('is read and checked without touching column data', async () => {
    const store = await openFolderStore(nodeDisk, folder.path('metadata'));
    const key = segmentKey('t', 's');
    await store.put(key, build('s').parts);
    const stored = await store.open(key);
    expect(await readSegmentMetadata(key, stored)).toMatchObject({ table: 't', rowCount: 3 });
    await stored.close();
  });

  it('names the file that is cut off or under a wrong name', async () => {
    const store = await openFolderStore(nodeDisk, folder.path('damaged'));
    const key = segmentKey('t', 's');
    const other = segmentKey('t', 'other');
    await store.put(key, build('s').parts);
    await store.put(other, build('s').parts);
    const misnamed = await store.open(other);
    await expect(readSegmentMetadata(other, misnamed)).rejects.toThrow(
      /t\/other\.segment.*found s/,
    );
    await misnamed.close();
    truncateSync(folder.path(`damaged/${key}`), 90);
    const cut = await store.open(key);
    await expect(readSegmentMetadata(key, cut)).rejects.toMatchObject({
      code: 'CORRUPT_DATA',
      message: expect.stringContaining('store: t/s.segment is damaged'),
    });
    await cut.close();
  });
});
