import type {
  SegmentPageNode,
  SegmentRecord,
  ServingNode,
  TableStateNode,
} from '../coord/cluster/segment-nodes.ts';
import { isVisible } from '../coord/cluster/visibility.ts';
import type { SegmentServers } from './routing.ts';

/** What is known of one page. */
interface Page {
  content: SegmentPageNode;
  /** What servers say about it, by their ids. */
  readonly serving: Map<string, ServingNode>;
  /** Loads that its records name. */
  loads: ReadonlySet<string>;
  /** The visible segments, each with the servers to ask. */
  routes: ReadonlyMap<string, readonly string[]>;
}

const NOTHING: SegmentPageNode = { segments: {} };

/**
 * The routes of one table, kept up to date node by node: a change of a page, or of what a server says
 * about it, costs what that page has; a change of the table's state what the pages have that name the
 * loads that began or ended.
 */
export class TableRoutes {
  #state: TableStateNode | null = null;
  readonly #pages = new Map<string, Page>();
  /** The page of each segment id. */
  readonly #pageOf = new Map<string, string>();
  /** One list for all segments on the same servers. */
  readonly #servers = new Map<string, readonly string[]>();
  #routes: SegmentServers | null = null;

  /** Version of the table's state, 0 without one. */
  get version(): number {
    return this.#state?.version ?? 0;
  }

  /** True while an operator has taken the table out of service. */
  get isDisabled(): boolean {
    return this.#state?.standing !== undefined;
  }

  /** True when nothing is known of the table. */
  get isEmpty(): boolean {
    return this.#state === null && this.#pages.size === 0;
  }

  /** Visible segments with the servers to ask; what was given away stays as it is. */
  get routes(): SegmentServers {
    this.#routes ??= new PagedRoutes(
      [...this.#pages].map(([name, { routes }]) => [name, routes] as const),
      this.#pageOf,
    );
    return this.#routes;
  }

  /** The record of a segment, or null. */
  record(id: string): SegmentRecord | null {
    const page = this.#pages.get(this.#pageOf.get(id) ?? '');
    return page?.content.segments[id] ?? null;
  }

  setState(state: TableStateNode | null): void {
    const before = this.#state?.pending ?? {};
    const after = state?.pending ?? {};
    this.#state = state;
    const changed = [
      ...Object.keys(before).filter((load) => !Object.hasOwn(after, load)),
      ...Object.keys(after).filter((load) => !Object.hasOwn(before, load)),
    ];
    for (const page of this.#pages.values()) {
      if (changed.some((load) => page.loads.has(load))) this.#route(page);
    }
  }

  setPage(name: string, content: SegmentPageNode | null): void {
    const page = this.#page(name);
    for (const id of Object.keys(page.content.segments)) {
      if (this.#pageOf.get(id) === name) this.#pageOf.delete(id);
    }
    page.content = content ?? NOTHING;
    for (const id of Object.keys(page.content.segments)) this.#pageOf.set(id, name);
    const records = Object.values(page.content.segments);
    const loads = records.flatMap(({ load = null, replacedBy = null }) => [load, replacedBy]);
    page.loads = new Set(loads.filter((load) => load !== null));
    this.#route(page);
    this.#forget(name, page);
  }

  setServing(name: string, server: string, serving: ServingNode | null): void {
    const page = this.#page(name);
    if (serving === null) page.serving.delete(server);
    else page.serving.set(server, serving);
    this.#route(page);
    this.#forget(name, page);
  }

  #route(page: Page): void {
    const { pending = {} } = this.#state ?? {};
    const routes = new Map<string, readonly string[]>();
    for (const [id, record] of Object.entries(page.content.segments)) {
      if (isVisible(record, pending)) routes.set(id, this.#serversOf(page, id, record));
    }
    page.routes = routes;
    this.#routes = null;
  }

  /**
   * Those that should hold a segment and say that they do. When none says so, all that should: the word
   * of one may be on its way, and its own answer is the truth.
   */
  #serversOf({ serving }: Page, id: string, { servers }: SegmentRecord): readonly string[] {
    const saying = servers.filter((server) => {
      const node = serving.get(server);
      return node !== undefined && Object.hasOwn(node.segments, id);
    });
    const chosen = saying.length > 0 ? saying : servers;
    const key = chosen.join(' ');
    const known = this.#servers.get(key);
    if (known !== undefined) return known;
    this.#servers.set(key, chosen);
    return chosen;
  }

  #page(name: string): Page {
    const known = this.#pages.get(name);
    if (known !== undefined) return known;
    const page = {
      content: NOTHING,
      serving: new Map(),
      loads: new Set<string>(),
      routes: new Map(),
    };
    this.#pages.set(name, page);
    return page;
  }

  #forget(name: string, { content, serving }: Page): void {
    if (content === NOTHING && serving.size === 0) this.#pages.delete(name);
  }
}

/** The routes of all pages as one map, which costs nothing to make. */
class PagedRoutes implements SegmentServers {
  readonly #pages: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  /** Of now, and so a hint only: these routes may be older. */
  readonly #pageOf: ReadonlyMap<string, string>;
  readonly size: number;

  constructor(
    pages: readonly (readonly [string, ReadonlyMap<string, readonly string[]>])[],
    pageOf: ReadonlyMap<string, string>,
  ) {
    this.#pages = new Map(pages);
    this.#pageOf = pageOf;
    this.size = pages.reduce((sum, [, { size }]) => sum + size, 0);
  }

  get(id: string): readonly string[] | undefined {
    const hinted = this.#pages.get(this.#pageOf.get(id) ?? '')?.get(id);
    if (hinted !== undefined) return hinted;
    for (const routes of this.#pages.values()) {
      const servers = routes.get(id);
      if (servers !== undefined) return servers;
    }
    return undefined;
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  *entries(): MapIterator<[string, readonly string[]]> {
    for (const routes of this.#pages.values()) yield* routes;
  }

  *keys(): MapIterator<string> {
    for (const routes of this.#pages.values()) yield* routes.keys();
  }

  *values(): MapIterator<readonly string[]> {
    for (const routes of this.#pages.values()) yield* routes.values();
  }

  [Symbol.iterator](): MapIterator<[string, readonly string[]]> {
    return this.entries();
  }

  forEach(
    action: (servers: readonly string[], id: string, map: SegmentServers) => void,
    self?: unknown,
  ): void {
    for (const [id, servers] of this.entries()) action.call(self, servers, id, this);
  }
}
