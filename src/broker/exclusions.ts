/** Servers that are not asked again for segments within one query, and why. Immutable. */
export class Exclusions {
  /** Nobody is excluded. */
  static readonly NONE = new Exclusions(new Set(), new Map(), null);

  readonly #servers: ReadonlySet<string>;
  /** Segments that a server has said not to hold. */
  readonly #missing: ReadonlyMap<string, ReadonlySet<string>>;
  /** What went wrong first; null while nothing has. */
  readonly firstFailure: unknown;

  private constructor(
    servers: ReadonlySet<string>,
    missing: ReadonlyMap<string, ReadonlySet<string>>,
    firstFailure: unknown,
  ) {
    this.#servers = servers;
    this.#missing = missing;
    this.firstFailure = firstFailure;
  }

  /** True when a server is not to be asked for a segment. */
  has(server: string, segment: string): boolean {
    return this.#servers.has(server) || this.#missing.get(server)?.has(segment) === true;
  }

  /** These, and all segments of a server. */
  withServer(server: string, failure: unknown = null): Exclusions {
    const servers = new Set([...this.#servers, server]);
    return new Exclusions(servers, this.#missing, this.firstFailure ?? failure);
  }

  /** These, and some segments of a server. */
  withSegments(server: string, segments: readonly string[], failure: unknown): Exclusions {
    const before = this.#missing.get(server) ?? [];
    const missing = new Map(this.#missing).set(server, new Set([...before, ...segments]));
    return new Exclusions(this.#servers, missing, this.firstFailure ?? failure);
  }

  /** These, but servers are only excluded for segments that they do not hold. */
  withoutServers(): Exclusions {
    return new Exclusions(new Set(), this.#missing, this.firstFailure);
  }
}
