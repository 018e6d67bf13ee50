/** The node that holds the text of the configuration. */
export const CONFIG_PATH = '/zookeeper/config';

/** Nodes that exist from the start and are never deleted. `/zookeeper/*` belongs to the system. */
export const SYSTEM_PATHS: readonly string[] = ['/', '/zookeeper', CONFIG_PATH, '/zookeeper/quota'];

// Surrogates, the private use area and specials, and with `\p{Cc}` the C0 and C1 controls: as
// ZooKeeper's PathUtils, which looks at UTF-16 units.
const FORBIDDEN_UNITS = /[\ud800-\uf8ff\ufff0-\uffff]/;
const CONTROL_CHARACTERS = /\p{Cc}/u;

/**
 * True when ZooKeeper accepts the path: it starts with `/`, has no empty, `.` or `..` component, no
 * trailing `/` and no forbidden character.
 */
export function isValidPath(path: string): boolean {
  if (path === '/') return true;
  if (!path.startsWith('/') || path.endsWith('/')) return false;
  if (FORBIDDEN_UNITS.test(path) || CONTROL_CHARACTERS.test(path)) return false;
  return path
    .slice(1)
    .split('/')
    .every((component) => component !== '' && component !== '.' && component !== '..');
}

/** Everything before the last `/`; `/` for nodes below the root and for the root itself. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** Everything after the last `/`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
