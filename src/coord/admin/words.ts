import { ByteReader } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest-name.ts';
import { monitorText } from '../metrics/monitor.ts';
import { type CoordinatorStatus, isServing } from '../status.ts';
import type { TraceMask } from './control.ts';
import {
  configurationText,
  connectionsText,
  directoriesText,
  dumpText,
  environmentText,
  serverText,
  watchesByPathText,
  watchesText,
  watchSummaryText,
} from './word-text.ts';

/** What ZooKeeper says when it has no leader. */
export const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests';

/** The four-letter words of ZooKeeper. */
export const FOUR_LETTER_WORDS = [
  'conf',
  'cons',
  'crst',
  'dirs',
  'dump',
  'envi',
  'gtmk',
  'hash',
  'isro',
  'mntr',
  'ruok',
  'srst',
  'srvr',
  'stat',
  'stmk',
  'wchc',
  'wchp',
  'wchs',
] as const;

/** A four-letter word that is known. */
export type FourLetterWord = (typeof FOUR_LETTER_WORDS)[number];

/** ZooKeeper's default, and the word that container platforms ask for a sign of life. */
export const DEFAULT_WHITELIST: ReadonlySet<FourLetterWord> = new Set(['srvr', 'ruok']);

const TELNET_CLOSE = '\u00ff\u00f4\u00ff\u00fd';
const TRACE_MASK_BYTES = 8;

/**
 * The words that `4lw.commands.whitelist` allows: names between commas, or `*` for all. `srvr` always
 * is, because ZooKeeper's own scripts ask for it.
 *
 * @throws EngineError BAD_REQUEST for a word that does not exist.
 */
export function parseWhitelist(text: string): ReadonlySet<FourLetterWord> {
  const allowed = new Set<FourLetterWord>(['srvr']);
  for (const name of text.split(',').map((part) => part.trim())) {
    if (name === '') continue;
    if (name === '*') return new Set(FOUR_LETTER_WORDS);
    const word = FOUR_LETTER_WORDS.find((known) => known === name);
    if (word === undefined) {
      throw new EngineError(
        'BAD_REQUEST',
        `coord: 4lw.commands.whitelist: expected four-letter words or *, found ` +
          `'${name}'${didYouMean(name, FOUR_LETTER_WORDS)}`,
      );
    }
    allowed.add(word);
  }
  return allowed;
}

/** What the words need. */
export interface FourLetterWordsOptions {
  /** Null while the node has not recovered. */
  readonly status: CoordinatorStatus | null;
  readonly whitelist: ReadonlySet<FourLetterWord>;
  readonly traceMask: TraceMask;
}

/** Answers ZooKeeper's four-letter words with its own texts, which clients and scripts parse. */
export class FourLetterWords {
  readonly #options: FourLetterWordsOptions;

  constructor(options: FourLetterWordsOptions) {
    this.#options = options;
  }

  /** Bytes that follow a word and belong to it. */
  argumentBytes(word: string): number {
    return word === 'stmk' && this.#options.whitelist.has(word) ? TRACE_MASK_BYTES : 0;
  }

  /**
   * The answer to a word, after which the connection is closed.
   *
   * @param argument as many bytes as `argumentBytes` says.
   * @returns null when it is no such word, but the length of a packet.
   */
  answer(word: string, argument: Uint8Array): string | null {
    if (word === TELNET_CLOSE) return '';
    const known = FOUR_LETTER_WORDS.find((name) => name === word);
    if (known === undefined) return null;
    if (!this.#options.whitelist.has(known)) {
      return `${known} is not executed because it is not in the whitelist.\n`;
    }
    const { traceMask, status } = this.#options;
    switch (known) {
      case 'ruok':
        return 'imok';
      case 'gtmk':
        return String(traceMask.value);
      case 'stmk':
        traceMask.value = new ByteReader(argument, 'coord: trace mask').int64();
        return String(traceMask.value);
      case 'envi':
        return environmentText(status);
      default:
        if (status !== null && isServing(status)) return servingAnswer(known, status);
        if (known === 'isro') return 'null';
        return known === 'hash' ? NOT_SERVING : `${NOT_SERVING}\n`;
    }
  }
}

function servingAnswer(
  word: Exclude<FourLetterWord, 'ruok' | 'gtmk' | 'stmk' | 'envi'>,
  status: CoordinatorStatus,
): string {
  switch (word) {
    case 'conf':
      return configurationText(status);
    case 'cons':
      return connectionsText(status);
    case 'crst':
      for (const connection of status.connections()) connection.reset();
      return 'Connection stats reset.\n';
    case 'dirs':
      return directoriesText(status);
    case 'dump':
      return dumpText(status);
    case 'hash':
      return ''; // ZooKeeper lists digests of its tree here, which we do not keep.
    case 'isro':
      return status.role === 'read-only' ? 'ro' : 'rw';
    case 'mntr':
      return monitorText(status);
    case 'srst':
      status.metrics.resetServerStatistics();
      return 'Server stats reset.\n';
    case 'srvr':
      return serverText(status, { withClients: false });
    case 'stat':
      return serverText(status, { withClients: true });
    case 'wchc':
      return watchesText(status);
    case 'wchp':
      return watchesByPathText(status);
    case 'wchs':
      return watchSummaryText(status);
  }
}
