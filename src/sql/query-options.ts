import { EngineError, type TextPosition } from '../base/errors.ts';
import { didYouMean } from '../base/nearest-name.ts';
import type { AstOption, Statement } from './ast.ts';
import { LIMIT_OPTIONS } from './query-limits.ts';
import type { PositionLookup } from './text-position.ts';

/**
 * The option names that Pinot's clients send; all are accepted, so that their statements run. Those
 * of `LIMIT_OPTIONS`, `enableNullHandling`, `skipIndexes`, `useStarTree`, `useBrokerPruning`, `clientQueryId`,
 * `applicationName`, `getCursor`, `cursorNumRows`, `skipUnavailableServers` and `ignoreMissingSegments` have a meaning here;
 * `allowPartialResults`, `maxQueryMemoryBytes`, `maxQuerySpillBytes` and `useIndexes` are Nyala's own.
 */
const NAMES: readonly string[] = [
  ...['accurateGroupByWithoutOrderBy', 'allowPartialResults', 'AndScanReordering'],
  ...['applicationName'],
  ...['autoRewriteAggregationType', 'clientQueryId', 'cursorNumRows', 'dropResults'],
  ...['enableNullHandling', 'errorOnNumGroupsLimit', 'excludeVirtualColumns'],
  ...['explainAskingServers', 'explainPlanVerbose', 'extraPassiveTimeoutMs'],
  ...['filteredAggregationsSkipEmptyGroups', 'getCursor', 'groupByMode', 'groupTrimThreshold'],
  ...['ignoreMissingSegments', 'inferPartitionHint', 'isSecondaryWorkload', 'joinOverflowMode'],
  ...['maxExecutionThreads', 'maxExecutionTimeMsInDistinct', 'maxQueryMemoryBytes'],
  ...['maxQueryResponseSizeBytes', 'maxQuerySpillBytes'],
  ...['maxRowsInDistinct', 'maxRowsInJoin', 'maxRowsInWindow', 'maxRowsWithoutChangeInDistinct'],
  ...['maxServerResponseSizeBytes', 'minBrokerGroupTrimSize', 'minSegmentGroupTrimSize'],
  ...['minServerGroupTrimSize', 'multiStageLeafLimit', 'numGroupsLimit', 'numReplicaGroupsToQuery'],
  ...['orderedPreferredPools', 'preserveType', 'responseFormat', 'routingOptions', 'sampler'],
  ...['serverReturnFinalResult', 'serverReturnFinalResultKeyUnpartitioned', 'skipIndexes'],
  ...['skipPlannerRules', 'skipUnavailableServers', 'skipUpsert', 'skipUpsertDelete'],
  ...['skipUpsertView', 'stageParallelism', 'timeoutMs', 'trace', 'useBrokerPruning'],
  ...[
    'useFixedReplica',
    'useIndexes',
    'useLiteMode',
    'useMultistageEngine',
    'usePhysicalOptimizer',
  ],
  ...[
    'usePlannerRules',
    'useScanReorderOpt',
    'useSpools',
    'useStarTree',
    'vectorDistanceThreshold',
  ],
  ...['vectorEfSearch', 'vectorExactRerank', 'vectorMaxCandidates', 'vectorNprobe'],
  ...['windowOverflowMode', 'workloadName'],
];

const canonicalNames: ReadonlyMap<string, string> = new Map(
  NAMES.map((name) => [name.toLowerCase(), name]),
);

/**
 * The options of a query under their canonical names. SET wins over OPTION(…), and both win over what
 * the caller passed beside the text; within one of them the last wins.
 *
 * @param fromCaller options of the request; names in any case.
 * @throws EngineError UNKNOWN_OPTION with the nearest name, BAD_REQUEST for a value that cannot be.
 */
export function queryOptions(
  { settings, options }: Statement,
  positionOf: PositionLookup,
  fromCaller: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const merged = new Map<string, string>();
  for (const [name, value] of fromCaller) setOption(merged, name, value);
  for (const option of [...options, ...settings]) setFromText(merged, option, positionOf);
  return merged;
}

function setFromText(
  merged: Map<string, string>,
  { name, value, offset, valueOffset }: AstOption,
  positionOf: PositionLookup,
): void {
  setOption(merged, name, value, positionOf(offset), positionOf(valueOffset));
}

function setOption(
  merged: Map<string, string>,
  name: string,
  value: string,
  position?: TextPosition,
  valuePosition?: TextPosition,
): void {
  const canonical = canonicalNames.get(name.toLowerCase());
  if (canonical === undefined) {
    const message = `options: unknown query option ${name}${didYouMean(name, NAMES)}`;
    throw new EngineError('UNKNOWN_OPTION', message, position === undefined ? {} : { position });
  }
  const expected = expectationOf(canonical);
  if (expected?.test(value) === false) {
    const message = `options: ${canonical} takes ${expected.what}, found ${value}`;
    const details = valuePosition === undefined ? {} : { position: valuePosition };
    throw new EngineError('BAD_REQUEST', message, details);
  }
  merged.set(canonical, canonical === 'enableNullHandling' ? value.toLowerCase() : value);
}

/** What the value of an option may be. */
interface Expectation {
  readonly what: string;
  readonly test: (value: string) => boolean;
}

/** Null when any text will do. */
function expectationOf(canonical: string): Expectation | null {
  const unit = LIMIT_OPTIONS.get(canonical);
  if (unit === undefined) return VALUES[canonical] ?? null;
  return { what: `a positive whole number of ${unit}`, test: isPositiveInteger };
}

const VALUES: Readonly<Record<string, Expectation>> = {
  ...switches('enableNullHandling'),
  ...switches('useStarTree', 'useBrokerPruning', 'allowPartialResults'),
  ...switches('skipUnavailableServers', 'ignoreMissingSegments', 'getCursor'),
  cursorNumRows: { what: 'a positive whole number of rows', test: isPositiveInteger },
  useIndexes: {
    what: 'true, false or always',
    test: (value) => /^(?:true|false|always)$/i.test(value),
  },
  skipIndexes: {
    what: "indexes by column, such as 'a=inverted,range&b=text'",
    test: (value) => /^\s*(?:[^=&]+=[a-z_, ]+(?:&(?!\s*$)|\s*$))*$/i.test(value),
  },
};

function switches(...names: readonly string[]): Readonly<Record<string, Expectation>> {
  const test = (value: string): boolean => /^(?:true|false)$/i.test(value);
  return Object.fromEntries(names.map((name) => [name, { what: 'true or false', test }]));
}

function isPositiveInteger(value: string): boolean {
  return /^\d+$/.test(value) && Number(value) > 0 && Number.isSafeInteger(Number(value));
}
