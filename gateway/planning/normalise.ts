// An operation as planners like it: no named fragments, no fragment where it says nothing, and fields of one name asked for
// once. Planners mean to merge equal fields themselves, and do not always: of `{ other { second } other { first } }`, where
// `second` requires `first`, Hive's makes a plan that it does not make of `{ other { second first } }`. The size of the
// result is bounded, because operations are counted with their fragments spread out.
import {
  doTypesOverlap,
  getNamedType,
  isAbstractType,
  isCompositeType,
  Kind,
  print,
  type DirectiveNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

import type { Operation } from "../operation/operation.ts";

type Fragments = Operation["fragments"];

export interface Scope {
  readonly schema: GraphQLSchema;
  readonly fragments: Fragments;
}

/** Introspection is left out of the root: it needs no subgraph. */
export function normaliseRoot(scope: Scope, root: GraphQLCompositeType, set: SelectionSetNode): SelectionSetNode {
  const spread = spreadOut(scope, root, [set]);
  return mergeSelections(scope, root, spread.flatMap((node) => withoutIntrospection(node) ?? []));
}

function withoutIntrospection(node: Flat): Flat | null {
  if (node.kind === Kind.FIELD) return node.name.value.startsWith("__") ? null : node;
  const selections = (node.selectionSet.selections as readonly Flat[]).flatMap((inner) => withoutIntrospection(inner) ?? []);
  return selections.length === 0 ? null : { ...node, selectionSet: { ...node.selectionSet, selections } };
}

/** Of several sets of one parent. */
function normalise(scope: Scope, parent: GraphQLCompositeType, sets: readonly SelectionSetNode[]): SelectionSetNode {
  return mergeSelections(scope, parent, spreadOut(scope, parent, sets));
}

type Flat = FieldNode | InlineFragmentNode;

/** Without spreads, and without fragments that every object of the parent's type is in. */
function spreadOut(scope: Scope, parent: GraphQLCompositeType, sets: readonly SelectionSetNode[]): Flat[] {
  return sets.flatMap(({ selections }) =>
    selections.flatMap((node): Flat[] => {
      if (node.kind === Kind.FIELD) return [node];
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : scope.fragments.get(node.name.value);
      if (fragment === undefined) return [];
      const type = fragment.typeCondition === undefined ? parent : scope.schema.getType(fragment.typeCondition.name.value);
      // Planners refuse a fragment in which no object can be; a valid operation has some once others are spread out.
      if (!isCompositeType(type) || !doTypesOverlap(scope.schema, type, parent)) return [];
      // What is deferred stays together, under its label.
      if (holdsAll(scope.schema, type, parent) && !isDeferred(fragment)) {
        return spreadOut(scope, parent, [fragment.selectionSet]).map((inner) => withDirectives(inner, node.directives ?? []));
      }
      const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: spreadOut(scope, type, [fragment.selectionSet]) };
      if (selectionSet.selections.length === 0) return [];
      return [createFragment(type, node.directives ?? [], selectionSet)];
    }),
  );
}

function isDeferred({ directives = [] }: Pick<InlineFragmentNode, "directives">): boolean {
  return directives.some(({ name }) => name.value === "defer");
}

function holdsAll(schema: GraphQLSchema, type: GraphQLCompositeType, parent: GraphQLCompositeType): boolean {
  return type === parent || (isAbstractType(type) && !isUnion(parent) && schema.isSubType(type, parent));
}

function isUnion(type: GraphQLCompositeType): type is Extract<GraphQLCompositeType, { getTypes(): unknown }> {
  return "getTypes" in type;
}

/** A selection may have each directive once; where both have one, a fragment without a type stays around it. */
function withDirectives(node: Flat, directives: readonly DirectiveNode[]): Flat {
  if (directives.length === 0) return node;
  const own = new Set(node.directives?.map(({ name }) => name.value));
  if (!directives.some(({ name }) => own.has(name.value))) return { ...node, directives: [...(node.directives ?? []), ...directives] };
  return { kind: Kind.INLINE_FRAGMENT, directives, selectionSet: { kind: Kind.SELECTION_SET, selections: [node] } };
}

function createFragment(type: GraphQLCompositeType, directives: readonly DirectiveNode[], selectionSet: SelectionSetNode): InlineFragmentNode {
  return { kind: Kind.INLINE_FRAGMENT, typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } }, directives, selectionSet };
}

/** In the order of first mention. */
function mergeSelections(scope: Scope, parent: GraphQLCompositeType, nodes: readonly Flat[]): SelectionSetNode {
  const groups = new Map<string, Flat[]>();
  for (const node of nodes) {
    const key = keyOf(node);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node]);
    else group.push(node);
  }
  const selections = [...groups.values()].flatMap((group): SelectionNode[] => mergeGroup(scope, parent, group));
  return { kind: Kind.SELECTION_SET, selections };
}

function mergeGroup(scope: Scope, parent: GraphQLCompositeType, group: readonly Flat[]): SelectionNode[] {
  const [first] = group;
  if (first === undefined) return [];
  const type = first.kind === Kind.FIELD ? fieldType(parent, first) : first.typeCondition === undefined ? parent : scope.schema.getType(first.typeCondition.name.value);
  if (!isCompositeType(type)) return [first];
  const selectionSet = normalise(scope, type, group.flatMap((node) => node.selectionSet ?? []));
  return [{ ...first, selectionSet: first.kind === Kind.FIELD ? withTypename(type, selectionSet) : selectionSet }];
}

/**
 * Objects of several types are told apart by `__typename` under this very name, also where the client asks for nothing
 * of the one that is there. Hive's planner leaves it out where it is asked for under an alias.
 */
function withTypename(type: GraphQLCompositeType, set: SelectionSetNode): SelectionSetNode {
  if (!isAbstractType(type) && set.selections.length > 0) return set;
  const has = set.selections.some((node) => node.kind === Kind.FIELD && node.name.value === "__typename" && node.alias === undefined && (node.directives ?? []).length === 0);
  return has ? set : { ...set, selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } }, ...set.selections] };
}

function fieldType(parent: GraphQLCompositeType, { name }: FieldNode) {
  return "getFields" in parent ? getNamedType(parent.getFields()[name.value]?.type) : undefined;
}

/** All that is printed of a selection before its own selections. */
function keyOf(node: Flat): string {
  if (node.kind === Kind.FIELD && (node.arguments ?? []).length === 0 && (node.directives ?? []).length === 0) {
    return node.alias === undefined ? node.name.value : `${node.alias.value}: ${node.name.value}`;
  }
  return print({ ...node, selectionSet: EMPTY });
}

const EMPTY: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [] };
