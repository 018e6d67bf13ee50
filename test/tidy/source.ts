import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's folder, with a slash at its end. */
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/** One source file, in three readings of equal length, so that offsets and lines agree. */
export interface SourceFile {
  /** From the checkout's folder, `/`-separated. */
  readonly path: string;
  readonly text: string;
  /** `text` with comments blanked. */
  readonly statements: string;
  /** `text` with comments and the insides of strings blanked. */
  readonly code: string;
}

/** A rule that a file breaks. */
export interface Violation {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** What is wrong, and what to do instead. */
  readonly message: string;
}

/** `path:line: message`, the form that editors and terminals turn into links. */
export function formatViolations(violations: readonly Violation[]): string[] {
  return violations.map(({ path, line, message }) => `${path}:${line}: ${message}`);
}

/** Makes a source file from its text; for files on disk and for made-up ones in tests. */
export function parseSource(path: string, text: string): SourceFile {
  const { statements, code } = blank(text);
  return { path, text, statements, code };
}

/** The TypeScript files below a folder of the checkout; none when the folder is not there. */
export function readSources(folder: string): SourceFile[] {
  return listFiles(folder)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => parseSource(path, readFileSync(join(repositoryRoot, path), 'utf8')));
}

/** Folders that hold nothing written by hand, at any depth; as in .gitignore, and git's own. */
export const UNTRACKED_FOLDERS: ReadonlySet<string> = new Set([
  '.git',
  'node_modules',
  'dist',
  'data',
  'results',
]);

/** Paths of all files below a folder ('' for the checkout), without untracked folders. */
export function listFiles(folder: string): string[] {
  const entries = readdirSync(join(repositoryRoot, folder), { withFileTypes: true });
  return entries
    .filter((entry) => !UNTRACKED_FOLDERS.has(entry.name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? listFiles(path) : [path];
    });
}

/** The line, from 1, of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/**
 * Tokens that hide code from a plain search. A regular expression literal starts only where a value
 * may start, which the characters before it tell well enough for formatted code.
 */
const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|(?<=(?:^|[=(,:[!&|?;{}>]|\breturn|\n)\s*)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|`|[{}]/g;

function blank(text: string): { statements: string; code: string } {
  const statements: string[] = [];
  const code: string[] = [];
  const braces: ('block' | 'template')[] = [];
  const keep = (part: string) => {
    statements.push(part);
    code.push(part);
  };
  let at = 0;
  const template = (from: number): number => {
    const end = templateTextEnd(text, from);
    statements.push(text.slice(from, end));
    code.push(spaces(text.slice(from, end)));
    if (text.startsWith('${', end)) {
      keep('${');
      braces.push('template');
      return end + 2;
    }
    keep('`');
    return end + 1;
  };
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const token = match[0];
    keep(text.slice(at, match.index));
    at = match.index + token.length;
    if (token.startsWith('//') || token.startsWith('/*')) keep(spaces(token));
    else if (token === '`') {
      keep(token);
      at = template(at);
    } else if (token === '{' || token === '}') {
      keep(token);
      if (token === '{') braces.push('block');
      else if (braces.pop() === 'template') at = template(at);
    } else {
      statements.push(token);
      code.push(token[0] + spaces(token.slice(1, -1)) + token.at(-1));
    }
    TOKEN.lastIndex = at;
  }
  keep(text.slice(at));
  return { statements: statements.join(''), code: code.join('') };
}

/** Where a template's text stops: at its backtick, or at the `${` of a substitution. */
function templateTextEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '`' || text.startsWith('${', at)) return at;
  }
  return text.length;
}

function spaces(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
