import { ByteWriter } from '../../../src/base/bytes.ts';
import { writeAcl, writeBuffer, writeString, writeVector } from '../../../src/coord/zk/jute.ts';
import { OpCode, Xid } from '../../../src/coord/zk/opcodes.ts';
import { encodeRequest } from '../../../src/coord/zk/requests.ts';
import { utf8 } from '../harness.ts';
import { connectRequest } from '../wire.ts';

type Body = (writer: ByteWriter) => void;

const WORLD = [{ permissions: 31, scheme: 'world', id: 'anyone' }];
const OWNERS = [
  { permissions: 31, scheme: 'auth', id: '' },
  { permissions: 1, scheme: 'ip', id: '10.0.0.0/8' },
  { permissions: 3, scheme: 'digest', id: 'a:b' },
];
const PATHS = ['/', '/a', '/a/b', '/zookeeper', '/zookeeper/config', '/ä/日本', '/a/n-'];

/** Requests of every type that ZooKeeper knows, without their length: header and body. */
export const REQUESTS: readonly Uint8Array[] = [
  ...PATHS.flatMap(requestsOfPath),
  request(3, OpCode.CLOSE_SESSION),
  request(Xid.PING, OpCode.PING),
  request(4, OpCode.WHO_AM_I),
  request(5, OpCode.RECONFIG, (writer) => {
    for (const text of ['server.2=h:1:2;3', '', '']) writeString(writer, text);
    writer.int64(-1n);
  }),
  request(Xid.AUTH, OpCode.AUTH, (writer) => {
    encodeRequest(writer, { kind: 'authRaw', scheme: 'digest', auth: utf8('user:password') });
  }),
  request(Xid.AUTH, OpCode.AUTH, (writer) => {
    encodeRequest(writer, { kind: 'authRaw', scheme: 'ip', auth: null });
  }),
  request(6, OpCode.SASL, (writer) => writeBuffer(writer, new Uint8Array())),
  request(6, OpCode.SASL, (writer) => writeBuffer(writer, utf8('username="a",realm="b",nc=1'))),
  request(7, OpCode.CREATE_SESSION, (writer) => writer.int32(4_000)),
  request(8, OpCode.ERROR, (writer) => writer.int32(-1)),
  setWatches(OpCode.SET_WATCHES, 3),
  setWatches(OpCode.SET_WATCHES_2, 5),
  multi(OpCode.MULTI, [
    [OpCode.CREATE, create('/m', WORLD, 0)],
    [OpCode.CREATE_2, create('/m/s-', OWNERS, 3)],
    [OpCode.CREATE_CONTAINER, create('/m/c', WORLD, 4)],
    [OpCode.SET_DATA, data('/m', 0)],
    [OpCode.CHECK, versioned('/m', -1)],
    [OpCode.DELETE, versioned('/m/c', -1)],
  ]),
  multi(OpCode.MULTI_READ, [
    [OpCode.GET_DATA, watched('/a', true)],
    [OpCode.GET_CHILDREN, watched('/', false)],
  ]),
  multi(OpCode.MULTI, []),
];

/** First packets of clients, without their length. */
export const HANDSHAKES: readonly Uint8Array[] = [
  connectRequest({}),
  connectRequest({ readOnly: null }),
  connectRequest({ readOnly: true, timeoutMs: -1 }),
  connectRequest({ sessionId: 0x77n, password: new Uint8Array(16).fill(1) }),
  connectRequest({ lastZxidSeen: 2n ** 62n }),
  connectRequest({ password: new Uint8Array() }),
];

/** What else a port hears first. */
export const FIRST_WORDS: readonly Uint8Array[] = [
  ...[
    'ruok',
    'srvr',
    'mntr',
    'stat',
    'wchc',
    'isro',
    'zzzz',
    'stmk\0\0\0\0\0\0\0\u0001',
    'stmk\0',
  ].map(utf8),
  utf8('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
  Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3),
  Uint8Array.of(0xff, 0xf4, 0xff, 0xfd),
];

/** Lengths, counts and versions at which decoders break. */
export const EDGES: readonly number[] = [
  -(2 ** 31),
  -2,
  -1,
  0,
  1,
  2,
  255,
  65_535,
  1_048_574,
  1_048_575,
  1_048_576,
  2 ** 31 - 1,
];

/** The longest packet that a server takes, filled with as many small things as fit. */
export const LARGE_REQUESTS: readonly (() => Uint8Array)[] = [
  () =>
    request(1, OpCode.SET_WATCHES_2, (writer) => {
      writer.int64(0n);
      for (let list = 0; list < 5; list++) {
        writeVector(
          writer,
          Array.from({ length: 30_000 }, () => '/a'),
          writeString,
        );
      }
    }),
  () =>
    multi(
      OpCode.MULTI,
      Array.from({ length: 45_000 }, () => [OpCode.CHECK, versioned('/', -1)] as const),
    ),
  () =>
    request(1, OpCode.CREATE, (writer) => {
      writeString(writer, '/large');
      writeBuffer(writer, new Uint8Array(16));
      writeVector(
        writer,
        Array.from({ length: 60_000 }, () => WORLD[0]!),
        writeAcl,
      );
      writer.int32(0);
    }),
  () => request(1, OpCode.SET_DATA, data('/zookeeper/quota', -1, 1_000_000)),
];

function requestsOfPath(path: string): Uint8Array[] {
  const addressed: [number, Body][] = [
    [OpCode.CREATE, create(path, WORLD, 0)],
    [OpCode.CREATE, create(path, WORLD, 1)],
    [OpCode.CREATE_2, create(path, OWNERS, 2)],
    [OpCode.CREATE_CONTAINER, create(path, WORLD, 4)],
    [OpCode.CREATE_TTL, timeToLive(path)],
    [OpCode.DELETE, versioned(path, -1)],
    [OpCode.EXISTS, watched(path, true)],
    [OpCode.GET_DATA, watched(path, true)],
    [OpCode.SET_DATA, data(path, -1)],
    [OpCode.GET_ACL, (writer) => writeString(writer, path)],
    [OpCode.SET_ACL, setAcl(path)],
    [OpCode.GET_CHILDREN, watched(path, false)],
    [OpCode.GET_CHILDREN_2, watched(path, true)],
    [OpCode.SYNC, (writer) => writeString(writer, path)],
    [OpCode.CHECK, versioned(path, 0)],
    [OpCode.CHECK_WATCHES, versioned(path, 3)],
    [OpCode.REMOVE_WATCHES, versioned(path, 2)],
    [OpCode.GET_EPHEMERALS, (writer) => writeString(writer, path)],
    [OpCode.GET_ALL_CHILDREN_NUMBER, (writer) => writeString(writer, path)],
    [OpCode.ADD_WATCH, versioned(path, 1)],
    [20, (writer) => writeString(writer, path)], // deleteContainer, which servers send themselves.
  ];
  return addressed.map(([opCode, body], index) => request(index + 1, opCode, body));
}

/** A request without its length: header and body. */
export function request(xid: number, opCode: number, body: Body = () => {}): Uint8Array {
  const writer = new ByteWriter();
  writer.int32(xid);
  writer.int32(opCode);
  body(writer);
  return writer.finish().slice();
}

function create(path: string, acl: typeof WORLD, flags: number): Body {
  return (writer) => {
    writeString(writer, path);
    writeBuffer(writer, utf8('data'));
    writeVector(writer, acl, writeAcl);
    writer.int32(flags);
  };
}

function timeToLive(path: string): Body {
  return (writer) => {
    create(path, WORLD, 5)(writer);
    writer.int64(60_000n);
  };
}

function data(path: string, version: number, lengthBytes = 5): Body {
  return (writer) => {
    writeString(writer, path);
    writeBuffer(writer, new Uint8Array(lengthBytes).fill(7));
    writer.int32(version);
  };
}

function setAcl(path: string): Body {
  return (writer) => {
    writeString(writer, path);
    writeVector(writer, OWNERS, writeAcl);
    writer.int32(-1);
  };
}

/** A path and a number: delete, check, checkWatches, removeWatches, addWatch. */
function versioned(path: string, version: number): Body {
  return (writer) => {
    writeString(writer, path);
    writer.int32(version);
  };
}

function watched(path: string, watch: boolean): Body {
  return (writer) => {
    writeString(writer, path);
    writer.uint8(watch ? 1 : 0);
  };
}

function setWatches(opCode: number, listCount: number): Uint8Array {
  return request(Xid.SET_WATCHES, opCode, (writer) => {
    writer.int64(1n);
    for (let list = 0; list < listCount; list++) writeVector(writer, ['/a', '/none'], writeString);
  });
}

function multi(opCode: number, operations: readonly (readonly [number, Body])[]): Uint8Array {
  return request(9, opCode, (writer) => {
    for (const [type, body] of operations) {
      writer.int32(type);
      writer.uint8(0);
      writer.int32(-1);
      body(writer);
    }
    writer.int32(-1);
    writer.uint8(1);
    writer.int32(-1);
  });
}
