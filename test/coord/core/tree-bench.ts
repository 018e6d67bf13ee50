import { mayRead } from '../../../src/coord/core/acl.ts';
import { applyToTree, removeEphemerals } from '../../../src/coord/core/apply-tree.ts';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import type {
  AclEntry,
  CreateOperation,
  DeleteContainerCommand,
  Identity,
  ReadRequest,
  Result,
  TreeCommand,
} from '../../../src/coord/core/model.ts';
import { answerRead } from '../../../src/coord/core/reads.ts';
import { encodeSnapshot } from '../../../src/coord/core/snapshot.ts';
import { Tree } from '../../../src/coord/core/tree.ts';
import { Watches } from '../../../src/coord/core/watches.ts';
import type { EntryStamps, WatchedChange } from '../../../src/coord/core/work.ts';

export const ANYONE: readonly AclEntry[] = [{ permissions: 31, scheme: 'world', id: 'anyone' }];

export const READ_ONLY: readonly AclEntry[] = [{ permissions: 1, scheme: 'world', id: 'anyone' }];

const EVENT_NAMES = ['', 'created', 'deleted', 'changed', 'children'];

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A create with the usual access list. */
export function create(path: string, options: Partial<CreateOperation> = {}): CreateOperation {
  return {
    kind: 'create',
    path,
    data: bytes(''),
    acl: ANYONE,
    flags: 0,
    withStat: false,
    ...options,
  };
}

/** An access list from `scheme:id:permissions` or `world:permissions`. */
export function list(...entries: [scheme: string, id: string, permissions: number][]): AclEntry[] {
  return entries.map(([scheme, id, permissions]) => ({ permissions, scheme, id }));
}

type Ask = TreeCommand | DeleteContainerCommand | ReadRequest;

/**
 * One replica's tree and watches, without log and sessions. Connections are numbers; each is also its
 * session's id and has `ip` 10.0.0.<number>.
 */
export class TreeBench {
  readonly tree = Tree.withSystemNodes();
  readonly watches = new Watches();
  zxid = 1n;
  timeMs = 1_000;
  /** Bits of `EntryFlag`. */
  flags = 0;
  skipsAcl = false;
  warnings: string[] = [];
  readonly #proved = new Map<number, readonly Identity[]>();
  #events: string[] = [];

  /** Makes a connection prove something. */
  prove(connection: number, ...identities: Identity[]): void {
    this.#proved.set(connection, identities);
  }

  ask(connection: number, request: Ask): Result {
    switch (request.kind) {
      case 'create':
      case 'delete':
      case 'setData':
      case 'setAcl':
      case 'multi':
      case 'deleteContainer':
        return this.#write(connection, request);
      default:
        return this.#read(connection, request);
    }
  }

  /** The error number of a request's answer, 0 for success. */
  errorOf(connection: number, request: Ask): number {
    const result = this.ask(connection, request);
    return result.kind === 'error' ? result.error : ErrorNumber.OK;
  }

  closeSession(connection: number): void {
    this.zxid++;
    this.#tell(removeEphemerals(this.tree, this.#stamps(connection)));
  }

  /** Events since the last call, as `connection what path`. */
  take(): string[] {
    return this.#events.splice(0);
  }

  /** The replicated state as bytes. */
  snapshot(): Uint8Array {
    return encodeSnapshot({
      zxid: 0n,
      state: { tree: this.tree, sessions: new Map(), streams: new Map() },
    }).slice();
  }

  /** A node's data as text. */
  text(path: string): string {
    return new TextDecoder().decode(this.tree.get(path)?.data ?? undefined);
  }

  #write(connection: number, command: TreeCommand | DeleteContainerCommand): Result {
    this.zxid++;
    const { result, changes, warnings } = applyToTree(this.tree, this.#stamps(connection), command);
    this.#tell(changes);
    this.warnings.push(...warnings);
    return result;
  }

  #read(connection: number, request: ReadRequest): Result {
    const reader = {
      connection,
      sessionId: BigInt(connection),
      identities: this.#identities(connection),
      skipsAcl: this.skipsAcl,
    };
    const state = { tree: this.tree, sessions: new Map(), streams: new Map() };
    const { result, missed } = answerRead(state, this.watches, reader, request);
    for (const { type, path } of missed) {
      this.#events.push(`${connection} ${EVENT_NAMES[type]} ${path}`);
    }
    return result;
  }

  #tell(changes: readonly WatchedChange[]): void {
    for (const { type, path, acl } of changes) {
      for (const connection of this.watches.fire(type, path)) {
        if (!mayRead(acl, this.#identities(connection))) continue;
        this.#events.push(`${connection} ${EVENT_NAMES[type]} ${path}`);
      }
    }
  }

  #identities(connection: number): Identity[] {
    const proved = this.#proved.get(connection) ?? [];
    return [{ scheme: 'ip', id: `10.0.0.${connection}` }, ...proved];
  }

  #stamps(connection: number): EntryStamps {
    const { zxid, timeMs, flags } = this;
    const identities = this.#identities(connection);
    const place = { origin: 1, stream: 1, sequence: 1 };
    return { zxid, timeMs, ...place, sessionId: BigInt(connection), identities, flags };
  }
}
