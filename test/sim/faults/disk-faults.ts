import type { SimulatedNode } from '../cluster-node.ts';
import { chance } from '../random.ts';
import type { SimulatedDisk } from '../simulated-disk.ts';
import type { FaultContext, FaultKind, Heal } from './kinds.ts';

/**
 * Disks that are slow, full or fail, which costs availability only, and those that lose what they
 * had acknowledged, which the guard allows for a minority. Damage shows when a node starts, so each
 * of the latter ends with a start.
 */
export const DISK_FAULTS: readonly FaultKind[] = [
  {
    name: 'slow disk',
    durationMs: 4_000,
    begin: ({ world }) => {
      const { faults } = world.prng.pick(world.nodes).disk;
      faults.syncDelayMs = 10 ** (1 + 2.5 * world.prng.float());
      return () => {
        faults.syncDelayMs = 0;
      };
    },
  },
  {
    // What a failed sync was for can no longer be read once its node has ended: systems drop it.
    name: 'failing sync',
    durationMs: 1_000,
    begin: ({ world }) => {
      const node = world.prng.pick(world.nodes);
      if (node.isHarmed) return null;
      node.expectDiskFaults();
      let hasFailed = false;
      node.disk.faults.failSync = () => {
        const fails = chance(world.prng, 0.3);
        hasFailed ||= fails;
        return fails;
      };
      node.setAtEnd(() => {
        if (hasFailed) node.disk.crash('lost');
        hasFailed = false;
      });
      return () => {
        node.disk.faults.failSync = () => false;
      };
    },
  },
  {
    name: 'failing write',
    durationMs: 1_000,
    begin: ({ world }) => {
      const node = world.prng.pick(world.nodes);
      node.expectDiskFaults();
      node.disk.faults.failWrite = () => chance(world.prng, 0.3);
      return () => {
        node.disk.faults.failWrite = () => false;
      };
    },
  },
  {
    name: 'full disk',
    durationMs: 2_000,
    begin: ({ world }) => {
      const node = world.prng.pick(world.nodes);
      node.expectDiskFaults();
      const { disk } = node;
      let usedBytes = 0;
      for (const bytes of disk.image().files.values()) usedBytes += bytes.length;
      disk.faults.capacityBytes = usedBytes + world.prng.integer(0, 500);
      return () => {
        disk.faults.capacityBytes = Number.POSITIVE_INFINITY;
      };
    },
  },
  {
    name: 'disk loss',
    durationMs: 3_000,
    begin: (context) =>
      harming(context, (node) => {
        node.crash('power');
        node.disk.wipe();
        return () => node.start();
      }),
  },
  {
    name: 'bit flip',
    durationMs: 3_000,
    begin: (context) =>
      harming(context, (node) => {
        node.crash('power');
        flipSomeBit(node.disk, context);
        return () => node.start();
      }),
  },
  {
    name: 'lost writes',
    durationMs: 1_500,
    begin: (context) =>
      harming(context, (node) => {
        const { faults } = node.disk;
        const ledger = new WriteLedger(node);
        faults.loseWrite = (path) => ledger.write(path, chance(context.world.prng, 0.3));
        return () => {
          faults.loseWrite = (path) => ledger.write(path, false);
          restart(context, node);
        };
      }),
  },
  {
    name: 'misdirected writes',
    durationMs: 1_500,
    begin: (context) =>
      harming(context, (node) => {
        const { prng } = context.world;
        const { faults } = node.disk;
        const ledger = new WriteLedger(node);
        faults.misdirectWrite = (path) =>
          ledger.write(path, chance(prng, 0.3)) ? prng.integer(-2_048, 4_096) : 0;
        return () => {
          faults.misdirectWrite = (path) => (ledger.write(path, false) ? 1 : 0);
          restart(context, node);
        };
      }),
  },
];

/**
 * Whether the last write to a file went wrong. No disk shows that, and no protocol survives what it
 * hides: when the node ends in such a moment its whole disk is gone, which it does see.
 */
class WriteLedger {
  readonly #wrong = new Set<string>();

  constructor(node: SimulatedNode) {
    node.setAtEnd(() => {
      if (this.#wrong.size > 0) node.disk.wipe();
      this.#wrong.clear();
    });
  }

  /** Notes a write; returns whether it goes wrong. */
  write(path: string, goesWrong: boolean): boolean {
    if (goesWrong) this.#wrong.add(path);
    else this.#wrong.delete(path);
    return goesWrong;
  }
}

function harming(context: FaultContext, begin: (node: SimulatedNode) => Heal): Heal | null {
  const { world, guard } = context;
  const node = world.prng.pick(world.nodes);
  if (!guard.mayHarm(node)) return null;
  guard.harm(node);
  const heal = begin(node);
  return () => {
    guard.over(node);
    heal();
  };
}

function restart({ world }: FaultContext, node: SimulatedNode): void {
  node.crash('power');
  world.scheduler.after(500, () => node.start());
}

function flipSomeBit(disk: SimulatedDisk, { world }: FaultContext): void {
  const { prng } = world;
  const files = [...disk.image().files].filter(([, bytes]) => bytes.length > 0);
  if (files.length === 0) return;
  const [path, bytes] = prng.pick(files);
  disk.flipBit(path, prng.integer(0, bytes.length), prng.integer(0, 8));
}
