import { expect, it } from 'vitest';
import { configOfArguments } from '../../../src/coord/config/arguments.ts';
import { parseProperties } from '../../../src/coord/config/properties.ts';
import { configOfZooCfg } from '../../../src/coord/config/zoo-cfg.ts';

const NOTHING = {
  ...{ dataDirectory: '/d', nodeId: null, nodes: null, host: null, port: null, peerPort: null },
  ...{ httpPort: null, portOffset: 0 },
};
const NODES = '3=c:2890:2183:observer,1=a:2888:2181,2=[::1]:2889:2182';

it('is a standalone node on this machine when nothing else is said', () => {
  const config = configOfArguments(NOTHING);
  expect(config).toMatchObject({ nodeId: 1, isStandalone: true, dataDirectory: '/d' });
  expect(config.listen).toMatchObject({
    client: { host: '127.0.0.1', port: 2181 },
    http: { host: '127.0.0.1', port: 8080 },
    peer: null,
  });
});

it('shifts default ports only', () => {
  const { listen } = configOfArguments({ ...NOTHING, portOffset: 10, httpPort: 0 });
  expect(listen.client?.port).toBe(2191);
  expect(listen.http?.port).toBe(0);
  expect(() => configOfArguments({ ...NOTHING, portOffset: 65_000 })).toThrow('--port-offset');
});

it('takes the ports of a node from its own entry', () => {
  const config = configOfArguments({ ...NOTHING, nodes: NODES, nodeId: 2 });
  expect(config.isStandalone).toBe(false);
  expect(config.members.map(({ id, role }) => `${id} ${role}`)).toEqual([
    '1 participant',
    '2 participant',
    '3 observer',
  ]);
  expect(config.listen.peer).toEqual({ host: '::1', port: 2889 });
  expect(config.listen.client).toEqual({ host: '::1', port: 2182 });
  const moved = configOfArguments({
    ...NOTHING,
    nodes: NODES,
    nodeId: 2,
    host: '0.0.0.0',
    port: 5,
  });
  expect(moved.listen.client).toEqual({ host: '0.0.0.0', port: 5 });
});

it('gives the same configuration as a zoo.cfg that says the same', () => {
  const text = `dataDir=/d\ntickTime=2000\n4lw.commands.whitelist=srvr,ruok\nmaxClientCnxns=0\nminSessionTimeout=1000
admin.enableServer=true\nadmin.serverAddress=a
server.1=a:2888:3888;a:2181\nserver.2=[::1]:2889:3889;[::1]:2182\nserver.3=c:2890:3890:observer;c:2183`;
  const main = parseProperties('zoo.cfg', text);
  const { config } = configOfZooCfg({ main, dynamic: null, myid: { path: 'myid', text: '1' } });
  expect(configOfArguments({ ...NOTHING, nodes: NODES, nodeId: 1 })).toEqual(config);
});

it.each([
  ['1=a:1:2', null, 'expected --id with --nodes: one of 1'],
  ['1=a:1:2', 2, 'expected one of 1, found 2'],
  ['1=a:1:2,1=b:1:2', 1, 'node 1 is there twice'],
  ['1=a:1:2:observer', 1, 'no observer'],
  ['1=a:1', 1, 'expected N=HOST:PEERPORT:CLIENTPORT[:observer], found "1=a:1"'],
  ['1=a:1:99999', 1, 'ports from 1 to 65535'],
  ['300=a:1:2', 300, 'node id from 1 to 254'],
  ['1=a:1:2:leader', 1, 'participant or observer'],
])('refuses --nodes %s --id %s', (nodes, nodeId, message) => {
  expect(() => configOfArguments({ ...NOTHING, nodes, nodeId })).toThrow(message);
});
