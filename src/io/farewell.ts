import type { FetchHandler } from './network.ts';

/**
 * Tells HTTP clients in time that a door will close: while it goes on answering, each answer closes its
 * connection, so that none is lost when nobody listens any more, and `/health` says 503, by which
 * those who share out work look for another door.
 */
export class Farewell {
  #hasBegun = false;

  /** From now on answers say so. */
  begin(): void {
    this.#hasBegun = true;
  }

  /** A handler that answers as another one does, until the farewell begins. */
  around(handler: FetchHandler): FetchHandler {
    return async (request) => {
      if (!this.#hasBegun) return handler(request);
      const isHealth = new URL(request.url).pathname === '/health';
      const response = isHealth
        ? new Response('SHUTTING_DOWN', { status: 503 })
        : await handler(request);
      response.headers.set('connection', 'close');
      return response;
    };
  }
}
