import { EngineError, type ErrorCode, errorMessage, type TextPosition } from '../base/errors.ts';
import { SPILL_SLACK_BYTES } from '../base/limits.ts';
import type { Clock } from '../io/clock.ts';
import type { SpillDisk } from '../io/disk.ts';
import type { WorkerPort } from '../io/tasks.ts';
import type { ArenaLayout } from '../kernels/arena.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';
import type { GroupFinish, LeafPlan } from '../sql/plan.ts';
import type { QueryLimits } from '../sql/query-limits.ts';
import { decodeBlockSteps, encodeBlockSteps } from './block.ts';
import { type ExecutionContext, releasingSteps } from './context.ts';
import { decodeBuffers, type StoredBuffers } from './decode-buffers.ts';
import {
  runLeafTask,
  type SegmentOutcome,
  stoppedByOthers,
  type TaskSegment,
} from './leaf-task.ts';
import { mergeSteps } from './merge.ts';
import type { AggregatePartial, Partial } from './partial.ts';
import { type LeafProfile, Profiler } from './profile.ts';
import type { ColumnAddresses, PinnedBuffers } from './segment-view.ts';
import { type SpilledBlock, SpillFile } from './spill-file.ts';
import { mergePart } from './spill-groups.ts';
import { segmentView } from './star-tree-view.ts';
import { checkedSteps, runSteps } from './steps.ts';
import { TaskCells } from './task-cells.ts';
import { ordinalDictionaries, type TaskOrdinals, withOrdinals } from './task-ordinals.ts';
import type { Spilled } from './task-spill.ts';
import { threadContexts } from './thread-contexts.ts';
import type { TextDictionary } from './vector.ts';

/** What the main thread tells a worker. Requests are answered in order; the rest has no answer. */
export type WorkerMessage =
  | StartMessage
  | RunMessage
  | MergeMessage
  | DecodeMessage
  | ForgetMessage
  | ForgetJobMessage
  | EndMessage;

/** First message: the memory to work on. */
export interface StartMessage {
  readonly kind: 'start';
  readonly module: WebAssembly.Module;
  readonly memories: readonly WebAssembly.Memory[];
  readonly layouts: readonly ArenaLayout[];
  readonly thread: number;
  readonly batchRows: number;
  /** Where queries put what does not fit into memory; null: nowhere. */
  readonly spillFolder: string | null;
}

/** A share of a leaf task. */
export interface RunMessage {
  readonly kind: 'run';
  /** The number of the job, under which the thread finds it again. */
  readonly job: number;
  /** What the job is; null when the thread has it. */
  readonly work: JobMessage | null;
  /** Names the query among those of the engine. */
  readonly query: number;
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
  readonly byText: boolean;
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
    Pick<RunMessage, 'query' | 'ordinals' | 'cells' | 'limits' | 'finish' | 'byText'> {
  readonly kind: 'merge';
  /** For each part the blocks of all results. */
  readonly parts: readonly (readonly Uint8Array[])[];
  /** For each part what lies on the disk; null when nothing does, and groups are not finished. */
  readonly spilled: readonly (readonly SpilledBlock[])[] | null;
}

/** A query that is over: what the thread has put on the disk for it goes. */
export interface EndMessage {
  readonly kind: 'end';
  readonly query: number;
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
      readonly spilled: Spilled | null;
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
export function serveLeafTasks(port: WorkerPort, clock: Clock, disk: SpillDisk): void {
  const known = new Map<number, KnownSegment>();
  const jobs = new Map<number, KnownJob>();
  const files = new SpillFiles(disk);
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
        files.folder = request.spillFolder;
        break;
      case 'end':
        files.end(request.query);
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
          return run(request, jobs.get(request.job)!, contexts, clock, files);
        });
        port.post(answer, blocksOf(answer));
        break;
      }
      case 'merge': {
        const answer = answerTo(() => mergeParts(request, known, contexts, files));
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
  files: SpillFiles,
): WorkerAnswer {
  const { ordinals } = request;
  const dictionaries = ordinalDictionaries(ordinals, placed, contexts);
  const segments = withOrdinals(placed, ordinals, dictionaries);
  const profiler = request.isProfiled ? new Profiler(clock) : null;
  const cells = new TaskCells(request.cells);
  const spill = files.open(request, cells, dictionaries);
  const task = { ...request, plan, segments, cells, profiler, spill };
  const { partial, parts, ...rest } = runLeafTask(task, contexts);
  const check = (): void => {
    if (cells.isStopped) throw stoppedByOthers();
  };
  const encode = (one: Partial): Uint8Array =>
    runSteps(checkedSteps(encodeBlockSteps(one, dictionaries), check));
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
  files: SpillFiles,
): WorkerAnswer {
  const { plan, parts, spilled, ordinals, limits, finish, byText } = request;
  const placed = placedViews(request, known);
  const dictionaries = ordinalDictionaries(ordinals, placed, contexts);
  const cells = new TaskCells(request.cells);
  const [context] = contexts;
  const end = context!.control.begin({
    limits,
    stopReason: () => (cells.isStopped ? stoppedByOthers() : null),
    addKibibytes: (change) => cells.addKibibytes(change),
    slackBytes: spilled === null ? 0 : SPILL_SLACK_BYTES * cells.threadCount,
  });
  const { control } = context!;
  const encode = (partial: Partial): Uint8Array =>
    control.run(encodeBlockSteps(partial, dictionaries));
  try {
    const file = spilled === null ? null : files.open(request, cells, dictionaries);
    const blocks = parts.flatMap((pieces, index) => {
      const partials = pieces.map((piece) => control.run(decodeBlockSteps(piece, dictionaries)));
      if (file === null || plan.kind !== 'aggregate') {
        return [encode(control.run(mergeSteps(plan, partials, context!)))];
      }
      const work = { plan, finish, byText, cells, file };
      const all = [...(partials as AggregatePartial[]), ...(spilled?.[index] ?? [])];
      const merging = releasingSteps(mergePart(work, all, 1, context!), context!);
      return control.run(merging).map(encode);
    });
    return { kind: 'merged', blocks };
  } finally {
    end();
  }
}

function knownJob(work: JobMessage, known: Map<number, KnownSegment>): KnownJob {
  return { plan: work.plan, segments: placedViews(work, known) };
}

/** What this thread has on the disk, by query. */
class SpillFiles {
  folder: string | null = null;
  readonly #disk: SpillDisk;
  readonly #files = new Map<number, SpillFile>();

  constructor(disk: SpillDisk) {
    this.#disk = disk;
  }

  /** The file of a query; null when there is no place for it. It takes none before something is written. */
  open(
    { query, limits }: Pick<RunMessage, 'query' | 'limits'>,
    cells: TaskCells,
    shared: readonly TextDictionary[],
  ): SpillFile | null {
    if (this.folder === null) return null;
    // A query that has spilled is ended; of others nothing is kept.
    for (const [other, { isEmpty }] of this.#files) if (isEmpty) this.#files.delete(other);
    const area = { disk: this.#disk, folder: this.folder };
    const known = this.#files.get(query);
    const file = known ?? new SpillFile(area, cells, limits.spillBytesMax, shared);
    this.#files.set(query, file);
    return file;
  }

  end(query: number): void {
    this.#files.get(query)?.close();
    this.#files.delete(query);
  }
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
