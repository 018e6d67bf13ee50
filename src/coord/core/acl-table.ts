import { assert } from '../../base/assert.ts';
import { OPEN_ACL } from './acl.ts';
import type { Acl } from './model.ts';

interface Shared {
  readonly key: string;
  readonly acl: Acl;
  uses: number;
}

/**
 * Makes equal access lists one array while anybody uses them, so that a million nodes do not hold a
 * million lists (ZooKeeper's ReferenceCountedACLCache).
 */
export class AclTable {
  readonly #byKey = new Map<string, Shared>();
  readonly #byAcl = new Map<Acl, Shared>();

  /** Lists in use, besides the open one. */
  get size(): number {
    return this.#byKey.size;
  }

  /** The one array that is equal to the list. Whoever takes it gives it back by `release`. */
  share(acl: Acl): Acl {
    if (acl === OPEN_ACL) return acl;
    const known = this.#byAcl.get(acl) ?? this.#shared(acl);
    known.uses++;
    return known.acl;
  }

  /** Takes note that one user of a shared list is gone. */
  release(acl: Acl): void {
    if (acl === OPEN_ACL) return;
    const known = this.#byAcl.get(acl);
    assert(known !== undefined, 'a released access list was shared');
    known.uses--;
    if (known.uses > 0) return;
    this.#byKey.delete(known.key);
    this.#byAcl.delete(acl);
  }

  #shared(acl: Acl): Shared {
    const key = JSON.stringify(acl.map(({ permissions, scheme, id }) => [permissions, scheme, id]));
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const shared = { key, acl, uses: 0 };
    this.#byKey.set(key, shared);
    this.#byAcl.set(acl, shared);
    return shared;
  }
}
