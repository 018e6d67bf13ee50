import type { ByteReader, ByteWriter } from '../../../src/base/bytes.ts';
import type { AclEntry, NodeStat } from '../../../src/coord/core/model.ts';
import { framed } from '../../../src/coord/zk/framing.ts';
import { decodeConnectResponse } from '../../../src/coord/zk/handshake.ts';
import {
  readAcl,
  readBuffer,
  readStat,
  readString,
  readVector,
  writeAcl,
  writeBuffer,
  writeString,
  writeVector,
} from '../../../src/coord/zk/jute.ts';
import type { Address } from '../../../src/io/network.ts';
import { connectRequest, Wire } from '../wire.ts';

export const ANYONE: readonly AclEntry[] = [{ permissions: 31, scheme: 'world', id: 'anyone' }];

/** A node as a server shows it. */
export interface ShownNode {
  readonly data: string | null;
  readonly acl: readonly AclEntry[];
  readonly stat: NodeStat;
  readonly children: readonly string[];
}

/** One operation of a multi: its type and a writer of its body. */
export type MultiPart = readonly [number, (writer: ByteWriter) => void];

/** A client that says exactly what it is told to, errors included. */
export class RawClient {
  readonly #wire: Wire;
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  #xid = 0;

  private constructor(wire: Wire, sessionId: bigint, password: Uint8Array) {
    this.#wire = wire;
    this.sessionId = sessionId;
    this.password = password;
  }

  static async connect(address: Address, timeoutMs = 30_000): Promise<RawClient> {
    const wire = await Wire.open(address);
    wire.send(framed(connectRequest({ timeoutMs })));
    const packet = await wire.packet();
    if (packet === null) throw new Error('the server hung up');
    const response = decodeConnectResponse(packet.view(packet.remainingBytes).slice());
    return new RawClient(wire, response.sessionId, response.password);
  }

  /** Sends a request; the answer's error number and body. */
  async call(type: number, body: (writer: ByteWriter) => void = () => {}, xid = ++this.#xid) {
    this.#wire.request(xid, type, body);
    const { error, body: answer } = await this.#wire.reply();
    return { error, body: answer };
  }

  async authenticate(text: string): Promise<void> {
    const body = (writer: ByteWriter): void => {
      writer.int32(0);
      writeString(writer, 'digest');
      writeBuffer(writer, new TextEncoder().encode(text));
    };
    await this.call(100, body, -4);
  }

  create(path: string, data: string | null, flags = 0, acl = ANYONE, type = 1) {
    return this.call(type, createBody(path, data, flags, acl));
  }

  createTtl(path: string, ttlMs: bigint) {
    return this.call(21, (writer) => {
      createBody(path, 'ttl', 5, ANYONE)(writer);
      writer.int64(ttlMs);
    });
  }

  set(path: string, data: string, version = -1) {
    return this.call(5, setBody(path, data, version));
  }

  delete(path: string, version = -1) {
    return this.call(2, pathBody(path, version));
  }

  setAcl(path: string, acl: readonly AclEntry[]) {
    return this.call(7, (writer) => {
      writeString(writer, path);
      writeVector(writer, acl, writeAcl);
      writer.int32(-1);
    });
  }

  multi(parts: readonly MultiPart[]) {
    return this.call(14, (writer) => {
      for (const [type, body] of parts) {
        writeHeader(writer, type, false);
        body(writer);
      }
      writeHeader(writer, -1, true);
    });
  }

  /** Ends the session. */
  async end(): Promise<void> {
    await this.call(-11);
    this.close();
  }

  /** Hangs up without ending the session. */
  close(): void {
    this.#wire.close();
  }

  /** Every node that the server shows, by path. */
  async dump(path = '/', into = new Map<string, ShownNode>()): Promise<Map<string, ShownNode>> {
    const data = await this.#read(4, path, (body) => readBuffer(body));
    const acl = await this.#read(6, path, (body) => readVector(body, readAcl));
    const names = await this.call(8, (writer) => {
      writeString(writer, path);
      writer.uint8(0);
    });
    const children = readVector(names.body, readString).sort();
    const text = data.value === null ? null : new TextDecoder().decode(data.value);
    into.set(path, { data: text, acl: acl.value, stat: data.stat, children });
    for (const name of children)
      await this.dump(path === '/' ? `/${name}` : `${path}/${name}`, into);
    return into;
  }

  async #read<T>(type: number, path: string, value: (body: ByteReader) => T) {
    const { error, body } = await this.call(type, (writer) => {
      writeString(writer, path);
      if (type === 4) writer.uint8(0);
    });
    if (error !== 0) throw new Error(`type ${type} of ${path}: error ${error}`);
    return { value: value(body), stat: readStat(body) };
  }
}

export function createBody(path: string, data: string | null, flags = 0, acl = ANYONE) {
  return (writer: ByteWriter): void => {
    writeString(writer, path);
    writeBuffer(writer, data === null ? null : new TextEncoder().encode(data));
    writeVector(writer, acl, writeAcl);
    writer.int32(flags);
  };
}

export function setBody(path: string, data: string, version = -1) {
  return (writer: ByteWriter): void => {
    writeString(writer, path);
    writeBuffer(writer, new TextEncoder().encode(data));
    writer.int32(version);
  };
}

export function pathBody(path: string, version = -1) {
  return (writer: ByteWriter): void => {
    writeString(writer, path);
    writer.int32(version);
  };
}

function writeHeader(writer: ByteWriter, type: number, isDone: boolean): void {
  writer.int32(type);
  writer.uint8(isDone ? 1 : 0);
  writer.int32(-1);
}
