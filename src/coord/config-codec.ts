import { ByteReader, ByteWriter, decodeUtf8, encodeUtf8 } from '../base/bytes.ts';
import { EngineError } from '../base/errors.ts';
import type { ClusterConfig, Member } from './core/raft/types.ts';

/*
 * Big-endian:
 *
 *   | members u32 | member … | outgoing voters u32 | id u32 … |
 *   member: | id u32 | role u8: 1 participant, 2 observer | peer host: text | peer port u32
 *           | election port u32 | client host: text | client port u32 |
 *   text:   | length u32 | UTF-8 |
 */

const ROLES = [null, 'participant', 'observer'] as const;

/** A configuration as bytes; equal configurations give equal bytes. */
export function encodeConfig(config: ClusterConfig): Uint8Array {
  const writer = new ByteWriter();
  writer.uint32(config.members.length);
  for (const member of config.members) writeMember(writer, member);
  writer.uint32(config.outgoingVoters.length);
  for (const id of config.outgoingVoters) writer.uint32(id);
  return writer.finish();
}

/**
 * The configuration that `encodeConfig` wrote.
 *
 * @param what names the bytes in errors, starting with the component.
 * @throws EngineError CORRUPT_DATA when the bytes are not a configuration.
 */
export function decodeConfig(bytes: Uint8Array, what: string): ClusterConfig {
  const reader = new ByteReader(bytes, what);
  const members: Member[] = [];
  for (let left = reader.uint32(); left > 0; left--) members.push(readMember(reader));
  const outgoingVoters: number[] = [];
  for (let left = reader.uint32(); left > 0; left--) outgoingVoters.push(reader.uint32());
  reader.expectEnd();
  return { members, outgoingVoters };
}

function writeMember(writer: ByteWriter, member: Member): void {
  writer.uint32(member.id);
  writer.uint8(ROLES.indexOf(member.role));
  writeText(writer, member.peerHost);
  writer.uint32(member.peerPort);
  writer.uint32(member.electionPort);
  writeText(writer, member.clientHost);
  writer.uint32(member.clientPort);
}

function readMember(reader: ByteReader): Member {
  const id = reader.uint32();
  const code = reader.uint8();
  const role = ROLES[code] ?? null;
  if (role === null) {
    throw new EngineError('CORRUPT_DATA', `${reader.what}: expected a role, found ${code}`);
  }
  return {
    id,
    role,
    peerHost: readText(reader),
    peerPort: reader.uint32(),
    electionPort: reader.uint32(),
    clientHost: readText(reader),
    clientPort: reader.uint32(),
  };
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = encodeUtf8(text);
  writer.uint32(bytes.length);
  writer.bytes(bytes);
}

function readText(reader: ByteReader): string {
  return decodeUtf8(reader.view(reader.uint32()), reader.what);
}
