import type { Hono } from 'hono';
import { encodeUtf8 } from '../../base/bytes.ts';
import { didYouMean } from '../../base/nearest-name.ts';
import type { Clock } from '../../io/clock.ts';
import { type Json, jsonText } from '../http/json.ts';
import { type CoordinatorStatus, isServing } from '../status.ts';
import { ADMIN_COMMANDS, type AdminCommand, type CommandOutcome } from './commands.ts';
import type { CoordinatorControl, TraceMask } from './control.ts';
import { RateLimit } from './rate-limit.ts';
import { NOT_SERVING } from './words.ts';

/** What the admin commands need. */
export interface AdminHttpOptions {
  readonly status: CoordinatorStatus;
  readonly control: CoordinatorControl;
  readonly traceMask: TraceMask;
  readonly clock: Clock;
  /** `admin.commandURL`, ZooKeeper's default `/commands`. */
  readonly commandUrl: string;
  /** `admin.rateLimiterIntervalInMS`, ZooKeeper's default 300,000: between two snapshots or restores. */
  readonly rateLimitIntervalMs: number;
}

const SHED_INTERVAL_MS = 1_000;
const COMMANDS: ReadonlyMap<string, AdminCommand> = new Map(
  ADMIN_COMMANDS.flatMap((command) => command.names.map((name) => [name, command] as const)),
);

/**
 * ZooKeeper's AdminServer: `GET <commandUrl>` links all commands, `<commandUrl>/<name>` performs one
 * and answers JSON with its fields, `command` and `error`. Commands that change or copy the state need
 * `Authorization: digest user:password` of somebody with all permissions on `/`.
 */
export function mountAdminCommands(app: Hono, options: AdminHttpOptions): void {
  const { status, control, traceMask, clock, commandUrl, rateLimitIntervalMs } = options;
  const host = {
    status,
    control,
    traceMask,
    snapshotLimit: new RateLimit(clock, rateLimitIntervalMs),
    restoreLimit: new RateLimit(clock, rateLimitIntervalMs),
    shedLimit: new RateLimit(clock, SHED_INTERVAL_MS),
  };
  app.get(commandUrl, (context) => context.html(commandLinks(commandUrl)));
  app.on(['GET', 'POST'], `${commandUrl}/:name`, async (context) => {
    const name = context.req.param('name');
    const { raw: request } = context.req;
    const found = COMMANDS.get(name);
    if (found === undefined) {
      const hint = didYouMean(name.slice(0, 100), COMMANDS.keys());
      return failure(name, 404, `Unknown command: ${name}${hint}`);
    }
    if (request.method !== found.method) {
      const response = failure(found.names[0]!, 405, `Expected ${found.method}`);
      response.headers.set('allow', found.method);
      return response;
    }
    if (found.needsServing && !isServing(status)) {
      return failure(found.names[0]!, 503, NOT_SERVING);
    }
    const refused = found.needsAdministrator ? await refuse(control, found, request) : null;
    return refused ?? answer(found, await found.run(host, request));
  });
}

/** Null when the caller may administer the node. */
async function refuse(
  control: CoordinatorControl,
  { names }: AdminCommand,
  request: Request,
): Promise<Response | null> {
  const name = names[0]!;
  const header = request.headers.get('authorization');
  if (header === null) return failure(name, 401, 'Auth info is missing for the command');
  const parts = /^(?<scheme>\S+) (?<auth>\S+)$/.exec(header)?.groups;
  const identities =
    parts === undefined
      ? null
      : await control.authenticate({ scheme: parts.scheme!, auth: encodeUtf8(parts.auth!) });
  if (identities === null || identities.length === 0) {
    return failure(name, 401, 'Not authenticated');
  }
  return control.mayAdminister(identities) ? null : failure(name, 403, 'Not authorized');
}

function answer({ names }: AdminCommand, outcome: CommandOutcome): Response {
  const { status = 200, data = {}, headers = {}, bytes } = outcome;
  if (bytes !== undefined) {
    return new Response(bytes as Uint8Array<ArrayBuffer>, {
      status,
      headers: { ...headers, 'content-type': 'application/octet-stream' },
    });
  }
  return jsonResponse({ command: names[0]!, error: null, ...data }, status, headers);
}

function failure(command: string, status: number, error: string): Response {
  return jsonResponse({ command, error }, status);
}

function jsonResponse(body: Json, status: number, headers: Record<string, string> = {}): Response {
  return new Response(`${jsonText(body)}\n`, {
    status,
    headers: { ...headers, 'content-type': 'application/json' },
  });
}

function commandLinks(commandUrl: string): string {
  return ADMIN_COMMANDS.map(({ names }) => names[0]!)
    .sort()
    .map((name) => `<a href="${commandUrl}/${name}">${name}</a>\n<br/>\n`)
    .join('');
}
