import { PAGES_HOSTED_MAX, SEGMENT_RETRY_MS } from '../base/limits.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import { childPath, clusterPaths, encodeNode, servingName } from '../coord/cluster/paths.ts';
import { deleteIfThere, putEphemeral } from '../coord/cluster/presence.ts';
import type { SegmentRecord } from '../coord/cluster/segment-nodes.ts';
import {
  type SegmentTreeNode,
  type SubtreeChange,
  startSegmentMirror,
  type TreeMirror,
} from '../coord/cluster/tree-mirror.ts';
import type { Clock, Timer } from '../io/clock.ts';
import type { HostedSegments } from './hosted-segments.ts';

/** What hosting by pages needs. */
export interface PageHostingOptions {
  readonly client: CoordinatorClient;
  /** The server's id, as records name it. */
  readonly server: string;
  readonly hosted: HostedSegments;
  readonly clock: Clock;
  /** Told when a page cannot be published, which is tried again. */
  readonly onError: (error: unknown) => void;
}

/** A page of a table. */
interface Page {
  readonly table: string;
  readonly page: string;
}

/**
 * Follows the pages of all tables, holds what lists this server in them, and says for each page what
 * it serves. A change costs what its page has, and nothing where the page does not name the server.
 */
export class PageHosting {
  readonly #options: PageHostingOptions;
  #mirror: TreeMirror<SegmentTreeNode> | null = null;
  /** Pages to look at, by `<table>/<page>`. */
  readonly #waiting = new Map<string, Page>();
  /** Pages about which this session has an ephemeral node. */
  readonly #published = new Map<string, Page>();
  /** Pages of which something went wrong, until they are tried again. */
  readonly #failed = new Map<string, Page>();
  #work: Promise<void> | null = null;
  #retry: Timer | null = null;
  #isClosed = false;

  constructor(options: PageHostingOptions) {
    this.#options = options;
  }

  /** Starts to follow; resolves when everything that is there for the server is served. */
  async start(): Promise<void> {
    const { client, onError } = this.#options;
    const onChange = (changes: readonly SubtreeChange<SegmentTreeNode>[]) => this.#note(changes);
    this.#mirror = await startSegmentMirror({ client, onError, onChange });
    await this.#hostWaiting();
  }

  /** Says everything again: a new session has begun. */
  async publishAgain(): Promise<void> {
    const pages = [...this.#published];
    this.#published.clear();
    for (const [key, page] of pages) this.#waiting.set(key, page);
    await this.#hostWaiting();
  }

  /** Takes back all that it has said, so that brokers ask other servers, and follows no more. */
  async withdraw(): Promise<void> {
    await this.close();
    const { client, server } = this.#options;
    const paths = [...this.#published.values()].map(({ table, page }) =>
      childPath(clusterPaths.serving, table, servingName(server, page)),
    );
    this.#published.clear();
    await Promise.all(paths.map((path) => deleteIfThere(client, path)));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retry?.cancel();
    await this.#mirror?.close();
    await this.#work;
  }

  #note(changes: readonly SubtreeChange<SegmentTreeNode>[]): void {
    for (const { name, before, after } of changes) {
      const node = after ?? before!;
      if (node.kind === 'state') {
        if (isDisabled(before) !== isDisabled(after)) this.#lookAtAll(node.table);
        continue;
      }
      const { table, page } = node;
      const isMine = [before, after].some((each) => this.#listed(each).size > 0);
      if (isMine || this.#published.has(name)) this.#waiting.set(name, { table, page });
    }
    if (this.#mirror !== null) void this.#hostWaiting();
  }

  #lookAtAll(table: string): void {
    for (const [key, node] of this.#mirror?.nodes ?? []) {
      if (node.table !== table || node.kind !== 'page') continue;
      const isMine = this.#listed(node).size > 0 || this.#published.has(key);
      if (isMine) this.#waiting.set(key, { table, page: node.page });
    }
  }

  /** One worker at a time; pages that come while it works are looked at by it as well. */
  #hostWaiting(): Promise<void> {
    this.#work ??= this.#hostUntilDone().finally(() => {
      this.#work = null;
      // One may have come after the worker had looked for the last time.
      if (this.#waiting.size > 0 && !this.#isClosed) return this.#hostWaiting();
    });
    return this.#work;
  }

  async #hostUntilDone(): Promise<void> {
    while (this.#waiting.size > 0 && !this.#isClosed) {
      const pages = [...this.#waiting].slice(0, PAGES_HOSTED_MAX);
      for (const [key] of pages) this.#waiting.delete(key);
      await Promise.all(pages.map(([key, page]) => this.#hostPage(key, page)));
    }
  }

  async #hostPage(key: string, { table, page }: Page): Promise<void> {
    const { hosted, onError } = this.#options;
    try {
      const nodes = this.#mirror?.nodes;
      const isOut = isDisabled(nodes?.get(table) ?? null);
      const wanted = this.#listed(isOut ? null : (nodes?.get(key) ?? null));
      const hasChanged = await hosted.host(table, page, wanted);
      if (hasChanged || !this.#published.has(key)) await this.#publish(key, { table, page });
      const { failed = {} } = hosted.serving(table, page) ?? {};
      if (Object.keys(failed).length > 0) this.#retryLater(key, { table, page });
    } catch (error) {
      if (!this.#isClosed) onError(error);
      // Whether the node is there is not known.
      this.#published.delete(key);
      this.#retryLater(key, { table, page });
    }
  }

  /** The records of a page that name this server. */
  #listed(node: SegmentTreeNode | null): Map<string, SegmentRecord> {
    const { server } = this.#options;
    const records = node?.kind === 'page' ? Object.entries(node.content.segments) : [];
    return new Map(records.filter(([, { servers }]) => servers.includes(server)));
  }

  async #publish(key: string, { table, page }: Page): Promise<void> {
    const { client, server, hosted } = this.#options;
    const parent = childPath(clusterPaths.serving, table);
    const path = childPath(parent, servingName(server, page));
    const serving = hosted.serving(table, page);
    if (serving === null) {
      await deleteIfThere(client, path);
      this.#published.delete(key);
    } else if (this.#published.has(key)) {
      await client.set(path, encodeNode(path, serving));
    } else {
      await client.ensurePath(parent);
      await putEphemeral(client, path, serving);
      this.#published.set(key, { table, page });
    }
  }

  #retryLater(key: string, page: Page): void {
    this.#failed.set(key, page);
    this.#retry ??= this.#options.clock.schedule(SEGMENT_RETRY_MS, () => {
      this.#retry = null;
      for (const [failedKey, failedPage] of this.#failed) this.#waiting.set(failedKey, failedPage);
      this.#failed.clear();
      void this.#hostWaiting();
    });
  }
}

/** Whether a table's state says that servers let go of its segments. */
function isDisabled(node: SegmentTreeNode | null): boolean {
  return node?.kind === 'state' && node.state.standing === 'disabled';
}
