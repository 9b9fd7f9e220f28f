// An operation for given values of the variables in its @skip and @include: without those directives and without what they
// leave out. What comes after has no conditions to get wrong, and planners do: they merge what is asked under a condition
// with what is asked always. An operation has few combinations that really occur, and each is planned once. @defer goes as
// well: this is for an answer that is whole, `defer.ts` for one in parts.
import { Kind, visit, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionNode, type SelectionSetNode } from "graphql";

import { isIncluded, type Variables } from "./include.ts";
import { toOperation, usedFragments, type Operation } from "./read-operation.ts";

/** The variables on which @skip, @include and @defer depend; null where there is no such directive. */
export function readConditions({ document }: Operation): readonly string[] | null {
  const names = new Set<string>();
  let some = false;
  visit(document, {
    Directive: ({ name, arguments: given = [] }) => {
      if (!isCondition(name.value)) return;
      some = true;
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return some ? [...names].sort() : null;
}

/**
 * A selection set of which nothing is left asks for `__typename`, so that the object is still asked for: the result is to
 * be planned, not to be printed.
 */
export function specialise(operation: Operation, variables: Variables): Operation {
  const keep = (set: SelectionSetNode): SelectionSetNode => {
    const selections = set.selections.filter((node) => isIncluded(node, operation.definition, variables)).map(specialiseNode);
    return { ...set, selections: selections.length === 0 ? [TYPENAME] : selections };
  };
  const specialiseNode = (node: SelectionNode): SelectionNode => {
    const plain = { ...node, directives: (node.directives ?? []).filter(({ name }) => !isCondition(name.value)) } as SelectionNode;
    return plain.kind === Kind.FRAGMENT_SPREAD || plain.selectionSet === undefined ? plain : ({ ...plain, selectionSet: keep(plain.selectionSet) } as SelectionNode);
  };
  const all = new Map([...operation.fragments].map(([name, fragment]): [string, FragmentDefinitionNode] => [name, { ...fragment, selectionSet: keep(fragment.selectionSet) }]));
  const definition = { ...operation.definition, selectionSet: keep(operation.definition.selectionSet) };
  const fragments = usedFragments(definition.selectionSet, all);
  return toOperation(withUsedVariables(definition, [...fragments.values()]), fragments);
}

export const TYPENAME: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };

function isCondition(name: string): boolean {
  return name === "skip" || name === "include" || name === "defer";
}

export function withUsedVariables(definition: OperationDefinitionNode, fragments: readonly FragmentDefinitionNode[]): OperationDefinitionNode {
  const used = new Set<string>();
  const Variable = ({ name }: { readonly name: { readonly value: string } }): void => void used.add(name.value);
  for (const node of [definition.selectionSet, ...(definition.directives ?? []), ...fragments]) visit(node, { Variable });
  return { ...definition, variableDefinitions: (definition.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value)) };
}
