/** Units of time that functions take as text. */
export type DateUnit =
  | 'microsecond'
  | 'millisecond'
  | 'second'
  | 'minute'
  | 'hour'
  | 'day'
  | 'week'
  | 'month'
  | 'quarter'
  | 'year'
  | 'decade'
  | 'century'
  | 'millennium';

/** What EXTRACT takes: a unit, or a field that is not a unit. */
export type DateField = DateUnit | 'dow' | 'isodow' | 'doy' | 'isoyear' | 'era' | 'epoch';

const UNIT_NAMES: Readonly<Record<DateUnit, readonly string[]>> = {
  microsecond: ['microsecond', 'microseconds', 'micros', 'us'],
  millisecond: ['millisecond', 'milliseconds', 'millis', 'ms'],
  second: ['second', 'seconds', 'sec', 's'],
  minute: ['minute', 'minutes', 'min', 'm'],
  hour: ['hour', 'hours', 'h'],
  day: ['day', 'days', 'd', 'dayofmonth'],
  week: ['week', 'weeks', 'w', 'weekofyear'],
  month: ['month', 'months', 'mon', 'monthofyear'],
  quarter: ['quarter', 'quarters'],
  year: ['year', 'years', 'y'],
  decade: ['decade', 'decades'],
  century: ['century', 'centuries'],
  millennium: ['millennium', 'millennia'],
};

const FIELD_NAMES: Readonly<Record<DateField, readonly string[]>> = {
  ...UNIT_NAMES,
  dow: ['dow', 'weekday', 'dayofweek'],
  isodow: ['isodow'],
  doy: ['doy', 'dayofyear'],
  isoyear: ['isoyear', 'yearofweek', 'weekyear'],
  era: ['era'],
  epoch: ['epoch'],
};

/** The canonical names of units and fields, for "did you mean". */
export const DATE_FIELDS: readonly string[] = Object.keys(FIELD_NAMES);

const fields = indexNames(FIELD_NAMES);
const units = indexNames(UNIT_NAMES);

/** A unit by any of its names, without regard to case and underscores; undefined for others. */
export function findDateUnit(name: string): DateUnit | undefined {
  return units.get(foldName(name));
}

/** A field by any of its names, without regard to case and underscores; undefined for others. */
export function findDateField(name: string): DateField | undefined {
  return fields.get(foldName(name));
}

function indexNames<Name extends string>(
  names: Readonly<Record<Name, readonly string[]>>,
): ReadonlyMap<string, Name> {
  const canonical = Object.keys(names) as Name[];
  return new Map(canonical.flatMap((name) => names[name].map((alias) => [alias, name] as const)));
}

function foldName(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}
