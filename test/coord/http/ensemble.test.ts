import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseWhitelist } from '../../../src/coord/admin/words.ts';
import { addressOf, Ensemble } from '../ensemble.ts';
import { ANY_PORT, until, utf8 } from '../harness.ts';
import { Wire } from '../wire.ts';

let ensemble: Ensemble;
beforeAll(async () => {
  ensemble = await Ensemble.start(['participant', 'participant', 'participant', 'observer'], {
    httpAddress: ANY_PORT,
    fourLetterWords: parseWhitelist('*'),
  });
});
afterAll(() => ensemble.close());

async function ask(id: number, path: string, init: RequestInit = {}) {
  const { host, port } = ensemble.running.get(id)!.httpAddress!;
  const response = await fetch(`http://${host}:${port}${path}`, init);
  return { status: response.status, body: JSON.parse(await response.text()) };
}

async function word(id: number, name: string): Promise<string> {
  const wire = await Wire.open(addressOf(ensemble.members[id - 1]!));
  wire.send(utf8(name));
  return wire.text();
}

describe('the doors of an ensemble', () => {
  it('say who leads, who follows and who observes', async () => {
    const { leader, followers } = ensemble;
    const voter = followers.find((id) => id !== 4)!;
    expect(await word(leader, 'srvr')).toMatch(
      /^Mode: leader\nNode count: 4\nProposal sizes last\/min\/max: \d+\/\d+\/\d+\n/m,
    );
    expect(await word(voter, 'srvr')).toMatch(/^Mode: follower\n/m);
    expect(await word(4, 'srvr')).toMatch(/^Mode: observer\n/m);
    expect(await word(voter, 'mntr')).toMatch(/^zk_peer_state\tfollowing - broadcast$/m);
    expect(await word(voter, 'mntr')).not.toMatch(/^zk_learners\t/m);
    await until('all are synced', async () => {
      const text = await word(leader, 'mntr');
      return text.includes('zk_synced_followers\t2\n') && text.includes('zk_synced_observers\t1\n');
    });
    expect(await word(leader, 'mntr')).toMatch(/^zk_quorum_size\t3\nzk_learners\t3\n/m);
    expect(await word(voter, 'conf')).toContain(
      `membership: \nserver.1=127.0.0.1:${ensemble.members[0]!.peerPort}:0:participant;127.0.0.1:`,
    );
    expect((await ask(voter, '/commands/leader')).body).toMatchObject({
      is_leader: false,
      leader_id: leader,
      leader_ip: '127.0.0.1',
    });
    expect((await ask(4, '/commands/zabstate')).body).toMatchObject({ myid: 4, voting: false });
    const { body } = await ask(leader, '/commands/voting_view');
    expect(Object.keys(body.current_config)).toEqual(['1', '2', '3']);
    expect((await ask(leader, '/commands/observers')).body.synced_observers).toBe(1);
  });

  it('write at any node and tell of it at every other', async () => {
    const { leader, followers } = ensemble;
    const from = ensemble.running.get(leader)!.httpAddress!;
    const stop = new AbortController();
    const stream = await fetch(`http://${from.host}:${from.port}/v1/watch/a?recursive`, stop);
    const created = await ask(followers[0]!, '/v1/tree/a', { method: 'PUT', body: 'x' });
    expect(created.status).toBe(201);
    const { value } = await readUntil(stream, 'event: created');
    expect(value).toContain(`data: {"path":"/a","zxid":"${created.body.stat.czxid}"}`);
    stop.abort();
    for (const id of ensemble.running.keys()) {
      await until(`node ${id} has it`, async () => (await ask(id, '/v1/tree/a')).status === 200);
    }
  });

  it('are not healthy without a majority, and are again with one', async () => {
    const last = 3;
    await ensemble.stopNode(1);
    await ensemble.stopNode(2);
    await until('it stops to serve', async () => (await ask(last, '/health')).status === 503);
    expect((await ask(last, '/ready')).status).toBe(503);
    expect(await word(last, 'ruok')).toBe('imok');
    expect(await word(last, 'srvr')).toBe(
      'This ZooKeeper instance is not currently serving requests\n',
    );
    expect((await ask(last, '/v1/tree/a')).status).toBe(503);
    expect((await ask(last, '/commands/zabstate')).body.zabstate).toBe('election');
    await ensemble.startNode(1);
    await until('it serves', async () => (await ask(last, '/ready')).status === 200);
    expect((await ask(last, '/v1/tree/a')).body).toMatchObject({ data: 'x' });
    expect(await word(last, 'mntr')).toMatch(/^zk_looking_count\t[2-9]/m);
  }, 30_000);
});

/** Reads a stream of text until a word has come. */
async function readUntil(stream: Response, expected: string): Promise<{ value: string }> {
  const decoder = new TextDecoder();
  let value = '';
  for await (const part of stream.body!) {
    value += decoder.decode(part);
    if (value.includes(expected) && value.endsWith('\n\n')) return { value };
  }
  throw new Error(`the stream ended before ${expected}`);
}
