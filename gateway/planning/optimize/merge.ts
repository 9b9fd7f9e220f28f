// Entity fetches of one stage to one subgraph become one request, with an aliased `_entities` field for each shape: an
// answer costs a subgraph less than a request does. A stage is what nothing but earlier stages has to be fetched for:
// the members of a parallel group, and the first ones of sequences in it.
//
//   Parallel { A  Sequence { A B }  Sequence { A C } }   →   Sequence { A+A+A  Parallel { B C } }
//
// What followed one of them follows all of them then, later by what the largest of them takes longer. So a sequence that
// begins with a parallel group takes in members without followers only.
import { Kind, print, type FieldNode, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionNode, type VariableDefinitionNode, visit } from "graphql";

import { createGroup, mapDefer, type Draft, type FetchDocument, type FetchDraft } from "../draft.ts";
import type { EntityFetch } from "../plan.ts";

export function mergeStages(draft: Draft): Draft | null {
  switch (draft.kind) {
    case "Fetch":
      return draft;
    case "Sequence":
      return createGroup("Sequence", draft.nodes.map(mergeStages));
    case "Condition":
      return { ...draft, whenTrue: draft.whenTrue && mergeStages(draft.whenTrue), whenFalse: draft.whenFalse && mergeStages(draft.whenFalse) };
    // A part of an answer leaves when its own fetches are done, so they are merged with each other only.
    case "Defer":
      return mapDefer(draft, (inner) => inner && mergeStages(inner));
    case "Parallel":
      return createGroup("Parallel", absorb(joinHeads(draft.nodes)).map(mergeStages));
  }
}

/** Members that begin with a fetch from the same subgraph become one, followed by all that followed them. */
function joinHeads(nodes: readonly Draft[]): Draft[] {
  const joined: (Draft | readonly Draft[])[] = [];
  const groups = new Map<string, Draft[]>();
  for (const node of nodes) {
    const head = headOf(node);
    if (head === null) {
      joined.push(node);
      continue;
    }
    const group = groups.get(head.subgraph);
    group?.push(node);
    if (group !== undefined) continue;
    const started = [node];
    groups.set(head.subgraph, started);
    joined.push(started);
  }
  return joined.flatMap((entry) => ("kind" in entry ? [entry] : (joinGroup(entry) ?? [])));
}

function joinGroup(members: readonly Draft[]): Draft | null {
  const [only, ...more] = members;
  if (only !== undefined && more.length === 0) return only;
  const merged = mergeFetches(members.flatMap((node) => headOf(node) ?? []));
  const rests = members.map((node) => (node.kind === "Sequence" ? createGroup("Sequence", node.nodes.slice(1)) : null));
  return createGroup("Sequence", [merged, createGroup("Parallel", rests)]);
}

/** The entity fetch with which a node begins. */
function headOf(node: Draft): FetchDraft | null {
  const first = node.kind === "Sequence" ? node.nodes[0] : node;
  return first?.kind === "Fetch" && first.entities.length > 0 ? first : null;
}

/** Fetches that nothing follows go into a group with which another member begins. */
function absorb(nodes: readonly Draft[]): Draft[] {
  let members = [...nodes];
  for (const leaf of nodes) {
    if (leaf.kind !== "Fetch" || leaf.entities.length === 0) continue;
    const host = members.find((node) => node.kind === "Sequence" && beginsWithGroup(node, leaf.subgraph));
    if (host === undefined) continue;
    members = members.flatMap((node) => (node === leaf ? [] : node === host ? absorbInto(host, leaf) : [node]));
  }
  return members;
}

function beginsWithGroup(node: Draft, subgraph: string): boolean {
  const first = node.kind === "Sequence" ? node.nodes[0] : undefined;
  return first?.kind === "Parallel" && first.nodes.some((one) => one.kind === "Fetch" && headOf(one)?.subgraph === subgraph);
}

function absorbInto(host: Draft, leaf: FetchDraft): Draft {
  if (host.kind !== "Sequence") return host;
  const [first, ...rest] = host.nodes;
  if (first?.kind !== "Parallel") return host;
  return { ...host, nodes: [{ ...first, nodes: [...first.nodes, leaf] }, ...rest] };
}

/** All from one subgraph, at least one. */
function mergeFetches(fetches: readonly FetchDraft[]): FetchDraft | null {
  const [first] = fetches;
  if (first === undefined) return null;
  const parts = new Map<string, Part>();
  const fragments = new Map<string, FragmentDefinitionNode>();
  const variables = new Map<string, VariableDefinitionNode>();
  for (const fetch of fetches) {
    const document = withFreeNames(fetch.document, fragments);
    for (const fragment of document.fragments) fragments.set(fragment.name.value, fragment);
    for (const part of partsOf(fetch, document)) {
      const same = parts.get(part.shape);
      parts.set(part.shape, same === undefined ? part : { ...same, paths: [...same.paths, ...part.paths] });
    }
    for (const definition of clientVariables(fetch)) variables.set(definition.variable.name.value, definition);
  }
  const ids = fetches.flatMap((fetch) => fetch.ids ?? []);
  return combine({ first: ids.length === 0 ? first : { ...first, ids }, parts: [...parts.values()], fragments: [...fragments.values()], variables: [...variables.values()] });
}

/** One `_entities` field. Those of equal shape differ in their paths only. */
interface Part {
  readonly shape: string;
  readonly field: FieldNode;
  readonly entity: EntityFetch;
  readonly paths: EntityFetch["paths"];
}

interface Parts {
  readonly first: FetchDraft;
  readonly parts: readonly Part[];
  readonly fragments: readonly FragmentDefinitionNode[];
  readonly variables: readonly VariableDefinitionNode[];
}

function partsOf(fetch: FetchDraft, { operation }: FetchDocument): Part[] {
  return fetch.entities.map((entity) => {
    const field = operation.selectionSet.selections.find((node): node is FieldNode => node.kind === Kind.FIELD && (node.alias ?? node.name).value === entity.alias);
    if (field?.selectionSet === undefined) throw new TypeError(`Expected a fetch with the field ${entity.alias}, got one without it.`);
    const { requires, inputRewrites, outputRewrites } = entity;
    return { shape: `${print(field.selectionSet)}${JSON.stringify([requires, inputRewrites, outputRewrites])}`, field, entity, paths: entity.paths };
  });
}

function clientVariables({ document, entities }: FetchDraft): VariableDefinitionNode[] {
  const own = new Set(entities.map(({ variable }) => variable));
  return (document.operation.variableDefinitions ?? []).filter((definition) => !own.has(definition.variable.name.value));
}

/** Fragments whose names others took get a new name. */
function withFreeNames(document: FetchDocument, taken: ReadonlyMap<string, FragmentDefinitionNode>): FetchDocument {
  const renamed = new Map<string, string>();
  const used = new Set([...taken.keys(), ...document.fragments.map(({ name }) => name.value)]);
  for (const fragment of document.fragments) {
    if (!taken.has(fragment.name.value)) continue;
    let name = `${fragment.name.value}_`;
    while (used.has(name)) name += "_";
    used.add(name);
    renamed.set(fragment.name.value, name);
  }
  if (renamed.size === 0) return document;
  const rename = <Node extends { readonly name: { readonly value: string } }>(node: Node): Node | undefined => {
    const value = renamed.get(node.name.value);
    return value === undefined ? undefined : { ...node, name: { ...node.name, value } };
  };
  const change = { FragmentSpread: rename, FragmentDefinition: rename };
  return { operation: visit(document.operation, change), fragments: document.fragments.map((fragment) => visit(fragment, change)) };
}

function combine({ first, parts, fragments, variables }: Parts): FetchDraft {
  const own = first.document.operation.variableDefinitions?.find(({ variable }) => variable.name.value === first.entities[0]?.variable);
  if (own === undefined) throw new TypeError("Expected a fetch of entities with a variable for them, got one without.");
  const definitions: VariableDefinitionNode[] = [];
  const selections: SelectionNode[] = [];
  const entities = parts.map(({ field, entity, paths }, index): EntityFetch => {
    const [alias, name] = parts.length === 1 ? ["_entities", "representations"] : [`_e${index}`, `__batch_reps_${index}`];
    const variable = { ...own.variable, name: { ...own.variable.name, value: name } };
    definitions.push({ ...own, variable });
    selections.push(withRepresentations(field, alias, variable));
    return { ...entity, alias, variable: name, paths };
  });
  const operation: OperationDefinitionNode = { ...first.document.operation, variableDefinitions: [...definitions, ...variables], selectionSet: { kind: Kind.SELECTION_SET as const, selections } };
  return { ...first, document: { operation, fragments }, entities };
}

function withRepresentations(field: FieldNode, alias: string, variable: VariableDefinitionNode["variable"]): FieldNode {
  const { alias: _, ...bare } = field;
  const [representations] = field.arguments ?? [];
  if (representations === undefined) throw new TypeError("Expected `_entities` with representations, got none.");
  const named = alias === "_entities" ? bare : { ...bare, alias: { kind: Kind.NAME, value: alias } as const };
  return { ...named, arguments: [{ ...representations, value: variable }] };
}
