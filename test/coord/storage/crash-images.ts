import type { Prng } from '../../../src/base/prng.ts';
import {
  type DiskImage,
  DiskModel,
  type DiskOperation,
  everySector,
} from '../../sim/disk-model.ts';
import { sectorCount, survivalOf } from '../../sim/simulated-disk.ts';

/** What a power failure may leave after each of the operations. */
export function* imagesOf(
  operations: readonly DiskOperation[],
  prng: Prng,
  image: DiskImage | null = null,
): Generator<{ image: DiskImage; at: number }> {
  const model = new DiskModel(image);
  for (const [place, operation] of operations.entries()) {
    model.perform(operation);
    for (const left of images(model, prng)) yield { image: left, at: place + 1 };
  }
}

/** What a power failure may leave of a disk. */
function* images(model: DiskModel, prng: Prng): Generator<DiskImage> {
  yield model.image(survivalOf('lost', model, prng));
  const { pending } = model;
  if (pending.length === 0) return;
  yield model.image(survivalOf('kept', model, prng));
  for (let round = 0; round < 3; round++) {
    yield model.image(survivalOf('subset', model, prng));
    yield model.image(survivalOf('reordered', model, prng));
  }
  const last = pending.findLast(({ change }) => change.kind === 'write');
  for (let sectors = 0; sectors < sectorCount(last?.change); sectors++) {
    const isLast = (number: number) => number === last!.number;
    yield model.image(({ number }) =>
      isLast(number) ? (sector) => sector < sectors : everySector,
    );
    yield model.image(({ number }) =>
      isLast(number) ? (sector) => sector > sectors : everySector,
    );
    yield model.image(({ number }) =>
      isLast(number) ? (sector) => sector !== sectors : everySector,
    );
  }
}
