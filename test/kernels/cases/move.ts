import type { CodeWidth } from '../../../src/kernels/exports.ts';
import type { Case, KernelName } from '../harness.ts';
import {
  anyOperand,
  anySelection,
  anyValue,
  anyVector,
  CODES,
  elements,
  indexesBelow,
  maskOf,
  type TypeName,
  type Value,
  VECTORS,
  vectorOf,
} from '../values.ts';

type LookupName = `lookup${CodeWidth}To${8 | 32 | 64}`;
type DecodeName = `decode${CodeWidth}To${'I32' | 'I64' | 'F64'}`;

/** Source and target of the conversions. */
const CONVERSIONS = {
  convertU8ToU32: ['U8', 'U32'],
  convertU16ToU32: ['U16', 'U32'],
  convertU8ToI64: ['U8', 'I64'],
  convertI32ToI64: ['I32', 'I64'],
  convertI32ToF64: ['I32', 'F64'],
  convertI64ToF64: ['I64', 'F64'],
  convertF32ToF64: ['F32', 'F64'],
} as const satisfies Partial<Record<KernelName, readonly [TypeName, TypeName]>>;

/** Element types of the gathers; 128 bits are pairs. */
const GATHERS = { gather8: 'U8', gather16: 'U16', gather32: 'U32', gather64: 'I64' } as const;

const SPLATS = { splat32: 'U32', splat64: 'I64', splatF64: 'F64' } as const;

/** Twins of gathering, decoding and converting. */
export function moveCases() {
  return {
    ...tableOf(GATHERS, gather),
    ...tableOf(CONVERSIONS, convert),
    ...tableOf(SPLATS, splat),
    fillBytes: (harness, count) => {
      const value = harness.random.integer(0, 256);
      const out = harness.output(new Uint8Array(count).fill(value));
      harness.call('fillBytes', [out, value, count]);
    },
    ...lookupCases(),
    ...decodeCases(),
    gather128: (harness, count) => {
      const values = elements(anyVector(harness.random, 'I64', 60)) as bigint[];
      const indexes = indexesBelow(harness.random, 30, count);
      const picked = [...indexes].flatMap((index) => values.slice(2 * index, 2 * index + 2));
      const out = harness.output(BigInt64Array.from(picked));
      const source = harness.put(BigInt64Array.from(values));
      harness.call('gather128', [out, source, harness.put(indexes), count]);
    },
    sequence32: (harness, count) => {
      const first = Number(anyValue(harness.random, 'U32'));
      const out = harness.output(Uint32Array.from({ length: count }, (_, row) => first + row));
      harness.call('sequence32', [out, first, count]);
    },
    rebaseI32: (harness, count) => {
      const base = harness.random.integer(-1000, 1000);
      const out = anyVector(harness.random, 'U32', count) as Uint32Array;
      const values = Int32Array.from(out, (id) => base + id);
      const ids = Uint32Array.from(values, (value) => value - base);
      harness.call('rebaseI32', [harness.output(ids), harness.put(values), base, count]);
    },
    rebaseI64: (harness, count) => {
      const base = anyValue(harness.random, 'I64') as bigint;
      const ids = anyVector(harness.random, 'U32', count) as Uint32Array;
      const values = BigInt64Array.from(ids, (id) => base + BigInt(id));
      harness.call('rebaseI64', [harness.output(ids), harness.put(values), base, count]);
    },
    replaceMasked32: (harness, count) => {
      const rows = anySelection(harness.random, count);
      const before = anyVector(harness.random, 'U32', count) as Uint32Array;
      const value = Number(anyValue(harness.random, 'U32'));
      const after = before.map((old, row) => (rows[row] ? value : old));
      const out = harness.become(before, after);
      harness.call('replaceMasked32', [out, harness.put(maskOf(rows)), value, count]);
    },
    replaceMasked64: (harness, count) => {
      const rows = anySelection(harness.random, count);
      const before = anyVector(harness.random, 'I64', count) as BigInt64Array;
      const value = BigInt(anyValue(harness.random, 'I64'));
      const after = before.map((old, row) => (rows[row] ? value : old));
      const out = harness.become(before, after);
      harness.call('replaceMasked64', [out, harness.put(maskOf(rows)), value, count]);
    },
    splitTimestamp: (harness, count) => {
      const values = elements(anyVector(harness.random, 'I64', count)).map((value, row) =>
        row % 3 === 0
          ? (BigInt(value) % 100_000n) * 86_400_000_000n - BigInt(row % 5) + 2n
          : BigInt(value),
      );
      const micros = values.map((value) => ((value % DAY) + DAY) % DAY);
      const days = values.map((value, row) => (value - micros[row]!) / DAY);
      const dayOut = harness.output(vectorOf('I32', days));
      const microsOut = harness.output(vectorOf('F64', micros));
      const source = harness.put(vectorOf('I64', values));
      harness.call('splitTimestamp', [dayOut, microsOut, source, count]);
    },
  } satisfies Partial<Record<KernelName, Case>>;
}

const DAY = 86_400_000_000n;

function tableOf<M extends object>(
  table: M,
  make: (name: KernelName, entry: M[keyof M]) => Case,
): { [K in keyof M]: Case } {
  const entries = Object.entries(table) as [KernelName, M[keyof M]][];
  const cases = entries.map(([name, entry]) => [name, make(name, entry)]);
  return Object.fromEntries(cases) as { [K in keyof M]: Case };
}

function gather(name: KernelName, type: TypeName): Case {
  return (harness, count) => {
    const values = anyVector(harness.random, type, 40);
    const indexes = indexesBelow(harness.random, 40, count);
    const picked = vectorOf(
      type,
      [...indexes].map((index) => values[index]!),
    );
    const out = harness.output(picked);
    harness.call(name, [out, harness.put(values), harness.put(indexes), count]);
  };
}

function convert(name: KernelName, [from, to]: readonly [TypeName, TypeName]): Case {
  return (harness, count) => {
    const values = anyVector(harness.random, from, count);
    const out = harness.output(vectorOf(to, elements(values)));
    harness.call(name, [out, harness.put(values), count]);
  };
}

function splat(name: KernelName, type: TypeName): Case {
  return (harness, count) => {
    const value = anyValue(harness.random, type);
    const after = vectorOf(type, new Array<Value>(count).fill(value));
    harness.call(name, [harness.output(after), value, count]);
  };
}

function lookupCases(): Record<LookupName, Case> {
  const cases = {} as Record<LookupName, Case>;
  for (const codeType of CODES) {
    for (const [bits, type] of [
      [8, 'U8'],
      [32, 'U32'],
      [64, 'I64'],
    ] as const) {
      const name = `lookup${codeType}To${bits}` as const;
      cases[name] = (harness, count) => {
        const table = anyVector(harness.random, type, 250);
        const codes = VECTORS[codeType].from(indexesBelow(harness.random, 250, count));
        const found = vectorOf(
          type,
          [...codes].map((code) => table[code]!),
        );
        const out = harness.output(found);
        harness.call(name, [out, harness.put(codes), harness.put(table), count]);
      };
    }
  }
  return cases;
}

function decodeCases(): Record<DecodeName, Case> {
  const cases = {} as Record<DecodeName, Case>;
  for (const codeType of CODES) {
    for (const type of ['I32', 'I64', 'F64'] as const) {
      const name = `decode${codeType}To${type}` as const;
      cases[name] = (harness, count) => {
        const codes = anyVector(harness.random, codeType, count);
        const base = anyOperand(harness.random, type);
        const scale = anyOperand(harness.random, type);
        const decoded = elements(codes).map((code) =>
          type === 'F64'
            ? Number(base) + Number(code) * Number(scale)
            : BigInt.asIntN(type === 'I32' ? 32 : 64, BigInt(base) + BigInt(code) * BigInt(scale)),
        );
        const out = harness.output(vectorOf(type, decoded));
        harness.call(name, [out, harness.put(codes), base, scale, count]);
      };
    }
  }
  return cases;
}
