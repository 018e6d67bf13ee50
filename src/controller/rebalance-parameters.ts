import { EngineError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest-name.ts';
import { REBALANCE_STABILIZATION_MS } from '../base/placement-limits.ts';
import type { RebalanceConfig } from '../coord/cluster/placement-nodes.ts';

/** How a rebalance goes when nothing is said. */
export const DEFAULT_REBALANCE: RebalanceConfig = {
  dryRun: false,
  reassignInstances: true,
  bootstrap: false,
  downtime: false,
  bestEfforts: false,
  minAvailableReplicas: -1,
  batchSizePerServer: -1,
  externalViewStabilizationTimeoutInMs: REBALANCE_STABILIZATION_MS,
};

/** Parameters of Pinot that ask for nothing here: what they steer is so by itself, or is not there. */
const WITHOUT_EFFECT = new Set([
  'includeConsuming',
  'minimizeDataMovement',
  'externalViewCheckIntervalInMs',
  'heartbeatIntervalInMs',
  'heartbeatTimeoutInMs',
  'maxAttempts',
  'retryInitialDelayInMs',
  'updateTargetTier',
  'diskUtilizationThreshold',
]);

/** Refused unless they are false. */
const REFUSED = new Set(['preChecks', 'lowDiskMode', 'forceCommit']);

/**
 * Reads how a rebalance is to go from the parameters of a request, which are Pinot's.
 *
 * @throws EngineError BAD_REQUEST for a value that cannot be, UNKNOWN_OPTION for a name that Pinot has
 *   not either, NOT_SUPPORTED for what it has and Nyala has not.
 */
export function readRebalanceConfig(parameters: URLSearchParams): RebalanceConfig {
  const config: Record<string, boolean | number> = { ...DEFAULT_REBALANCE };
  for (const [name, text] of parameters) {
    if (name === 'type') checkType(text);
    else if (REFUSED.has(name)) refuse(name, text);
    else if (Object.hasOwn(DEFAULT_REBALANCE, name)) {
      const isFlag = typeof config[name] === 'boolean';
      config[name] = isFlag ? flagOf(name, text) : integerOf(name, text);
    } else if (!WITHOUT_EFFECT.has(name)) throw unknownParameter(name);
  }
  return { ...DEFAULT_REBALANCE, ...config };
}

function checkType(text: string): void {
  if (text.toUpperCase() === 'OFFLINE') return;
  if (text.toUpperCase() !== 'REALTIME') throw wrong('type', 'OFFLINE', text);
  throw new EngineError('NOT_SUPPORTED', 'controller: there are no tables of type REALTIME');
}

function refuse(name: string, text: string): void {
  if (!flagOf(name, text)) return;
  throw new EngineError('NOT_SUPPORTED', `controller: a rebalance with ${name} is not supported`);
}

function flagOf(name: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw wrong(name, 'true or false', text);
}

function integerOf(name: string, text: string): number {
  if (/^-?\d{1,12}$/.test(text)) return Number(text);
  throw wrong(name, 'an integer', text);
}

function wrong(name: string, expected: string, found: string): EngineError {
  const text = JSON.stringify(found.slice(0, 80));
  return new EngineError('BAD_REQUEST', `controller: ${name}: expected ${expected}, found ${text}`);
}

function unknownParameter(name: string): EngineError {
  const known = ['type', ...Object.keys(DEFAULT_REBALANCE), ...WITHOUT_EFFECT, ...REFUSED];
  return new EngineError(
    'UNKNOWN_OPTION',
    `controller: a rebalance has no parameter ${JSON.stringify(name.slice(0, 80))}` +
      didYouMean(name, known),
  );
}
