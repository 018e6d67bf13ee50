import { EngineError } from '../../src/base/errors.ts';
import {
  objectOfFileName,
  parseSegmentKey,
  type SegmentStore,
} from '../../src/store/segment-store.ts';

/** A deep store in memory. */
export class MemoryStore implements SegmentStore {
  readonly objects = new Map<string, Uint8Array>();

  async put(key: string, parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number> {
    parseSegmentKey(key);
    const pieces: Uint8Array[] = [];
    for await (const part of parts) pieces.push(part.slice());
    const bytes = new Uint8Array(Buffer.concat(pieces));
    this.objects.set(key, bytes);
    return bytes.length;
  }

  async open(key: string) {
    const bytes = this.objects.get(key);
    if (bytes === undefined) throw new EngineError('NOT_FOUND', `store: there is no ${key}`);
    return {
      lengthBytes: bytes.length,
      read: async (into: Uint8Array, offsetBytes: number) => {
        into.set(bytes.subarray(offsetBytes, offsetBytes + into.length));
      },
      close: async () => {},
    };
  }

  async list(table: string): Promise<string[]> {
    const files = [...this.objects.keys()].filter((key) => key.startsWith(`${table}/`));
    return files.map((key) => objectOfFileName(key.slice(table.length + 1))!).sort();
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key);
  }
}
