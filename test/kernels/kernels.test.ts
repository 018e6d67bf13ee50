import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { CASES } from './cases.ts';
import { Harness } from './harness.ts';
import { loadKernels, loadModule } from './load.ts';

/** Around every vector width from 2 to 16 lanes, and around mask words. */
const COUNTS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 49, 63, 64, 65, 128, 193];
const ROUNDS = 4;
const GOLDEN_FILE = new URL('./module.txt', import.meta.url);
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`kernels: SEED=${seed}\n`);

const BUILDS = {
  'shared memory': () => loadKernels('shared', 2),
  'unshared memory': () => loadKernels('unshared', 2),
  'the last bytes of a shared memory of 4 GiB': () => loadKernels('shared', 65_536),
};

describe.each(Object.entries(BUILDS))('kernels in %s', (_, load) => {
  const kernels = load();
  it.each(Object.entries(CASES))('%s does what its scalar twin does', (_name, run) => {
    const random = new Prng(seed);
    for (const count of COUNTS) {
      for (let round = 0; round < ROUNDS; round++) run(new Harness(kernels, random), count);
    }
  });
});

describe('kernels over many rows', () => {
  it('keep small-integer sums exact where narrow accumulators would overflow', () => {
    const kernels = loadKernels('unshared', 260);
    const count = 4_000_003;
    kernels.u8.fill(0xff);
    expect(kernels.run.sumU8(65_536, count)).toBe(255n * BigInt(count));
    expect(kernels.run.sumU16(65_536, count)).toBe(65_535n * BigInt(count));
    expect(kernels.run.sumU32(65_536, count)).toBe((2n ** 32n - 1n) * BigInt(count));
    expect(kernels.run.sumMaskedU8(65_536, 65_536, count - 3)).toBe(255n * BigInt(count - 3));
    expect(kernels.run.sumMaskedU16(65_536, 65_536, count - 3)).toBe(65_535n * BigInt(count - 3));
  });
});

describe('exact integer arithmetic', () => {
  const edges = [
    1n,
    2n,
    3n,
    3037000499n,
    3037000500n,
    2n ** 31n,
    2n ** 32n,
    2n ** 62n,
    2n ** 63n - 1n,
  ];
  const values = [...edges, ...edges.map((edge) => -edge), 0n, -(2n ** 63n)];
  const operations = {
    addI64: (left: bigint, right: bigint) => left + right,
    subtractI64: (left: bigint, right: bigint) => left - right,
    multiplyI64: (left: bigint, right: bigint) => left * right,
  };

  it.each(Object.entries(operations))('%s knows just where 64 bits end', (name, operation) => {
    const { run, i64 } = loadKernels('unshared', 2);
    for (const left of values) {
      for (const right of values) {
        i64[8192] = left;
        i64[8193] = right;
        const overflows = run[name as keyof typeof operations](65_552, 65_536, 65_544, 1);
        const exact = operation(left, right);
        expect(overflows, `${left}, ${right}`).toBe(Number(BigInt.asIntN(64, exact) !== exact));
        expect(i64[8194]).toBe(BigInt.asIntN(64, exact));
      }
    }
  });
});

describe('the kernels module', () => {
  it.each(['shared', 'unshared'] as const)(
    'in its %s build imports its memory only',
    async (variant) => {
      const module = loadModule(variant);
      const imports = WebAssembly.Module.imports(module);
      const exports = WebAssembly.Module.exports(module);
      const lines = [...imports.map(describeImport), ...exports.map(describeExport).sort()];
      const text = `${lines.join('\n')}\n`;
      if (process.env.UPDATE === '1') writeFileSync(GOLDEN_FILE, text);
      expect(text).toBe(readFileSync(GOLDEN_FILE, 'utf8'));
    },
  );

  it.each(['shared', 'unshared'] as const)('in its %s build has no data of its own', (variant) => {
    const kernels = loadKernels(variant, 1);
    expect(kernels.u8.every((byte) => byte === 0)).toBe(true);
  });

  it('has a test for every export', () => {
    const names = WebAssembly.Module.exports(loadModule('shared')).map(({ name }) => name);
    const tables = ['hashGroupIds', 'hashRehash', 'mergeDictionaries'];
    const known = [...tables, 'selectByGroup', 'testTexts', 'findTexts'];
    const tested = [...Object.keys(CASES), ...known];
    expect(names.sort()).toEqual(tested.sort());
  });
});

function describeImport({ module, name, kind }: WebAssembly.ModuleImportDescriptor): string {
  return `import ${kind} ${module}.${name}`;
}

function describeExport({ name, kind }: WebAssembly.ModuleExportDescriptor): string {
  return `export ${kind} ${name}`;
}
