import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { zooKeeperJava } from '../../../bench/coordinator/zookeeper.ts';
import type { Address } from '../../../src/io/network.ts';

/** The command line of the C client, in Debian's package zookeeper-bin. */
export const CLI_MT = '/usr/lib/zookeeper/bin/cli_mt';

/** Why the command line of the C client cannot run, or null when it can. */
export function cliMtMissing(): string | null {
  return existsSync(CLI_MT) ? null : `no ${CLI_MT}; Debian's package zookeeper-bin brings it`;
}

const JAVA_CLIENT = 'org.apache.zookeeper.ZooKeeperMain';
const POLL_MS = 10;
const QUIET_MS = 60;
const QUIT_MS_MAX = 5_000;
const ANSWER_MS_MAX = 30_000;

/** How to talk to a program. */
interface Manner {
  /** What it prints once it is connected. */
  readonly greeting: string;
  /** A command that changes nothing, and what it prints: the command before is done then. */
  readonly markCommand: string;
  readonly mark: RegExp;
}

const JAVA_MANNER: Manner = {
  greeting: 'Welcome to ZooKeeper',
  markCommand: 'version',
  mark: /^ZooKeeper CLI version.*\n/m,
};
const C_MANNER: Manner = {
  greeting: 'Got a new session id',
  // It answers out of turn what asks no server, and this after all that went before.
  markCommand: 'sync /mark',
  mark: /^\[\/mark\]: rc = 0\n\tname = \/mark\n/m,
};

/** A program that takes commands, connected to a coordinator. */
export interface CommandLine {
  /**
   * Types a command.
   *
   * @returns what it prints, with the events that arrive meanwhile.
   */
  say(command: string): Promise<string>;
  /** Quits it. */
  close(): Promise<void>;
}

/** Starts zkCli.sh's program. */
export function openZkCli(addresses: readonly Address[]): Promise<CommandLine> {
  const args = zooKeeperJava(JAVA_CLIENT, ['-waitforconnection', '-server', hosts(addresses)]);
  return open('java', args, JAVA_MANNER);
}

/** Starts the command line of the C client. */
export function openCliMt(addresses: readonly Address[]): Promise<CommandLine> {
  // Without a terminal it would keep back what it prints, and mix it up.
  const script = 'exec stdbuf -oL "$0" "$@" 2>&1';
  return open('sh', ['-c', script, CLI_MT, '-h', hosts(addresses)], C_MANNER);
}

function hosts(addresses: readonly Address[]): string {
  return addresses.map(({ host, port }) => `${host}:${port}`).join(',');
}

async function open(
  program: string,
  args: readonly string[],
  { greeting, markCommand, mark }: Manner,
): Promise<CommandLine> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  const keep = (text: string): void => {
    output += text;
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  // A program that has ended does not read on; what it printed says why.
  child.stdin.on('error', () => {});
  const ended = new Promise((resolve) => child.once('close', resolve));
  const printed = async (found: () => boolean): Promise<void> => {
    for (let waitedMs = 0; !found(); waitedMs += POLL_MS) {
      if (waitedMs > ANSWER_MS_MAX) {
        child.kill('SIGKILL');
        throw new Error(`${program} is silent after:\n${output}`);
      }
      await sleep(POLL_MS);
    }
    await rest(() => output.length);
  };
  await printed(() => output.includes(greeting));
  return {
    say: async (command) => {
      output = '';
      child.stdin.write(`${command}\n${markCommand}\n`);
      await printed(() => mark.test(output));
      return output.replace(mark, '');
    },
    close: async () => {
      child.stdin.end('quit\n');
      await Promise.race([ended, sleep(QUIT_MS_MAX)]);
      child.kill('SIGKILL');
    },
  };
}

async function rest(length: () => number): Promise<void> {
  for (let before = -1; before !== length(); ) {
    before = length();
    await sleep(QUIET_MS);
  }
}

/**
 * The lines that are left when ids and times, which no two servers share, are taken out. They are
 * sorted, because servers keep the names of children in no order.
 */
export function comparableLines(text: string): string[] {
  const comparable = text
    .replaceAll(/^\d{4}-\d\d-\d\d .*ZOO_(?:INFO|WARN|DEBUG)@.*\n/gm, '')
    .replaceAll(/^.*time *= *-?\d+ msec\n/gm, '')
    .replaceAll(/0x[0-9a-f]+/g, '0x#')
    .replaceAll(/([cm]time ?= ?).*/g, '$1#')
    .replaceAll(/(zxid ?= ?)[0-9a-f]+/gi, '$1#')
    .replaceAll(/zxid: -?\d+/g, 'zxid: #');
  return comparable.split('\n').sort();
}
