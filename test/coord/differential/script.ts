import { ByteWriter } from '../../../src/base/bytes.ts';
import { OpCode } from '../../../src/coord/zk/opcodes.ts';

/*
 * A script is plain JSON, so that a difference can be printed, kept in a file, cut down and played
 * again.
 */

/** One value of a request's body, in the encoding that its name says. */
export type Field =
  | readonly ['string' | 'buffer', string | null]
  | readonly ['int' | 'long', number]
  | readonly ['boolean', boolean]
  | readonly ['strings', readonly string[] | null]
  | readonly ['acl', readonly AclItem[] | null]
  /** The greatest zxid that this session has seen, plus a number. */
  | readonly ['seenZxid', number]
  /** Bytes as they are. */
  | readonly ['hex', string];

/** Permissions, scheme, id. */
export type AclItem = readonly [number, string | null, string | null];

/** One request; its xid is given when it is sent unless it is one of the reserved ones. */
export interface ScriptRequest {
  readonly code: number;
  readonly xid?: number;
  readonly fields: readonly Field[];
}

/** What one session does before all others may go on. */
export type Step =
  | {
      readonly do: 'connect';
      readonly session: number;
      readonly timeoutMs: number;
      readonly readOnly: boolean | null;
    }
  /** Sends all requests without waiting for an answer, then waits for all answers. */
  | { readonly do: 'send'; readonly session: number; readonly requests: readonly ScriptRequest[] }
  /** Hangs up without closing the session. */
  | { readonly do: 'drop'; readonly session: number }
  /** Hangs up if need be and comes back with the id and password of the session. */
  | {
      readonly do: 'resume';
      readonly session: number;
      readonly timeoutMs: number;
      readonly password: 'right' | 'wrong' | 'short';
      /** What it claims to have seen. */
      readonly seen: 'nothing' | 'all' | 'future';
    };

export type Script = readonly Step[];

const NAMES = new Map<number, string>(
  Object.entries(OpCode).map(([name, code]) => [code, name.toLowerCase()]),
);

/** The name of a request's type. */
export function nameOf(code: number): string {
  return NAMES.get(code) ?? `type ${code}`;
}

/** Whether a server hangs up after a request: the session is over, or it has never heard of such. */
export function endsConnection({ code, fields }: ScriptRequest): boolean {
  if (code === OpCode.AUTH) return !KNOWN_SCHEMES.has(fields[1]?.[1]);
  return code === OpCode.CLOSE_SESSION || !NAMES.has(code);
}

const KNOWN_SCHEMES = new Set<unknown>(['digest', 'ip']);

/** One line for each step, to read and to play again. */
export function printScript(script: Script): string {
  return `[\n${script.map((step) => JSON.stringify(step)).join(',\n')}\n]`;
}

/** The body of a request, without its header. */
export function encodeFields(fields: readonly Field[], seenZxid: bigint): Uint8Array {
  const writer = new ByteWriter();
  for (const field of fields) encodeField(writer, field, seenZxid);
  return writer.finish();
}

function encodeField(writer: ByteWriter, [type, value]: Field, seenZxid: bigint): void {
  switch (type) {
    case 'string':
    case 'buffer':
      writeText(writer, value);
      return;
    case 'int':
      writer.int32(value);
      return;
    case 'long':
      writer.int64(BigInt(value));
      return;
    case 'seenZxid':
      writer.int64(seenZxid + BigInt(value));
      return;
    case 'boolean':
      writer.uint8(value ? 1 : 0);
      return;
    case 'strings':
      writer.int32(value === null ? -1 : value.length);
      for (const text of value ?? []) writeText(writer, text);
      return;
    case 'acl':
      writer.int32(value === null ? -1 : value.length);
      for (const [permissions, scheme, id] of value ?? []) {
        writer.int32(permissions);
        writeText(writer, scheme);
        writeText(writer, id);
      }
      return;
    case 'hex':
      writer.bytes(Buffer.from(value, 'hex'));
  }
}

function writeText(writer: ByteWriter, text: string | null): void {
  const bytes = text === null ? null : Buffer.from(text, 'utf8');
  writer.int32(bytes === null ? -1 : bytes.length);
  if (bytes !== null) writer.bytes(bytes);
}
