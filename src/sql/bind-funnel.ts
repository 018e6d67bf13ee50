import { FUNNEL_STEPS_MAX } from '../base/limits.ts';
import { didYouMean } from '../base/nearest-name.ts';
import { isInteger } from '../base/types.ts';
import type { AstExpression, FunctionNode } from './ast.ts';
import { bindCondition, bindExpression } from './bind-expression.ts';
import { bindError, type Scope } from './bind-scope.ts';
import type { AggregateCall, Expression, FunnelFunction } from './expression.ts';
import { call, literal } from './expression-tools.ts';
import { foldFunctionName } from './function-name.ts';
import { FUNNEL_MODES, type FunnelMode } from './funnel-modes.ts';

/**
 * Binds Pinot's `FUNNEL_COUNT(STEPS(condition, …), CORRELATE_BY(column, …)[, SETTINGS('bitmap', …)])`.
 * The settings choose between ways that Pinot computes it in, and are read only to find wrong ones:
 * the counts are exact under all of them.
 *
 * @throws EngineError INVALID_QUERY or TYPE_MISMATCH for arguments that do not fit.
 */
export function bindFunnelCount(
  node: FunctionNode,
  filter: Expression | null,
  rows: Scope,
): AggregateCall {
  checkForm(node, rows);
  const parts = new Map<string, FunctionNode>();
  for (const arg of node.args) {
    const name = arg.kind === 'function' ? foldFunctionName(arg.name) : '';
    if (arg.kind !== 'function' || !PARTS.has(name) || parts.has(name)) {
      throw bindError('INVALID_QUERY', FORM_OF_COUNT, rows.positionOf(arg.offset));
    }
    parts.set(name, arg);
  }
  const [steps = [], keys = [], settings = []] = [...PARTS].map((name) => parts.get(name)?.args);
  if (steps.length === 0 || keys.length === 0) {
    throw bindError('INVALID_QUERY', FORM_OF_COUNT, rows.positionOf(node.offset));
  }
  checkStepCount(steps.length, node, rows);
  for (const setting of settings) checkSetting(setting, rows);
  const key = correlation(keys.map((one) => bindExpression(one, rows)));
  return {
    function: 'funnel_count',
    args: [key, ...steps.map((step) => bindCondition(step, rows, 'step of a funnel'))],
    filter,
    type: 'STRING',
  };
}

/**
 * Binds Pinot's `FUNNEL_MAX_STEP(time, window, number of steps, step, …[, mode or option, …])` and the
 * two others of this form. A TIMESTAMP counts milliseconds, as in Pinot; a number, its own unit.
 *
 * @throws EngineError INVALID_QUERY or TYPE_MISMATCH for arguments that do not fit.
 */
export function bindFunnelWindow(
  node: FunctionNode,
  name: Exclude<FunnelFunction, 'funnel_count'>,
  filter: Expression | null,
  rows: Scope,
): AggregateCall {
  checkForm(node, rows);
  const [time, window, count, ...rest] = node.args;
  const position = rows.positionOf(node.offset);
  if (time === undefined || window === undefined || count === undefined) {
    const form = `${name} takes a time, a window, the number of steps, the steps, then modes`;
    throw bindError('TYPE_MISMATCH', `${form}, found ${node.args.length} arguments`, position);
  }
  const moment = bindTime(time, name, rows);
  const windowLength = bindPositive(window, `the window of ${name}`, rows);
  const stepCount = Number(bindPositive(count, `the number of steps of ${name}`, rows));
  if (rest.length < stepCount) {
    const message = `${name} takes ${stepCount} steps as it says, found ${rest.length}`;
    throw bindError('TYPE_MISMATCH', message, position);
  }
  checkStepCount(stepCount, node, rows);
  const steps = rest
    .slice(0, stepCount)
    .map((step) => bindCondition(step, rows, 'step of a funnel'));
  const { gap, modes } = readOptions(rest.slice(stepCount), name, rows);
  const conditions = [...(filter === null ? [] : [filter]), ...anyStep(steps, modes)];
  const [first, ...others] = conditions;
  const factor = literal('BIGINT', BigInt(stepCount + 1));
  const scaled = call('multiply', [moment, factor], 'BIGINT', position);
  return {
    function: name,
    args: [
      call('add', [scaled, stepNumber(steps)], 'BIGINT', position),
      ...[BigInt(stepCount), windowLength, gap].map((value) => literal('BIGINT', value)),
      literal('STRING', [...modes].join(',')),
    ],
    filter: others.length === 0 ? (first ?? null) : call('and', conditions, 'BOOLEAN'),
    type: name === 'funnel_match_step' ? 'STRING' : 'INT',
  };
}

/** In the order in which they are read. */
const PARTS: ReadonlySet<string> = new Set(['steps', 'correlateby', 'settings']);

const FORM_OF_COUNT =
  'funnel_count takes STEPS(condition, …), CORRELATE_BY(column, …) and, if wanted, SETTINGS(text, …)';

const SETTINGS = ['bitmap', 'nominalEntries', 'partitioned', 'set', 'sorted', 'theta_sketch'];

function checkForm(node: FunctionNode, rows: Scope): void {
  if (!node.star && !node.distinct && node.order.length === 0) return;
  const message = `${node.name.toLowerCase()} takes no *, DISTINCT or ORDER BY`;
  throw bindError('INVALID_QUERY', message, rows.positionOf(node.offset));
}

function checkStepCount(count: number, node: FunctionNode, rows: Scope): void {
  if (count <= FUNNEL_STEPS_MAX) return;
  const message = `${node.name.toLowerCase()} takes ${FUNNEL_STEPS_MAX} steps at most, found ${count}`;
  throw bindError('INVALID_QUERY', message, rows.positionOf(node.offset));
}

function checkSetting(node: AstExpression, rows: Scope): void {
  const [name = ''] = node.kind === 'string' ? node.value.split('=') : [];
  const folded = name.replace(/\s/g, '').toLowerCase();
  if (SETTINGS.some((one) => one.toLowerCase() === folded)) return;
  const hint = didYouMean(name, SETTINGS);
  const message = `funnel_count has no such setting${hint}; there are ${SETTINGS.join(', ')}`;
  throw bindError('INVALID_QUERY', message, rows.positionOf(node.offset));
}

/** Several values as one text, each behind its length; NULL where one is NULL. */
function correlation([first, ...others]: readonly Expression[]): Expression {
  if (others.length === 0) return first!;
  const parts = [first!, ...others].flatMap((value) => {
    const text = value.type === 'STRING' ? value : call('cast', [value], 'STRING');
    const length = call('cast', [call('length', [text], 'BIGINT')], 'STRING');
    return [length, literal('STRING', ':'), text];
  });
  return call('concat', parts, 'STRING');
}

function bindTime(node: AstExpression, name: string, rows: Scope): Expression {
  const time = bindExpression(node, rows);
  if (time.type === 'BIGINT') return time;
  if (isInteger(time.type)) return call('cast', [time], 'BIGINT');
  if (time.type === 'TIMESTAMP') return call('to_epoch_millis', [time], 'BIGINT');
  const message = `${name} takes a TIMESTAMP or whole numbers as time, found ${time.type}`;
  throw bindError('TYPE_MISMATCH', message, rows.positionOf(node.offset));
}

function bindPositive(node: AstExpression, what: string, rows: Scope): bigint {
  const value = node.kind === 'number' ? node.value : 0n;
  if (typeof value === 'bigint' && value > 0n && value < 2n ** 63n) return value;
  const message = `${what} is a constant whole number from 1`;
  throw bindError('INVALID_QUERY', message, rows.positionOf(node.offset));
}

/** Modes by their names or as `mode=A,B`, and `maxStepDuration=n`. */
function readOptions(
  nodes: readonly AstExpression[],
  name: string,
  rows: Scope,
): { readonly gap: bigint; readonly modes: ReadonlySet<FunnelMode> } {
  let gap = 0n;
  const modes = new Set<FunnelMode>();
  for (const node of nodes) {
    const text = node.kind === 'string' ? node.value.toUpperCase() : '';
    const [, key = 'MODE', value = ''] = /^(?:\s*(\w+)\s*=)?(.*)$/s.exec(text) ?? [];
    const isDuration = key === 'MAXSTEPDURATION' && /^\s*\d{1,18}\s*$/.test(value);
    if (isDuration) gap = BigInt(value);
    const words = key === 'MODE' ? value.split(',').map((word) => word.trim()) : [''];
    const found = words.map((word) => FUNNEL_MODES.find((mode) => mode === word));
    const isWrong = isDuration ? gap === 0n : found.includes(undefined);
    if (isWrong) {
      const hint = didYouMean(words.join(), FUNNEL_MODES);
      const message = `${name} takes ${FUNNEL_MODES.join(', ')} or maxStepDuration=n behind its steps${hint}`;
      throw bindError('INVALID_QUERY', message, rows.positionOf(node.offset));
    }
    for (const mode of found) if (mode !== undefined) modes.add(mode);
  }
  return { gap, modes };
}

/** The number of the first step that a row is, from 1; 0 for none. */
function stepNumber(steps: readonly Expression[]): Expression {
  const branches = steps.flatMap((step, index) => [step, literal('BIGINT', BigInt(index + 1))]);
  return call('case', [...branches, literal('BIGINT', 0n)], 'BIGINT');
}

/** What keeps the rows that are events. */
function anyStep(
  steps: readonly Expression[],
  modes: ReadonlySet<FunnelMode>,
): readonly Expression[] {
  if (modes.has('KEEP_ALL')) return [];
  return steps.length === 1 ? steps : [call('or', steps, 'BOOLEAN')];
}
