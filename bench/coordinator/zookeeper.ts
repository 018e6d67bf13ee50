import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildServer } from './child-server.ts';
import { freePorts } from './free-ports.ts';

/** How to set up Apache ZooKeeper servers. */
export interface ZooKeeperOptions {
  /** An empty directory for data, settings and logs. */
  readonly directory: string;
  /** 1 runs standalone (default); 3 or 5 run as an ensemble. */
  readonly serverCount?: number;
  /** Lines of zoo.cfg beside ports and directories. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Java system properties, by their whole name. */
  readonly properties?: Readonly<Record<string, string>>;
  /**
   * `quick` (default) compiles little and starts sooner; `fast` is Java as it comes, with the heap that
   * Apache's zkServer.sh gives it.
   */
  readonly java?: 'quick' | 'fast';
}

/** Where Debian keeps the server; its jar names all others that it needs. */
const JARS = ['zookeeper.jar', 'slf4j-simple.jar'].map((name) => join('/usr/share/java', name));
const CLASS_PATH = JARS.join(':');
const SERVER_CLASS = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
const FAST_JAVA = ['-Xmx1000m'];
const QUICK_JAVA = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m'];

let missing: string | null | undefined;

/** Why Apache ZooKeeper cannot be run here, or null when it can. */
export function zooKeeperMissing(): string | null {
  if (missing === undefined) missing = findMissing();
  return missing;
}

function findMissing(): string | null {
  const absent = JARS.filter((path) => !existsSync(path));
  if (absent.length > 0) return `no ${absent.join(', ')}; Debian's package zookeeper brings it`;
  if (spawnSync('java', ['-version']).status === 0) return null;
  return "no java; Debian's package default-jre-headless brings it";
}

/** Arguments of `java` that run a class of ZooKeeper's. */
export function zooKeeperJava(className: string, args: readonly string[] = []): string[] {
  return [...QUICK_JAVA, '-cp', CLASS_PATH, className, ...args];
}

/**
 * Writes the settings of each server; starts none.
 *
 * @returns one server for each, all with free ports of the loopback interface.
 */
export async function prepareZooKeeper(options: ZooKeeperOptions): Promise<ChildServer[]> {
  const { directory, serverCount = 1 } = options;
  const ports = await freePorts(serverCount * 3);
  const portsOf = (index: number): number[] => ports.slice(index * 3, index * 3 + 3);
  const members = Array.from({ length: serverCount }, (_, index) => {
    const [, peerPort, electionPort] = portsOf(index);
    return [`server.${index + 1}`, `127.0.0.1:${peerPort}:${electionPort}`] as const;
  });
  const servers: ChildServer[] = [];
  for (let index = 0; index < serverCount; index++) {
    const folder = join(directory, `zookeeper-${index + 1}`);
    await mkdir(join(folder, 'data'), { recursive: true });
    await writeFile(join(folder, 'data', 'myid'), `${index + 1}\n`);
    const port = portsOf(index)[0]!;
    const settings = {
      ...DEFAULT_SETTINGS,
      dataDir: join(folder, 'data'),
      clientPort: `${port}`,
      clientPortAddress: '127.0.0.1',
      ...options.settings,
      ...(serverCount > 1 ? Object.fromEntries(members) : {}),
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
    await writeFile(join(folder, 'zoo.cfg'), lines.join(''));
    servers.push(
      new ChildServer({
        command: 'java',
        args: javaArguments(options, join(folder, 'zoo.cfg')),
        address: { host: '127.0.0.1', port },
        logPath: join(folder, 'log'),
      }),
    );
  }
  return servers;
}

const DEFAULT_SETTINGS = {
  tickTime: '2000',
  initLimit: '10',
  syncLimit: '5',
  maxClientCnxns: '0',
  'admin.enableServer': 'false',
  '4lw.commands.whitelist': '*',
};

function javaArguments({ java = 'quick', properties = {} }: ZooKeeperOptions, file: string) {
  return [
    ...(java === 'quick' ? QUICK_JAVA : FAST_JAVA),
    ...Object.entries(properties).map(([key, value]) => `-D${key}=${value}`),
    '-cp',
    CLASS_PATH,
    SERVER_CLASS,
    file,
  ];
}
