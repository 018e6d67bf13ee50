import type { Prng } from '../../src/base/prng.ts';
import type { DataType } from '../../src/base/types.ts';
import { RANDOM_COLUMNS } from './random-tables.ts';

/** A statement with window functions over the random table `t`, whose rows are in a total order. */
export function randomWindowQuery(prng: Prng): string {
  const form = prng.float();
  if (form < 0.2) return groupedQuery(prng);
  if (form < 0.45) return limitedQuery(prng);
  const maker = new WindowMaker(
    prng,
    namesOf(() => true),
  );
  const outputs = ['id', ...times(prng, 4, () => maker.output())];
  const where = prng.float() < 0.3 ? ' WHERE tally > 50 OR flag' : '';
  const named = prng.float() < 0.2;
  const window = named ? ` WINDOW w AS (${maker.partition()} ${maker.order(true)})` : '';
  if (named)
    outputs.push('COUNT(*) OVER w', 'LAG(id) OVER w', 'SUM(tally) OVER (w ROWS 3 PRECEDING)');
  const qualify = prng.float() < 0.3 ? ` QUALIFY ${maker.call()} IS NOT NULL` : '';
  return `SELECT ${outputs.join(', ')} FROM t${where}${window}${qualify} ORDER BY id`;
}

/** Windows over groups: keys and aggregates are what they see. */
function groupedQuery(prng: Prng): string {
  const keys = some(prng, ['flag', 'digit', 'port', 'word', 'quarter', 'small % 3'], 1, 2);
  const list = keys.join(', ');
  const order = [...keys].map((key) => `${key}${direction(prng)}`).join(', ');
  const outputs = [
    `RANK() OVER (ORDER BY COUNT(*)${direction(prng)})`,
    `ROW_NUMBER() OVER (PARTITION BY COUNT(*) % 3 ORDER BY ${order})`,
    `SUM(COUNT(*)) OVER (PARTITION BY ${prng.pick(keys)})`,
    `SUM(SUM(tally)) OVER (ORDER BY ${order} ROWS UNBOUNDED PRECEDING)`,
    `MAX(MIN(id)) OVER (ORDER BY ${order} ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING)`,
    `LAG(SUM(tally), 2, CAST(-1 AS BIGINT)) OVER (ORDER BY ${order})`,
    `COUNT(*) * 100 / SUM(COUNT(*)) OVER ()`,
    `FIRST_VALUE(${prng.pick(keys)}) OVER (ORDER BY ${order})`,
  ];
  const having = prng.float() < 0.4 ? ' HAVING COUNT(*) > 3' : '';
  const qualify =
    prng.float() < 0.4 ? ` QUALIFY DENSE_RANK() OVER (ORDER BY COUNT(*) DESC) < 4` : '';
  const picked = some(prng, outputs, 1, 4).join(', ');
  return `SELECT ${list}, ${picked} FROM t GROUP BY ${list}${having}${qualify} ORDER BY ${list}`;
}

/** The first rows of each partition, as a filter on the place of each. */
function limitedQuery(prng: Prng): string {
  const maker = new WindowMaker(
    prng,
    namesOf(() => true),
  );
  const function_ = prng.pick(['ROW_NUMBER', 'ROW_NUMBER', 'RANK', 'DENSE_RANK']);
  const window = `(${maker.partition()} ${maker.order(function_ === 'ROW_NUMBER')})`;
  const limit = prng.pick(['= 1', '<= 1', '< 3', '<= 3', '<= 10', '<= 0', 'BETWEEN 1 AND 2']);
  const where = prng.float() < 0.3 ? ' WHERE small < 10' : '';
  const more = prng.float() < 0.3 ? ` AND ${prng.pick(['flag', 'id > 20', 'place >= 2'])}` : '';
  const others = prng.float() < 0.3 ? `, ${maker.call()} AS other` : '';
  const inner = `SELECT *, ${function_}() OVER ${window} AS place${others} FROM t${where}`;
  const outer = prng.float() < 0.3 ? ', SUM(place) OVER (ORDER BY id ROWS 2 PRECEDING)' : '';
  const outputs = `id, place, word, measure${others === '' ? '' : ', other'}${outer}`;
  if (prng.float() < 0.5) {
    return `SELECT ${outputs} FROM (${inner}) u WHERE place ${limit}${more} ORDER BY id`;
  }
  const qualified = `${inner} QUALIFY place ${limit}`;
  return `SELECT ${outputs} FROM (${qualified}) u ORDER BY id`;
}

/** Makes parts of windows. */
class WindowMaker {
  readonly #prng: Prng;
  readonly #names: readonly string[];

  constructor(prng: Prng, names: readonly string[]) {
    this.#prng = prng;
    this.#names = names;
  }

  output(): string {
    const call = this.call();
    return this.#prng.float() < 0.1 ? `CASE WHEN ${call} IS NULL THEN id ELSE -1 END` : call;
  }

  /** A function over a window, of a value that does not depend on how equal rows come. */
  call(): string {
    const prng = this.#prng;
    switch (prng.pick(['rank', 'place', 'value', 'value', 'aggregate', 'aggregate', 'aggregate'])) {
      case 'rank': {
        const name = prng.pick(['RANK', 'DENSE_RANK', 'PERCENT_RANK', 'CUME_DIST']);
        return `${name}() OVER (${this.partition()} ${this.order(false)})`;
      }
      case 'place': {
        const name = prng.pick(['ROW_NUMBER()', `NTILE(${prng.integer(1, 9)})`]);
        return `${name} OVER (${this.partition()} ${this.order(true)})`;
      }
      case 'value':
        return this.#value();
      default:
        return this.#aggregate();
    }
  }

  partition(): string {
    const keys = some(this.#prng, [...PARTITIONS, 'small % 3', 'tally > 50'], 0, 2);
    return keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')}`;
  }

  /** @param isTotal whether no two rows may be equal. */
  order(isTotal: boolean): string {
    const prng = this.#prng;
    const keys = some(prng, this.#names, isTotal ? 0 : 1, 2);
    if (isTotal) keys.push('id');
    return `ORDER BY ${keys.map((key) => `${key}${direction(prng)}`).join(', ')}`;
  }

  #value(): string {
    const prng = this.#prng;
    const value = prng.pick(this.#names);
    const nulls = prng.float() < 0.4 ? ' IGNORE NULLS' : '';
    const window = `${this.partition()} ${this.order(true)}`;
    switch (prng.pick(['LAG', 'LEAD', 'FIRST_VALUE', 'LAST_VALUE', 'NTH_VALUE'])) {
      case 'LAG':
        return `LAG(${value}, ${prng.integer(0, 5)}${nulls}) OVER (${window})`;
      case 'LEAD': {
        const name = prng.pick(namesOf((type) => type === 'BIGINT' || type === 'INT'));
        const distance = prng.integer(0, 4);
        return `LEAD(${name}, ${distance}, ${prng.pick(['-7', 'id', 'NULL'])}${nulls}) OVER (${window})`;
      }
      case 'FIRST_VALUE':
        return `FIRST_VALUE(${value}${nulls}) OVER (${window} ${this.#frame(true)})`;
      case 'LAST_VALUE':
        return `LAST_VALUE(${value}${nulls}) OVER (${window} ${this.#frame(true)})`;
      default: {
        const number = prng.integer(1, 5);
        return `NTH_VALUE(${value}, ${number}${nulls}) OVER (${window} ${this.#frame(true)})`;
      }
    }
  }

  #aggregate(): string {
    const prng = this.#prng;
    const filter =
      prng.float() < 0.25 ? ` FILTER (WHERE ${prng.pick(['flag', 'tally < 90'])})` : '';
    const over = (): string => {
      if (prng.float() < 0.15) return `${this.partition()}`;
      if (prng.float() < 0.2) return `${this.partition()} ${this.#rangeFrame()}`;
      const isTotal = prng.float() < 0.5;
      return `${this.partition()} ${this.order(isTotal)} ${this.#frame(isTotal)}`;
    };
    return `${this.#aggregated()}${filter} OVER (${over()})`;
  }

  #aggregated(): string {
    const prng = this.#prng;
    const isSummable = (type: DataType): boolean => /INT|DECIMAL|DOUBLE|FLOAT/.test(type);
    switch (prng.pick(['COUNT', 'SUM', 'SUM', 'AVG', 'MIN', 'MAX', 'BOOL_AND', '*'])) {
      case '*':
        return 'COUNT(*)';
      case 'COUNT':
        return `COUNT(${prng.pick(this.#names)})`;
      case 'SUM':
        return `SUM(${prng.pick(namesOf(isSummable))})`;
      case 'AVG':
        return `AVG(${prng.pick(['tiny', 'small', 'code', 'tally', 'wide', 'measure', 'single'])})`;
      case 'BOOL_AND':
        return `${prng.pick(['BOOL_AND', 'BOOL_OR'])}(${prng.pick(['flag', 'mark'])})`;
      case 'MIN':
        return `MIN(${prng.pick(this.#names)})`;
      default:
        return `MAX(${prng.pick(this.#names)})`;
    }
  }

  /** @param isTotal false where only whole groups of equal rows may be in a frame or not. */
  #frame(isTotal: boolean): string {
    const prng = this.#prng;
    if (prng.float() < 0.25) return '';
    const unit = isTotal && prng.float() < 0.6 ? 'ROWS' : prng.pick(['GROUPS', 'RANGE']);
    const hasDistances = unit !== 'RANGE';
    const start = this.#bound(['UNBOUNDED PRECEDING', 'CURRENT ROW'], hasDistances, false);
    if (prng.float() < 0.15 && !start.includes('FOLLOWING')) return `${unit} ${start}`;
    const ends = start.includes('FOLLOWING')
      ? ['UNBOUNDED FOLLOWING']
      : ['UNBOUNDED FOLLOWING', 'CURRENT ROW'];
    return `${unit} BETWEEN ${start} AND ${this.#bound(ends, hasDistances, start !== '' && !/PREC/.test(start))}`;
  }

  #bound(words: readonly string[], hasDistances: boolean, isBehind: boolean): string {
    const prng = this.#prng;
    if (!hasDistances || prng.float() < 0.5) return prng.pick(words);
    const side = isBehind ? 'FOLLOWING' : prng.pick(['PRECEDING', 'FOLLOWING']);
    return `${prng.integer(0, 6)} ${side}`;
  }

  /** An order of one number, and a frame of distances in it. */
  #rangeFrame(): string {
    const prng = this.#prng;
    const key = prng.pick(['small', 'code', 'wide', 'tally', 'measure', 'id']);
    const distance = (): string =>
      key === 'measure'
        ? prng.pick(['0.5', '1000.25', '2e5'])
        : prng.pick(['0', '3', '40', '2500000']);
    const [first, second] = [distance(), distance()];
    const frame = prng.pick([
      `BETWEEN ${first} PRECEDING AND CURRENT ROW`,
      `BETWEEN ${first} PRECEDING AND ${second} FOLLOWING`,
      `BETWEEN CURRENT ROW AND ${second} FOLLOWING`,
      `BETWEEN UNBOUNDED PRECEDING AND ${second} FOLLOWING`,
      `BETWEEN ${first} PRECEDING AND UNBOUNDED FOLLOWING`,
    ]);
    return `ORDER BY ${key}${direction(prng)} RANGE ${frame}`;
  }
}

const PARTITIONS = ['flag', 'digit', 'port', 'quarter', 'share', 'word', 'ratio', 'doc', 'bytes'];

function namesOf(fits: (type: DataType) => boolean): string[] {
  return RANDOM_COLUMNS.filter(({ type }) => fits(type)).map(({ name }) => name);
}

function direction(prng: Prng): string {
  return prng.pick(['', '', ' DESC', ' NULLS FIRST', ' DESC NULLS FIRST', ' DESC NULLS LAST']);
}

/** From `least` to `most` different elements of a list. */
function some<T>(prng: Prng, items: readonly T[], least: number, most: number): T[] {
  const rest = [...items];
  const count = prng.integer(least, most + 1);
  return Array.from({ length: count }, () => rest.splice(prng.integer(0, rest.length), 1)[0]!);
}

function times<T>(prng: Prng, most: number, make: () => T): T[] {
  return Array.from({ length: prng.integer(1, most + 1) }, make);
}
