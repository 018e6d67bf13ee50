import type { statisticToJson } from '../../segment/footer.ts';

/** What changes with each step of a table's loads: which of them are under way. */
export interface TableStateNode {
  /** Grows by one with every write. */
  readonly version: number;
  /** Loads and replacements that queries do not see yet, by their ids. */
  readonly pending: Readonly<Record<string, PendingLoad>>;
  /**
   * Absent for a table that queries may read. Of a `disabled` one servers let go of what they hold; of one
   * that is `enabling` they take it over again, until when it answers nothing either.
   */
  readonly standing?: 'disabled' | 'enabling';
  /** Objects that are being removed from the deep store: no record may name one. */
  readonly removed?: readonly string[];
}

/** A load that is under way. */
export interface PendingLoad {
  /**
   * A `load` belongs to the controller that has begun it: when that goes, the load is taken back. A
   * `replacement` belongs to a client, who ends or reverts it whenever it wants.
   */
  readonly kind: 'load' | 'replacement';
  readonly startedAtMs: number;
  /** Names of the segments that a replacement waits for; absent when that is not known. */
  readonly brings?: readonly string[];
}

/** A part of a table's segments. */
export interface SegmentPageNode {
  /** By segment id: see `segment-id.ts`. */
  readonly segments: Readonly<Record<string, SegmentRecord>>;
}

/** A segment in the deep store. */
export interface SegmentRecord {
  readonly rowCount: number;
  readonly lengthBytes: number;
  readonly createdAtMs: number;
  /** CRC-32C of its footer, which has the checksums of all that is in the file. */
  readonly crc: number;
  /** The key of its object, which never changes; another one has its place after reindexing. */
  readonly file: string;
  /** Ids of the servers that should hold it. */
  readonly servers: readonly string[];
  /** While a rebalance moves it: `servers` are those from before and those from then on. */
  readonly move?: SegmentMove;
  /** The load that brought it; absent for what was there before loads had ids. */
  readonly load?: string;
  /** The load that takes it away. */
  readonly replacedBy?: string;
  /** The table's `configRevision` whose indexes it has. Absent: 0. */
  readonly configRevision?: number;
  readonly time?: TimeRange;
  readonly partitions?: PartitionList;
  readonly ranges?: ColumnRanges;
}

/** What becomes of a segment's servers. */
export interface SegmentMove {
  /** Those that are new. */
  readonly add: readonly string[];
  /** Those that let go of it once the new ones serve it. */
  readonly drop: readonly string[];
}

/** The least and greatest value of a table's time column in a segment without NULL there. */
export interface TimeRange {
  readonly column: string;
  readonly min: number;
  readonly max: number;
}

/** The partitions of a column's values, out of `count` that Pinot's function Murmur makes. */
export interface PartitionList {
  readonly column: string;
  readonly count: number;
  readonly ids: readonly number[];
}

/**
 * The least and greatest value of columns by which brokers leave segments out, as a segment's footer
 * writes them; see `column-ranges.ts`.
 */
export type ColumnRanges = Readonly<
  Record<string, readonly [min: StatisticJson, max: StatisticJson]>
>;

/** What `statisticToJson` makes of a value. */
export type StatisticJson = ReturnType<typeof statisticToJson>;

/** The segments of one page that a server can answer for. */
export interface ServingNode {
  /** Segment id → the `crc` of the file that it reads. */
  readonly segments: Readonly<Record<string, number>>;
  /** Segments that it could not load, with the reason. */
  readonly failed: Readonly<Record<string, string>>;
}
