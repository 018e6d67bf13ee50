import { EngineError } from '../../base/errors.ts';
import type { Transaction } from './transactions.ts';
import type { ZooKeeperTree } from './zookeeper-tree.ts';

/** Performs a transaction's changes (ZooKeeper's DataTree.processTxn). */
export function replay(tree: ZooKeeperTree, transaction: Transaction): void {
  const { sessionId, zxid, timeMs } = transaction;
  for (const change of transaction.changes) {
    switch (change.kind) {
      case 'create':
        tree.create(change.node, zxid, timeMs);
        break;
      case 'delete':
        tree.delete(change.path, zxid);
        break;
      case 'setData':
        tree.setData(change.path, change.data, change.version, zxid, timeMs);
        break;
      case 'setAcl':
        tree.setAcl(change.path, change.acl, change.version);
        break;
      case 'createSession':
        tree.sessions.set(sessionId, change.timeoutMs);
        break;
      case 'closeSession':
        tree.closeSession(sessionId, change.paths, zxid);
        break;
    }
  }
}

const COUNTER_MASK = 0xffff_ffffn;

/**
 * Holds that a log has no hole: inside an epoch transactions are numbered one by one, and an epoch
 * begins with 1, because 0 is the leader's own announcement.
 *
 * @param what names the place in errors, starting with the component.
 * @throws EngineError CORRUPT_DATA when transactions are missing between the two.
 */
export function expectNext(previous: bigint, zxid: bigint, what: string): void {
  const isSameEpoch = zxid >> 32n === previous >> 32n;
  if (zxid > previous && (isSameEpoch ? zxid === previous + 1n : (zxid & COUNTER_MASK) <= 1n))
    return;
  throw new EngineError(
    'CORRUPT_DATA',
    `${what}: transaction 0x${zxid.toString(16)} follows 0x${previous.toString(16)}, so ` +
      'transactions between them are missing; import from another server of the ensemble',
  );
}
