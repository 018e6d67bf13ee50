import { EngineError } from '../base/errors.ts';
import type { SegmentMetadata } from './metadata.ts';

/**
 * Checks that the segments of one table have the same columns.
 *
 * @throws EngineError SCHEMA_MISMATCH naming the first one that differs.
 */
export function checkSameSchema(segments: readonly SegmentMetadata[]): void {
  const [first, ...others] = segments;
  for (const segment of others) {
    if (columnsText(segment) === columnsText(first!)) continue;
    throw new EngineError(
      'SCHEMA_MISMATCH',
      `catalog: expected the columns of segment ${first!.name} (${columnsText(first!)}) in ` +
        `${segment.name}, found ${columnsText(segment)}; reload the table`,
    );
  }
}

function columnsText({ columns }: SegmentMetadata): string {
  return columns.map(({ name, type }) => `${name} ${type}`).join(', ');
}
