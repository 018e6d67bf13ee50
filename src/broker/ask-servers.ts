import { EngineError } from '../base/errors.ts';
import { groupFinish } from '../sql/plan.ts';
import type { PlannedQuery } from '../sql/query.ts';
import type { ClusterView } from './cluster-view.ts';
import { type FanOutParts, fanOut } from './fan-out.ts';
import type { LeafAnswers } from './leaf-answers.ts';
import type { QueryProgress } from './query-progress.ts';
import { segmentsToAsk } from './segment-pruning.ts';
import { tableQueryConfig } from './table-settings.ts';

const NO_ANSWERS: LeafAnswers = { answers: [], missing: [] };

/**
 * Gets the answers of servers to the leaf part of a plan, for the segments that may have rows for it.
 *
 * Caller must: release the answers.
 *
 * @throws EngineError TABLE_DISABLED, and as `fanOut` does.
 */
export async function askServers(
  view: ClusterView,
  parts: FanOutParts,
  { plan: { leaf, reduce }, limits, options }: PlannedQuery,
  progress: QueryProgress,
): Promise<LeafAnswers> {
  const { stop } = progress;
  if (leaf === null || stop === null) return NO_ANSWERS;
  const { table } = leaf;
  if (view.isDisabled?.(table)) {
    throw new EngineError('TABLE_DISABLED', `broker: table ${table} is disabled; enable it first`);
  }
  const servers = view.routing(table);
  const schema = view.schema(table);
  if (servers === null || schema === null || servers.size === 0) return NO_ANSWERS;
  const isPruned = options.get('useBrokerPruning') !== 'false';
  const factsOf = (segment: string) => (isPruned ? view.segment(table, segment) : null);
  const segments = segmentsToAsk(leaf, servers.keys(), factsOf, schema);
  progress.segmentsPruned = servers.size - segments.length;
  const answers = await fanOut(parts, {
    leaf,
    segments,
    servers,
    serversNow: () => view.routing(table) ?? servers,
    selector: tableQueryConfig(view.tableConfig?.(table) ?? null).selector,
    limits,
    stop,
    isProfiled: progress.profile !== null,
    finish: groupFinish(reduce),
    isPartialAllowed: PARTIAL_OPTIONS.some((name) => options.get(name)?.toLowerCase() === 'true'),
    idPrefix: progress.start.requestId,
    observer: progress,
    span: progress.span,
  });
  progress.use(answers);
  return answers;
}

/** Nyala's own name, and those of Pinot under which parts of an answer may be left out. */
const PARTIAL_OPTIONS = ['allowPartialResults', 'skipUnavailableServers', 'ignoreMissingSegments'];
