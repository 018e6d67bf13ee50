import { arch, homedir, hostname, release, totalmem, type, userInfo } from 'node:os';

/** The engine's memory when nothing is said: half of the machine's. */
export function defaultMemoryBytes(): number {
  return Math.floor(totalmem() / 2);
}

/** Facts about this machine and process, under the names of Java's system properties. */
export function machineFacts(): (readonly [key: string, value: string])[] {
  return [
    ['host.name', hostname()],
    ['node.version', process.version],
    ['os.name', type()],
    ['os.arch', arch()],
    ['os.version', release()],
    ['user.name', userName()],
    ['user.home', homedir()],
    ['user.dir', process.cwd()],
  ];
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // In containers a user need not have a name.
  }
}
