import { decodeUtf8, encodeUtf8 } from '../../base/bytes.ts';
import { EngineError, errorMessage } from '../../base/errors.ts';
import type { Clock } from '../../io/clock.ts';
import type { Address, Network, TcpConnection } from '../../io/network.ts';

/** What a node says of itself through the four-letter word `srvr`. */
export interface NodeStatus {
  readonly address: Address;
  /** `leader`, `follower`, `observer`, `standalone`, `read-only`; null when it does not serve. */
  readonly role: string | null;
  /** Hexadecimal, with 0x. */
  readonly zxid: string | null;
  readonly connections: number | null;
  readonly outstanding: number | null;
  readonly nodes: number | null;
  /** Minimum, average and maximum, in milliseconds. */
  readonly latencyMs: readonly [number, number, number] | null;
  readonly version: string | null;
  /** Why it did not answer, or does not serve; null when all is well. */
  readonly problem: string | null;
}

/** Longest answer that is read: a hundred times what servers send. */
const ANSWER_BYTES_MAX = 65_536;
/** As patient as a person at a terminal. */
const ANSWER_TIMEOUT_MS = 3_000;

/** Asks a node, Apache ZooKeeper's too. Never fails: what went wrong is in the answer. */
export async function askStatus(
  host: { readonly network: Network; readonly clock: Clock },
  address: Address,
): Promise<NodeStatus> {
  try {
    return parseStatus(address, await askWord(host, address, 'srvr'));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { ...unknown(address), problem: errorMessage(error) };
  }
}

/** True when one of the nodes leads, or is alone. */
export function hasLeader(nodes: readonly NodeStatus[]): boolean {
  return nodes.some(({ role }) => role === 'leader' || role === 'standalone');
}

/** Reads the answer to `srvr`. */
export function parseStatus(address: Address, answer: string): NodeStatus {
  const facts = new Map(
    answer.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    }),
  );
  const role = facts.get('Mode') ?? null;
  const numberOf = (name: string): number | null => {
    const text = facts.get(name) ?? '';
    return /^\d+$/.test(text) ? Number(text) : null;
  };
  return {
    address,
    role,
    zxid: facts.get('Zxid') ?? null,
    connections: numberOf('Connections'),
    outstanding: numberOf('Outstanding'),
    nodes: numberOf('Node count'),
    latencyMs: latencyOf(facts.get('Latency min/avg/max') ?? ''),
    version: facts.get('Zookeeper version')?.split(/[,\s]/, 1)[0] ?? null,
    problem: role === null ? answer.trim().slice(0, 200) || 'it closed without an answer' : null,
  };
}

function latencyOf(text: string): readonly [number, number, number] | null {
  const parts = text.split('/').map(Number);
  const [min, average, max] = parts;
  if (parts.length !== 3 || parts.some((part) => !Number.isFinite(part))) return null;
  return [min!, average!, max!];
}

function unknown(address: Address): Omit<NodeStatus, 'problem'> {
  const nothing = { role: null, zxid: null, connections: null, outstanding: null, nodes: null };
  return { address, ...nothing, latencyMs: null, version: null };
}

async function askWord(
  { network, clock }: { readonly network: Network; readonly clock: Clock },
  address: Address,
  word: string,
): Promise<string> {
  const connection = await network.connectTcp(address);
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(ANSWER_TIMEOUT_MS, () => {
      connection.destroy();
      const text = `coord: no answer within ${ANSWER_TIMEOUT_MS} ms`;
      reject(new EngineError('TIMEOUT', text));
    });
    readToEnd(connection, (bytes) => {
      timer.cancel();
      try {
        resolve(decodeUtf8(bytes, `coord: answer to ${word}`));
      } catch (error) {
        reject(error);
      }
    });
    connection.write(encodeUtf8(word));
  });
}

function readToEnd(connection: TcpConnection, done: (bytes: Uint8Array) => void): void {
  const pieces: Uint8Array[] = [];
  let lengthBytes = 0;
  connection.onData = (bytes) => {
    pieces.push(bytes.slice());
    lengthBytes += bytes.length;
    if (lengthBytes > ANSWER_BYTES_MAX) connection.destroy();
  };
  connection.onClose = () => {
    const all = new Uint8Array(lengthBytes);
    let offset = 0;
    for (const piece of pieces) {
      all.set(piece, offset);
      offset += piece.length;
    }
    done(all);
  };
}
