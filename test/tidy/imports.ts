import { posix } from 'node:path';
import { lineAt, type SourceFile, type Violation } from './source.ts';

/** A module that a file names: in `import … from`, `export … from`, `import '…'` or `import('…')`. */
export interface Import {
  readonly line: number;
  /** As written. */
  readonly specifier: string;
  /** Path in the checkout for a relative specifier, else null. */
  readonly target: string | null;
  /** False when TypeScript erases it. */
  readonly isValue: boolean;
}

/**
 * The table of DESIGN.md: a folder imports itself and folders of lower levels. Folders on the same
 * level never import each other.
 */
const LEVELS: Readonly<Record<string, number>> = {
  base: 0,
  io: 1,
  segment: 1,
  sql: 1,
  kernels: 2,
  store: 2,
  exec: 3,
  ingest: 3,
  coord: 3,
  controller: 4,
  server: 4,
  broker: 4,
  edge: 5,
  client: 5,
  cli: 6,
};

/** Numeric constants that kernels and TypeScript share: the one file of assembly/ for everybody. */
const SHARED_LAYOUT = 'assembly/layout.ts';

/** The edge worker's kernels: its runtime compiles them at deployment and hands over the module. */
const EDGE_KERNELS = { folder: 'edge', path: 'dist/kernels.unshared.wasm' };

/**
 * What other folders may know of the coordinator: its client, and what is built on nothing but that
 * client. Where the tree really lives, here or in somebody's ZooKeeper, is not theirs to know.
 */
const COORD_DOOR = 'src/coord/client.ts';
const COORD_CLUSTER = 'src/coord/cluster/';

const IMPORT =
  /^[ \t]*(?:import|export)\b(?<clause>[\w\s{},*$]*?)(?:\bfrom)?\s*(?<quote>['"])(?<specifier>[^'"]+)\k<quote>|\bimport\(\s*['"](?<dynamic>[^'"]+)['"]/gm;

/** Every import of a file. */
export function importsOf(file: SourceFile): Import[] {
  return [...file.statements.matchAll(IMPORT)]
    .filter((match) => file.code[match.index + match[0].search(/\S/)] !== ' ')
    .map((match) => {
      const specifier = match.groups?.specifier ?? match.groups?.dynamic ?? '';
      const clause = match.groups?.clause ?? '';
      const target = specifier.startsWith('.')
        ? posix.join(posix.dirname(file.path), specifier)
        : null;
      const offset = match.index + match[0].search(/\S/);
      return { line: lineAt(file.text, offset), specifier, target, isValue: isValue(clause) };
    });
}

/** Holds the import table for one file of src/. */
export function importTableViolations(file: SourceFile): Violation[] {
  return importsOf(file).flatMap(({ line, specifier, target }) => {
    const message = objection(file.path, specifier, target);
    return message === null ? [] : [{ path: file.path, line, message }];
  });
}

/** Relative imports end in `.ts`, so that the file runs as it is wherever types are stripped. */
export function extensionViolations(file: SourceFile): Violation[] {
  return importsOf(file)
    .filter(({ target, specifier }) => target !== null && !/\.(ts|json|wasm)$/.test(specifier))
    .map(({ line, specifier }) => ({
      path: file.path,
      line,
      message: `import of '${specifier}' has no .ts ending; write the file's full name`,
    }));
}

/** assembly/ imports nothing outside itself: AssemblyScript has no other modules. */
export function assemblyImportViolations(file: SourceFile): Violation[] {
  return importsOf(file)
    .filter(({ target }) => !target?.startsWith('assembly/'))
    .map(({ line, specifier }) => ({
      path: file.path,
      line,
      message: `kernels import '${specifier}'; move what is needed into assembly/`,
    }));
}

/** Import cycles, each reported once, on its alphabetically first file; type imports count too. */
export function cycleViolations(files: readonly SourceFile[]): Violation[] {
  const known = new Set(files.map((file) => file.path));
  const graph = new Map(
    files.map((file) => [file.path, importsOf(file).flatMap((i) => resolved(i, known))]),
  );
  const found = new Map<string, Violation>();
  for (const path of [...graph.keys()].sort()) {
    const cycle = shortestCycle(graph, path);
    if (cycle === null) continue;
    const key = [...cycle].sort().join(' ');
    if (found.has(key)) continue;
    const message = `import cycle ${[...cycle, path].join(' → ')}; move what both need to a third file`;
    found.set(key, { path, line: 1, message });
  }
  return [...found.values()];
}

/**
 * Modules that `entry` reaches by value imports and that import `node:`; the edge worker runs where
 * there is no Node.
 */
export function nodeReachViolations(files: readonly SourceFile[], entry: string): Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const queue = byPath.has(entry) ? [entry] : [];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const { target, isValue } of importsOf(byPath.get(path)!)) {
      if (isValue && target !== null && byPath.has(target)) queue.push(target);
    }
  }
  return [...reached].sort().flatMap((path) =>
    importsOf(byPath.get(path)!)
      .filter(({ specifier }) => specifier.startsWith('node:'))
      .map(({ line, specifier }) => ({
        path,
        line,
        message: `'${specifier}' is reached from ${entry}; hand it in through an interface of src/io`,
      })),
  );
}

function objection(path: string, specifier: string, target: string | null): string | null {
  const [, folder = '', next = ''] = path.split('/');
  if (target === null) {
    return folder === 'base' ? `src/base imports '${specifier}'; it imports nothing` : null;
  }
  const [targetTop = '', targetFolder = ''] = target.split('/');
  if (targetTop !== 'src') {
    if (target === SHARED_LAYOUT && folder !== 'base') return null;
    if (target === EDGE_KERNELS.path && folder === EDGE_KERNELS.folder) return null;
    return `src imports '${specifier}', outside src; only ${SHARED_LAYOUT} may be imported`;
  }
  const level = LEVELS[folder];
  const targetLevel = LEVELS[targetFolder];
  if (level === undefined || targetLevel === undefined) {
    const unknown = level === undefined ? folder : targetFolder;
    return `src/${unknown} is not in the import table; give it a level in test/tidy/imports.ts`;
  }
  if (folder !== targetFolder && targetLevel >= level) {
    return (
      `src/${folder} (level ${level}) imports src/${targetFolder} (level ${targetLevel}); ` +
      'import only from lower levels: move what is shared down, or hand it in from src/cli'
    );
  }
  if (folder === 'coord' && next === 'core') return coreObjection(target);
  if (targetFolder === 'coord' && folder !== 'coord' && folder !== 'cli') {
    return target === COORD_DOOR || target.startsWith(COORD_CLUSTER)
      ? null
      : `src/${folder} imports '${specifier}'; the doors of coord are ${COORD_DOOR} and ${COORD_CLUSTER}`;
  }
  return null;
}

function coreObjection(target: string): string | null {
  return target.startsWith('src/coord/core/') || target.startsWith('src/base/')
    ? null
    : `src/coord/core imports ${target}; the core is pure: only src/base and itself`;
}

function isValue(clause: string): boolean {
  const names = clause.trim();
  if (/^type\b/.test(names)) return false;
  const list = /^\{(?<inside>[\s\S]*)\}$/.exec(names)?.groups?.inside;
  if (list === undefined) return true;
  const parts = list.split(',').filter((part) => part.trim() !== '');
  return parts.length === 0 || parts.some((part) => !/^\s*type\b/.test(part));
}

/** AssemblyScript's specifiers have no ending. */
function resolved({ target }: Import, known: ReadonlySet<string>): string[] {
  if (target === null) return [];
  if (known.has(target)) return [target];
  return known.has(`${target}.ts`) ? [`${target}.ts`] : [];
}

/** The files of the shortest cycle through `start`, from `start` on, or null. */
function shortestCycle(
  graph: ReadonlyMap<string, readonly string[]>,
  start: string,
): string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    for (const next of graph.get(path) ?? []) {
      if (next === start) return trail(cameFrom, start, path);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, path);
      queue.push(next);
    }
  }
  return null;
}

function trail(cameFrom: ReadonlyMap<string, string>, start: string, end: string): string[] {
  const path = [end];
  while (path[0] !== start) path.unshift(cameFrom.get(path[0]!)!);
  return path;
}
