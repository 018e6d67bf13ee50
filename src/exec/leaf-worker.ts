import { EngineError, type ErrorCode, errorMessage, type TextPosition } from '../base/errors.ts';
import type { Clock } from '../io/clock.ts';
import type { WorkerPort } from '../io/tasks.ts';
import type { ArenaLayout } from '../kernels/arena.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';
import type { GroupFinish, LeafPlan } from '../sql/plan.ts';
import type { QueryLimits } from '../sql/query-limits.ts';
import { decodeBlock, encodeBlock } from './block.ts';
import type { ExecutionContext } from './context.ts';
import { decodeBuffers, type StoredBuffers } from './decode-buffers.ts';
import {
  runLeafTask,
  type SegmentOutcome,
  stoppedByOthers,
  type TaskSegment,
} from './leaf-task.ts';
import { mergePartials } from './merge.ts';
import type { Partial } from './partial.ts';
import { type LeafProfile, Profiler } from './profile.ts';
import type { ColumnAddresses, PinnedBuffers } from './segment-view.ts';
import { segmentView } from './star-tree-view.ts';
import { TaskCells } from './task-cells.ts';
import { ordinalDictionaries, type TaskOrdinals, withOrdinals } from './task-ordinals.ts';
import { threadContexts } from './thread-contexts.ts';

/** What the main thread tells a worker. Requests are answered in order; the rest has no answer. */
export type WorkerMessage =
  | StartMessage
  | RunMessage
  | MergeMessage
  | DecodeMessage
  | ForgetMessage
  | ForgetJobMessage;

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
  /** The number of the job, under which the thread finds it again. */
  readonly job: number;
  /** What the job is; null when the thread has it. */
  readonly work: JobMessage | null;
  /** Those of `TaskCells`, over shared memory. */
  readonly cells: Int32Array;
  readonly limits: QueryLimits;
  readonly firstSegment: number;
  readonly hostName: string;
  readonly isProfiled: boolean;
  readonly isSpanning: boolean;
  readonly isSplit: boolean;
  readonly partitionedGroupsMin: number | null;
  readonly finish: GroupFinish | null;
  readonly ordinals: readonly TaskOrdinals[];
}

/** A plan and the segments that it is run on. */
export interface JobMessage {
  readonly plan: LeafPlan;
  readonly segments: readonly PlacedSegment[];
}

/** Parts of a task's results, to be merged one by one. */
export interface MergeMessage
  extends JobMessage,
    Pick<RunMessage, 'ordinals' | 'cells' | 'limits'> {
  readonly kind: 'merge';
  /** For each part the blocks of all results. */
  readonly parts: readonly (readonly Uint8Array[])[];
}

/** Buffers that were read into an arena. */
export interface DecodeMessage {
  readonly kind: 'decode';
  readonly buffers: StoredBuffers;
  readonly arena: number;
}

/** A job that will not come again. */
export interface ForgetJobMessage {
  readonly kind: 'forgetJob';
  readonly job: number;
}

/** A segment that is gone, and all jobs with it. */
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
  /** The names of the pinned columns. */
  readonly columns: readonly string[];
  /** Where those of them lie that have not been where they are now when they were last sent. */
  readonly moved: Readonly<Record<string, ColumnAddresses>>;
  readonly indexes: PinnedBuffers['indexes'];
  readonly starTree: PinnedBuffers['starTree'];
}

/**
 * What a thread knows of a segment. A column keeps its object for as long as it stays where it is: what is known of its
 * values is found by it, and most messages need not name an address at all.
 */
interface KnownSegment {
  readonly metadata: SegmentMetadata;
  /** Some may be gone; those that a message names are where they are said to be. */
  readonly columns: Map<string, ColumnAddresses>;
}

/** A job as a thread keeps it: the same plan and views each time, and with them what is known of these. */
interface KnownJob {
  readonly plan: LeafPlan;
  readonly segments: readonly TaskSegment[];
}

/** A worker's answer to a run. */
export type WorkerAnswer =
  | {
      readonly kind: 'result';
      /** An encoded block, or null when there was nothing left to do. */
      readonly block: Uint8Array | null;
      /** Encoded blocks of the parts of a result that is too large to be one. */
      readonly parts: readonly (readonly Uint8Array[])[] | null;
      readonly isDisjoint: boolean;
      readonly outcomes: readonly SegmentOutcome[];
      readonly profile: LeafProfile | null;
    }
  | { readonly kind: 'merged'; readonly blocks: readonly Uint8Array[] }
  | { readonly kind: 'decoded' }
  | {
      readonly kind: 'failure';
      /** Null for a defect. */
      readonly code: ErrorCode | null;
      readonly message: string;
      readonly position: TextPosition | null;
    };

/** Serves leaf tasks on a worker thread for as long as it lives. */
export function serveLeafTasks(port: WorkerPort, clock: Clock): void {
  const known = new Map<number, KnownSegment>();
  const jobs = new Map<number, KnownJob>();
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
        known.delete(request.segment);
        jobs.clear();
        break;
      case 'forgetJob':
        jobs.delete(request.job);
        break;
      case 'run': {
        const answer = answerTo(() => {
          if (request.work !== null) jobs.set(request.job, knownJob(request.work, known));
          return run(request, jobs.get(request.job)!, contexts, clock);
        });
        port.post(answer, blocksOf(answer));
        break;
      }
      case 'merge': {
        const answer = answerTo(() => mergeParts(request, known, contexts));
        port.post(answer, blocksOf(answer));
        break;
      }
      case 'decode':
        port.post(
          answerTo(() => {
            decodeBuffers(request.buffers, contexts[request.arena]!);
            return { kind: 'decoded' };
          }),
        );
    }
  };
}

function run(
  request: RunMessage,
  { plan, segments: placed }: KnownJob,
  contexts: readonly ExecutionContext[],
  clock: Clock,
): WorkerAnswer {
  const { ordinals } = request;
  const dictionaries = ordinalDictionaries(ordinals, placed, contexts);
  const segments = withOrdinals(placed, ordinals, dictionaries);
  const profiler = request.isProfiled ? new Profiler(clock) : null;
  const cells = new TaskCells(request.cells);
  const task = { ...request, plan, segments, cells, profiler };
  const { partial, parts, ...rest } = runLeafTask(task, contexts);
  const check = (): void => {
    if (cells.isStopped) throw stoppedByOthers();
  };
  const encode = (one: Partial): Uint8Array => encodeBlock(one, dictionaries, check);
  return {
    kind: 'result',
    block: partial === null ? null : encode(partial),
    parts: parts === null ? null : parts.map((pieces) => pieces.map(encode)),
    ...rest,
  };
}

function mergeParts(
  request: MergeMessage,
  known: Map<number, KnownSegment>,
  contexts: readonly ExecutionContext[],
): WorkerAnswer {
  const { plan, parts, ordinals, limits } = request;
  const placed = placedViews(request, known);
  const dictionaries = ordinalDictionaries(ordinals, placed, contexts);
  const cells = new TaskCells(request.cells);
  const [context] = contexts;
  const end = context!.control.begin({
    limits,
    stopReason: () => (cells.isStopped ? stoppedByOthers() : null),
    addKibibytes: (change) => cells.addKibibytes(change),
  });
  const check = (): void => context!.control.checkpoint();
  try {
    const blocks = parts.map((pieces) => {
      const partials = pieces.map((piece) => {
        check();
        return decodeBlock(piece, dictionaries);
      });
      return encodeBlock(mergePartials(plan, partials, context!), dictionaries, check);
    });
    return { kind: 'merged', blocks };
  } finally {
    end();
  }
}

function knownJob(work: JobMessage, known: Map<number, KnownSegment>): KnownJob {
  return { plan: work.plan, segments: placedViews(work, known) };
}

/** The segments of a message, as this thread sees them. */
function placedViews({ segments }: JobMessage, known: Map<number, KnownSegment>): TaskSegment[] {
  return segments.map(({ id, metadata, arena, columns, moved, indexes, starTree }) => {
    if (metadata !== null) known.set(id, { metadata, columns: new Map() });
    const segment = known.get(id)!;
    for (const [name, addresses] of Object.entries(moved)) segment.columns.set(name, addresses);
    const pinned = columns.map((name) => [name, segment.columns.get(name)!] as const);
    const buffers = { columns: Object.fromEntries(pinned), indexes, starTree };
    return { view: segmentView(segment.metadata, buffers), arena };
  });
}

/** The memory of an answer's blocks, which changes hands with it. */
function blocksOf(answer: WorkerAnswer): ArrayBuffer[] {
  const blocks =
    answer.kind === 'merged'
      ? answer.blocks
      : answer.kind === 'result'
        ? [...(answer.block === null ? [] : [answer.block]), ...(answer.parts ?? []).flat()]
        : [];
  return blocks.map(({ buffer }) => buffer as ArrayBuffer);
}

function answerTo(work: () => WorkerAnswer): WorkerAnswer {
  try {
    return work();
  } catch (error) {
    const { code, position = null } = error instanceof EngineError ? error : { code: null };
    const detail = error instanceof Error && code === null ? error.stack : undefined;
    return { kind: 'failure', code, message: detail ?? errorMessage(error), position };
  }
}
