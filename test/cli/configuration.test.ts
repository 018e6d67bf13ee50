import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../src/cli/configuration.ts';
import { coordinatorList, instancesOf } from '../../src/cli/topology.ts';

const parse = (text: string) => parseConfiguration('nyala.yaml', text);

describe('a configuration file', () => {
  it('may be empty: one process of each role, at the usual ports', () => {
    const instances = instancesOf(parse(''));
    expect(instances.map(({ name, address }) => `${name} ${address.port}`)).toEqual([
      'coordinator-1 2181',
      'controller-1 9000',
      'server-1 8098',
      'broker-1 8099',
    ]);
  });

  it('says amounts as people do', () => {
    expect(parse('server: { memory: 1.5g }').server.memory).toBe(1.5 * 1024 ** 3);
  });

  it.each([
    ['topolgy: {}', 'UNKNOWN_OPTION', 'no key topolgy (did you mean topology?)'],
    ['server: { memry: 1g }', 'UNKNOWN_OPTION', 'server: no key memry (did you mean memory?)'],
    ['server: { zzz: 1 }', 'UNKNOWN_OPTION', 'there are port, memory, threads, diskCache'],
    ['server: { memory: lots }', 'BAD_REQUEST', 'server.memory: nyala: expected an amount'],
    ['server: 3', 'BAD_REQUEST', 'server: '],
    ['broker: { port: 70000 }', 'BAD_REQUEST', 'broker.port: '],
    ['broker: { adaptiveSelector: FASTEST }', 'BAD_REQUEST', 'broker.adaptiveSelector: '],
    ['broker: { slowQuery: 5 }', 'UNKNOWN_OPTION', 'did you mean slowQueryMs?'],
    ['topology: { coordinators: 2 }', 'BAD_REQUEST', 'expected 1, 3, 5 or 7'],
    ['[1', 'BAD_REQUEST', 'not YAML'],
    ['just text', 'BAD_REQUEST', 'nyala.yaml: '],
  ])('%s is refused', (text, code, message) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});

describe('a topology', () => {
  it('gives each process its place, and all the same coordinators', () => {
    const configuration = parse(`
      data: /data
      topology: { coordinators: 3, controllers: 2, servers: 3, brokers: 2 }
      controller: { replication: 2 }
    `);
    const instances = instancesOf(configuration);
    expect(instances.map(({ address }) => address.port)).toEqual([
      ...[2181, 2182, 2183],
      ...[9000, 9100],
      ...[8098, 8198, 8298],
      ...[8099, 8199],
    ]);
    const coord = '127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183';
    expect(coordinatorList(configuration)).toBe(coord);
    expect(instances[1]!.args.join(' ')).toBe(
      'coord --data /data/coordinator-2 --id 2 --nodes 1=127.0.0.1:2888:2181,' +
        '2=127.0.0.1:2889:2182,3=127.0.0.1:2890:2183 --http-port 8081',
    );
    expect(instances[4]!.args.join(' ')).toBe(
      `controller --coord ${coord} --host 127.0.0.1 --port 9100 --data /data/controller-2 ` +
        '--log-level info --log-format text --replication 2 --deep-store /data/segments',
    );
  });

  it('passes on how brokers handle queries', () => {
    const broker = instancesOf(
      parse(`
        broker:
          adaptiveSelector: HYBRID
          slowQueryMs: 500
          queryMemory: 2g
          applicationQuotas: { batch: 2.5, 'a=b': 1 }
      `),
    ).at(-1)!;
    expect(broker.args.slice(broker.args.indexOf('--adaptive-selector')).join(' ')).toBe(
      '--adaptive-selector HYBRID --slow-query-ms 500 --running-queries 128 ' +
        '--waiting-queries 512 --query-memory 2147483648 ' +
        '--application-quotas batch=2.5 --application-quotas a=b=1',
    );
  });

  it.each([
    ['broker: { port: 8098 }', 'server-1 and broker-1'],
    ['broker: { port: 65500 }\ntopology: { brokers: 2 }', 'broker-2 would listen on port 65600'],
    ['coordinator: { peerPort: 2180 }\ntopology: { coordinators: 3 }', 'coordinator-2'],
  ])('%s is refused', (text, message) => {
    expect(() => instancesOf(parse(text))).toThrow(message);
  });
});
