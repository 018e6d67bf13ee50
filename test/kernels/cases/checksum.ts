import { crc32c, crc32cTables } from '../../../src/base/checksum.ts';
import type { Case } from '../harness.ts';

const TABLES = crc32cTables();

/** The twin of the checksum is the one in TypeScript. */
export function checksumCases(): Record<'crc32c', Case> {
  return {
    crc32c: (harness, count) => {
      const bytes = Uint8Array.from({ length: count }, () => harness.random.integer(0, 256));
      const args = [harness.put(TABLES), harness.put(bytes), count];
      harness.call('crc32c', args, crc32c(bytes) | 0);
    },
  };
}
