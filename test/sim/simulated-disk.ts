import { EngineError } from '../../src/base/errors.ts';
import type { Prng } from '../../src/base/prng.ts';
import type { Clock } from '../../src/io/clock.ts';
import type { Disk, DiskFile, OpenMode } from '../../src/io/disk.ts';
import {
  type DiskChange,
  type DiskImage,
  DiskModel,
  type DiskOperation,
  everySector,
  type PendingChange,
  SECTOR_BYTES,
  type Survival,
} from './disk-model.ts';

/**
 * What a crash leaves of what was not synced.
 *
 * - `process`: the process alone ended; everything is there, and still not synced.
 * - `lost`: nothing; `kept`: everything.
 * - `torn`: everything but some sectors at the end of the last write.
 * - `subset`: each change, and each sector of a write, with an even chance.
 * - `reordered`: rather what came last, and of the last write rather its end.
 */
export type CrashMode = 'process' | 'lost' | 'kept' | 'torn' | 'subset' | 'reordered';

/** Crashes in which the power goes. */
export const POWER_CRASHES: readonly CrashMode[] = ['lost', 'kept', 'torn', 'subset', 'reordered'];

/** What can go wrong while it runs; each is off at first and may be switched at any time. */
export interface DiskFaults {
  /** Added to each sync and each durable write. */
  syncDelayMs: number;
  failRead: (path: string) => boolean;
  failWrite: (path: string) => boolean;
  /** What was to be synced is never durable then, also not by a later sync that succeeds. */
  failSync: (path: string) => boolean;
  /** The write is acknowledged and nothing happens. */
  loseWrite: (path: string) => boolean;
  /** Bytes by which the write misses its place, 0 for none. */
  misdirectWrite: (path: string) => number;
  /** All files together; what would go beyond fails. */
  capacityBytes: number;
}

/** What a simulated disk is made of. */
export interface SimulatedDiskOptions {
  readonly prng: Prng;
  /** Null: everything is done at once. */
  readonly clock: Clock | null;
  /** Of each call, on the clock (default 0.05 to 0.5). */
  readonly latencyMs?: { readonly min: number; readonly max: number };
  /** What is there, durably. */
  readonly image?: DiskImage;
  /** Whether `operations` are kept (default true); long runs do without. */
  readonly recordsOperations?: boolean;
  /** What has happened to it already, durably or not. */
  readonly operations?: readonly DiskOperation[];
}

/**
 * A disk in memory that forgets in a crash what was not synced. Directories are durable when they
 * are made, a rename when the directory that it goes to is synced. Deterministic: a function of the generator, the clock and the calls.
 */
export class SimulatedDisk implements Disk {
  readonly faults: DiskFaults = noFaults();
  /** Everything that has happened to what is stored, for building it again up to any point. */
  readonly operations: DiskOperation[] = [];
  readonly #prng: Prng;
  readonly #clock: Clock | null;
  readonly #latencyMs: { readonly min: number; readonly max: number };
  readonly #recordsOperations: boolean;
  #model: DiskModel;
  /** Goes up with each crash; calls from before are never answered. */
  #life = 0;
  readonly #abandoned = new Set<number>();

  constructor(options: SimulatedDiskOptions) {
    this.#prng = options.prng;
    this.#clock = options.clock;
    this.#latencyMs = options.latencyMs ?? { min: 0.05, max: 0.5 };
    this.#recordsOperations = options.recordsOperations ?? true;
    this.#model = new DiskModel(options.image ?? null);
    for (const operation of options.operations ?? []) this.#perform(operation);
  }

  /** What programs see now. */
  image(): DiskImage {
    return this.#model.image(() => everySector);
  }

  /** Ends every call that is under way without an answer, and loses what the mode says. */
  crash(mode: CrashMode): void {
    this.#life++;
    if (mode === 'process') return;
    this.#model = new DiskModel(this.#model.image(survivalOf(mode, this.#model, this.#prng)));
    this.#abandoned.clear();
    this.operations.length = 0;
  }

  /** Loses everything, as a new disk in the old one's place. */
  wipe(): void {
    this.#life++;
    this.#model = new DiskModel();
    this.#abandoned.clear();
    this.operations.length = 0;
  }

  /** Lets a stored bit rot. */
  flipBit(path: string, offsetBytes: number, bit: number): void {
    this.#change({ kind: 'flip', file: this.#file(path), at: offsetBytes, mask: 1 << bit });
  }

  open(path: string, mode: OpenMode): Promise<DiskFile> {
    return this.#call(0, () => {
      let file = this.#model.fileAt(path);
      if (file === null) {
        if (mode === 'read') throw notFound(path);
        this.#requireParent(path);
        file = this.#model.newFile();
        this.#change({ kind: 'create', path, file });
      }
      return this.#handle(path, file, mode);
    });
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#call(0, () => {
      if (this.#model.directories.has(path)) throw io(path, 'it is a directory');
      const bytes = this.#model.bytesOf(this.#file(path)).slice();
      if (this.faults.failRead(path)) throw io(path, 'reading failed');
      return bytes;
    });
  }

  async replaceFile(path: string, bytes: Uint8Array): Promise<void> {
    const aside = `${path}.${this.#model.nextNumber}.tmp`;
    try {
      const file = await this.open(aside, 'write');
      await file.write(bytes, 0);
      await file.sync();
      await this.rename(aside, path);
    } catch (error) {
      await this.remove(aside);
      throw error;
    }
    await this.syncDirectory(parentOf(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(0, () => {
      const file = this.#file(from);
      this.#requireParent(to);
      this.#change({ kind: 'rename', from, to, file });
    });
  }

  remove(path: string): Promise<void> {
    return this.#call(0, () => {
      const isDirectory = this.#model.directories.has(path);
      if (this.#model.fileAt(path) === null && !isDirectory) return;
      this.#change({ kind: 'remove', path });
      for (const directory of this.#model.directories) {
        if (directory === path || directory.startsWith(`${path}/`)) {
          this.#model.directories.delete(directory);
        }
      }
    });
  }

  makeDirectory(path: string): Promise<void> {
    return this.#call(0, () => {
      for (let at = path; at !== '' && at !== '.'; at = parentOf(at)) {
        if (this.#model.fileAt(at) !== null) {
          throw new EngineError('ALREADY_EXISTS', `disk: ${at}: a file is there`);
        }
        if (!this.#model.directories.has(at)) this.#perform({ kind: 'makeDirectory', path: at });
      }
    });
  }

  list(path: string): Promise<string[]> {
    return this.#call(0, () => {
      const all = [...this.#model.paths(), ...this.#model.directories];
      const inside = all.filter((name) => parentOf(name) === path);
      return inside.map((name) => name.slice(path.length + 1)).sort();
    });
  }

  sizeBytes(path: string): Promise<number | null> {
    return this.#call(0, () => {
      const file = this.#model.fileAt(path);
      return file === null ? null : this.#model.bytesOf(file).length;
    });
  }

  syncDirectory(path: string): Promise<void> {
    return this.#sync(path, ({ change }) => {
      switch (change.kind) {
        case 'create':
        case 'remove':
          return parentOf(change.path) === path;
        case 'rename':
          return parentOf(change.to) === path;
        default:
          return false;
      }
    });
  }

  #handle(path: string, file: number, mode: OpenMode): DiskFile {
    const life = this.#life;
    let isOpen = true;
    this.#model.hold(file, 1);
    const call = <T>(begin: () => T): Promise<T> => {
      // No error of a disk, but a defect of the program.
      if (!isOpen) return Promise.reject(new Error(`${path} is used after it was closed`));
      return life === this.#life ? this.#call(0, begin) : never();
    };
    return {
      read: (into, positionBytes) =>
        call(() => {
          if (this.faults.failRead(path)) throw io(path, 'reading failed');
          const end = positionBytes + into.length;
          const found = this.#model.bytesOf(file).subarray(positionBytes, end);
          into.set(found);
          return found.length;
        }),
      write: (bytes, positionBytes) => {
        if (mode !== 'durable') {
          return call(() => this.#write(path, file, bytes, positionBytes));
        }
        if (life !== this.#life) return never();
        const numbers: number[] = [];
        return this.#call(
          this.faults.syncDelayMs,
          () => {
            const number = this.#model.nextNumber;
            this.#write(path, file, bytes, positionBytes);
            if (this.#model.nextNumber > number) numbers.push(number);
          },
          () => this.#settle(path, numbers),
        );
      },
      sync: () =>
        life === this.#life
          ? this.#sync(path, ({ change }) => 'file' in change && isData(change, file))
          : never(),
      truncate: (lengthBytes) => call(() => this.#change({ kind: 'truncate', file, lengthBytes })),
      sizeBytes: () => call(() => this.#model.bytesOf(file).length),
      close: () =>
        call(() => {
          this.#model.hold(file, -1);
          isOpen = false;
        }),
    };
  }

  #write(path: string, file: number, bytes: Uint8Array, positionBytes: number): void {
    if (this.faults.failWrite(path)) throw io(path, 'writing failed');
    const grownBytes = positionBytes + bytes.length - this.#model.bytesOf(file).length;
    if (grownBytes > 0 && this.#usedBytes() + grownBytes > this.faults.capacityBytes) {
      throw io(path, 'ENOSPC: no space left on device');
    }
    if (this.faults.loseWrite(path)) return;
    const at = Math.max(0, positionBytes + this.faults.misdirectWrite(path));
    this.#change({ kind: 'write', file, at, bytes: bytes.slice() });
  }

  #usedBytes(): number {
    const files = this.#model.paths().map((path) => this.#file(path));
    return files.reduce((sum, file) => sum + this.#model.bytesOf(file).length, 0);
  }

  /** What is pending when a sync begins is durable when it ends. */
  #sync(path: string, concerns: (pending: PendingChange) => boolean): Promise<void> {
    let numbers: number[] = [];
    return this.#call(
      this.faults.syncDelayMs,
      () => {
        numbers = this.#model.pending.filter(concerns).map(({ number }) => number);
      },
      () => this.#settle(path, numbers),
    );
  }

  #settle(path: string, numbers: readonly number[]): void {
    if (this.faults.failSync(path)) {
      for (const number of numbers) this.#abandoned.add(number);
      throw io(path, 'syncing failed');
    }
    const changes = numbers.filter((number) => !this.#abandoned.has(number));
    this.#perform({ kind: 'settle', changes });
  }

  /** Begins at once, and is answered after a while by `finish`, unless the machine is down then. */
  #call<T>(delayMs: number, begin: () => T, finish: () => void = () => {}): Promise<T> {
    const life = this.#life;
    let result: T;
    try {
      result = begin();
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        if (life !== this.#life) return;
        try {
          finish();
          resolve(result);
        } catch (error) {
          reject(error);
        }
      };
      if (this.#clock === null) {
        queueMicrotask(answer);
        return;
      }
      const { min, max } = this.#latencyMs;
      this.#clock.schedule(delayMs + min + this.#prng.float() * (max - min), answer);
    });
  }

  #change(change: DiskChange): void {
    this.#perform({ kind: 'change', change });
  }

  #perform(operation: DiskOperation): void {
    if (this.#recordsOperations) this.operations.push(operation);
    this.#model.perform(operation);
  }

  #file(path: string): number {
    const file = this.#model.fileAt(path);
    if (file === null) throw notFound(path);
    return file;
  }

  #requireParent(path: string): void {
    if (!this.#model.directories.has(parentOf(path))) throw notFound(path);
  }
}

/** Decides by chance what a crash leaves of each pending change. */
export function survivalOf(
  mode: Exclude<CrashMode, 'process'>,
  model: DiskModel,
  prng: Prng,
): Survival {
  const { pending } = model;
  switch (mode) {
    case 'lost':
      return () => null;
    case 'kept':
      return () => everySector;
    case 'torn': {
      const last = pending.findLast(({ change }) => change.kind === 'write');
      const sectors = prng.integer(0, sectorCount(last?.change) + 1);
      return ({ number }) => (number === last?.number ? (sector) => sector < sectors : () => true);
    }
    case 'subset':
      return () => (prng.uint32() % 2 === 0 ? null : () => prng.uint32() % 2 === 0);
    case 'reordered':
      return ({ number, change }) => {
        const place = pending.findIndex((other) => other.number === number);
        if (prng.float() > (place + 1) / pending.length) return null;
        const first = prng.integer(0, sectorCount(change) + 1);
        return (sector) => sector >= first;
      };
  }
}

/** Sectors that a write reaches into, 0 for anything else. */
export function sectorCount(change: DiskChange | undefined): number {
  if (change?.kind !== 'write') return 0;
  const first = Math.floor(change.at / SECTOR_BYTES);
  return Math.ceil((change.at + change.bytes.length) / SECTOR_BYTES) - first;
}

function isData(change: DiskChange & { readonly file: number }, file: number): boolean {
  return change.file === file && (change.kind === 'write' || change.kind === 'truncate');
}

/** What a program that is no longer there gets. */
function never<T>(): Promise<T> {
  return new Promise(() => {});
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '.' : path.slice(0, slash);
}

function notFound(path: string): EngineError {
  return new EngineError('NOT_FOUND', `disk: ${path}: no such file or directory`);
}

function io(path: string, reason: string): EngineError {
  return new EngineError('IO', `disk: ${path}: ${reason}`);
}

function noFaults(): DiskFaults {
  return {
    syncDelayMs: 0,
    failRead: () => false,
    failWrite: () => false,
    failSync: () => false,
    loseWrite: () => false,
    misdirectWrite: () => 0,
    capacityBytes: Number.POSITIVE_INFINITY,
  };
}
