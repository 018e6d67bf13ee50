import type { Disk } from '../../src/io/disk.ts';

/** What a crash leaves of what was not synced; see the disks. */
export type CrashMode = 'process' | 'lost' | 'kept' | 'torn' | 'subset' | 'reordered';

/** Crashes in which the power goes. */
export const POWER_CRASHES: readonly CrashMode[] = ['lost', 'kept', 'torn', 'subset', 'reordered'];

/** A disk that a simulation breaks. */
export interface MachineDisk extends Disk {
  /** What can go wrong while it runs; may be changed at any time. */
  readonly faults: {
    /** Added to each sync. */
    syncDelayMs: number;
    failRead: (path: string) => boolean;
    failWrite: (path: string) => boolean;
    failSync: (path: string) => boolean;
    /** The write is acknowledged and nothing happens. */
    loseWrite: (path: string) => boolean;
    /** Bytes by which the write misses its place, 0 for none. */
    misdirectWrite: (path: string) => number;
    capacityBytes: number;
  };
  /** What programs see now. */
  image(): { readonly files: ReadonlyMap<string, Uint8Array> };
  /** Ends every call that is under way without an answer, and loses what the mode says. */
  crash(mode: CrashMode): void;
  /** Loses everything. */
  wipe(): void;
  /** Lets a stored bit rot. */
  flipBit(path: string, offsetBytes: number, bit: number): void;
}
