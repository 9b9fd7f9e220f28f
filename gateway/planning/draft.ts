// A plan in the making: our plan form with documents as trees, which `optimize/` changes and which are printed once.
import { Kind, parse, print, stripIgnoredCharacters, visit, type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode } from "graphql";

import type { DeferNode, EntityFetch, FetchNode, GroupNode, PlanNode, Rewrite } from "./plan.ts";

export type Draft = PlanNode<FetchDraft>;

export interface FetchDraft {
  readonly kind: "Fetch";
  readonly ids?: readonly string[];
  readonly subgraph: string;
  readonly document: FetchDocument;
  readonly entities: readonly EntityFetch[];
  readonly outputRewrites: readonly Rewrite[];
}

export interface FetchDocument {
  readonly operation: OperationDefinitionNode;
  readonly fragments: readonly FragmentDefinitionNode[];
}

/** A planner: GraphQL text with one operation → its plan, null for nothing to fetch. Throws for what it cannot plan. */
export type MakeDraft = (text: string) => Draft | null;

/** Throws GraphQLError for text that does not parse, TypeError for one without exactly one operation. */
export function readFetchDocument(text: string): FetchDocument {
  const { definitions } = parse(text, { noLocation: true });
  const [operation, ...more] = definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined || more.length > 0) throw new TypeError("Expected a fetch with one operation, got another number of them.");
  return { operation, fragments: definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION) };
}

/** A group without groups of its own kind in it; the node itself where it is the only one, null where there is none. */
export function createGroup<Fetch extends { readonly kind: "Fetch" }>(
  kind: GroupNode["kind"],
  members: readonly (PlanNode<Fetch> | null)[],
): PlanNode<Fetch> | null {
  const nodes = members.flatMap((node) => {
    if (node === null) return [];
    return node.kind === kind ? (node as GroupNode<Fetch>).nodes : [node];
  });
  const [only, ...more] = nodes;
  if (only === undefined) return null;
  return more.length === 0 ? only : { kind, nodes };
}

/** The same plan with each fetch changed. */
export function mapFetches<From extends { readonly kind: "Fetch" }, To>(node: PlanNode<From>, change: (fetch: From) => PlanNode<To>): PlanNode<To> {
  if (node.kind === "Fetch") return change(node as From);
  const { kind } = node;
  if (kind === "Condition") {
    const { whenTrue, whenFalse } = node;
    return { ...node, whenTrue: whenTrue && mapFetches(whenTrue, change), whenFalse: whenFalse && mapFetches(whenFalse, change) };
  }
  if (kind === "Defer") return mapDefer(node, (inner) => inner && mapFetches(inner, change));
  return { ...node, nodes: node.nodes.map((one) => mapFetches(one, change)) };
}

/** The same node with the plans in it changed. */
export function mapDefer<From, To>(node: DeferNode<From>, change: (inner: PlanNode<From> | null) => PlanNode<To> | null): DeferNode<To> {
  return { ...node, primary: change(node.primary), deferred: node.deferred.map((one) => ({ ...one, node: change(one.node) })) };
}

/** The same where a fetch may become a group: groups in groups of their kind are made one. */
export function replaceFetches(node: Draft, change: (fetch: FetchDraft) => Draft): Draft {
  const changed = mapFetches(node, change);
  return flatten(changed) ?? changed;
}

function flatten(node: Draft): Draft | null {
  if (node.kind === "Fetch") return node;
  if (node.kind === "Condition") return { ...node, whenTrue: node.whenTrue && flatten(node.whenTrue), whenFalse: node.whenFalse && flatten(node.whenFalse) };
  if (node.kind === "Defer") return mapDefer(node, (inner) => inner && flatten(inner));
  return createGroup(node.kind, node.nodes.map(flatten));
}

/** Without fragments and variables that nothing uses: a subgraph would refuse the document. */
export function pruneDocument({ operation, fragments }: FetchDocument): FetchDocument {
  const spreads = new Set<string>();
  const variables = new Set<string>();
  const read = (node: OperationDefinitionNode["selectionSet"]): void => {
    visit(node, {
      Variable: ({ name }) => void variables.add(name.value),
      FragmentSpread: ({ name }) => {
        const fragment = fragments.find((one) => one.name.value === name.value);
        if (fragment === undefined || spreads.has(name.value)) return;
        spreads.add(name.value);
        read(fragment.selectionSet);
      },
    });
  };
  read(operation.selectionSet);
  const variableDefinitions = (operation.variableDefinitions ?? []).filter(({ variable }) => variables.has(variable.name.value));
  return { operation: { ...operation, variableDefinitions }, fragments: fragments.filter(({ name }) => spreads.has(name.value)) };
}

/** The same plan under other names of the client's variables. */
export function mapConditions<Fetch extends { readonly kind: "Fetch" }>(node: PlanNode<Fetch>, nameOf: (variable: string) => string): PlanNode<Fetch> {
  if (node.kind === "Fetch") return node;
  if (node.kind === "Defer") return mapDefer(node, (inner) => inner && mapConditions(inner, nameOf));
  if (node.kind !== "Condition") return { ...node, nodes: node.nodes.map((one) => mapConditions(one, nameOf)) };
  const { variable, whenTrue, whenFalse } = node;
  return { ...node, variable: nameOf(variable), whenTrue: whenTrue && mapConditions(whenTrue, nameOf), whenFalse: whenFalse && mapConditions(whenFalse, nameOf) };
}

/** Names of variables, old → new, throughout a document. */
export function renameVariables(document: DocumentNode, names: ReadonlyMap<string, string>): DocumentNode {
  return visit(document, {
    Variable: (node) => {
      const name = names.get(node.name.value);
      return name === undefined ? undefined : { ...node, name: { ...node.name, value: name } };
    },
  });
}

/**
 * The fetch as it is sent. It has no name and no ignored characters, so that equal fetches of different operations are
 * equal text. `names` are those of variables, as they are → as they are to be.
 */
export function printFetch({ document, entities, ...fetch }: FetchDraft, names: ReadonlyMap<string, string>): FetchNode {
  const { name: _, ...operation } = document.operation;
  if (operation.operation === "subscription") throw new TypeError("Expected a plan of queries and mutations, got a subscription.");
  const own = new Set(entities.map(({ variable }) => variable));
  const variables = (operation.variableDefinitions ?? []).map((definition) => definition.variable.name.value);
  const ast = renameVariables({ kind: Kind.DOCUMENT, definitions: [operation, ...document.fragments] }, names);
  return {
    ...fetch,
    operationKind: operation.operation,
    document: stripIgnoredCharacters(print(ast)),
    variables: variables.filter((variable) => !own.has(variable)).map((variable) => names.get(variable) ?? variable),
    entities: entities.map((entity) => ({ ...entity, variable: names.get(entity.variable) ?? entity.variable })),
  };
}
