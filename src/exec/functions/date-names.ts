/** English names of months, January first. */
export const MONTH_NAMES: readonly string[] = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September'],
  ...['October', 'November', 'December'],
];

/** English names of the days of the week, Monday first. */
export const DAY_NAMES: readonly string[] = [
  ...['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
];

/** The index of a name, given in full or by its first letters (`lettersMin` at least); −1 for none. */
export function findName(names: readonly string[], text: string, lettersMin: number): number {
  const lower = text.toLowerCase();
  if (lower.length < lettersMin) return -1;
  return names.findIndex((name) => name.toLowerCase() === lower || isShort(name, lower));
}

function isShort(name: string, lower: string): boolean {
  return lower.length <= 3 && name.toLowerCase().startsWith(lower);
}
