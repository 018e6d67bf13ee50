import type { CoordinatorClient, TransactionOperation } from '../client.ts';
import { ensureParent, hasCode, inOrder, removeOwnNode } from './own-node.ts';
import { childrenOf, untilChildren } from './until-children.ts';

const ITEM = 'item-';

/**
 * A queue: first in, first out, each item taken by one client. It is meant for hundreds of items,
 * since every look at it lists them all.
 *
 * Items are added and taken exactly once, also when a connection is lost in between: each change
 * goes along with an ephemeral receipt in one transaction, so that sending it again is refused once
 * it has happened. An item whose taker dies is gone: what must not be lost has to be written
 * elsewhere by the taker before it goes on.
 */
export class DistributedQueue {
  readonly #client: CoordinatorClient;
  readonly #items: string;
  readonly #receipts: string;

  /** @param path the queue: a node of its own, made if missing. */
  constructor(client: CoordinatorClient, path: string) {
    this.#client = client;
    this.#items = `${path}/items`;
    this.#receipts = `${path}/receipts`;
  }

  /**
   * Adds an item at the end.
   *
   * @throws EngineError SESSION_EXPIRED when the session ended and it is unknown whether it was added.
   */
  async offer(data: Uint8Array): Promise<void> {
    const path = `${this.#items}/${ITEM}`;
    const isDone = await this.#once({ kind: 'create', path, data, sequential: true });
    if (!isDone) throw new Error('a sequential node always finds a name');
  }

  /**
   * Takes the first item, or waits for one.
   *
   * @throws the signal's reason when it is aborted before; EngineError SESSION_EXPIRED.
   */
  async take(signal: AbortSignal = this.#client.sessionSignal): Promise<Uint8Array> {
    for (;;) {
      const data = await this.poll();
      if (data !== null) return data;
      await ensureParent(this.#client, this.#items);
      const isFilled = (names: readonly string[]) => names.length > 0;
      await untilChildren(this.#client, this.#items, signal, isFilled);
    }
  }

  /** Takes the first item, or null when there is none. */
  async poll(): Promise<Uint8Array | null> {
    for (;;) {
      const names = inOrder(await childrenOf(this.#client, this.#items), ITEM);
      if (names.length === 0) return null;
      for (const name of names) {
        const path = `${this.#items}/${name}`;
        const data = await this.#dataOf(path);
        if (data !== null && (await this.#once({ kind: 'delete', path }))) return data;
      }
    }
  }

  async #dataOf(path: string): Promise<Uint8Array | null> {
    try {
      return (await this.#client.get(path)).data;
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return null;
      throw error;
    }
  }

  /** Performs an operation exactly once; false when what it deletes is not there (any more). */
  async #once(operation: TransactionOperation): Promise<boolean> {
    const client = this.#client;
    const receipt = `${this.#receipts}/${client.uniqueName()}`;
    const note = {
      kind: 'create',
      path: receipt,
      data: new Uint8Array(),
      ephemeral: true,
    } as const;
    for (;;) {
      try {
        await client.transaction([note, operation]);
        break;
      } catch (error) {
        if (hasCode(error, 'ALREADY_EXISTS')) break; // It happened when it was sent before.
        if (hasCode(error, 'CONNECTION_LOSS')) continue;
        if (!hasCode(error, 'NOT_FOUND')) throw error;
        if (operation.kind === 'delete' && (await client.exists(operation.path)) === null) {
          return false;
        }
        await ensureParent(client, this.#receipts);
        await ensureParent(client, this.#items);
      }
    }
    await removeOwnNode(client, receipt);
    return true;
  }
}
