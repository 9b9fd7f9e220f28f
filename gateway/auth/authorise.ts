// Takes out of an operation what its caller may not read, before anything is planned or fetched.
//
// At run time there are objects only, so the verdict is one for each field of each object type, whatever way led there:
// a fragment, an interface, a union or an alias cannot change it. Where a selection stands on an interface and only some
// of the types behind it are open, it is rewritten into one inline fragment for each open type; the refused ones answer
// `null` (execution/complete.ts puts it there, and the error beside it).
import {
  doTypesOverlap,
  getNamedType,
  isAbstractType,
  isCompositeType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

import { toOperation, type Operation } from "../operation/operation.ts";
import type { Requirement, Requirements } from "../supergraph/supergraph.ts";

/** Why the field of an object type is refused, or null when it is open. */
export type Verdict = (type: string, field: string) => Requirement | null;

export interface Authorised {
  /** The operation without what was refused; null when nothing is left of it. */
  readonly operation: Operation | null;
  /** Whether anything was taken out. */
  readonly refused: boolean;
}

export function createVerdict(requirements: Requirements, isMet: (requirement: Requirement) => boolean): Verdict {
  return (type, field) => requirements.of(type, field).find((requirement) => !isMet(requirement)) ?? null;
}

/** `operation` is valid in `schema`, the API schema. */
export function authorise(operation: Operation, schema: GraphQLSchema, verdict: Verdict): Authorised {
  const filter: Filter = { schema, verdict, source: operation, fragments: new Map(), refused: false };
  const root = schema.getRootType(operation.definition.operation);
  if (root == null) return { operation, refused: false };
  const selections = filterSet(filter, root, operation.definition.selectionSet);
  if (!filter.refused) return { operation, refused: false };
  if (selections.length === 0) return { operation: null, refused: true };
  const kept = new Map([...filter.fragments].flatMap(([name, fragment]) => (fragment === null ? [] : [[name, fragment] as const])));
  const definition = { ...operation.definition, selectionSet: setOf(selections) };
  return { operation: toOperation(definition, kept), refused: true };
}

/** Every requirement that stands on the way of an operation: what callers must be held against, each once. */
export function requirementsOn(operation: Operation, schema: GraphQLSchema, requirements: Requirements): Requirement[] {
  const met = new Set<Requirement>();
  const collect: Verdict = (type, field) => {
    for (const requirement of requirements.of(type, field)) met.add(requirement);
    return null;
  };
  if (!requirements.none) authorise(operation, schema, collect);
  return [...met];
}

interface Filter {
  readonly schema: GraphQLSchema;
  readonly verdict: Verdict;
  readonly source: Operation;
  /** Fragments as they are filtered, each once; null when nothing is left of one. */
  readonly fragments: Map<string, FragmentDefinitionNode | null>;
  refused: boolean;
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };

function filterSet(filter: Filter, parent: GraphQLCompositeType, set: SelectionSetNode): SelectionNode[] {
  return set.selections.flatMap((node): SelectionNode[] => {
    if (node.kind === Kind.FIELD) return filterField(filter, parent, node);
    if (node.kind === Kind.INLINE_FRAGMENT) return filterInlineFragment(filter, parent, node);
    const fragment = filterFragment(filter, node.name.value);
    return fragment !== null && mayBe(filter, parent, fragment.typeCondition.name.value) ? [node] : [];
  });
}

function filterInlineFragment(filter: Filter, parent: GraphQLCompositeType, node: InlineFragmentNode): SelectionNode[] {
  const name = node.typeCondition?.name.value ?? parent.name;
  const type = filter.schema.getType(name);
  if (!isCompositeType(type) || !mayBe(filter, parent, name)) return [];
  const selections = filterSet(filter, type, node.selectionSet);
  return selections.length === 0 ? [] : [{ ...node, selectionSet: setOf(selections) }];
}

function filterFragment(filter: Filter, name: string): FragmentDefinitionNode | null {
  const known = filter.fragments.get(name);
  if (known !== undefined) return known;
  const fragment = filter.source.fragments.get(name);
  const type = filter.schema.getType(fragment?.typeCondition.name.value ?? "");
  if (fragment === undefined || !isCompositeType(type)) return null;
  const selections = filterSet(filter, type, fragment.selectionSet);
  const filtered = selections.length === 0 ? null : { ...fragment, selectionSet: setOf(selections) };
  filter.fragments.set(name, filtered);
  return filtered;
}

function filterField(filter: Filter, parent: GraphQLCompositeType, node: FieldNode): SelectionNode[] {
  // Only fields that begin with two underscores are not of the schema itself; they are open.
  if (node.name.value.startsWith("__")) return [node];
  const types = isAbstractType(parent) ? filter.schema.getPossibleTypes(parent) : [parent];
  const open = types.filter((type) => filter.verdict(type.name, node.name.value) === null);
  if (open.length === types.length) return [filterBelow(filter, parent, node)];
  filter.refused = true;
  return open.map((type) => onType(type, filterBelow(filter, type, node)));
}

/** The field with its own selections filtered; with `__typename` where completion must know that or what an object is. */
function filterBelow(filter: Filter, parent: GraphQLCompositeType, node: FieldNode): FieldNode {
  const field = "getFields" in parent ? parent.getFields()[node.name.value] : undefined;
  const type = getNamedType(field?.type);
  if (node.selectionSet === undefined || !isCompositeType(type)) return node;
  const selections = filterSet(filter, type, node.selectionSet);
  const needed = selections.length === 0 || isAbstractType(type);
  return { ...node, selectionSet: setOf(needed ? [TYPENAME, ...selections] : selections) };
}

function mayBe(filter: Filter, parent: GraphQLCompositeType, name: string): boolean {
  const type = filter.schema.getType(name);
  return isCompositeType(type) && doTypesOverlap(filter.schema, parent, type);
}

function onType(type: GraphQLObjectType, field: FieldNode): InlineFragmentNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
    selectionSet: setOf([field]),
  };
}

function setOf(selections: readonly SelectionNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections };
}
