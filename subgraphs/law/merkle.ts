// Merkle trees as RFC 6962 §2.1 has them: one hash speaks for a list, and a short proof shows that an entry is in it.
import { hash } from "node:crypto";

export const HASH_BYTES = 32;

/** MTH({d}) = SHA-256(0x00 || d). */
export function hashLeaf(data: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([LEAF, data]), "buffer");
}

/** SHA-256(0x01 || left || right). */
export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([NODE, left, right]), "buffer");
}

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** The hash of the tree over these leaf hashes; of none, that of nothing. */
export function rootOf(leaves: readonly Uint8Array[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return hash("sha256", Buffer.alloc(0), "buffer");
  if (leaves.length === 1) return Buffer.from(only);
  const split = splitOf(leaves.length);
  return hashNode(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

/** PATH(m, D[n]): the hashes that lead from the leaf at `index` to the root, nearest first. */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): Buffer[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...inclusionProof(leaves.slice(0, split), index), rootOf(leaves.slice(split))]
    : [...inclusionProof(leaves.slice(split), index - split), rootOf(leaves.slice(0, split))];
}

export interface MerkleTree {
  readonly root: Buffer;
  /** `inclusionProof` of each leaf. */
  readonly proofs: readonly (readonly Buffer[])[];
}

/** Root and all proofs at once: each node is hashed once, where a proof by itself hashes all the others anew. */
export function treeOf(leaves: readonly Uint8Array[]): MerkleTree {
  if (leaves.length <= 1) return { root: rootOf(leaves), proofs: leaves.map(() => []) };
  const split = splitOf(leaves.length);
  const [left, right] = [treeOf(leaves.slice(0, split)), treeOf(leaves.slice(split))];
  const proofs = [...left.proofs.map((proof) => [...proof, right.root]), ...right.proofs.map((proof) => [...proof, left.root])];
  return { root: hashNode(left.root, right.root), proofs };
}

/** The root to which a proof leads from a leaf hash; null for a proof of another length. RFC 9162 §2.1.3.2. */
export function rootFromProof(leaf: Uint8Array, { index, size }: { readonly index: number; readonly size: number }, proof: readonly Uint8Array[]): Buffer | null {
  if (index >= size) return null;
  let [at, last] = [index, size - 1];
  let reached: Buffer = Buffer.from(leaf);
  for (const sibling of proof) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      reached = hashNode(sibling, reached);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else reached = hashNode(reached, sibling);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? reached : null;
}

/**
 * PROOF(m, D[n]): the hashes that show the tree over the first `first` leaves to be the beginning of the tree over all.
 * RFC 6962 §2.1.2; `first` is 1 at least.
 */
export function consistencyProof(leaves: readonly Uint8Array[], first: number): Buffer[] {
  return subproof(leaves, first, true);
}

function subproof(leaves: readonly Uint8Array[], first: number, isWhole: boolean): Buffer[] {
  if (first >= leaves.length) return isWhole ? [] : [rootOf(leaves)];
  const split = splitOf(leaves.length);
  return first <= split
    ? [...subproof(leaves.slice(0, split), first, isWhole), rootOf(leaves.slice(split))]
    : [...subproof(leaves.slice(split), first - split, false), rootOf(leaves.slice(0, split))];
}

export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Whether the tree of `first` is the beginning of that of `second`. RFC 9162 §2.1.4.2. */
export function isConsistent(first: TreeHead, second: TreeHead, proof: readonly Uint8Array[]): boolean {
  if (first.size === 0) return proof.length === 0;
  if (first.size >= second.size) return first.size === second.size && proof.length === 0 && Buffer.compare(first.root, second.root) === 0;
  const hashes = isPowerOfTwo(first.size) ? [first.root, ...proof] : [...proof];
  const [start, ...rest] = hashes;
  if (start === undefined) return false;
  let [at, last] = [first.size - 1, second.size - 1];
  while (at % 2 === 1) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  let [one, both] = [start, start];
  for (const hash of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      [one, both] = [hashNode(hash, one), hashNode(hash, both)];
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else both = hashNode(both, hash);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && Buffer.compare(one, first.root) === 0 && Buffer.compare(both, second.root) === 0;
}

/** A tree that only grows. It holds one hash for each perfect subtree, largest first, so that adding costs the same at any size. */
export interface GrowingTree {
  readonly size: number;
  readonly subtrees: readonly Subtree[];
}

export interface Subtree {
  readonly size: number;
  readonly hash: Buffer;
}

export const EMPTY_TREE: GrowingTree = { size: 0, subtrees: [] };

/** The tree with one more leaf. */
export function grow({ size, subtrees }: GrowingTree, leaf: Buffer): GrowingTree {
  const grown = [...subtrees];
  let added: Subtree = { size: 1, hash: leaf };
  for (let last = grown.at(-1); last?.size === added.size; last = grown.at(-1)) {
    grown.pop();
    added = { size: last.size * 2, hash: hashNode(last.hash, added.hash) };
  }
  return { size: size + 1, subtrees: [...grown, added] };
}

export function rootOfGrown({ subtrees }: GrowingTree): Buffer {
  const [last, ...before] = [...subtrees].reverse();
  return last === undefined ? rootOf([]) : before.reduce((root, { hash }) => hashNode(hash, root), last.hash);
}

function isPowerOfTwo(count: number): boolean {
  return 2 ** (31 - Math.clz32(count)) === count;
}

/** The largest power of two below `count`, which is 2 at least. */
function splitOf(count: number): number {
  return 2 ** (31 - Math.clz32(count - 1));
}
