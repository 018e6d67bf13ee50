import { type ByteReader, type ByteWriter, decodeUtf8, encodeUtf8 } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import type { AclEntry, Identity, NodeStat } from '../core/model.ts';

/*
 * Jute is ZooKeeper's encoding: big-endian; a string, buffer or vector is an int32 length and its
 * items, and length -1 is null; records are their fields in order without tags or padding.
 */

/** A string that may not be null. */
export function readString(reader: ByteReader): string {
  const text = readNullableString(reader);
  if (text === null) {
    throw new EngineError('CORRUPT_DATA', `${reader.what}: expected a string, found null`);
  }
  return text;
}

/** A string, or null. */
export function readNullableString(reader: ByteReader): string | null {
  const length = reader.int32();
  return length === -1 ? null : decodeUtf8(reader.view(length), reader.what);
}

/** Appends a string, or null. */
export function writeNullableString(writer: ByteWriter, text: string | null): void {
  writeBuffer(writer, text === null ? null : encodeUtf8(text));
}

/** Appends a string; it is never null here. */
export function writeString(writer: ByteWriter, text: string): void {
  writeBuffer(writer, encodeUtf8(text));
}

/** A copy of the next buffer, or null. */
export function readBuffer(reader: ByteReader): Uint8Array | null {
  const length = reader.int32();
  // Not slice(): of Node's buffers that is a view, which would keep a whole read of a socket alive.
  return length === -1 ? null : new Uint8Array(reader.view(length));
}

/** Appends a buffer, or null. */
export function writeBuffer(writer: ByteWriter, bytes: Uint8Array | null): void {
  writer.int32(bytes === null ? -1 : bytes.length);
  if (bytes !== null) writer.bytes(bytes);
}

/** The next byte as a boolean; every byte but 0 is true. */
export function readBoolean(reader: ByteReader): boolean {
  return reader.uint8() !== 0;
}

/** Appends a boolean as one byte. */
export function writeBoolean(writer: ByteWriter, value: boolean): void {
  writer.uint8(value ? 1 : 0);
}

/** The items of a vector; a null vector has none. Grows as items are found, not by its count. */
export function readVector<T>(reader: ByteReader, readItem: (reader: ByteReader) => T): T[] {
  const items: T[] = [];
  for (let left = reader.int32(); left > 0; left--) items.push(readItem(reader));
  return items;
}

/** Appends a vector, item by item. */
export function writeVector<T>(
  writer: ByteWriter,
  items: readonly T[],
  writeItem: (writer: ByteWriter, item: T) => void,
): void {
  writer.int32(items.length);
  for (const item of items) writeItem(writer, item);
}

/** An ACL record. Null strings in it become empty, which no scheme and no id is. */
export function readAcl(reader: ByteReader): AclEntry {
  return {
    permissions: reader.int32(),
    scheme: readNullableString(reader) ?? '',
    id: readNullableString(reader) ?? '',
  };
}

/** Appends an ACL record. */
export function writeAcl(writer: ByteWriter, entry: AclEntry): void {
  writer.int32(entry.permissions);
  writeString(writer, entry.scheme);
  writeString(writer, entry.id);
}

/** An Id record. @throws EngineError CORRUPT_DATA when a string in it is null. */
export function readIdentity(reader: ByteReader): Identity {
  return { scheme: readString(reader), id: readString(reader) };
}

/** Appends an Id record. */
export function writeIdentity(writer: ByteWriter, identity: Identity): void {
  writeString(writer, identity.scheme);
  writeString(writer, identity.id);
}

/** A Stat record: 68 bytes. */
export function readStat(reader: ByteReader): NodeStat {
  return {
    czxid: reader.int64(),
    mzxid: reader.int64(),
    ctimeMs: Number(reader.int64()),
    mtimeMs: Number(reader.int64()),
    version: reader.int32(),
    childVersion: reader.int32(),
    aclVersion: reader.int32(),
    ephemeralOwner: reader.int64(),
    dataLengthBytes: reader.int32(),
    childCount: reader.int32(),
    pzxid: reader.int64(),
  };
}

/** Appends a Stat record: 68 bytes. */
export function writeStat(writer: ByteWriter, stat: NodeStat): void {
  writer.int64(stat.czxid);
  writer.int64(stat.mzxid);
  writer.int64(BigInt(stat.ctimeMs));
  writer.int64(BigInt(stat.mtimeMs));
  writer.int32(stat.version);
  writer.int32(stat.childVersion);
  writer.int32(stat.aclVersion);
  writer.int64(stat.ephemeralOwner);
  writer.int32(stat.dataLengthBytes);
  writer.int32(stat.childCount);
  writer.int64(stat.pzxid);
}
