import { ByteReader } from '../../../src/base/bytes.ts';
import { OpCode } from '../../../src/coord/zk/opcodes.ts';
import type { Arrival } from './raw-connection.ts';
import { nameOf } from './script.ts';

/**
 * One value that a server sent: where it stood, how to compare it, and the value. Zxids and session
 * ids differ between servers, and so do times; all else has to be the same.
 */
export interface Value {
  readonly at: string;
  readonly compare: 'same' | 'zxid' | 'session' | 'time';
  readonly value: string | number | bigint | null;
}

/**
 * Takes what arrived apart.
 *
 * @param code the type of the request that a reply answers.
 */
export function decodeArrival(arrival: Arrival, code: number | null): Value[] {
  switch (arrival.kind) {
    case 'handshake':
      return decodeWhole(arrival.body, decodeHandshake);
    case 'event':
      return [
        { at: 'event zxid', compare: 'zxid', value: arrival.zxid },
        ...decodeWhole(arrival.body, decodeEvent),
      ];
    case 'reply':
      return [
        same('xid', arrival.xid),
        { at: 'reply zxid', compare: 'zxid', value: arrival.zxid },
        same('error', arrival.error),
        ...decodeWhole(arrival.body, (out) => decodeReply(out, code, arrival.error)),
      ];
    case 'closed':
    case 'silence':
      return [same('connection', arrival.kind)];
  }
}

class Decoder {
  readonly values: Value[] = [];
  readonly reader: ByteReader;
  #prefix = '';

  constructor(body: Uint8Array) {
    this.reader = new ByteReader(body, 'test: body');
  }

  inside(prefix: string, decode: () => void): void {
    const outer = this.#prefix;
    this.#prefix = `${outer}${prefix}.`;
    decode();
    this.#prefix = outer;
  }

  put(at: string, compare: Value['compare'], value: Value['value']): void {
    this.values.push({ at: this.#prefix + at, compare, value });
  }

  int(at: string): number {
    const value = this.reader.int32();
    this.put(at, 'same', value);
    return value;
  }

  long(at: string, compare: Value['compare']): void {
    this.put(at, compare, this.reader.int64());
  }

  boolean(at: string): boolean {
    const value = this.reader.uint8();
    this.put(at, 'same', value);
    return value !== 0;
  }

  text(at: string): void {
    this.put(at, 'same', this.readText());
  }

  readText(): string | null {
    const length = this.reader.int32();
    return length === -1 ? null : Buffer.from(this.reader.view(length)).toString('latin1');
  }

  /** Items in the order of their text: the servers keep them in none. */
  set(at: string, readItem: () => string): void {
    const count = this.reader.int32();
    if (count === -1) {
      this.put(at, 'same', null);
      return;
    }
    const items: string[] = [];
    for (let index = 0; index < count; index++) items.push(readItem());
    this.put(at, 'same', JSON.stringify(items.sort()));
  }
}

function decodeWhole(body: Uint8Array, decode: (decoder: Decoder) => void): Value[] {
  const decoder = new Decoder(body);
  try {
    decode(decoder);
    const rest = decoder.reader.view(decoder.reader.remainingBytes);
    if (rest.length > 0) decoder.put('bytes behind the body', 'same', hex(rest));
  } catch {
    decoder.put('a body that cannot be decoded', 'same', hex(body));
  }
  return decoder.values;
}

function decodeHandshake(out: Decoder): void {
  out.int('protocolVersion');
  out.int('timeOut');
  out.long('sessionId', 'session');
  const password = out.reader.view(out.reader.int32());
  out.put('password length', 'same', password.length);
  out.put('password is zero', 'same', password.every((byte) => byte === 0) ? 1 : 0);
}

function decodeEvent(out: Decoder): void {
  out.int('type');
  out.int('state');
  out.text('path');
}

function decodeReply(out: Decoder, code: number | null, error: number): void {
  if (error !== 0) return;
  switch (code) {
    case OpCode.CREATE:
    case OpCode.SYNC:
      out.text('path');
      return;
    case OpCode.CREATE_2:
    case OpCode.CREATE_CONTAINER:
    case OpCode.CREATE_TTL:
      out.text('path');
      decodeStat(out);
      return;
    case OpCode.EXISTS:
    case OpCode.SET_DATA:
    case OpCode.SET_ACL:
      decodeStat(out);
      return;
    case OpCode.GET_DATA:
      out.text('data');
      decodeStat(out);
      return;
    case OpCode.GET_ACL:
      decodeAcl(out);
      decodeStat(out);
      return;
    case OpCode.GET_CHILDREN_2:
      out.set('children', () => String(out.readText()));
      decodeStat(out);
      return;
    case OpCode.GET_CHILDREN:
    case OpCode.GET_EPHEMERALS:
      out.set('paths', () => String(out.readText()));
      return;
    case OpCode.GET_ALL_CHILDREN_NUMBER:
      out.int('count');
      return;
    case OpCode.ADD_WATCH:
      out.int('err');
      return;
    case OpCode.WHO_AM_I:
      out.set('identities', () => `${out.readText()}:${out.readText()}`);
      return;
    case OpCode.MULTI:
    case OpCode.MULTI_READ:
      decodeMulti(out);
  }
}

function decodeStat(out: Decoder): void {
  out.inside('stat', () => {
    out.long('czxid', 'zxid');
    out.long('mzxid', 'zxid');
    out.long('ctime', 'time');
    out.long('mtime', 'time');
    out.int('version');
    out.int('cversion');
    out.int('aversion');
    out.long('ephemeralOwner', 'session');
    out.int('dataLength');
    out.int('numChildren');
    out.long('pzxid', 'zxid');
  });
}

function decodeAcl(out: Decoder): void {
  const count = out.int('acl count');
  for (let index = 0; index < count; index++) {
    out.inside(`acl ${index}`, () => {
      out.int('perms');
      out.text('scheme');
      out.text('id');
    });
  }
}

function decodeMulti(out: Decoder): void {
  for (let index = 0; ; index++) {
    const type = out.int(`${index} type`);
    const isDone = out.boolean(`${index} done`);
    out.int(`${index} err`);
    if (isDone) return;
    out.inside(`${index} ${nameOf(type)}`, () => {
      if (type === OpCode.ERROR) out.int('err');
      else if (type !== OpCode.DELETE && type !== OpCode.CHECK) decodeReply(out, type, 0);
    });
  }
}

function same(at: string, value: Value['value']): Value {
  return { at, compare: 'same', value };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
