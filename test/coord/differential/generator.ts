import type { Prng } from '../../../src/base/prng.ts';
import { OpCode, Xid } from '../../../src/coord/zk/opcodes.ts';
import {
  type AclItem,
  endsConnection,
  type Field,
  type Script,
  type ScriptRequest,
  type Step,
} from './script.ts';

const SESSION_COUNT = 4;
const PIPELINED_MAX = 12;
const TIMEOUTS_MS = [40_000, 40_000, 30_000, 1, 0, -1, 1_000_000];

/** A path space so small that operations meet. */
const GOOD_PATHS = ['/a', '/a/b', '/a/b/c', '/a/d', '/b', '/b/a', '/e', '/e/f', '/ab'];
const SYSTEM_PATHS = ['/', '/zookeeper', '/zookeeper/config', '/zookeeper/quota'];
const BAD_PATHS = [
  'a',
  '//',
  '/a/',
  '/a//b',
  '/a/.',
  '/a/../b',
  '/./a',
  '/a\u0000b',
  '/a\u0001',
  '/a/\u007f',
  '/\u009f',
  '/\uf000',
  '/\ufff0',
  '/é\u4e2d',
];

const OPEN: AclItem = [31, 'world', 'anyone'];
/** Digests of alice:secret and bob:secret. */
const ALICE = 'alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E=';
const BOB = 'bob:fyVmFCwVbTJYrznoSu1koqYEYF0=';

const ODD_ACLS: readonly (readonly AclItem[] | null)[] = [
  [[1, 'world', 'anyone']],
  [[30, 'world', 'anyone']],
  [
    [1, 'world', 'anyone'],
    [31, 'digest', ALICE],
  ],
  [[31, 'digest', BOB]],
  [[31, 'auth', '']],
  [[9, 'auth', 'whoever']],
  [OPEN, OPEN],
  [
    [31, 'auth', ''],
    [31, 'auth', ''],
    [1, 'world', 'anyone'],
  ],
  [[31, 'ip', '127.0.0.1']],
  [[31, 'ip', '127.0.0.0/8']],
  [[31, 'ip', '10.0.0.1']],
  [[31, 'ip', '10.0.0.0/8']],
  [[31, 'ip', '127.0.0.1/33']],
  [[31, 'ip', '127.0.0.1/-1']],
  [[31, 'ip', '127.0.0.1/0']],
  [[31, 'ip', '127.0.0']],
  [[31, 'ip', '256.0.0.1']],
  [[31, 'ip', '']],
  [[31, 'digest', 'alice']],
  [[31, 'digest', 'alice:']],
  [[31, 'digest', 'a:b:c']],
  [[31, 'digest', '']],
  [[31, 'world', 'somebody']],
  [[31, 'world', '']],
  [[31, 'unknown', 'x']],
  [[31, '', '']],
  [[31, 'super', 'x']],
  [[31, 'x509', 'CN=a']],
  [[31, 'sasl', 'a']],
  [[0, 'world', 'anyone']],
  [[-1, 'world', 'anyone']],
  [[64, 'world', 'anyone']],
  [OPEN, [31, 'unknown', 'x']],
  [],
  null,
];

const AUTHENTICATIONS: readonly (readonly [string, string | null])[] = [
  ['digest', 'alice:secret'],
  ['digest', 'alice:secret'],
  ['digest', 'bob:secret'],
  ['digest', 'super:test'],
  ['digest', 'super:wrong'],
  ['digest', 'nocolon'],
  ['digest', ''],
  ['digest', null],
  ['ip', '127.0.0.1'],
  ['world', 'anyone'],
  ['unknown', 'x'],
  ['', ''],
];

/**
 * A random script of about so many operations. The same numbers give the same script.
 *
 * Left out is what ZooKeeper 3.8 does not survive or answer: TTL nodes with the flags of another mode
 * end its process, and a lone check that holds gets no answer. So are the internal createSession
 * and deleteContainer, which it performs for any client, and the empty path, which is its second name of the root.
 */
export function generateScript(prng: Prng, operationCount: number): Script {
  return new Generator(prng).script(operationCount);
}

class Generator {
  readonly #prng: Prng;
  /**
   * How each path is watched in this script. ZooKeeper 3.8 forgets the older of two ways in which one
   * connection watches one path (ZOOKEEPER-4466), so a path is only watched in one way.
   */
  readonly #watchModes: ReadonlyMap<string, 'once' | 'persistent' | 'recursive'>;
  /**
   * What everybody may read in this script. Only there does exists leave a watch: ZooKeeper 3.8.0 sets it
   * without READ, too, and all that follows from the watch would differ.
   */
  readonly #openPaths: ReadonlySet<string>;

  constructor(prng: Prng) {
    this.#prng = prng;
    const modes = ['once', 'once', 'persistent', 'recursive'] as const;
    this.#watchModes = new Map(
      [...GOOD_PATHS, ...SYSTEM_PATHS, ...BAD_PATHS].map((path) => [path, prng.pick(modes)]),
    );
    this.#openPaths = new Set(GOOD_PATHS.filter(() => this.#chance(0.5)));
  }

  script(operationCount: number): Script {
    const steps: Step[] = [];
    for (let session = 0; session < SESSION_COUNT; session++) steps.push(this.#connect(session));
    for (let count = SESSION_COUNT; count < operationCount; ) {
      const step = this.#step();
      steps.push(step);
      count += step.do === 'send' ? step.requests.length : 1;
      // A session that has probably ended comes back, so that most steps have somebody to do them.
      if (step.do !== 'send' || !step.requests.some(endsConnection)) continue;
      steps.push(this.#chance(0.5) ? this.#connect(step.session) : this.#resume(step.session));
      count++;
    }
    return steps;
  }

  #step(): Step {
    const session = this.#prng.integer(0, SESSION_COUNT);
    const choice = this.#prng.float();
    if (choice < 0.02) return { do: 'drop', session };
    if (choice < 0.05) return this.#resume(session);
    if (choice < 0.06) return this.#connect(session);
    // What may end the connection is alone: replies to requests around it come or do not by chance.
    if (choice < 0.1) return { do: 'send', session, requests: [this.#lastRequest()] };
    if (choice < 0.14) return { do: 'send', session, requests: [this.#authenticate()] };
    const length = this.#chance(0.5) ? 1 : this.#prng.integer(1, PIPELINED_MAX);
    const requests = Array.from({ length }, () => this.#request());
    // ZooKeeper judges what is pipelined behind a setACL by the old list: it is the last of its step.
    const setAclAt = requests.findIndex(({ code }) => code === OpCode.SET_ACL);
    const count = setAclAt === -1 ? length : setAclAt + 1;
    return { do: 'send', session, requests: requests.slice(0, count) };
  }

  #connect(session: number): Step {
    const timeoutMs = this.#prng.pick(TIMEOUTS_MS);
    return { do: 'connect', session, timeoutMs, readOnly: this.#prng.pick([false, false, null]) };
  }

  #resume(session: number): Step {
    const password = this.#prng.pick(['right', 'right', 'right', 'wrong', 'short'] as const);
    const seen = this.#prng.pick(['nothing', 'all', 'all', 'all', 'future'] as const);
    const timeoutMs = this.#prng.pick(TIMEOUTS_MS);
    return { do: 'resume', session, timeoutMs, password, seen };
  }

  #lastRequest(): ScriptRequest {
    const close = { code: OpCode.CLOSE_SESSION, fields: [] };
    const path: Field = ['string', '/a'];
    return this.#prng.pick<ScriptRequest>([
      close,
      close,
      close,
      { code: OpCode.RECONFIG, fields: RECONFIGURATION },
      { code: 0, fields: [] },
      { code: 10, fields: [path] },
      { code: 23, fields: [] },
      { code: 999, fields: [path] },
      { code: -7, fields: [] },
    ]);
  }

  #authenticate(): ScriptRequest {
    const [scheme, data] = this.#prng.pick(AUTHENTICATIONS);
    const fields: Field[] = [
      ['int', 0],
      ['string', scheme],
      ['buffer', data],
    ];
    return { code: OpCode.AUTH, xid: Xid.AUTH, fields };
  }

  #request(): ScriptRequest {
    const request = this.#goodRequest();
    if (!this.#chance(0.02)) return request;
    return this.#malformed(request);
  }

  #goodRequest(): ScriptRequest {
    const choice = this.#prng.float();
    if (choice < 0.3) return this.#create();
    if (choice < 0.4) return { code: OpCode.DELETE, fields: this.#pathAndVersion() };
    if (choice < 0.48) return { code: OpCode.SET_DATA, fields: this.#setDataFields() };
    if (choice < 0.53) return this.#setAcl();
    if (choice < 0.61) return this.#multi();
    if (choice < 0.64) return this.#multiRead();
    if (choice < 0.82) return this.#read();
    return this.#watchRequest();
  }

  #create(): ScriptRequest {
    const code = this.#prng.pick([
      OpCode.CREATE,
      OpCode.CREATE,
      OpCode.CREATE_2,
      OpCode.CREATE_2,
      OpCode.CREATE_CONTAINER,
      OpCode.CREATE_TTL,
    ]);
    return { code, fields: this.#createFields(code) };
  }

  #createFields(code: number): Field[] {
    const path = this.#path();
    const fields: Field[] = [
      ['string', path],
      ['buffer', this.#data()],
      ['acl', this.#acl(path)],
      ['int', this.#flags(code)],
    ];
    const ttl = this.#prng.pick([
      3_600_000, 3_600_000, 0, -1, 1_099_511_627_775, 1_099_511_627_776,
    ]);
    return code === OpCode.CREATE_TTL ? [...fields, ['long', ttl]] : fields;
  }

  #flags(code: number): number {
    if (code === OpCode.CREATE_TTL) return this.#prng.pick([5, 5, 5, 6, 6, 7, -1]);
    if (this.#chance(0.05)) return this.#prng.pick([4, 5, 6, 7, -1, 0, 1, 255]);
    if (code === OpCode.CREATE_CONTAINER) return 4;
    return this.#prng.pick([0, 0, 0, 0, 1, 1, 2, 3]);
  }

  #setDataFields(): Field[] {
    return [
      ['string', this.#path()],
      ['buffer', this.#data()],
      ['int', this.#version()],
    ];
  }

  #setAcl(): ScriptRequest {
    const path = this.#chance(0.05) ? this.#path() : this.#prng.pick(GOOD_PATHS);
    const fields: Field[] = [
      ['string', path],
      ['acl', this.#acl(path)],
      ['int', this.#version()],
    ];
    return { code: OpCode.SET_ACL, fields };
  }

  #multi(): ScriptRequest {
    const fields: Field[] = [];
    for (let count = this.#prng.integer(0, 5); count > 0; count--) {
      const { code, fields: inner } = this.#operationOfMulti();
      fields.push(['int', code], ['boolean', false], ['int', -1], ...inner);
    }
    return { code: OpCode.MULTI, fields: [...fields, ...END_OF_MULTI] };
  }

  #operationOfMulti(): ScriptRequest {
    const choice = this.#prng.float();
    if (choice < 0.5) return this.#createInMulti();
    if (choice < 0.65) return { code: OpCode.DELETE, fields: this.#pathAndVersion() };
    if (choice < 0.8) return { code: OpCode.SET_DATA, fields: this.#setDataFields() };
    if (choice < 0.98) return { code: OpCode.CHECK, fields: this.#pathAndVersion() };
    return this.#prng.pick([
      this.#read(),
      {
        code: OpCode.SET_ACL,
        fields: [
          ['string', '/a'],
          ['acl', [OPEN]],
          ['int', -1],
        ],
      },
      { code: 999, fields: [] },
    ]);
  }

  /** Only with flags that fit: which part of a multi others spoil depends on the version. */
  #createInMulti(): ScriptRequest {
    const code = this.#prng.pick([
      OpCode.CREATE,
      OpCode.CREATE,
      OpCode.CREATE,
      OpCode.CREATE_2,
      OpCode.CREATE_CONTAINER,
      OpCode.CREATE_TTL,
    ]);
    const flags = new Map<number, readonly number[]>([
      [OpCode.CREATE_CONTAINER, [4]],
      [OpCode.CREATE_TTL, [5, 6]],
    ]);
    const fields = this.#createFields(code).with(3, [
      'int',
      this.#prng.pick(flags.get(code) ?? [0, 1, 2, 3]),
    ]);
    return { code, fields };
  }

  #multiRead(): ScriptRequest {
    const fields: Field[] = [];
    for (let count = this.#prng.integer(0, 4); count > 0; count--) {
      const codes = [OpCode.GET_DATA, OpCode.GET_DATA, OpCode.GET_CHILDREN];
      const code = this.#chance(0.03) ? OpCode.EXISTS : this.#prng.pick(codes);
      const path = this.#path();
      fields.push(['int', code], ['boolean', false], ['int', -1], ['string', path]);
      fields.push(['boolean', this.#chance(0.3)]);
    }
    return { code: OpCode.MULTI_READ, fields: [...fields, ...END_OF_MULTI] };
  }

  #read(): ScriptRequest {
    const watched = [OpCode.EXISTS, OpCode.GET_DATA, OpCode.GET_CHILDREN, OpCode.GET_CHILDREN_2];
    const plain = [OpCode.GET_ACL, OpCode.SYNC, OpCode.GET_ALL_CHILDREN_NUMBER];
    const choice = this.#prng.float();
    if (choice < 0.7) {
      const path = this.#path();
      const code = this.#prng.pick(watched);
      const suits = code !== OpCode.EXISTS || this.#openPaths.has(path);
      const watches = suits && this.#watchModes.get(path) === 'once' && this.#chance(0.6);
      return {
        code,
        fields: [
          ['string', path],
          ['boolean', watches],
        ],
      };
    }
    if (choice < 0.9) return { code: this.#prng.pick(plain), fields: [['string', this.#path()]] };
    if (choice < 0.95) return { code: OpCode.WHO_AM_I, fields: [] };
    const prefix = this.#prng.pick(['', '/', '/a', '/e', 'a', '/zz']);
    return { code: OpCode.GET_EPHEMERALS, fields: [['string', prefix]] };
  }

  #watchRequest(): ScriptRequest {
    const choice = this.#prng.float();
    if (choice < 0.4) {
      const path = this.#path();
      const watched = this.#watchModes.get(path);
      if (watched === 'once' && this.#chance(0.95)) return this.#read();
      const mode = watched === 'persistent' ? 0 : 1;
      const fields: Field[] = [
        ['string', path],
        ['int', watched === 'once' ? this.#prng.pick([2, -1]) : mode],
      ];
      return { code: OpCode.ADD_WATCH, fields };
    }
    if (choice < 0.7) {
      const code = this.#prng.pick([OpCode.REMOVE_WATCHES, OpCode.CHECK_WATCHES]);
      const path = this.#path();
      // For ZooKeeper 3.8 a persistent watch is one of data and one of children; since 3.9 it is not.
      const isOnce = this.#watchModes.get(path) === 'once';
      const types = this.#chance(0.03) && isOnce ? [0, 4, 5, 6, -1] : [1, 2, 3];
      const fields: Field[] = [
        ['string', path],
        ['int', isOnce ? this.#prng.pick(types) : 3],
      ];
      return { code, fields };
    }
    return this.#setWatches();
  }

  #setWatches(): ScriptRequest {
    const code = this.#prng.pick([OpCode.SET_WATCHES, OpCode.SET_WATCHES_2]);
    const paths = (mode: 'once' | 'persistent' | 'recursive'): Field => {
      const suited = GOOD_PATHS.filter((path) => this.#watchModes.get(path) === mode);
      return ['strings', suited.filter(() => this.#chance(0.3))];
    };
    const fields: Field[] = [
      ['seenZxid', this.#prng.pick([0, 0, 0, -1_000_000])],
      paths('once'),
      paths('once'),
      paths('once'),
    ];
    if (code === OpCode.SET_WATCHES_2) fields.push(paths('persistent'), paths('recursive'));
    return { code, xid: Xid.SET_WATCHES, fields };
  }

  /** A body that ends too early, claims too much, or has bytes behind it. */
  #malformed({ code, fields }: ScriptRequest): ScriptRequest {
    const kept = fields.slice(0, this.#prng.integer(0, fields.length + 1));
    const tails = ['', '00', '7fffffff', 'fffffffe', '00000002ff', '80'];
    // We take vectors of paths that are null for empty ones.
    if (code !== OpCode.SET_WATCHES && code !== OpCode.SET_WATCHES_2) tails.push('ffffffff');
    const tail = this.#prng.pick(tails);
    return { code, fields: [...kept, ['hex', tail]] };
  }

  #pathAndVersion(): Field[] {
    return [
      ['string', this.#path()],
      ['int', this.#version()],
    ];
  }

  #path(): string {
    const choice = this.#prng.float();
    if (choice < 0.9) return this.#prng.pick(GOOD_PATHS);
    return this.#prng.pick(choice < 0.95 ? SYSTEM_PATHS : BAD_PATHS);
  }

  #data(): string | null {
    return this.#prng.pick([null, '', 'x', 'some data', 'more of it\u0000é']);
  }

  #version(): number {
    return this.#prng.pick([-1, -1, -1, -1, 0, 0, 1, 2, 7, -2]);
  }

  #acl(path: string): readonly AclItem[] | null {
    return this.#openPaths.has(path) || this.#chance(0.6) ? [OPEN] : this.#prng.pick(ODD_ACLS);
  }

  #chance(probability: number): boolean {
    return this.#prng.float() < probability;
  }
}

const RECONFIGURATION: readonly Field[] = [
  ['string', null],
  ['string', '1'],
  ['string', null],
  ['long', -1],
];

const END_OF_MULTI: readonly Field[] = [
  ['int', -1],
  ['boolean', true],
  ['int', -1],
];
