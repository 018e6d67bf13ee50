import { EngineError } from '../base/errors.ts';
import { SEGMENT_FILES_SENT_MAX } from '../base/store-limits.ts';
import { segmentResponse } from '../store/segment-response.ts';
import type { StoredSegment } from '../store/segment-store.ts';

/** A segment's file on this server. */
export interface ServedFile {
  /** Under which the deep store has it. */
  readonly key: string;
  readonly stored: StoredSegment;
}

/**
 * Opens a file of a segment that is on this machine's disks; null when there is none.
 *
 * @param key which one, as the deep store names it; null for the one that queries read.
 */
export type OpenServedFile = (
  table: string,
  segment: string,
  key: string | null,
) => Promise<ServedFile | null>;

/** Sends files of segments to peers and to whoever else asks; a bounded number at the same time. */
export class SegmentFiles {
  readonly #open: OpenServedFile;
  #sentNow = 0;

  constructor(open: OpenServedFile) {
    this.#open = open;
  }

  /**
   * Answers `GET …/{table}/{segment}/file[?key=KEY]`.
   *
   * @throws EngineError NOT_FOUND, or SERVER_UNAVAILABLE when enough are being sent.
   */
  async send(
    table: string,
    segment: string,
    key: string | null,
    request: Request,
  ): Promise<Response> {
    if (this.#sentNow >= SEGMENT_FILES_SENT_MAX) {
      throw new EngineError(
        'SERVER_UNAVAILABLE',
        `server: ${SEGMENT_FILES_SENT_MAX} segment files are being sent; ask another server`,
      );
    }
    this.#sentNow++;
    try {
      const file = await this.#open(table, segment, key);
      if (file === null) {
        throw new EngineError(
          'NOT_FOUND',
          `server: no file of segment ${segment} of ${table} here`,
        );
      }
      return segmentResponse(file.key, this.#counted(file.stored), request);
    } catch (error) {
      this.#sentNow--;
      throw error;
    }
  }

  #counted(stored: StoredSegment): StoredSegment {
    let isOpen = true;
    return {
      lengthBytes: stored.lengthBytes,
      read: (into, offsetBytes) => stored.read(into, offsetBytes),
      close: async () => {
        if (isOpen) this.#sentNow--;
        isOpen = false;
        await stored.close();
      },
    };
  }
}
