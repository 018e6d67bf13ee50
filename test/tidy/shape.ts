import { lineAt, type SourceFile, type Violation } from './source.ts';

/** Lines of a file of src/ at most: longer ones hold more than their name says. */
export const FILE_LINES_MAX = 600;

/** Lines of a function of src/ at most, head and closing brace included: a screenful. */
export const FUNCTION_LINES_MAX = 70;

const EXPORTED =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type) (?<name>[\w$]+)/;

/**
 * Exported declarations without a doc comment directly above them.
 *
 * @param isDescribedElsewhere names that need none here.
 */
export function undocumentedExports(
  file: SourceFile,
  isDescribedElsewhere: (name: string) => boolean = () => false,
): Violation[] {
  const lines = file.text.split('\n');
  const code = file.code.split('\n');
  const documented = new Set<string>();
  const violations: Violation[] = [];
  for (const [index, line] of code.entries()) {
    const name = EXPORTED.exec(line)?.groups?.name;
    if (name === undefined || documented.has(name) || isDescribedElsewhere(name)) continue;
    documented.add(name);
    if (hasDocComment(lines, index)) continue;
    const message = `export ${name} has no doc comment above it; say what it is, with units and errors`;
    violations.push({ path: file.path, line: index + 1, message });
  }
  return violations;
}

/**
 * Tells whether a name is a kernel of the contract in src/kernels/exports.ts, where every kernel is
 * described once for all its types: methods by name, families by their template of a name.
 */
export function kernelNames(contract: SourceFile): (name: string) => boolean {
  const written = contract.statements.match(/`[^`]+`|'\w+'|\b\w+(?=\()/g) ?? [];
  const patterns = written.map((text) => text.replace(/['`]/g, '').replace(/\$\{[^}]*\}/g, '\\w+'));
  const pattern = new RegExp(`^(?:${patterns.join('|')})$`);
  return (name) => pattern.test(name);
}

/** Default exports: a thing has one name everywhere. */
export function defaultExports(file: SourceFile): Violation[] {
  return [...file.code.matchAll(/^export default\b|\bas default\b/gm)].map((match) => ({
    path: file.path,
    line: lineAt(file.text, match.index),
    message: 'default export; export it by its name',
  }));
}

/** Files that only pass on what others export: they hide who depends on whom. */
export function barrelFiles(file: SourceFile): Violation[] {
  const passesOn = /^export\b[^;]*?\bfrom\b[^;]*;/gm;
  const rest = file.code.replace(passesOn, '').replace(/^import\b[^;]*;/gm, '');
  const isBarrel = rest.trim() === '' && file.code.search(passesOn) >= 0;
  const message = 'barrel file; import from the files that it passes on';
  return isBarrel ? [{ path: file.path, line: 1, message }] : [];
}

/** Files that are too long. */
export function longFiles(file: SourceFile): Violation[] {
  const lineCount = file.text.trimEnd().split('\n').length;
  if (lineCount <= FILE_LINES_MAX) return [];
  const message = `${lineCount} lines; split it at an idea with a name (at most ${FILE_LINES_MAX})`;
  return [{ path: file.path, line: FILE_LINES_MAX + 1, message }];
}

/** Functions that are too long. Relies on the formatter: a body's end is indented as its head. */
export function longFunctions(file: SourceFile): Violation[] {
  const lines = file.code.split('\n');
  return lines.flatMap((line, index) => {
    const name = functionName(line);
    if (name === null) return [];
    const end = functionEnd(lines, index);
    const lineCount = end === null ? 0 : end - index + 1;
    if (lineCount <= FUNCTION_LINES_MAX) return [];
    const advice = `split it at an idea with a name (at most ${FUNCTION_LINES_MAX})`;
    return [
      { path: file.path, line: index + 1, message: `${name} has ${lineCount} lines; ${advice}` },
    ];
  });
}

function hasDocComment(lines: readonly string[], declaration: number): boolean {
  let above = declaration - 1;
  while (above >= 0 && /^@\w+/.test(lines[above]!.trim())) above--;
  if (above < 0 || !lines[above]!.trimEnd().endsWith('*/')) return false;
  while (above >= 0 && !lines[above]!.includes('/*')) above--;
  return above >= 0 && lines[above]!.includes('/**');
}

const NOT_FUNCTIONS = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'await', 'with']);

/** The name of a function whose head starts on this line (`(arrow)` when it has none), or null. */
function functionName(line: string): string | null {
  const declared = /^\s*(?:export )?(?:async )?function\*? ?(?<name>[\w$]*)/.exec(line);
  if (declared) return declared.groups?.name || '(function)';
  const assigned = /^\s*(?:export )?const (?<name>[\w$]+)[^=]*= (?:async )?(?:<.*>)?\(/.exec(line);
  if (assigned && !line.trimEnd().endsWith(';')) return assigned.groups?.name ?? null;
  const method =
    /^\s+(?:(?:static|async|override|get|set|private|protected|public) |\*)*(?<name>#?[A-Za-z_$][\w$]*)(?:<.*>)?\(/.exec(
      line,
    )?.groups?.name;
  if (method !== undefined && !NOT_FUNCTIONS.has(method)) return method;
  return /=> \{$/.test(line.trimEnd()) ? '(arrow)' : null;
}

/** The line of the closing brace, or null when what starts here is a call and not a body. */
function functionEnd(lines: readonly string[], start: number): number | null {
  const indent = lines[start]!.search(/\S/);
  let opened = /[{]\s*$/.test(lines[start]!);
  for (let index = start + 1; index < lines.length; index++) {
    const line = lines[index]!;
    if (line.trim() === '' || line.search(/\S/) > indent) continue;
    const text = line.trim();
    if (text.startsWith('}') && !text.endsWith('{')) return opened ? index : null;
    if (/^[)}\]].*\{$/.test(text)) opened = true;
    else return null;
  }
  return null;
}
