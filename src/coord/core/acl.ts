import { ACL_ENTRIES_MAX } from '../../base/limits.ts';
import { isProved, isValidId, matchesId } from './acl-schemes.ts';
import { type Acl, type AclEntry, type Identity, Permission } from './model.ts';

/** Everybody may do everything: what most nodes have. */
export const OPEN_ACL: Acl = [{ permissions: Permission.ALL, scheme: 'world', id: 'anyone' }];

/** Everybody may read: the list of `/zookeeper/config`. */
export const READ_ACL: Acl = [{ permissions: Permission.READ, scheme: 'world', id: 'anyone' }];

/**
 * The list that a node gets when a client asks for `acl` (ZooKeeper's fixupACL): without duplicates,
 * and with `auth` entries replaced by what the client has proved to be.
 *
 * @returns null when the list is empty, an id is malformed, `auth` stands for nobody, or for so many
 * that the list would have more than `ACL_ENTRIES_MAX` entries.
 */
export function fixedAcl(acl: Acl, identities: readonly Identity[]): Acl | null {
  if (isOpen(acl)) return OPEN_ACL;
  const proved = identities.filter(({ scheme }) => isProved(scheme));
  const fixed: AclEntry[] = [];
  for (const entry of withoutDuplicates(acl)) {
    if (entry.scheme === 'auth') {
      if (proved.length === 0 || fixed.length + proved.length > ACL_ENTRIES_MAX) return null;
      for (const { scheme, id } of proved) {
        fixed.push({ permissions: entry.permissions, scheme, id });
      }
    } else {
      if (!isWorld(entry) && !isValidId(entry.scheme, entry.id)) return null;
      fixed.push(entry);
    }
  }
  return fixed.length === 0 ? null : fixed;
}

/**
 * True when any entry with any of the wanted permissions means one of the identities. `super` may
 * do everything.
 *
 * @param permissions bits of `Permission`.
 */
export function isAllowed(acl: Acl, permissions: number, identities: readonly Identity[]): boolean {
  return (
    acl.some((entry) => (entry.permissions & permissions) !== 0 && isMeant(entry, identities)) ||
    identities.some(({ scheme }) => scheme === 'super')
  );
}

/** True when one of the identities may read what has this list, and hear of its changes. */
export function mayRead(acl: Acl, identities: readonly Identity[]): boolean {
  return isAllowed(acl, Permission.READ, identities);
}

/** The list as those see it who may read but not administer: passwords' digests are hidden. */
export function maskedAcl(acl: Acl): Acl {
  return acl.map((entry) =>
    entry.scheme === 'digest' ? { ...entry, id: entry.id.replace(/:.*/g, ':x') } : entry,
  );
}

function withoutDuplicates(acl: Acl): Iterable<AclEntry> {
  const byKey = new Map<string, AclEntry>();
  for (const entry of acl) {
    const key = JSON.stringify([entry.permissions, entry.scheme, entry.id]);
    if (!byKey.has(key)) byKey.set(key, entry);
  }
  return byKey.values();
}

function isOpen(acl: Acl): boolean {
  return acl.length === 1 && acl[0]!.permissions === Permission.ALL && isWorld(acl[0]!);
}

function isWorld(entry: AclEntry): boolean {
  return entry.scheme === 'world' && entry.id === 'anyone';
}

function isMeant(entry: AclEntry, identities: readonly Identity[]): boolean {
  if (isWorld(entry)) return true;
  return identities.some(
    ({ scheme, id }) => scheme === entry.scheme && matchesId(scheme, id, entry.id),
  );
}
