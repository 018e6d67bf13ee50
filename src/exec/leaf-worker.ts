import { EngineError, type ErrorCode, errorMessage, type TextPosition } from '../base/errors.ts';
import type { Clock } from '../io/clock.ts';
import type { WorkerPort } from '../io/tasks.ts';
import type { ArenaLayout } from '../kernels/arena.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';
import type { LeafPlan } from '../sql/plan.ts';
import type { QueryLimits } from '../sql/query-limits.ts';
import { encodeBlock } from './block.ts';
import type { ExecutionContext } from './context.ts';
import { runLeafTask, type SegmentOutcome } from './leaf-task.ts';
import { type LeafProfile, Profiler } from './profile.ts';
import type { PinnedBuffers } from './segment-view.ts';
import { segmentView } from './star-tree-view.ts';
import { TaskCells } from './task-cells.ts';
import { ordinalDictionaries, type TaskOrdinals, withOrdinals } from './task-ordinals.ts';
import { threadContexts } from './thread-contexts.ts';

/** What the main thread tells a worker. Requests are answered in order; the rest has no answer. */
export type WorkerMessage = StartMessage | RunMessage | ForgetMessage;

/** First message: the memory to work on. */
export interface StartMessage {
  readonly kind: 'start';
  readonly module: WebAssembly.Module;
  readonly memories: readonly WebAssembly.Memory[];
  readonly layouts: readonly ArenaLayout[];
  readonly thread: number;
  readonly batchRows: number;
}

/** A share of a leaf task. */
export interface RunMessage {
  readonly kind: 'run';
  readonly plan: LeafPlan;
  readonly segments: readonly PlacedSegment[];
  /** Those of `TaskCells`, over shared memory. */
  readonly cells: Int32Array;
  readonly limits: QueryLimits;
  readonly firstSegment: number;
  readonly hostName: string;
  readonly isProfiled: boolean;
  readonly isSpanning: boolean;
  readonly ordinals: readonly TaskOrdinals[];
}

/** A segment that is gone. */
export interface ForgetMessage {
  readonly kind: 'forget';
  readonly segment: number;
}

/** Where a segment's pinned buffers lie. */
export interface PlacedSegment {
  /** The engine's number for the segment; never reused. */
  readonly id: number;
  /** Sent the first time only. */
  readonly metadata: SegmentMetadata | null;
  readonly arena: number;
  readonly buffers: PinnedBuffers;
}

/** A worker's answer to a run. */
export type WorkerAnswer =
  | {
      readonly kind: 'result';
      /** An encoded block, or null when there was nothing left to do. */
      readonly block: Uint8Array | null;
      readonly outcomes: readonly SegmentOutcome[];
      readonly profile: LeafProfile | null;
    }
  | {
      readonly kind: 'failure';
      /** Null for a defect. */
      readonly code: ErrorCode | null;
      readonly message: string;
      readonly position: TextPosition | null;
    };

/** Serves leaf tasks on a worker thread for as long as it lives. */
export function serveLeafTasks(port: WorkerPort, clock: Clock): void {
  const metadataById = new Map<number, SegmentMetadata>();
  let contexts: readonly ExecutionContext[] = [];
  port.onMessage = (message) => {
    const request = message as WorkerMessage;
    switch (request.kind) {
      case 'start':
        contexts = threadContexts(
          request.module,
          request.memories,
          request.layouts,
          request.thread,
          request.batchRows,
        );
        break;
      case 'forget':
        metadataById.delete(request.segment);
        break;
      case 'run': {
        const answer = run(request, metadataById, contexts, clock);
        const block = answer.kind === 'result' ? answer.block : null;
        port.post(answer, block === null ? [] : [block.buffer as ArrayBuffer]);
      }
    }
  };
}

function run(
  request: RunMessage,
  metadataById: Map<number, SegmentMetadata>,
  contexts: readonly ExecutionContext[],
  clock: Clock,
): WorkerAnswer {
  try {
    const placed = request.segments.map(({ id, metadata, arena, buffers }) => {
      if (metadata !== null) metadataById.set(id, metadata);
      return { view: segmentView(metadataById.get(id)!, buffers), arena };
    });
    const { ordinals } = request;
    const dictionaries = ordinalDictionaries(ordinals, placed, contexts);
    const segments = withOrdinals(placed, ordinals, dictionaries);
    const profiler = request.isProfiled ? new Profiler(clock) : null;
    const task = { ...request, segments, cells: new TaskCells(request.cells), profiler };
    const { partial, ...rest } = runLeafTask(task, contexts);
    const block = partial === null ? null : encodeBlock(partial, dictionaries);
    return { kind: 'result', block, ...rest };
  } catch (error) {
    const { code, position = null } = error instanceof EngineError ? error : { code: null };
    const detail = error instanceof Error && code === null ? error.stack : undefined;
    return { kind: 'failure', code, message: detail ?? errorMessage(error), position };
  }
}
