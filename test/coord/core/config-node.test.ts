import { describe, expect, it } from 'vitest';
import { applyConfig, mayReconfigure } from '../../../src/coord/core/apply-tree.ts';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import { EntryFlag, type Identity } from '../../../src/coord/core/model.ts';
import { bytes, READ_ONLY, TreeBench } from './tree-bench.ts';

const CONFIG = '/zookeeper/config';

const stamps = (flags: number, ...identities: Identity[]) => ({
  zxid: 9n,
  timeMs: 5,
  origin: 1,
  stream: 1,
  sequence: 1,
  sessionId: 1n,
  identities,
  flags,
});

describe('the node of the configuration', () => {
  it('is read by everybody and written by nobody', () => {
    const bench = new TreeBench();
    expect(bench.ask(1, { kind: 'getAcl', path: CONFIG })).toMatchObject({ acl: READ_ONLY });
    expect(bench.errorOf(1, { kind: 'setData', path: CONFIG, data: null, version: -1 })).toBe(
      ErrorNumber.NO_AUTH,
    );
    expect(bench.errorOf(1, { kind: 'delete', path: CONFIG, version: -1 })).toBe(
      ErrorNumber.BAD_ARGUMENTS,
    );
  });

  it('may be changed by super, or where access lists are not looked at', () => {
    const { tree } = new TreeBench();
    expect(mayReconfigure(tree, stamps(0, { scheme: 'ip', id: '::1' }))).toBe(false);
    expect(mayReconfigure(tree, stamps(0, { scheme: 'super', id: '' }))).toBe(true);
    expect(mayReconfigure(tree, stamps(EntryFlag.SKIP_ACL))).toBe(true);
  });

  it('has version -1 once it was written, and watchers hear of it', () => {
    const { tree } = new TreeBench();
    const text = bytes('version=9');
    const { result, changes } = applyConfig(tree, stamps(0), text);
    expect(result).toMatchObject({
      kind: 'data',
      data: text,
      stat: { version: -1, mzxid: 9n, mtimeMs: 5, czxid: 0n, aclVersion: -1 },
    });
    expect(changes).toEqual([{ type: 3, path: CONFIG, acl: READ_ONLY }]);
    expect(applyConfig(tree, stamps(0), text).result).toMatchObject({ stat: { version: -1 } });
  });
});
