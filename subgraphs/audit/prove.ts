// Short proofs that others check without the log: that an entry is in it, and that it only grew since a checkpoint (RFC 6962
// §2.1.1 and §2.1.2). Both are about hashes alone, so that entries prove what they are when their texts are gone.
import { consistencyProof, hashLeaf, inclusionProof, isConsistent, rootOf, type TreeHead } from "../law/law.ts";
import { readLines } from "./journal.ts";
import { readNote, type Checkpoint } from "./note.ts";
import { readLastNote } from "./tiles.ts";

export class ProofRefused extends Error {}

/** Bytes as base64. The leaf hash is SHA-256(0x00 || commitment). */
export interface InclusionProof {
  readonly origin: string;
  readonly entry: number;
  /** What stands in the tree: SHA-256 of the entry's salt and text. */
  readonly commitment: string;
  readonly leafHash: string;
  readonly size: number;
  readonly root: string;
  /** Nearest to the leaf first. */
  readonly proof: readonly string[];
  /** Signed, over size and root. */
  readonly checkpoint: string;
}

export interface ConsistencyProof {
  readonly origin: string;
  readonly from: PrintedHead;
  readonly to: PrintedHead;
  readonly proof: readonly string[];
  /** Signed, over `to`; null where `to` is none that a checkpoint at hand speaks of. */
  readonly checkpoint: string | null;
}

export interface PrintedHead {
  readonly size: number;
  readonly root: string;
}

export interface Growth {
  readonly from: number;
  /** Null: up to the last checkpoint. */
  readonly to: number | null;
}

export type Extension =
  | { readonly kind: "EXTENDED"; readonly kept: Checkpoint; readonly proof: ConsistencyProof }
  | { readonly kind: "FORGED" | "ROLLED_BACK" | "FORKED"; readonly sentence: string };

/** Throws ProofRefused. */
export async function proveEntry(log: ProvenLog, entry: number): Promise<InclusionProof> {
  const { commitments, leaves, note, head } = await readTree(log);
  const [commitment, leaf] = [commitments[entry], leaves[entry]];
  if (commitment === undefined || leaf === undefined) {
    throw new ProofRefused(`Expected --entry from 0 to ${head.size - 1}, the places of the log's last checkpoint, got ${entry}.`);
  }
  const proof = inclusionProof(leaves, entry).map(print);
  return { origin: head.origin, entry, commitment: print(commitment), leafHash: print(leaf), ...printHead(head), proof, checkpoint: note };
}

/** Throws ProofRefused. */
export async function proveConsistency(log: ProvenLog, { from, to }: Growth): Promise<ConsistencyProof> {
  const tree = await readTree(log);
  const size = to ?? tree.head.size;
  if (size > tree.head.size) {
    throw new ProofRefused(`Expected --to of ${tree.head.size} at most, the size of the log's last checkpoint, got ${size}.`);
  }
  if (from < 1 || from > size) throw new ProofRefused(`Expected --from from 1 to ${size}, got ${from}.`);
  return toConsistency(tree, from, size);
}

/** Whether the log as it is begins with all that a checkpoint speaks of that somebody kept. Throws ProofRefused. */
export async function checkExtension(log: ProvenLog, kept: string): Promise<Extension> {
  const checkpoint = readNote(kept, log.verifierKey);
  if (checkpoint === null) return { kind: "FORGED", sentence: "The checkpoint that was kept is not signed by the log's key." };
  const tree = await readTree(log);
  const { size } = checkpoint;
  if (size < 1) throw new ProofRefused("Expected a checkpoint of one entry at least, got one of an empty log.");
  if (size > tree.head.size) {
    return { kind: "ROLLED_BACK", sentence: `The log has ${tree.head.size} entries; the checkpoint that was kept has ${size}.` };
  }
  const proof = toConsistency(tree, size, tree.head.size);
  const hashes = proof.proof.map((one) => Buffer.from(one, "base64"));
  // As whoever kept it would check: the proof leads from the root that they have to the one that is signed now.
  if (!isConsistent(checkpoint, tree.head, hashes)) {
    return { kind: "FORKED", sentence: `The first ${size} entries are not those of the checkpoint that was kept.` };
  }
  return { kind: "EXTENDED", kept: checkpoint, proof };
}

export interface ProvenLog {
  readonly folder: string;
  readonly verifierKey: string;
}

interface Tree {
  readonly commitments: readonly Buffer[];
  readonly leaves: readonly Buffer[];
  readonly note: string;
  readonly head: Checkpoint;
}

async function readTree({ folder, verifierKey }: ProvenLog): Promise<Tree> {
  const note = await readLastNote(folder);
  if (note === null) throw new ProofRefused(`Cannot prove anything because the log in ${folder} is empty.`);
  const head = readNote(note, verifierKey);
  if (head === null) throw new ProofRefused(`Cannot prove anything because the last checkpoint in ${folder} is not signed by the log's key.`);
  const commitments: Buffer[] = [];
  for await (const { c } of readLines(folder, 0)) {
    // A log that is written meanwhile has more.
    if (commitments.length < head.size) commitments.push(Buffer.from(c, "base64url"));
  }
  const leaves = commitments.map(hashLeaf);
  if (leaves.length === head.size && rootOf(leaves).equals(head.root)) return { commitments, leaves, note, head };
  const why = `the entries in ${folder} are not those that were signed`;
  throw new ProofRefused(`Cannot prove anything because ${why}. Ask \`npm run audit -- verify\` what happened to them.`);
}

function toConsistency({ leaves, note, head }: Tree, from: number, to: number): ConsistencyProof {
  const headOf = (size: number): PrintedHead => printHead({ size, root: rootOf(leaves.slice(0, size)) });
  const proof = consistencyProof(leaves.slice(0, to), from).map(print);
  return { origin: head.origin, from: headOf(from), to: headOf(to), proof, checkpoint: to === head.size ? note : null };
}

function printHead({ size, root }: TreeHead): PrintedHead {
  return { size, root: print(root) };
}

function print(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
