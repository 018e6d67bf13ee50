import { explainPlan } from '../sql/explain.ts';
import type { QueryPlan } from '../sql/plan.ts';
import type { LeafStats } from './leaf-service.ts';
import type { LeafProfile, OperatorProfile } from './profile.ts';
import type { ReduceProfile } from './reduce-profile.ts';

/**
 * A plan as EXPLAIN shows it, with what each of its steps did. Times are sums over threads and servers;
 * bytes are those of columns read. A merge and the predicates of a filter have lines of their own.
 *
 * @param leaf null for a query without FROM.
 */
export function analyzedPlan(
  plan: QueryPlan,
  leaf: { readonly profile: LeafProfile; readonly stats: LeafStats } | null,
  reduce: ReduceProfile,
  rowCount: number,
): string[] {
  const all = explainPlan(plan);
  // What queries around another do is counted with the first reduce.
  const leafStart = all.findLastIndex((line) => line.trimStart().startsWith('Reduce ')) + 1;
  const [first, ...outer] = all.slice(0, leafStart);
  const others = all.slice(leafStart);
  const lines = [`${first} [rows: ${rowCount}]`, ...stageLines(reduce), ...outer];
  if (leaf === null) return [...lines, ...others];
  const { profile, stats } = leaf;
  const { merge, operator, filter, predicates } = profile;
  lines.push(`  Merge ${operatorText(merge)}`);
  for (const line of others) {
    const name = line.trimStart();
    lines.push(`  ${line} ${detail(name, profile, stats)}`);
    if (!name.startsWith('Filter ')) continue;
    const indent = ' '.repeat(line.length - name.length + 4);
    for (const predicate of predicates) {
      const index = predicate.index === null ? '' : ` [index: ${predicate.index}]`;
      lines.push(`${indent}Predicate [${predicate.label}] ${operatorText(predicate)}${index}`);
    }
  }
  return lines;

  function detail(name: string, { segmentsFromMetadata }: LeafProfile, found: LeafStats): string {
    if (name.startsWith('Filter ')) return operatorText(filter);
    if (name.startsWith('Scan ')) {
      const truncated = found.indexesUsed.filter((index) => index.startsWith('timestamp('));
      const indexes = truncated.length === 0 ? '' : ` [indexes: ${truncated.join(', ')}]`;
      return scanText(profile, found) + indexes;
    }
    const metadata =
      segmentsFromMetadata === 0 ? '' : ` [from metadata: ${segmentsFromMetadata} segments]`;
    const trees = found.indexesUsed.filter((index) => index.startsWith('startree('));
    const records = trees.length === 0 ? '' : ` [indexes: ${trees.join(', ')}]`;
    const parts = profile.partitions === 0 ? '' : ` [partitions: ${profile.partitions}]`;
    return operatorText(operator) + metadata + records + parts;
  }
}

function stageLines({ stages }: ReduceProfile): string[] {
  return [...stages].map(
    ([stage, operator]) =>
      `  ${stage[0]!.toUpperCase()}${stage.slice(1)} of reduce ${operatorText(operator)}`,
  );
}

function operatorText(operator: OperatorProfile): string {
  const { rowsIn, rowsOut, bytes, timeMs, spilledBytes, spilledRuns } = operator;
  const read = bytes === 0 ? '' : ` [bytes: ${bytes}]`;
  const runs = spilledRuns === 0 ? '' : `, runs: ${spilledRuns}`;
  const spilled = spilledBytes === 0 ? '' : ` [spilled bytes: ${spilledBytes}${runs}]`;
  return `[rows: ${rowsIn} → ${rowsOut}]${read}${spilled} [time: ${timeMs.toFixed(3)} ms]`;
}

function scanText(profile: LeafProfile, stats: LeafStats): string {
  const reasons = Object.entries(profile.segmentsPruned)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} by ${reason}`);
  const pruned = reasons.length === 0 ? '' : `, pruned ${reasons.join(', ')}`;
  const skipped =
    profile.batchesSkipped === 0 ? '' : `, skipped ${profile.batchesSkipped} by zones or indexes`;
  return (
    `[rows: ${stats.totalDocs}] [segments: ${stats.segmentsQueried}${pruned}] ` +
    `[batches: ${profile.batches}${skipped}]`
  );
}
