import { assert } from '../../base/assert.ts';
import type { ReplicatedState } from './apply.ts';
import type { EntryCodec } from './entry-codec.ts';
import type { Command } from './model.ts';
import type { Raft } from './raft/raft.ts';
import type { RaftOutput } from './raft/types.ts';
import { judgeReconfig } from './reconfigure.ts';
import { isPast } from './streams.ts';

/** What a leader needs to put something into the log. */
export interface ProposalsHost {
  readonly raft: Raft;
  readonly codec: EntryCodec;
  /** Whether clients may change the members, and how many participants must be left. */
  readonly isReconfigEnabled: boolean;
  readonly participantsMin: number;
  /** The applied state. */
  readonly state: () => ReplicatedState;
  /** Whether there is a connection with another member. */
  readonly isConnected: (id: number) => boolean;
  /** Does what consensus asks for. */
  readonly follow: (output: RaftOutput) => void;
}

/** What this node, as the leader, puts into the log at the end of a step. */
export class Proposals {
  readonly #host: ProposalsHost;
  #payloads: Uint8Array[] = [];

  constructor(host: ProposalsHost) {
    this.#host = host;
  }

  /** Takes what members have sent, in the order of their streams. */
  add(payloads: readonly Uint8Array[]): void {
    this.#payloads.push(...payloads);
  }

  /** Takes something that no client has asked for. */
  addOwn(sessionId: bigint, command: Command): void {
    const place = { origin: 0, stream: 0, sequence: 0 };
    const draft = { ...place, sessionId, identities: [], flags: 0, command };
    this.#payloads.push(this.#host.codec.encode(draft));
  }

  /** Puts all of it into the log, stamped with the time; forgets it when this node does not lead. */
  log(wallMs: number): void {
    const { codec, raft } = this.#host;
    const payloads = this.#payloads;
    this.#payloads = [];
    if (payloads.length === 0 || raft.role !== 'leader') return;
    let batch: Uint8Array[] = [];
    for (const payload of payloads) {
      codec.stampTime(payload, wallMs);
      if (!codec.isReconfig(payload)) {
        batch.push(payload);
        continue;
      }
      this.#logBatch(batch);
      batch = this.#logReconfig(payload);
    }
    this.#logBatch(batch);
  }

  #logBatch(payloads: readonly Uint8Array[]): void {
    if (payloads.length === 0) return;
    const proposed = this.#host.raft.propose(payloads);
    if (proposed !== null) this.#host.follow(proposed);
  }

  /** Puts a change of members into the log, or returns what is to be logged in its place. */
  #logReconfig(payload: Uint8Array): Uint8Array[] {
    const { raft, codec, isReconfigEnabled, participantsMin, isConnected, follow } = this.#host;
    const { tree, streams } = this.#host.state();
    const entry = codec.decode(0, payload);
    assert(entry.command.kind === 'reconfig', 'the codec knows a reconfig');
    // One that was sent again and had come through must not bring its members back.
    if (isPast(streams.get(entry.origin), entry)) return [payload];
    const verdict = judgeReconfig(
      {
        isEnabled: isReconfigEnabled,
        isChanging: raft.isChangingConfig,
        members: raft.config.members,
        tree,
        isPresent: (id) => raft.isPresent(id, isConnected),
        participantsMin,
      },
      entry,
      entry.command,
    );
    if (typeof verdict === 'number') {
      const refused = codec.encode({ ...entry, command: { kind: 'refused', error: verdict } });
      codec.stampTime(refused, entry.timeMs);
      return [refused];
    }
    const proposed = raft.proposeConfig(verdict, payload, isConnected);
    if (proposed !== null) follow(proposed);
    return [];
  }
}
