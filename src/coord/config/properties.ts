import { EngineError } from '../../base/errors.ts';

/** One `key=value` of a properties file. */
export interface Property {
  readonly key: string;
  /** Without surrounding white space. */
  readonly value: string;
  /** Of the key, from 1. */
  readonly line: number;
}

/** A properties file: what it is called in errors, and what it says, in order. */
export interface PropertiesFile {
  readonly path: string;
  readonly properties: readonly Property[];
}

/** The files that a `zoo.cfg` is read from. */
export interface ZooCfgFiles {
  readonly main: PropertiesFile;
  /** The file that `dynamicConfigFile` names, or null when it names none. */
  readonly dynamic: PropertiesFile | null;
  /** `myid` in the data directory, or null when there is none. */
  readonly myid: { readonly path: string; readonly text: string } | null;
}

/**
 * Reads Java's properties format (java.util.Properties.load): `#` and `!` begin comments, `=`, `:` or
 * white space separate key and value, a backslash at the end of a line continues it, and `\t`, `\n`,
 * `\r`, `\f`, `\uXXXX` and a backslash before any other character are escapes.
 *
 * @throws EngineError BAD_REQUEST for a `\u` without four hexadecimal digits.
 */
export function parseProperties(path: string, text: string): PropertiesFile {
  const properties: Property[] = [];
  for (const { content, line } of logicalLines(text)) {
    const [key, value] = splitAtSeparator(content);
    const where = `coord: ${path}:${line}`;
    properties.push({ key: unescaped(key, where), value: unescaped(value, where).trim(), line });
  }
  return { path, properties };
}

/** Lines with their continuations, without comments and blank lines. */
function logicalLines(text: string): { content: string; line: number }[] {
  const lines: { content: string; line: number }[] = [];
  let open: { content: string; line: number } | null = null;
  for (const [index, natural] of text.split(/\r\n|\r|\n/).entries()) {
    const content = natural.replace(/^[ \t\f]+/, '');
    if (open === null && (content === '' || /^[#!]/.test(content))) continue;
    const isContinued = endsWithOddBackslashes(content);
    open ??= { content: '', line: index + 1 };
    open.content += isContinued ? content.slice(0, -1) : content;
    if (isContinued) continue;
    lines.push(open);
    open = null;
  }
  if (open !== null) lines.push(open);
  return lines.filter(({ content }) => content !== '');
}

function endsWithOddBackslashes(content: string): boolean {
  return /\\*$/.exec(content)![0].length % 2 === 1;
}

/** Key and value, both still escaped. */
function splitAtSeparator(content: string): [string, string] {
  let end = 0;
  while (end < content.length && !/[=: \t\f]/.test(content[end]!)) {
    end += content[end] === '\\' ? 2 : 1;
  }
  const value = content.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
  return [content.slice(0, end), value];
}

const CONTROL_ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescaped(text: string, where: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, sequence: string) => {
    if (sequence.length === 5) return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
    if (sequence === 'u') {
      throw new EngineError(
        'BAD_REQUEST',
        `${where}: expected four hexadecimal digits after \\u, found ${JSON.stringify(text)}`,
      );
    }
    return CONTROL_ESCAPES[sequence] ?? sequence;
  });
}
