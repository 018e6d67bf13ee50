import type { FetchHandler } from '../../io/network.ts';

/**
 * Makes uploads that any controller has taken part of their table, which only the leading one does: as
 * requests to the controller's own interface, which passes them on.
 */
export class Committer {
  readonly #handler: FetchHandler;

  /** @param handler the controller's own. */
  constructor(handler: FetchHandler) {
    this.#handler = handler;
  }

  /**
   * Sends one request of Nyala's own interface.
   *
   * @param from whose origin and authorization the request has.
   * @param objects removed from the deep store when it fails.
   * @returns null when it is done, or else the answer that says why not.
   */
  async post(
    from: Request,
    table: string,
    path: 'uploads' | 'segments',
    body: object,
    objects: readonly string[],
  ): Promise<Response | null> {
    const send = (method: string, place: string, text?: string) => {
      const url = new URL(`/v1/tables/${table}/${place}`, from.url);
      const headers = new Headers({ 'content-type': 'application/json' });
      const authorization = from.headers.get('authorization');
      if (authorization !== null) headers.set('authorization', authorization);
      return this.#handler(
        new Request(url, { method, headers, ...(text !== undefined && { body: text }) }),
      );
    };
    const answer = await send('POST', path, JSON.stringify(body));
    if (answer.ok) return null;
    // Of one that was committed after all nothing is removed.
    for (const object of objects) await send('DELETE', `segments/${object}`);
    return answer;
  }
}
