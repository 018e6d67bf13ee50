/** The part of the npm package that the tests use; it brings no types of its own. */
declare module 'node-zookeeper-client' {
  import type { EventEmitter } from 'node:events';

  export interface Stat {
    readonly version: number;
    readonly cversion: number;
    readonly dataLength: number;
    readonly numChildren: number;
    readonly ephemeralOwner: Buffer;
  }

  export interface Event {
    readonly name: string;
    readonly path: string;
  }

  type Done<T extends unknown[]> = (error: Error & { code?: number }, ...results: T) => void;

  export interface Transaction {
    create(path: string, data?: Buffer): Transaction;
    setData(path: string, data: Buffer | null, version?: number): Transaction;
    check(path: string, version?: number): Transaction;
    remove(path: string, version?: number): Transaction;
    commit(done: Done<[{ type: number; err?: number; path?: string }[]]>): void;
  }

  export interface Client extends EventEmitter {
    connect(): void;
    close(): void;
    getSessionId(): Buffer;
    getSessionTimeout(): number;
    addAuthInfo(scheme: string, auth: Buffer): void;
    create(path: string, data: Buffer | null, mode: number, done: Done<[string]>): void;
    remove(path: string, version: number, done: Done<[]>): void;
    exists(path: string, watcher: (event: Event) => void, done: Done<[Stat | null]>): void;
    getData(path: string, watcher: (event: Event) => void, done: Done<[Buffer, Stat]>): void;
    setData(path: string, data: Buffer, version: number, done: Done<[Stat]>): void;
    getChildren(path: string, watcher: (event: Event) => void, done: Done<[string[], Stat]>): void;
    getACL(path: string, done: Done<[{ permission: number }[], Stat]>): void;
    mkdirp(path: string, done: Done<[string]>): void;
    transaction(): Transaction;
  }

  const library: {
    createClient(
      connection: string,
      options?: { sessionTimeout?: number; spinDelay?: number },
    ): Client;
    CreateMode: Record<
      'PERSISTENT' | 'EPHEMERAL' | 'PERSISTENT_SEQUENTIAL' | 'EPHEMERAL_SEQUENTIAL',
      number
    >;
  };
  export default library;
}
