/** What the words report. */
export interface ServerStatus {
  readonly appliedZxid: bigint;
  readonly connectionCount: number;
  readonly outstandingCount: number;
  readonly state: { readonly tree: { readonly nodeCount: number } };
}

const KNOWN_WORDS = new Set([
  ...[
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
  ],
  ...['srvr', 'stat', 'stmk', 'wchc', 'wchp', 'wchs'],
]);

/**
 * Answers one of ZooKeeper's four-letter words. Words that are not served get ZooKeeper's own text
 * for words that are not allowed.
 *
 * @returns null when it is no such word, but the length of a packet.
 */
export function answerWord(word: string, status: ServerStatus): string | null {
  if (!KNOWN_WORDS.has(word)) return null;
  if (word === 'ruok') return 'imok';
  if (word === 'srvr') return serverText(status);
  return `${word} is not executed because it is not in the whitelist.\n`;
}

function serverText(status: ServerStatus): string {
  const lines = [
    'Zookeeper version: 3.9.0-nyala',
    `Connections: ${status.connectionCount}`,
    `Outstanding: ${status.outstandingCount}`,
    `Zxid: 0x${status.appliedZxid.toString(16)}`,
    'Mode: standalone',
    `Node count: ${status.state.tree.nodeCount}`,
  ];
  return `${lines.join('\n')}\n`;
}
