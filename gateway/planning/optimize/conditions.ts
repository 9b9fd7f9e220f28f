// A fetch that is asked for under one condition only is not made at all where the condition is not met:
// `{ a @include(if: $x) b @include(if: $x) }` becomes `If $x { a b }`. (Hive's planner does so for entities only.) And
// what stands side by side under the same variable comes under one condition, where it can be merged.
import { Kind, type DirectiveNode, type SelectionNode } from "graphql";

import { createGroup, mapFetches, pruneDocument, type Draft, type FetchDraft } from "../draft.ts";
import type { ConditionNode } from "../plan.ts";

export function hoistConditions(draft: Draft): Draft {
  return mapFetches(draft, (fetch): Draft => {
    // A mutation keeps its place in the order in any case, and costs no less to ask for.
    const condition = fetch.document.operation.operation === "query" ? conditionOf(fetch) : null;
    if (condition === null) return fetch;
    const inner = withoutCondition(fetch, condition);
    const [whenTrue, whenFalse] = condition.include ? [inner, null] : [null, inner];
    return { kind: "Condition", variable: condition.variable, whenTrue, whenFalse };
  });
}

/** For the members of a parallel group. */
export function joinConditions(nodes: readonly Draft[]): Draft[] {
  const joined = new Map<string | Draft, Draft>();
  for (const node of nodes) {
    const key = node.kind === "Condition" ? node.variable : node;
    const known = joined.get(key);
    joined.set(key, known?.kind === "Condition" && node.kind === "Condition" ? joinTwo(known, node) : node);
  }
  return [...joined.values()];
}

function joinTwo(one: ConditionNode<FetchDraft>, other: ConditionNode<FetchDraft>): Draft {
  return {
    ...one,
    whenTrue: createGroup("Parallel", [one.whenTrue, other.whenTrue]),
    whenFalse: createGroup("Parallel", [one.whenFalse, other.whenFalse]),
  };
}

interface Condition {
  readonly include: boolean;
  readonly variable: string;
}

/** The condition that all of the fetch stands under. */
function conditionOf({ document }: FetchDraft): Condition | null {
  const [first, ...others] = document.operation.selectionSet.selections;
  const conditions = first?.directives?.flatMap((node) => readCondition(node) ?? []) ?? [];
  return conditions.find((condition) => others.every((node) => node.directives?.some((directive) => states(directive, condition)))) ?? null;
}

function readCondition({ name, arguments: given }: DirectiveNode): Condition | null {
  if (name.value !== "include" && name.value !== "skip") return null;
  const value = given?.[0]?.value;
  return value?.kind === Kind.VARIABLE ? { include: name.value === "include", variable: value.name.value } : null;
}

function states(directive: DirectiveNode, { include, variable }: Condition): boolean {
  const condition = readCondition(directive);
  return condition?.include === include && condition.variable === variable;
}

function withoutCondition(fetch: FetchDraft, condition: Condition): FetchDraft {
  const { operation } = fetch.document;
  const selections = operation.selectionSet.selections.map((node): SelectionNode => ({ ...node, directives: (node.directives ?? []).filter((one) => !states(one, condition)) }));
  const document = { ...fetch.document, operation: { ...operation, selectionSet: { ...operation.selectionSet, selections } } };
  return { ...fetch, document: pruneDocument(document) };
}
