/**
 * What a disk holds and what may be lost of it, as a sequence of operations. Pure: the same operations
 * give the same model, so a test can stop after any of them and ask what a crash would leave.
 */

/** What a disk writes whole or not at all. */
export const SECTOR_BYTES = 512;

/** A change, numbered by its place in the sequence. Files are numbered, since names come and go. */
export type DiskChange =
  | { readonly kind: 'create'; readonly path: string; readonly file: number }
  | {
      readonly kind: 'write';
      readonly file: number;
      readonly at: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'truncate'; readonly file: number; readonly lengthBytes: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string; readonly file: number }
  | { readonly kind: 'remove'; readonly path: string }
  /** A bit that rots: durable at once. */
  | { readonly kind: 'flip'; readonly file: number; readonly at: number; readonly mask: number };

/** An operation as a disk records it. */
export type DiskOperation =
  | { readonly kind: 'change'; readonly change: DiskChange }
  /** These changes are durable now. */
  | { readonly kind: 'settle'; readonly changes: readonly number[] }
  | { readonly kind: 'makeDirectory'; readonly path: string };

/** Files by path, and the directories that are there. */
export interface DiskImage {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly directories: ReadonlySet<string>;
}

/** A change that a crash may undo. */
export interface PendingChange {
  readonly number: number;
  readonly change: DiskChange;
}

/**
 * Says how much of a pending change survives: null for nothing, else for a write which of its
 * sectors do, counted from the one it begins in.
 */
export type Survival = (pending: PendingChange) => null | ((sector: number) => boolean);

interface Content {
  readonly files: Map<number, Uint8Array>;
  readonly names: Map<string, number>;
}

/** What is durable, what is seen, and what lies between. */
export class DiskModel {
  readonly directories = new Set<string>();
  readonly #durable: Content = { files: new Map(), names: new Map() };
  readonly #seen: Content = { files: new Map(), names: new Map() };
  /** How many programs have a file open: what they read stays, whatever becomes of its name. */
  readonly #open = new Map<number, number>();
  #changes: (PendingChange & { isSettled: boolean })[] = [];
  #nextNumber = 0;
  #nextFile = 1;

  /** @param image what is there, durably. */
  constructor(image: DiskImage | null = null) {
    for (const path of image?.directories ?? []) this.directories.add(path);
    for (const [path, bytes] of image?.files ?? []) {
      const file = this.newFile();
      for (const content of [this.#durable, this.#seen]) {
        content.files.set(file, bytes.slice());
        content.names.set(path, file);
      }
    }
  }

  newFile(): number {
    return this.#nextFile++;
  }

  /** The number that the next change gets. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** Changes that a crash may undo, oldest first. */
  get pending(): readonly PendingChange[] {
    return this.#changes.filter(({ isSettled }) => !isSettled);
  }

  fileAt(path: string): number | null {
    return this.#seen.names.get(path) ?? null;
  }

  /** The bytes as programs see them; not to be changed. */
  bytesOf(file: number): Uint8Array {
    return this.#seen.files.get(file) ?? new Uint8Array();
  }

  /** A program opens a file, or closes one that it has opened. */
  hold(file: number, byCount: 1 | -1): void {
    const count = (this.#open.get(file) ?? 0) + byCount;
    if (count > 0) this.#open.set(file, count);
    else this.#open.delete(file);
  }

  paths(): string[] {
    return [...this.#seen.names.keys()];
  }

  perform(operation: DiskOperation): void {
    switch (operation.kind) {
      case 'makeDirectory':
        this.directories.add(operation.path);
        return;
      case 'settle':
        for (const entry of this.#changes) {
          entry.isSettled ||= operation.changes.includes(entry.number);
        }
        this.#fold();
        return;
      case 'change': {
        const { change } = operation;
        const isSettled = change.kind === 'flip';
        this.#changes.push({ number: this.#nextNumber++, change, isSettled });
        if (change.kind === 'create') this.#nextFile = Math.max(this.#nextFile, change.file + 1);
        apply(this.#seen, change, everySector);
      }
    }
  }

  /** What a crash leaves. The model stays as it is. */
  image(survival: Survival): DiskImage {
    const left: Content = {
      files: new Map([...this.#durable.files].map(([file, bytes]) => [file, bytes.slice()])),
      names: new Map(this.#durable.names),
    };
    for (const { number, change, isSettled } of this.#changes) {
      const survives = isSettled ? everySector : survival({ number, change });
      if (survives !== null) apply(left, change, survives);
    }
    const files = new Map<string, Uint8Array>();
    for (const [path, file] of left.names)
      files.set(path, left.files.get(file) ?? new Uint8Array());
    return { files, directories: new Set(this.directories) };
  }

  /** Takes durable changes over into what is durable, unless an earlier one to the same is not. */
  #fold(): void {
    const blocked = new Set<number | 'names'>();
    let changesNames = false;
    this.#changes = this.#changes.filter(({ change, isSettled }) => {
      const target = concerns(change);
      if (!isSettled || blocked.has(target)) {
        blocked.add(target);
        return true;
      }
      apply(this.#durable, change, everySector);
      changesNames ||= target === 'names';
      return false;
    });
    if (changesNames) this.#forgetFiles();
  }

  /** Lets go of the bytes of files that have no name any more, and that nobody has open. */
  #forgetFiles(): void {
    const named = new Set([...this.#durable.names.values(), ...this.#seen.names.values()]);
    for (const file of this.#open.keys()) named.add(file);
    for (const { change } of this.#changes) if ('file' in change) named.add(change.file);
    for (const { files } of [this.#durable, this.#seen]) {
      for (const file of files.keys()) if (!named.has(file)) files.delete(file);
    }
  }
}

function concerns(change: DiskChange): number | 'names' {
  const isData = change.kind === 'write' || change.kind === 'truncate' || change.kind === 'flip';
  return isData ? change.file : 'names';
}

/** Every sector of a write survives. */
export const everySector = () => true;

function apply(content: Content, change: DiskChange, survives: (sector: number) => boolean): void {
  const { files, names } = content;
  switch (change.kind) {
    case 'create':
      names.set(change.path, change.file);
      return;
    case 'rename':
      names.delete(change.from);
      names.set(change.to, change.file);
      return;
    case 'remove':
      for (const path of names.keys()) {
        if (path === change.path || path.startsWith(`${change.path}/`)) names.delete(path);
      }
      return;
    case 'truncate':
      files.set(change.file, resized(files.get(change.file), change.lengthBytes));
      return;
    case 'flip':
      files.get(change.file)![change.at]! ^= change.mask;
      return;
    case 'write':
      write(files, change, survives);
  }
}

function write(
  files: Map<number, Uint8Array>,
  { file, at, bytes }: { file: number; at: number; bytes: Uint8Array },
  survives: (sector: number) => boolean,
): void {
  const put = (start: number, end: number): void => {
    let content = files.get(file);
    if (content === undefined || content.length < at + end) content = resized(content, at + end);
    content.set(bytes.subarray(start, end), at + start);
    files.set(file, content);
  };
  if (survives === everySector) {
    put(0, bytes.length);
    return;
  }
  const firstSector = Math.floor(at / SECTOR_BYTES);
  let done = 0;
  while (done < bytes.length) {
    const sector = Math.floor((at + done) / SECTOR_BYTES);
    const end = Math.min(bytes.length, (sector + 1) * SECTOR_BYTES - at);
    if (survives(sector - firstSector)) put(done, end);
    done = end;
  }
}

function resized(bytes: Uint8Array | undefined, lengthBytes: number): Uint8Array {
  const result = new Uint8Array(lengthBytes);
  if (bytes !== undefined) result.set(bytes.subarray(0, lengthBytes));
  return result;
}
