// An operation whose fragments with @defer are answered later, for given values of its variables: what comes first, what
// comes later and where it belongs, and the whole for a planner, with a label of ours on each deferred fragment.
//
//   { user { name ...F @defer(label: "more") } }  fragment F on User { age }
//
//   first   { user { name } }
//   later   d0, "more": at user, if it is a User: { age }
//   planned { user { name ... on User @defer(label: "d0") { age } } }
//
// Named fragments are spread out, so that one that is spread twice is two parts. Conditions are decided, and none is left.
import { Kind, visit, type DirectiveNode, type InlineFragmentNode, type SelectionNode, type SelectionSetNode } from "graphql";

import { isIncluded, isVariableTrue, type Variables } from "./include.ts";
import { toOperation, type Operation } from "./read-operation.ts";
import { TYPENAME, withUsedVariables } from "./specialise.ts";

export interface Split {
  readonly planned: Operation;
  readonly first: SelectionSetNode;
  /** Those of the first part; others stand in these. */
  readonly later: readonly DeferredFragment[];
}

export interface DeferredFragment {
  /** The label in `planned`. */
  readonly id: string;
  /** The client's, null where it gave none. */
  readonly label: string | null;
  /** The way from an object of the part that it stands in to one of its own; none where both are the same. */
  readonly steps: readonly PathStep[];
  readonly selectionSet: SelectionSetNode;
  readonly later: readonly DeferredFragment[];
}

/** By a response name to the object or objects of a field, or on with those of a type. */
export type PathStep = { readonly kind: "field"; readonly name: string; readonly field: string } | { readonly kind: "type"; readonly name: string };

/** Whether anything of it may be deferred. */
export function hasDefer({ document }: Operation): boolean {
  let some = false;
  visit(document, { Directive: ({ name }) => void (some ||= name.value === "defer") });
  return some;
}

/** The same operation, to be answered whole by who does not know @defer; the very same one where nothing may be deferred. */
export function withoutDefer(operation: Operation): Operation {
  if (!hasDefer(operation)) return operation;
  const strip = { Directive: ({ name }: DirectiveNode) => (name.value === "defer" ? null : undefined) };
  const fragments = [...operation.fragments.values()].map((fragment) => visit(fragment, strip));
  const definition = withUsedVariables(visit(operation.definition, strip), fragments);
  return toOperation(definition, new Map(fragments.map((fragment) => [fragment.name.value, fragment])));
}

/** Null where nothing is deferred. */
export function splitDeferred(operation: Operation, variables: Variables): Split | null {
  const splitting: Splitting = { operation, variables, count: 0 };
  const later: DeferredFragment[] = [];
  const { first, planned } = splitSet(splitting, operation.definition.selectionSet, { later, steps: [] });
  if (splitting.count === 0) return null;
  const definition = { ...operation.definition, selectionSet: planned };
  return { planned: toOperation(withUsedVariables(definition, []), new Map()), first, later };
}

interface Splitting {
  readonly operation: Operation;
  readonly variables: Variables;
  /** How many fragments are deferred. */
  count: number;
}

/** The part in which a selection stands: what is deferred in it, and the way from one of its objects. */
interface Place {
  readonly later: DeferredFragment[];
  readonly steps: readonly PathStep[];
}

interface Both<Node> {
  readonly first: Node;
  readonly planned: Node;
}

function splitSet(splitting: Splitting, { selections }: SelectionSetNode, place: Place): Both<SelectionSetNode> {
  const { operation, variables } = splitting;
  const first: SelectionNode[] = [];
  const planned: SelectionNode[] = [];
  for (const node of selections) {
    if (!isIncluded(node, operation.definition, variables)) continue;
    const both = splitNode(splitting, node, place);
    if (both.first !== null) first.push(both.first);
    if (both.planned !== null) planned.push(both.planned);
  }
  return { first: setOf(first), planned: setOf(planned) };
}

function splitNode(splitting: Splitting, node: SelectionNode, place: Place): Both<SelectionNode | null> {
  if (node.kind !== Kind.FIELD) return splitFragment(splitting, node, place);
  const { selectionSet, ...field } = { ...node, directives: [] };
  // Introspection is there at once.
  const whole = node.name.value.startsWith("__") && selectionSet !== undefined ? { ...field, selectionSet } : field;
  if (selectionSet === undefined || whole !== field) return { first: whole, planned: whole };
  const name = (node.alias ?? node.name).value;
  const below = splitSet(splitting, selectionSet, { ...place, steps: [...place.steps, { kind: "field", name, field: node.name.value }] });
  // The object is asked for although nothing of it may be left.
  const filled = below.planned.selections.length === 0 ? setOf([TYPENAME]) : below.planned;
  return { first: { ...field, selectionSet: below.first }, planned: { ...field, selectionSet: filled } };
}

function splitFragment(splitting: Splitting, node: Exclude<SelectionNode, { kind: Kind.FIELD }>, place: Place): Both<SelectionNode | null> {
  const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : splitting.operation.fragments.get(node.name.value);
  if (fragment === undefined) return { first: null, planned: null };
  const { typeCondition } = fragment;
  const steps = typeCondition === undefined ? place.steps : [...place.steps, { kind: "type", name: typeCondition.name.value } as const];
  const inline: Omit<InlineFragmentNode, "selectionSet"> = { kind: Kind.INLINE_FRAGMENT, ...(typeCondition !== undefined && { typeCondition }) };
  const defer = node.directives?.find(({ name }) => name.value === "defer");
  if (defer === undefined || !isDeferred(splitting, defer)) {
    const inner = splitSet(splitting, fragment.selectionSet, { ...place, steps });
    const planned = inner.planned.selections.length === 0 ? null : { ...inline, selectionSet: inner.planned };
    return { first: { ...inline, selectionSet: inner.first }, planned };
  }
  const id = `d${splitting.count++}`;
  const later: DeferredFragment[] = [];
  const inner = splitSet(splitting, fragment.selectionSet, { later, steps: [] });
  place.later.push({ id, label: labelOf(defer), steps, selectionSet: inner.first, later });
  const planned = { ...inline, directives: [labelled(id)], selectionSet: inner.planned };
  return { first: null, planned: inner.planned.selections.length === 0 ? null : planned };
}

/** Without `if` it is. */
function isDeferred({ operation, variables }: Splitting, defer: DirectiveNode): boolean {
  const condition = argumentOf(defer, "if");
  if (condition?.kind === Kind.VARIABLE) return isVariableTrue(condition.name.value, operation.definition, variables);
  return condition?.kind !== Kind.BOOLEAN || condition.value;
}

function labelOf(defer: DirectiveNode): string | null {
  const label = argumentOf(defer, "label");
  return label?.kind === Kind.STRING ? label.value : null;
}

function argumentOf({ arguments: given = [] }: DirectiveNode, name: string) {
  return given.find((argument) => argument.name.value === name)?.value;
}

function labelled(id: string): DirectiveNode {
  const value = { kind: Kind.STRING, value: id } as const;
  return { kind: Kind.DIRECTIVE, name: nameOf("defer"), arguments: [{ kind: Kind.ARGUMENT, name: nameOf("label"), value }] };
}

function nameOf(value: string) {
  return { kind: Kind.NAME, value } as const;
}

function setOf(selections: readonly SelectionNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections };
}
