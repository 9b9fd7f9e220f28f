// The tree that fetches grow: JSON as subgraphs sent it, and how it is read and written.
//
// Names of members are a client's choice, `__proto__` and `constructor` included (CVE-2026-32621). JSON.parse gives them
// as own members, so only two things are dangerous: to read a name that the prototype has, and to assign `__proto__`.
// Both are decided once for each name when a plan is compiled (`isInherited`), not once for each object.

export type Tree = Record<string, unknown>;

/** Whether an object without such a member has one all the same. */
export function isInherited(name: string): boolean {
  return name in Object.prototype;
}

/** `inherited` is `isInherited(name)`. */
export function readMember(object: Tree, name: string, inherited: boolean): unknown {
  return inherited && !Object.hasOwn(object, name) ? undefined : object[name];
}

export function writeMember(object: Tree, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  else object[name] = value;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether both have the same members with the very same values. */
export function hasSameMembers(one: Tree, other: Tree): boolean {
  let count = 0;
  for (const name in one) {
    if (one[name] !== other[name]) return false;
    count += 1;
  }
  for (const _ in other) count -= 1;
  return count === 0;
}

/**
 * Adds to `target` what `source` has, which it may keep parts of. What `target` knows is never lost: null does not replace
 * a value, and a type's name is replaced only where `isObjectType` says that it is an interface's (a subgraph that has it
 * as @interfaceObject knows no better).
 */
export function mergeTree(target: Tree, source: Tree, isObjectType: (name: unknown) => boolean): void {
  for (const name in source) {
    const value = source[name];
    let known = target[name];
    // In this order, because most members are new and then need no second look.
    if (known !== undefined && !Object.hasOwn(target, name)) known = undefined;
    if (known === value) continue;
    if (known === undefined || known === null) writeMember(target, name, value);
    else if (name === "__typename") target[name] = isObjectType(known) ? known : value;
    else if (typeof value !== "object" || value === null || typeof known !== "object") {
      if (value !== null) writeMember(target, name, value);
    } else mergeValue(known, value, isObjectType);
  }
}

/** Two values of one place. Lists of different lengths are not two views of one list: the first stays. */
function mergeValue(known: object, value: object, isObjectType: (name: unknown) => boolean): void {
  if (!Array.isArray(known) && !Array.isArray(value)) return mergeTree(known as Tree, value as Tree, isObjectType);
  if (!Array.isArray(known) || !Array.isArray(value) || known.length !== value.length) return;
  for (let index = 0; index < known.length; index += 1) {
    const [one, other]: unknown[] = [known[index], value[index]];
    if (one === null || one === undefined) known[index] = other;
    else if (typeof one === "object" && typeof other === "object" && other !== null) mergeValue(one, other, isObjectType);
  }
}

/**
 * A copy that shares no object with the original. Without recursion, because JSON may be nested a hundred thousand deep;
 * by spreading, because that copies a member called `__proto__` as the plain member that it is.
 */
export function copyTree(tree: Tree): Tree {
  const root = { ...tree };
  const pending: Tree[] = [root];
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    for (const name in parent) {
      const member = parent[name];
      if (typeof member !== "object" || member === null) continue;
      // Indexes are names as well; `__proto__` is an own member by now, to which one may assign.
      const copy = (Array.isArray(member) ? member.slice() : { ...member }) as Tree;
      parent[name] = copy;
      pending.push(copy);
    }
  }
  return root;
}
