import { decodeUtf8, encodeUtf8 } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import { QUOTA_TEXT_BYTES_MAX } from '../../base/limits.ts';
import {
  limitsPath,
  parseQuota,
  pathMeasuredBy,
  type QuotaNumbers,
  quotaNumber,
  quotaText,
  statsPath,
} from './quota-text.ts';
import type { Tree, Undo, Znode } from './tree.ts';

/** How much a change adds below a quota; negative when it takes away. */
export interface UsageChange {
  readonly nodes: number;
  readonly bytes: number;
}

/** A limit that a change would exceed. */
export interface QuotaExcess {
  /** A hard limit refuses the change where quotas are enforced; a soft one warns. */
  readonly isHard: boolean;
  readonly message: string;
}

/**
 * The limits that a change at a path would exceed, nodes before bytes (ZooKeeper's checkQuota). Only
 * the nearest quota at or above the path counts. A hard limit hides the soft one of its kind.
 */
export function quotaExcesses(tree: Tree, path: string, change: UsageChange): QuotaExcess[] {
  const root = tree.quotaRootOf(path);
  if (root === null) return [];
  const limits = numbersOf(tree.get(limitsPath(root)));
  const usage = numbersOf(tree.get(statsPath(root)));
  if (limits === null || usage === null) return [];
  return [
    excess(root, limits, 'count', quotaNumber(usage, 'count'), change.nodes),
    excess(root, limits, 'byte', quotaNumber(usage, 'bytes'), change.bytes),
  ].filter((found) => found !== null);
}

/**
 * Writes down in the stats node of the nearest quota what a change has added. The node's own facts
 * (version, mzxid) stay as they are and nobody is told.
 */
export function recordUsage(tree: Tree, path: string, change: UsageChange): Undo | null {
  const root = tree.quotaRootOf(path);
  if (root === null) return null;
  const stats = statsPath(root);
  const usage = numbersOf(tree.get(stats));
  if (usage === null) return null;
  return tree.replaceData(stats, usageBytes(usage, change));
}

/** Counts what is below a path when a stats node for it has just been created; null for others. */
export function measureUsage(tree: Tree, createdPath: string): Undo | null {
  const measured = pathMeasuredBy(createdPath);
  if (measured === null) return null;
  const usage = usageBelow(tree, measured === '' ? '/' : measured);
  const none: QuotaNumbers = new Map([
    ['count', 0n],
    ['bytes', 0n],
  ]);
  return tree.replaceData(createdPath, usageBytes(none, usage));
}

function numbersOf(node: Readonly<Znode> | undefined): QuotaNumbers | null {
  const data = node?.data ?? new Uint8Array();
  if (node === undefined || data.length > QUOTA_TEXT_BYTES_MAX) return null;
  try {
    return parseQuota(decodeUtf8(data, 'coord: quota'));
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
}

function excess(
  root: string,
  limits: QuotaNumbers,
  kind: 'count' | 'byte',
  used: bigint,
  added: number,
): QuotaExcess | null {
  const hardLimit = quotaNumber(limits, `${kind}HardLimit`);
  const isHard = hardLimit > -1n;
  const limit = isHard ? hardLimit : quotaNumber(limits, kind === 'byte' ? 'bytes' : kind);
  const next = used + BigInt(added);
  if (added === 0 || limit <= -1n || next <= limit) return null;
  const strength = isHard ? 'hard' : 'soft';
  return {
    isHard,
    message: `coord: quota exceeded: ${root}: ${kind} ${next}, ${strength} limit ${limit}`,
  };
}

function usageBytes(usage: QuotaNumbers, change: UsageChange): Uint8Array {
  const add = (name: string, by: number): void => {
    usage.set(name, BigInt.asIntN(64, quotaNumber(usage, name) + BigInt(by)));
  };
  add('count', change.nodes);
  add('bytes', change.bytes);
  return encodeUtf8(quotaText(usage));
}

// The node itself counts, too.
function usageBelow(tree: Tree, path: string): UsageChange {
  let nodes = 0;
  let bytes = 0;
  for (const below of tree.subtreePaths(path)) {
    nodes++;
    bytes += tree.get(below)?.data?.length ?? 0;
  }
  return { nodes, bytes };
}
