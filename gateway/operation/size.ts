// How large an operation is with its fragments spread out. A document of 577 bytes whose fragments spread one another
// twice has 49,151 selections and keeps a planner busy for 22 s; counted with one visit a fragment it costs nothing.
import { Kind, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionSetNode } from "graphql";

/** By name. */
export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** Infinity for fragments that spread themselves, and where the count leaves the range of numbers. */
export function countSelections(operation: OperationDefinitionNode, fragments: Fragments): number {
  return countSet(operation.selectionSet, fragments, new Map());
}

function countSet(set: SelectionSetNode, fragments: Fragments, sizes: Map<string, number>): number {
  let size = 0;
  for (const node of set.selections) {
    if (node.kind === Kind.FRAGMENT_SPREAD) size += 1 + countFragment(node.name.value, fragments, sizes);
    else size += 1 + (node.selectionSet === undefined ? 0 : countSet(node.selectionSet, fragments, sizes));
  }
  return size;
}

function countFragment(name: string, fragments: Fragments, sizes: Map<string, number>): number {
  const known = sizes.get(name);
  if (known !== undefined) return known;
  const fragment = fragments.get(name);
  if (fragment === undefined) return 0;
  sizes.set(name, Number.POSITIVE_INFINITY);
  const size = countSet(fragment.selectionSet, fragments, sizes);
  sizes.set(name, size);
  return size;
}
