import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { EngineError } from '../../base/errors.ts';
import type { FetchHandler } from '../../io/network.ts';
import { formOf, requestText } from '../request-body.ts';

/** What a route takes and gives, as the interface's description shows it and requests are checked by. */
export interface RouteSpec<
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
  A extends z.ZodType = z.ZodType,
> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** With parameters in braces: `/tables/{table}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** Parameters that are not here are left aside, as Pinot does. */
  readonly query?: Q;
  /** Of JSON. */
  readonly body?: B;
  /** What a body is that is no JSON. */
  readonly upload?: string;
  readonly answer: A;
  /** Of the answer (default JSON). */
  readonly contentType?: string;
  /** True for what changes nothing in the tree itself: any controller answers it. */
  readonly isLocal?: boolean;
}

/** A request that has been checked. */
export interface Call<Q, B> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  readonly request: Request;
}

/** What answers a checked request; a `Response` is passed on as it is. */
type Handle<Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> = (
  call: Call<z.output<Q>, z.output<B>>,
) => z.input<A> | Response | Promise<z.input<A> | Response>;

/** The routes of an interface, which are checked and described by the same words. */
export class Api {
  readonly #app: Hono;
  readonly #forward: () => FetchHandler | null;
  readonly #specs: RouteSpec[] = [];

  /** @param forward sends a change to the leading controller; null when this one leads. */
  constructor(app: Hono, forward: () => FetchHandler | null) {
    this.#app = app;
    this.#forward = forward;
  }

  /** All routes so far, in their order. */
  get specs(): readonly RouteSpec[] {
    return this.#specs;
  }

  /** Adds a route; of two that fit a path the earlier one answers. */
  add<
    A extends z.ZodType,
    Q extends z.ZodObject = z.ZodObject<Record<never, never>>,
    B extends z.ZodType = z.ZodUndefined,
  >(spec: RouteSpec<Q, B, A>, handle: Handle<Q, B, A>): void {
    const { method, path, isLocal = method === 'get', contentType } = spec;
    this.#specs.push(spec);
    this.#app.on(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1'), async (context) => {
      const forward = isLocal ? null : this.#forward();
      if (forward !== null) return forward(context.req.raw);
      const answer = await handle(await checkedCall(spec, context));
      if (answer instanceof Response) return answer;
      if (contentType === undefined) return context.json(answer as object);
      return context.body(String(answer), 200, { 'content-type': contentType });
    });
  }
}

async function checkedCall<Q extends z.ZodObject, B extends z.ZodType>(
  { query, body }: RouteSpec<Q, B>,
  { req }: Context,
): Promise<Call<z.output<Q>, z.output<B>>> {
  const given = query === undefined ? {} : checked(query, req.query(), 'query parameter');
  const content =
    body === undefined ? undefined : checked(body, parseJson(await bodyText(req.raw)), 'body');
  return {
    params: req.param(),
    query: given as z.output<Q>,
    body: content as z.output<B>,
    request: req.raw,
  };
}

/** JSON text, also as the only part of a form, as Pinot's clients send files. */
async function bodyText(request: Request): Promise<string> {
  const contentType = request.headers.get('content-type') ?? '';
  const text = await requestText(request);
  if (!contentType.startsWith('multipart/form-data')) return text;
  const form = await formOf(text, contentType);
  const [part] = form.values();
  if (part === undefined) throw new EngineError('BAD_REQUEST', 'controller: the form is empty');
  return typeof part === 'string' ? part : part.text();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EngineError('BAD_REQUEST', 'controller: the body is not JSON', { cause: error });
  }
}

function checked<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  const at = path.length === 0 ? '' : ` ${path.join('.').slice(0, 200)}`;
  throw new EngineError('BAD_REQUEST', `controller: ${what}${at}: ${message.slice(0, 500)}`);
}

/** The answer to a change, as Pinot words it. */
export const statusAnswer = z.object({ status: z.string() });

/** The same for what may have had keys that are not known; here such keys are refused. */
export const addedAnswer = z.object({
  unrecognizedProperties: z.object({}),
  status: z.string(),
});

/** A JSON object in Pinot's words, which has a reader of its own. */
export const pinotJson = z.record(z.string(), z.unknown());

/** Pinot's types of tables; Nyala has OFFLINE ones. */
export const typeQuery = z.object({
  type: z
    .string()
    .transform((type) => type.toUpperCase())
    .pipe(z.enum(['OFFLINE', 'REALTIME']))
    .optional()
    .meta({ description: 'OFFLINE or REALTIME; tables here are OFFLINE' }),
});
