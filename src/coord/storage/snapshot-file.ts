import { crc32c } from '../../base/checksum.ts';
import { errorMessage } from '../../base/errors.ts';
import { COORDINATOR_BACKGROUND_WRITE_BYTES } from '../../base/limits.ts';
import type { Disk } from '../../io/disk.ts';
import { decodeConfig, encodeConfig } from '../config-codec.ts';
import type { StateSnapshot } from '../core/raft/types.ts';
import { readSafe64, writeSafe64 } from './safe-numbers.ts';
import type { HeaderProblem } from './segment-header.ts';

/*
 * A snapshot, big-endian:
 *
 *    0 | magic u32 "NYCS"            4 | version u32 2
 *    8 | index u64                  16 | term u64
 *   24 | configuration length u32   28 | configuration checksum u32
 *   32 | state length u64           40 | state checksum u32
 *   44 | checksum u32 of bytes 0 to 43
 *   48 | configuration … | state … |
 *
 * Nothing follows. Checksums are CRC-32C. The file is written aside and renamed when it is durable.
 */

const MAGIC = 0x4e59_4353; // "NYCS"
const VERSION = 2;
const HEADER_BYTES = 48;
const CHECKSUM_OFFSET = 44;

/** After this many writes the file is synced, so that the disk never has much of it to do at once. */
const WRITES_PER_SYNC = 8;

/**
 * Writes a snapshot into a new file, durably except for its name. The state is written in pieces,
 * so that whoever shares the thread and the disk need not wait for all of it.
 */
export async function writeSnapshotFile(
  disk: Disk,
  path: string,
  snapshot: StateSnapshot,
): Promise<void> {
  const { bytes } = snapshot;
  const config = encodeConfig(snapshot.config);
  const file = await disk.open(path, 'write');
  try {
    await file.truncate(0);
    await file.write(config, HEADER_BYTES);
    const start = HEADER_BYTES + config.length;
    let checksum = 0;
    for (let at = 0, writes = 1; at < bytes.length; writes++) {
      const piece = bytes.subarray(at, at + COORDINATOR_BACKGROUND_WRITE_BYTES);
      checksum = crc32c(piece, checksum);
      await file.write(piece, start + at);
      if (writes % WRITES_PER_SYNC === 0) await file.sync();
      at += piece.length;
    }
    await file.write(encodeHeader(snapshot, config, checksum), 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Reads a snapshot's bytes, or says what is there instead. The state is a view of the bytes. */
export function decodeSnapshotFile(file: Uint8Array): StateSnapshot | HeaderProblem {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length >= 8 && view.getUint32(0) === MAGIC && view.getUint32(4) === 1) {
    return { kind: 'version', version: 1 };
  }
  if (file.length < HEADER_BYTES) return damaged(`${file.length} bytes only`);
  if (view.getUint32(0) !== MAGIC) return damaged('the magic "NYCS" is missing');
  if (view.getUint32(CHECKSUM_OFFSET) !== crc32c(file.subarray(0, CHECKSUM_OFFSET))) {
    return damaged('the checksum of the header does not hold');
  }
  const version = view.getUint32(4);
  if (version !== VERSION) return { kind: 'version', version };
  const configEnd = HEADER_BYTES + view.getUint32(24);
  const end = configEnd + readSafe64(view, 32);
  if (file.length !== end) return damaged(`expected ${end} bytes, found ${file.length}`);
  const config = file.subarray(HEADER_BYTES, configEnd);
  if (crc32c(config) !== view.getUint32(28)) {
    return damaged('the checksum of the configuration does not hold');
  }
  const bytes = file.subarray(configEnd);
  if (crc32c(bytes) !== view.getUint32(40)) {
    return damaged('the checksum of the state does not hold');
  }
  try {
    return {
      index: readSafe64(view, 8),
      term: readSafe64(view, 16),
      config: decodeConfig(config, 'coord: snapshot'),
      bytes,
    };
  } catch (error) {
    return damaged(errorMessage(error));
  }
}

function encodeHeader(snapshot: StateSnapshot, config: Uint8Array, checksum: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, VERSION);
  writeSafe64(view, 8, snapshot.index);
  writeSafe64(view, 16, snapshot.term);
  view.setUint32(24, config.length);
  view.setUint32(28, crc32c(config));
  writeSafe64(view, 32, snapshot.bytes.length);
  view.setUint32(40, checksum);
  view.setUint32(CHECKSUM_OFFSET, crc32c(header.subarray(0, CHECKSUM_OFFSET)));
  return header;
}

function damaged(reason: string): HeaderProblem {
  return { kind: 'damaged', reason };
}
