// A whole Merkle tree at once says what its root and proofs say one by one.
import { describe, expect, it } from "@jest/globals";

import { hashLeaf, inclusionProof, rootFromProof, rootOf, treeOf } from "../../subgraphs/law/law.ts";

describe("a tree with all its proofs", () => {
  const leavesOf = (size: number) => Array.from({ length: size }, (_, index) => hashLeaf(Buffer.of(index)));

  it.each([0, 1, 2, 3, 7, 8, 9, 42])("of %d leaves has the root of RFC 6962 and its proofs, each of which leads there", (size) => {
    const leaves = leavesOf(size);
    const { root, proofs } = treeOf(leaves);
    expect(root).toEqual(rootOf(leaves));
    expect(proofs).toEqual(leaves.map((_, index) => inclusionProof(leaves, index)));
    for (const [index, leaf] of leaves.entries()) expect(rootFromProof(leaf, { index, size }, proofs[index] ?? [])).toEqual(root);
  });
});
