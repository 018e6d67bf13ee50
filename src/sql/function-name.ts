/** What a function's name is looked up by: case and underscores do not matter, as in Pinot. */
export function foldFunctionName(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}
