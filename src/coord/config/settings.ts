import { EngineError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest-name.ts';
import type { PropertiesFile, Property } from './properties.ts';

/**
 * The settings of a file while they are being taken over. Every key that is asked for counts as
 * known, so that what is left at the end is unknown, and the list of keys is written once: where
 * each is read.
 *
 * Keeps: every error is an EngineError BAD_REQUEST (or NOT_SUPPORTED) with file and line.
 */
export class Settings {
  readonly #path: string;
  readonly #values = new Map<string, Property>();
  readonly #known = new Set<string>();
  readonly #repeated: string[] = [];

  constructor(file: PropertiesFile) {
    this.#path = file.path;
    for (const property of file.properties) {
      const key = SAME_AS[property.key] ?? property.key;
      if (this.#values.has(key)) this.#repeated.push(key);
      this.#values.set(key, { ...property, key });
    }
  }

  /** Keys that stand in the file more than once; as in Java the last one counts. */
  get repeated(): readonly string[] {
    return this.#repeated;
  }

  /** The value as written, or null when the key is absent or empty. */
  text(key: string): string | null {
    this.#known.add(key);
    const value = this.#values.get(key)?.value ?? '';
    return value === '' ? null : value;
  }

  /** A whole number within bounds, both included. */
  integer<T>(key: string, bounds: { min: number; max?: number }, byDefault: T): number | T {
    const text = this.text(key);
    if (text === null) return byDefault;
    const { min, max = Number.MAX_SAFE_INTEGER } = bounds;
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw this.error(key, `expected a whole number ${range}`);
  }

  /** A port, 1 to 65535. */
  port<T>(key: string, byDefault: T): number | T {
    return this.integer(key, { min: 1, max: 65_535 }, byDefault);
  }

  /** `true` or `false`, in any case. ZooKeeper also takes yes and no for forceSync. */
  flag(key: string, byDefault: boolean): boolean {
    const text = this.text(key);
    if (text === null) return byDefault;
    if (/^(true|yes)$/i.test(text)) return true;
    if (/^(false|no)$/i.test(text)) return false;
    throw this.error(key, 'expected true or false');
  }

  /** One of some words, compared without regard to case. */
  choice<T extends string>(key: string, choices: readonly T[], byDefault: T): T {
    const text = this.text(key);
    if (text === null) return byDefault;
    const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    throw this.error(key, `expected ${choices.join(', ')}${didYouMean(text, choices)}`);
  }

  /**
   * A duration with a unit (ms, s, m, h, d), or a bare number of `bareUnitMs` (ZooKeeper's
   * Time.parseTimeInterval).
   */
  durationMs(key: string, bareUnitMs: number, byDefaultMs: number): number {
    const text = this.text(key);
    if (text === null) return byDefaultMs;
    const match = /^(\d+)\s*(ms|s|m|h|d)?$/i.exec(text);
    if (match === null) {
      throw this.error(key, 'expected a duration such as 500ms, 30s, 10m, 12h or 1d');
    }
    const unitMs = match[2] === undefined ? bareUnitMs : UNIT_MS[match[2].toLowerCase()]!;
    return Number(match[1]) * unitMs;
  }

  /** Items between commas or white space, without empty ones. */
  list(key: string): readonly string[] {
    return (this.text(key) ?? '').split(/[\s,]+/).filter((item) => item !== '');
  }

  /** Takes every key that begins so, in the order of the file. */
  withPrefix(prefix: string): readonly Property[] {
    const found = [...this.#values.values()].filter(({ key }) => key.startsWith(prefix));
    for (const { key } of found) this.#known.add(key);
    return found;
  }

  /** Takes keys whose values mean nothing here, and returns those that are present. */
  ignored(keys: readonly string[]): string[] {
    for (const key of keys) this.#known.add(key);
    return keys.filter((key) => this.#values.has(key));
  }

  /** @throws EngineError BAD_REQUEST when a key is left that nobody asked for. */
  expectNoOthers(): void {
    for (const { key } of this.#values.values()) {
      if (this.#known.has(key)) continue;
      const hint = didYouMean(key, this.#known);
      throw this.error(key, `no such setting${hint}; remove the line or correct the name`);
    }
  }

  /** `file:line`, for messages about a key. */
  where(key: string): string {
    const line = this.#values.get(key)?.line;
    return line === undefined ? this.#path : `${this.#path}:${line}`;
  }

  /** An error about a key's value. Values of passwords and digests are not shown. */
  error(key: string, problem: string, code: 'BAD_REQUEST' | 'NOT_SUPPORTED' = 'BAD_REQUEST') {
    const value = this.#values.get(key)?.value;
    const isSecret = /password|digest/i.test(key);
    const found = value === undefined || isSecret ? '' : `, found ${JSON.stringify(value)}`;
    return new EngineError(code, `coord: ${this.where(key)}: ${key}: ${problem}${found}`);
  }
}

/** ZooKeeper's documentation and its code name these differently; either is understood. */
const SAME_AS: Readonly<Record<string, string>> = {
  connection_throttle_tokens: 'connectionMaxTokens',
  connection_throttle_fill_time: 'connectionTokenFillTime',
  connection_throttle_fill_count: 'connectionTokenFillCount',
  request_throttle_max_requests: 'requestThrottleLimit',
  request_throttle_stall_time: 'requestThrottleStallTime',
  request_throttle_drop_stale: 'requestThrottleDropStale',
};

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
