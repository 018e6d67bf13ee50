import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TraceMask } from '../../../src/coord/admin/control.ts';
import {
  FOUR_LETTER_WORDS,
  FourLetterWords,
  parseWhitelist,
} from '../../../src/coord/admin/words.ts';
import type { CoordinatorClient } from '../../../src/coord/client.ts';
import type { RunningCoordinator } from '../../../src/coord/node.ts';
import type { CoordinatorStatus } from '../../../src/coord/status.ts';
import { connectClient, startNode, temporaryDirectory, utf8 } from '../harness.ts';
import { Wire } from '../wire.ts';
import { leaderStatus, RAFT } from './status-fixture.ts';

const ALL = parseWhitelist('*');

function ask(word: string, status: CoordinatorStatus | null, argument = new Uint8Array()) {
  const words = new FourLetterWords({ status, whitelist: ALL, traceMask: new TraceMask() });
  return words.answer(word, argument);
}

describe('the four-letter words of a leader', () => {
  it('srvr', () => {
    expect(ask('srvr', leaderStatus())).toBe(
      'Zookeeper version: 3.9.0-nyala\n' +
        'Latency min/avg/max: 1/1.5/2\n' +
        'Received: 2\n' +
        'Sent: 2\n' +
        'Connections: 1\n' +
        'Outstanding: 3\n' +
        'Zxid: 0x100000002\n' +
        'Mode: leader\n' +
        'Node count: 6\n' +
        'Proposal sizes last/min/max: 32/32/48\n',
    );
  });

  it('stat', () => {
    expect(ask('stat', leaderStatus())).toContain(
      'Zookeeper version: 3.9.0-nyala\n' +
        'Clients:\n' +
        ' /10.0.0.9:51000[1](queued=0,recved=2,sent=2)\n' +
        '\n' +
        'Latency min/avg/max: 1/1.5/2\n',
    );
  });

  it('cons', () => {
    expect(ask('cons', leaderStatus())).toBe(
      ' /10.0.0.9:51000[1](queued=0,recved=2,sent=2,sid=0x100000000000001,lop=GETD' +
        ',est=1700000000000,to=10000,lcxid=0x5,lzxid=0x100000002,lresp=105,llat=1,minlat=1' +
        ',avglat=1,maxlat=2)\n\n',
    );
  });

  it('conf', () => {
    expect(ask('conf', leaderStatus())).toBe(
      'clientPort=2181\n' +
        'dataDir=data\n' +
        'serverId=1\n' +
        'membership: \n' +
        'server.1=10.0.0.1:2888:3888:participant;0.0.0.0:2181\n' +
        'server.2=10.0.0.2:2888:3888:participant;0.0.0.0:2181\n' +
        'server.3=[::1]:2888:3888:observer;0.0.0.0:2181\n',
    );
  });

  it('envi', () => {
    const text = 'Environment:\nzookeeper.version=3.9.0-nyala\nhost.name=one.example\n';
    expect(ask('envi', leaderStatus())).toBe(text);
  });

  it('dirs', () => {
    expect(ask('dirs', leaderStatus())).toBe('datadir_size: 1234\nlogdir_size: 567\n');
  });

  it('dump', () => {
    expect(ask('dump', leaderStatus())).toBe(
      'SessionTracker dump:\n' +
        'Session Sets (2)/(2):\n' +
        '1 expire at Tue Nov 14 22:13:21 UTC 2023:\n' +
        '\t0x8000000000000002\n' +
        '1 expire at Tue Nov 14 22:13:26 UTC 2023:\n' +
        '\t0x100000000000001\n' +
        'ephemeral nodes dump:\n' +
        'Sessions with Ephemerals (1):\n' +
        '0x100000000000001:\n' +
        '\t/a/e1\n' +
        '\t/a/e2\n' +
        'Connections dump:\n' +
        '\tip: /10.0.0.9:51000 sessionId: 0x100000000000001\n',
    );
  });

  it('dump of a follower, who does not know when sessions end', () => {
    const sessions = () => [{ id: 0x22n, timeoutMs: 6_000, expiresAtMs: null }];
    expect(ask('dump', leaderStatus({ role: 'follower', sessions }))).toContain(
      'SessionTracker dump:\nGlobal Sessions(1):\n0x22\t6000ms\nephemeral nodes dump:\n',
    );
  });

  it('wchs, wchc and wchp', () => {
    const status = leaderStatus();
    expect(ask('wchs', status)).toBe('2 connections watching 2 paths\nTotal watches:3\n');
    expect(ask('wchc', status)).toBe('0x100000000000001\n\t/a\n\t/b\n0x100000000000002\n\t/a\n\n');
    expect(ask('wchp', status)).toBe(
      '/a\n\t0x100000000000001\n\t0x100000000000002\n/b\n\t0x100000000000001\n\n',
    );
  });

  it('isro, and srvr of a node that only reads', () => {
    expect(ask('isro', leaderStatus())).toBe('rw');
    const readOnly = leaderStatus({ role: 'read-only' });
    expect(ask('isro', readOnly)).toBe('ro');
    expect(ask('srvr', readOnly)).toContain(
      'nyala\nREAD-ONLY mode; serving only read-only clients\nLatency',
    );
  });

  it('crst and srst start the statistics again', () => {
    const status = leaderStatus();
    expect(ask('crst', status)).toBe('Connection stats reset.\n');
    expect(ask('cons', status)).toContain('(queued=0,recved=0,sent=0,sid=0x100000000000001,lop=NA');
    expect(ask('srst', status)).toBe('Server stats reset.\n');
    expect(ask('srvr', status)).toContain('Latency min/avg/max: 0/0.0/0\nReceived: 0\nSent: 0\n');
    expect(ask('srvr', status)).toContain('Proposal sizes last/min/max: -1/-1/-1\n');
  });

  it('mntr', () => {
    const text = ask('mntr', leaderStatus())!;
    expect(text).toBe(
      'zk_version\t3.9.0-nyala\n' +
        'zk_server_state\tleader\n' +
        'zk_peer_state\tleading - broadcast\n' +
        'zk_avg_latency\t1.5\n' +
        'zk_max_latency\t2\n' +
        'zk_min_latency\t1\n' +
        'zk_packets_received\t2\n' +
        'zk_packets_sent\t2\n' +
        'zk_num_alive_connections\t1\n' +
        'zk_outstanding_requests\t3\n' +
        'zk_uptime\t60000\n' +
        'zk_znode_count\t6\n' +
        'zk_watch_count\t3\n' +
        'zk_ephemerals_count\t2\n' +
        'zk_approximate_data_size\t117\n' +
        'zk_global_sessions\t2\n' +
        'zk_local_sessions\t1\n' +
        'zk_last_client_response_size\t60\n' +
        'zk_max_client_response_size\t60\n' +
        'zk_min_client_response_size\t41\n' +
        'zk_quorum_size\t2\n' +
        'zk_learners\t2\n' +
        'zk_synced_followers\t1\n' +
        'zk_synced_observers\t1\n' +
        'zk_leader_uptime\t59000\n' +
        'zk_last_proposal_size\t32\n' +
        'zk_max_proposal_size\t48\n' +
        'zk_min_proposal_size\t32\n' +
        'zk_bytes_received_count\t75\n' +
        'zk_response_bytes\t101\n' +
        'zk_watch_bytes\t0\n' +
        'zk_op_count_total\t2\n' +
        'zk_op_count_create_session\t1\n' +
        'zk_op_count_get_data\t1\n' +
        'zk_avg_readlatency\t1.0\n' +
        'zk_min_readlatency\t1\n' +
        'zk_max_readlatency\t1\n' +
        'zk_cnt_readlatency\t1\n' +
        'zk_sum_readlatency\t1\n' +
        'zk_p50_readlatency\t1\n' +
        'zk_p95_readlatency\t1\n' +
        'zk_p99_readlatency\t1\n' +
        'zk_p999_readlatency\t1\n' +
        'zk_avg_updatelatency\t2.0\n' +
        'zk_min_updatelatency\t2\n' +
        'zk_max_updatelatency\t2\n' +
        'zk_cnt_updatelatency\t1\n' +
        'zk_sum_updatelatency\t2\n' +
        'zk_p50_updatelatency\t2\n' +
        'zk_p95_updatelatency\t2\n' +
        'zk_p99_updatelatency\t2\n' +
        'zk_p999_updatelatency\t2\n',
    );
  });
});

describe('a node that does not serve', () => {
  const text = 'This ZooKeeper instance is not currently serving requests';
  const looking = leaderStatus({ role: 'looking', raft: { ...RAFT, leader: 0 } });

  it.each([looking, null])('says so, and that it is alive', (status) => {
    for (const word of FOUR_LETTER_WORDS) {
      if (['ruok', 'gtmk', 'stmk', 'envi', 'isro', 'hash'].includes(word)) continue;
      expect(ask(word, status)).toBe(`${text}\n`);
    }
    expect(ask('hash', status)).toBe(text);
    expect(ask('isro', status)).toBe('null');
    expect(ask('ruok', status)).toBe('imok');
    expect(ask('envi', status)).toContain('Environment:\nzookeeper.version=3.9.0-nyala\n');
  });
});

describe('the whitelist', () => {
  it('takes names between commas, and always has srvr', () => {
    expect([...parseWhitelist(' mntr , conf')].sort()).toEqual(['conf', 'mntr', 'srvr']);
    expect([...parseWhitelist('')]).toEqual(['srvr']);
    expect(parseWhitelist('stat,*').size).toBe(18);
  });

  it('refuses a word that does not exist and names the nearest', () => {
    expect(() => parseWhitelist('mntrs')).toThrow(
      "coord: 4lw.commands.whitelist: expected four-letter words or *, found 'mntrs' " +
        '(did you mean mntr?)',
    );
  });
});

describe('four-letter words over TCP', () => {
  let place: Awaited<ReturnType<typeof temporaryDirectory>>;
  let node: RunningCoordinator;
  let careful: RunningCoordinator;
  let client: CoordinatorClient;

  beforeAll(async () => {
    place = await temporaryDirectory();
    node = await startNode(`${place.directory}/open`, { fourLetterWords: ALL });
    careful = await startNode(`${place.directory}/careful`);
    client = await connectClient([node.address]);
    await client.create('/a', utf8('x'));
    await client.create('/a/e', utf8(''), { ephemeral: true });
    await client.watch('/a', 'node', () => {});
  });
  afterAll(async () => {
    await client.close();
    await node.close();
    await careful.close();
    await place.remove();
  });

  async function send(bytes: Uint8Array, to = node): Promise<string> {
    const wire = await Wire.open(to.address);
    wire.send(bytes);
    return wire.text();
  }

  it('are answered and the connection is closed', async () => {
    expect(await send(utf8('ruok'))).toBe('imok');
    expect(await send(utf8('isro\n'))).toBe('rw');
    expect(await send(utf8('srvr'))).toMatch(
      /^Zookeeper version: 3\.9\.0-nyala\nLatency min\/avg\/max: \d+\/\d+\.\d+\/\d+\nReceived: \d+\nSent: \d+\nConnections: 2\nOutstanding: 0\nZxid: 0x[0-9a-f]+\nMode: standalone\nNode count: 6\n$/,
    );
    expect(await send(utf8('wchs'))).toBe('1 connections watching 1 paths\nTotal watches:1\n');
    const sid = `0x${BigInt.asUintN(64, client.sessionId).toString(16)}`;
    expect(await send(utf8('wchc'))).toBe(`${sid}\n\t/a\n\n`);
    expect(await send(utf8('wchp'))).toBe(`/a\n\t${sid}\n\n`);
    expect(await send(utf8('dump'))).toMatch(
      new RegExp(
        `Session Sets \\(1\\)/\\(1\\):\\n1 expire at .* UTC \\d+:\\n\\t${sid}\\n` +
          `ephemeral nodes dump:\\nSessions with Ephemerals \\(1\\):\\n${sid}:\\n\\t/a/e\\n`,
      ),
    );
    expect(await send(utf8('cons'))).toMatch(
      new RegExp(
        `^ /127\\.0\\.0\\.1:\\d+\\[1\\]\\(queued=0,recved=4,sent=4,sid=${sid},lop=ADDW,est=\\d+` +
          ',to=10000,lcxid=0x3,lzxid=0x[0-9a-f]+,lresp=\\d+,llat=\\d+,minlat=\\d+,avglat=\\d+,maxlat=\\d+\\)\n' +
          ' /127\\.0\\.0\\.1:\\d+\\[0\\]\\(queued=0,recved=0,sent=0\\)\n\n$',
      ),
    );
    expect(await send(utf8('mntr'))).toMatch(/^zk_op_count_create\t2$/m);
    expect(await send(utf8('conf'))).toContain(`clientPort=${node.address.port}\ndataDir=`);
    expect(await send(utf8('dirs'))).toMatch(/^datadir_size: 0\nlogdir_size: [1-9]\d*\n$/);
    expect(await send(utf8('hash'))).toBe('');
  });

  it('stmk takes a mask of eight bytes, however it arrives, and gtmk shows it', async () => {
    expect(await send(utf8('gtmk'))).toBe('306');
    const mask = Buffer.from('73746d6b00000000000001f4', 'hex');
    expect(await send(mask)).toBe('500');
    expect(await send(utf8('gtmk'))).toBe('500');
    const wire = await Wire.open(node.address);
    for (const byte of Buffer.from('73746d6bffffffffffffffff', 'hex')) {
      wire.send(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await wire.text()).toBe('-1');
  });

  it('that are not allowed say so; srvr and ruok are by default', async () => {
    expect(await send(utf8('ruok'), careful)).toBe('imok');
    expect(await send(utf8('srvr'), careful)).toContain('Mode: standalone\n');
    for (const word of FOUR_LETTER_WORDS) {
      if (word === 'ruok' || word === 'srvr') continue;
      expect(await send(utf8(word), careful)).toBe(
        `${word} is not executed because it is not in the whitelist.\n`,
      );
    }
  });

  it("hangs up at a telnet client's farewell", async () => {
    expect(await send(Buffer.from('fff4fffd', 'hex'))).toBe('');
  });
});
