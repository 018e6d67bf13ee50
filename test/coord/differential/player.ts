import { framed } from '../../../src/coord/zk/framing.ts';
import { decodeConnectResponse, PASSWORD_BYTES } from '../../../src/coord/zk/handshake.ts';
import type { Address } from '../../../src/io/network.ts';
import { connectRequest } from '../wire.ts';
import { type Arrival, framedRequest, PING, RawConnection } from './raw-connection.ts';
import {
  encodeFields,
  endsConnection,
  type Script,
  type ScriptRequest,
  type Step,
} from './script.ts';

/** What each session received during a step, up to a ping that every open session answers last. */
export interface StepRecord {
  readonly step: Step;
  /** The requests that were really sent, in order; none when the session was not connected. */
  readonly sent: readonly (ScriptRequest & { readonly xid: number })[];
  readonly arrivals: ReadonlyMap<number, readonly Arrival[]>;
}

interface Session {
  connection: RawConnection;
  sessionId: bigint;
  password: Uint8Array;
  nextXid: number;
}

/**
 * Plays a script on a server. Steps follow one after the other, and each ends when every open session
 * has answered a ping, so that what has arrived by then does not depend on timing.
 */
export async function play(script: Script, address: Address): Promise<StepRecord[]> {
  const player = new Player(address);
  try {
    const records: StepRecord[] = [];
    for (const step of script) records.push(await player.perform(step));
    return records;
  } finally {
    player.close();
  }
}

class Player {
  readonly #address: Address;
  readonly #sessions = new Map<number, Session>();

  constructor(address: Address) {
    this.#address = address;
  }

  async perform(step: Step): Promise<StepRecord> {
    const sent = await this.#act(step);
    if (sent.some(endsConnection)) await this.#sessions.get(step.session)?.connection.closing();
    const arrivals = new Map<number, readonly Arrival[]>();
    for (const [index, { connection }] of this.#sessions) {
      if (!connection.isClosed) {
        connection.send(PING);
        await connection.answers(1);
      }
      arrivals.set(index, connection.take());
    }
    return { step, sent, arrivals };
  }

  close(): void {
    for (const { connection } of this.#sessions.values()) connection.hangUp();
  }

  async #act(step: Step): Promise<StepRecord['sent']> {
    const session = this.#sessions.get(step.session);
    switch (step.do) {
      case 'connect':
        session?.connection.hangUp();
        await this.#connect(step.session, connectRequest(step));
        return [];
      case 'drop':
        session?.connection.hangUp();
        return [];
      case 'resume':
        if (session !== undefined) await this.#resume(step, session);
        return [];
      case 'send':
        return session === undefined ? [] : this.#send(session, step.requests);
    }
  }

  async #connect(index: number, request: Uint8Array): Promise<void> {
    const connection = await RawConnection.open(this.#address);
    const before = this.#sessions.get(index);
    connection.seenZxid = before?.connection.seenZxid ?? 0n;
    const session = {
      connection,
      sessionId: before?.sessionId ?? 0n,
      password: before?.password ?? new Uint8Array(PASSWORD_BYTES),
      nextXid: 1,
    };
    this.#sessions.set(index, session);
    connection.send(framed(request));
    await connection.answers(1);
    const arrived = connection.take();
    const [first] = arrived;
    if (first?.kind === 'handshake') {
      const { sessionId, password } = decodeConnectResponse(first.body);
      if (sessionId !== 0n) Object.assign(session, { sessionId, password });
    }
    // They belong to this step, and are taken up with the rest of it.
    connection.put(arrived);
  }

  async #resume(step: Extract<Step, { do: 'resume' }>, session: Session): Promise<void> {
    session.connection.hangUp();
    const { sessionId, password, connection } = session;
    const seen = {
      nothing: 0n,
      all: connection.seenZxid,
      future: connection.seenZxid + 1_000_000n,
    };
    const wrong = password.map((byte) => byte ^ 1);
    const passwords = { right: password, wrong, short: password.subarray(0, 4) };
    await this.#connect(
      step.session,
      connectRequest({
        sessionId,
        timeoutMs: step.timeoutMs,
        password: passwords[step.password],
        lastZxidSeen: seen[step.seen],
      }),
    );
  }

  async #send(session: Session, requests: readonly ScriptRequest[]): Promise<StepRecord['sent']> {
    const { connection } = session;
    if (connection.isClosed) return [];
    const sent = requests.map((request) => ({ ...request, xid: request.xid ?? session.nextXid++ }));
    const packets = sent.map(({ xid, code, fields }) =>
      framedRequest(xid, code, encodeFields(fields, connection.seenZxid)),
    );
    connection.send(Buffer.concat(packets));
    await connection.answers(sent.length);
    return sent;
  }
}
