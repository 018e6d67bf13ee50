import { describe, expect, it } from 'vitest';
import { effectViolations } from './effects.ts';
import {
  cycleViolations,
  extensionViolations,
  importsOf,
  importTableViolations,
  nodeReachViolations,
} from './imports.ts';
import {
  barrelFiles,
  defaultExports,
  FILE_LINES_MAX,
  FUNCTION_LINES_MAX,
  kernelNames,
  longFiles,
  longFunctions,
  undocumentedExports,
} from './shape.ts';
import { parseSource, type Violation } from './source.ts';

const messages = (violations: readonly Violation[]) => violations.map(({ message }) => message);
const table = (path: string, text: string) => importTableViolations(parseSource(path, text));

describe('reading a file', () => {
  it('hides comments, strings, templates and regular expressions, and keeps substitutions', () => {
    const text = [
      "const a = 'it is // text'; // Date.now()",
      `const b = \`x \${run({ c: "}" })} fetch(\`;`,
      "const d = /['`]\\/[/]/.test(a) ? 4 / 2 / 1 : 0;",
      '/* process. */ const e = 1;',
    ].join('\n');
    const { code, statements } = parseSource('src/base/x.ts', text);
    expect(code.length).toBe(text.length);
    expect(code).not.toMatch(/Date|fetch|process|text|['`]\\/);
    expect(code).toContain('run({ c: " " })');
    expect(code).toContain('4 / 2 / 1 : 0;');
    expect(statements).toContain("'it is // text'");
    expect(statements).not.toContain('Date.now');
  });

  it('finds every way to import', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { B } from '../b/b.ts';",
      "import {\n  type C,\n  type D,\n} from './c.ts';",
      "import './d.ts';",
      "export { e } from './e.ts';",
      "const f = await import('./f.ts');",
      '// import x from "./comment.ts";',
      'const s = "import y from \'./string.ts\'";',
    ].join('\n');
    const imports = importsOf(parseSource('src/io/x.ts', text));
    expect(imports.map(({ line, target, isValue }) => [line, target, isValue])).toEqual([
      [1, 'src/io/a.ts', true],
      [2, 'src/b/b.ts', false],
      [3, 'src/io/c.ts', false],
      [7, 'src/io/d.ts', true],
      [8, 'src/io/e.ts', true],
      [9, 'src/io/f.ts', true],
    ]);
  });
});

describe('the import table', () => {
  it('allows the own folder, lower levels and the shared layout', () => {
    const text =
      "import { a } from './a.ts';\nimport { b } from '../base/assert.ts';\n" +
      "import { c } from '../../assembly/layout.ts';\nimport { d } from 'hono';\n";
    expect(table('src/kernels/x.ts', text)).toEqual([]);
  });

  it.each([
    ['src/sql/x.ts', '../segment/metadata.ts', 'src/sql (level 1) imports src/segment (level 1)'],
    ['src/io/x.ts', '../cli/main.ts', 'src/io (level 1) imports src/cli (level 6)'],
    ['src/base/x.ts', 'node:fs', 'it imports nothing'],
    ['src/exec/x.ts', '../../test/x.ts', 'outside src'],
    ['src/kernels/x.ts', '../../assembly/filter.ts', 'only assembly/layout.ts'],
    ['src/new/x.ts', '../base/assert.ts', 'src/new is not in the import table'],
    ['src/broker/x.ts', '../coord/node.ts', 'the doors of coord are'],
    ['src/coord/core/x.ts', '../zk/jute.ts', 'the core is pure'],
    ['src/server/x.ts', '../coord/core/tree.ts', 'the doors of coord are'],
  ])('refuses %s importing %s, types too', (path, specifier, expected) => {
    const [message] = messages(table(path, `import type { a } from '${specifier}';`));
    expect(message).toContain(expected);
  });

  it('reports a cycle once, with its path', () => {
    const files = [
      parseSource('src/io/a.ts', "import type { b } from './b.ts';"),
      parseSource('src/io/b.ts', "import { c } from './c.ts';"),
      parseSource('src/io/c.ts', "import { a } from './a.ts';"),
      parseSource('src/io/d.ts', "import { a } from './a.ts';"),
    ];
    expect(messages(cycleViolations(files))).toEqual([
      'import cycle src/io/a.ts → src/io/b.ts → src/io/c.ts → src/io/a.ts; ' +
        'move what both need to a third file',
    ]);
  });

  it('asks for full file names', () => {
    const file = parseSource('src/io/x.ts', "import { a } from './a';\nimport b from './b.ts';");
    expect(extensionViolations(file)).toHaveLength(1);
  });

  it('finds Node modules behind the edge worker, through values only', () => {
    const files = [
      parseSource('src/edge/worker.ts', "import { a } from '../io/a.ts';"),
      parseSource('src/io/a.ts', "import type { b } from './b.ts';\nimport 'node:fs';"),
      parseSource('src/io/b.ts', "import 'node:net';"),
    ];
    const found = nodeReachViolations(files, 'src/edge/worker.ts');
    expect(found.map(({ path, line }) => [path, line])).toEqual([['src/io/a.ts', 2]]);
  });
});

describe('the ban on effects', () => {
  const effects = (path: string, text: string) =>
    messages(effectViolations(parseSource(path, text)));

  it.each([
    'const a = Date.now();',
    'const a = new Date();',
    'const a = performance.now();',
    'const a = Math.random();',
    'setTimeout(run, 1);',
    'globalThis.setInterval(run, 1);',
    'const a = process.env;',
    'console.log(1);',
    'await fetch(url);',
    'const a = crypto.randomUUID();',
    "import { readFile } from 'node:fs';",
  ])('finds %s, and permits it in src/io and src/cli', (text) => {
    expect(effects('src/exec/x.ts', text)).toHaveLength(1);
    expect(effects('src/io/x.ts', text)).toEqual([]);
    expect(effects('src/cli/x.ts', text)).toEqual([]);
  });

  it.each([
    'const a = new Date(clock.nowMs());',
    'const app = { fetch(request: Request): Response { return answer; } };',
    'await app.fetch(request);',
    '// Date.now() and process.exit()',
    "const text = 'console.log';",
  ])('permits %s', (text) => {
    expect(effects('src/exec/x.ts', text)).toEqual([]);
  });

  it('is stricter in the coordinator core', () => {
    const text = 'async function a() { await b; }\nconst c: Promise<Date> = d;';
    expect(effects('src/coord/core/x.ts', text)).toHaveLength(4);
    expect(effects('src/coord/core/x.ts', 'this.#await(request);')).toEqual([]);
    expect(effects('src/coord/x.ts', text)).toEqual([]);
  });
});

describe('shapes', () => {
  it('asks for a doc comment above each export, once for overloads', () => {
    const text = [
      '/** Documented. */',
      'export function a(x: string): void;',
      'export function a(x: number): void;',
      '// Not a doc comment.',
      'export const b = 1;',
      '/** Apart. */',
      '',
      'export interface C {}',
      '/* plain */',
      'export type D = 1;',
    ].join('\n');
    const found = undocumentedExports(parseSource('src/io/x.ts', text));
    expect(found.map(({ line }) => line)).toEqual([5, 8, 10]);
  });

  it('takes the contract for the description of kernels, by name and by family', () => {
    const contract = `{ [K in \`sum\${'U8' | 'U16'}\`]: 1 } & { fill(mask: number): void }`;
    const isKernel = kernelNames(parseSource('src/kernels/exports.ts', contract));
    expect(['sumU8', 'fill', 'sum', 'min'].filter(isKernel)).toEqual(['sumU8', 'fill']);
  });

  it('finds default exports', () => {
    const found = defaultExports(
      parseSource('src/io/x.ts', 'export default 1;\nexport { a as default };'),
    );
    expect(found.map(({ line }) => line)).toEqual([1, 2]);
  });

  it('tells a barrel from a file with something of its own', () => {
    const passing = "export { a } from './a.ts';\nexport * from './b.ts';\n";
    expect(barrelFiles(parseSource('src/io/x.ts', passing))).toHaveLength(1);
    expect(barrelFiles(parseSource('src/io/x.ts', `${passing}export const c = 1;\n`))).toEqual([]);
    expect(barrelFiles(parseSource('src/io/x.ts', "import './a.ts';\n"))).toEqual([]);
  });

  it('measures files', () => {
    const text = (lineCount: number) => 'a;\n'.repeat(lineCount);
    expect(longFiles(parseSource('src/io/x.ts', text(FILE_LINES_MAX)))).toEqual([]);
    expect(longFiles(parseSource('src/io/x.ts', text(FILE_LINES_MAX + 1)))).toHaveLength(1);
  });

  it.each([
    { head: ['function a() {'], end: '}' },
    { head: ['export async function a({', '  b,', '}: Options): Promise<void> {'], end: '}' },
    { head: ['const a = async (b: string) => {'], end: '};' },
    { head: ['  async #run(', '    b: string,', '  ): Promise<void> {'], end: '  }' },
    { head: ['list.forEach((b) => {'], end: '});' },
  ])('measures a function that starts with $head', ({ head, end }) => {
    const source = (lineCount: number) => {
      const body = Array.from({ length: lineCount - head.length - 1 }, () => '      body;');
      return parseSource('src/io/x.ts', [...head, ...body, end].join('\n'));
    };
    expect(longFunctions(source(FUNCTION_LINES_MAX))).toEqual([]);
    expect(longFunctions(source(FUNCTION_LINES_MAX + 1))).toHaveLength(1);
  });

  it('takes a long call for what it is', () => {
    const call = `run(\n${'  argument,\n'.repeat(100)}\n);\n`;
    expect(longFunctions(parseSource('src/io/x.ts', call))).toEqual([]);
  });
});
