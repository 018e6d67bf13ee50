import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectClient, utf8 } from '../coord/harness.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';
import { type NyalaProcess, nyala, runNyala } from './process.ts';

const GOLDEN = fileURLToPath(new URL('../coord/import/golden/', import.meta.url));
const folder = temporaryFolder();

/** Runs a coordinator, with free ports, and says where it is. */
async function startCoordinator(...args: string[]): Promise<{ node: NyalaProcess; port: number }> {
  const node = nyala(['coord', ...args]);
  await node.prints('stop with Ctrl-C');
  const port = Number(/listens on [\d.]+:(\d+)/.exec(node.output())?.[1]);
  return { node, port };
}

async function stop({ node }: { node: NyalaProcess }): Promise<void> {
  node.child.kill('SIGTERM');
  expect(await node.ended).toBe(0);
}

const FREE_PORTS = ['--port', '0', '--http-port', '0'];

describe('nyala coord', () => {
  const data = folder.path('data');

  beforeAll(async () => {
    const running = await startCoordinator('--data', data, ...FREE_PORTS);
    const client = await connectClient([{ host: '127.0.0.1', port: running.port }]);
    await client.create('/made', utf8('here'));
    const status = await runNyala(['coord', 'status', '--coord', `127.0.0.1:${running.port}`]);
    expect(status).toMatchObject({ code: 0, errors: '' });
    expect(status.output).toMatch(/│ node .*│ role .*│ .*zxid │/);
    expect(status.output).toContain('standalone');
    await client.close();
    await stop(running);
  });

  it('runs from a zoo.cfg, and says what means nothing', async () => {
    const config = folder.path('zoo.cfg');
    const lines = [`dataDir=${folder.path('from-config')}`, 'clientPort=21999', 'cnxTimeout=5'];
    writeFileSync(config, `${lines.join('\n')}\nclientPortAddress=127.0.0.1\n`);
    const running = await startCoordinator('--config', config);
    expect(running.port).toBe(21_999);
    expect(running.node.errors()).toContain('zoo.cfg: settings without meaning here');
    await stop(running);
  });

  it('refuses a zoo.cfg with a misspelt key, and options beside it', async () => {
    const config = folder.path('bad.cfg');
    writeFileSync(config, 'dataDir=/d\nclientPort=1\ntickTme=2000\n');
    const refused = await runNyala(['coord', '--config', config]);
    expect(refused.code).toBe(1);
    expect(refused.errors).toContain(
      'bad.cfg:3: tickTme: no such setting (did you mean tickTime?)',
    );
    const both = await runNyala(['coord', '--config', config, '--http-port', '1']);
    expect(both.errors).toContain('expected --config alone, found --http-port beside it');
    const neither = await runNyala(['coord']);
    expect(neither.errors).toContain('expected --data DIR or --config FILE');
  });

  it('prints and checks its data', async () => {
    const dump = await runNyala(['coord', 'dump', '--data', data]);
    expect(dump.output).toMatch(/^entry .* kind=create path=\/made data=here/m);
    const json = await runNyala(['coord', 'dump', '--data', data, '--json']);
    for (const line of json.output.trim().split('\n'))
      expect(JSON.parse(line)).toHaveProperty('type');
    const verify = await runNyala(['coord', 'verify', '--data', data]);
    expect(verify).toMatchObject({ code: 0, output: expect.stringContaining('is intact') });
    const missing = await runNyala(['coord', 'verify', '--data', folder.path('nothing')]);
    expect(missing).toMatchObject({ code: 1, errors: expect.stringContaining('expected data') });
  });

  it('finds damage', async () => {
    const damaged = folder.path('damaged');
    cpSync(data, damaged, { recursive: true });
    const log = folder.path('damaged/coord/log.00000001.0000000000000001');
    const bytes = readFileSync(log);
    bytes[100]! ^= 1;
    writeFileSync(log, bytes);
    const verify = await runNyala(['coord', 'verify', '--data', damaged]);
    expect(verify.code).toBe(1);
    expect(verify.output).toMatch(/log\.00000001\.0000000000000001.* offset \d+/);
  });

  it('copies its state into a file, and begins with it elsewhere', async () => {
    const file = folder.path('snapshot');
    const copy = await runNyala(['coord', 'snapshot', '--data', data, '--out', file]);
    expect(copy.code).toBe(0);
    const again = await runNyala(['coord', 'snapshot', '--data', data, '--out', file]);
    expect(again.errors).toContain('choose another file');
    const target = folder.path('restored');
    const restore = ['coord', 'restore', '--from', file, '--data', target];
    expect((await runNyala(restore)).errors).toContain('does not say who takes part');
    restore.push('--id', '1');
    expect(await runNyala(restore)).toMatchObject({ code: 0, errors: '' });
    expect((await runNyala(restore)).errors).toContain('expected an empty data directory');
    const running = await startCoordinator('--data', target, ...FREE_PORTS);
    const client = await connectClient([{ host: '127.0.0.1', port: running.port }]);
    expect((await client.get('/made')).data.length).toBe(4);
    await client.close();
    await stop(running);
  });

  it('takes over what Apache ZooKeeper has', async () => {
    const target = folder.path('imported');
    const imported = await runNyala(['coord', 'import', '--from', GOLDEN, '--data', target]);
    expect(imported).toMatchObject({ code: 0, output: expect.stringContaining('1 sessions') });
    const running = await startCoordinator('--data', target, ...FREE_PORTS);
    const client = await connectClient([{ host: '127.0.0.1', port: running.port }]);
    expect(await client.children('/multi')).toEqual(['a']);
    await client.close();
    await stop(running);
  });

  it('shows a node that does not answer, and fails when nobody leads', async () => {
    const status = ['coord', 'status', '--coord', '127.0.0.1:1', '--format', 'json'];
    const { code, output, errors } = await runNyala(status);
    expect(code).toBe(1);
    expect(JSON.parse(output)).toEqual([
      expect.objectContaining({ node: '127.0.0.1:1', role: null, problem: expect.any(String) }),
    ]);
    expect(errors).toContain('no node leads');
  });
});
