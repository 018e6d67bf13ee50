import type { WindowCall, WindowFrame, WindowOrder } from './expression.ts';
import { expressionListText, expressionText } from './expression-text.ts';

/**
 * A window function as one line of SQL-like text, the same for equal ones: `sum(delay) over (partition by
 * origin order by day rows between 2 preceding and current row)`. The frame that SQL means when
 * none is written is left out.
 */
export function windowText(window: WindowCall): string {
  const { function: name, filter, ignoresNulls, partition, order, frame } = window;
  const condition = filter === null ? '' : ` filter (where ${expressionText(filter)})`;
  const nulls = ignoresNulls ? ' ignore nulls' : '';
  const parts: string[] = [];
  if (partition.length > 0) parts.push(`partition by ${expressionListText(partition)}`);
  if (order.length > 0) parts.push(`order by ${order.map(orderText).join(', ')}`);
  const isUsual = frame.unit === 'range' && frame.start === -Infinity && frame.end === 0;
  if (!isUsual) parts.push(frameText(frame));
  return `${name}(${argumentsText(window)})${condition}${nulls} over (${parts.join(' ')})`;
}

function argumentsText({ function: name, args, constant }: WindowCall): string {
  const [value, otherwise] = args.map(expressionText);
  switch (name) {
    case 'count':
      return value ?? '*';
    case 'ntile':
      return String(constant);
    case 'nth_value':
      return `${value}, ${constant}`;
    case 'lag':
    case 'lead':
      return otherwise === undefined
        ? `${value}, ${constant}`
        : `${value}, ${constant}, ${otherwise}`;
    default:
      return value ?? '';
  }
}

function orderText({ expression, descending, nullsFirst }: WindowOrder): string {
  return `${expressionText(expression)}${descending ? ' desc' : ''}${nullsFirst ? ' nulls first' : ''}`;
}

function frameText({ unit, start, end }: WindowFrame): string {
  return `${unit} between ${boundText(start, 'preceding')} and ${boundText(end, 'following')}`;
}

function boundText(distance: number, side: 'preceding' | 'following'): string {
  if (distance === 0) return 'current row';
  if (Math.abs(distance) === Infinity) return `unbounded ${side}`;
  return `${Math.abs(distance)} ${distance < 0 ? 'preceding' : 'following'}`;
}
