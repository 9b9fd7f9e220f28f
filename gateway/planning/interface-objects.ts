// Interfaces that a subgraph knows as an object: `type Media @key(fields: "id") @interfaceObject { id: ID! likes: Int! }`.
//
// Of `{ media { ... on Book { likes } ... on Film { likes(since: 3) } } }` both planners ask that subgraph for the fields of
// all conditions together, `... on Media { likes(since: 3) }`, of books and films alike: one overwrites the other, what the
// client asked of books is asked of films, and fails there, and representations of some have what others require and no
// key. So for operations with such fields under a type condition planners are shown a supergraph in which the subgraph
// has Book and Film instead, with those fields and the keys of Media, while its Media has keys only. They plan that
// without a conflict. In their plans each `... on Book` of entities becomes a `... on Media` with representations of its
// own. Other operations are planned as they are: of them, this would need more requests, because the type of each object
// has to be known first.
import {
  Kind,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type GraphQLSchema,
  type InlineFragmentNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

import { createGroup, pruneDocument, replaceFetches, type Draft, type FetchDraft } from "./draft.ts";
import type { EntityFetch, Rewrite } from "./plan.ts";

export interface InterfaceObjects {
  /** What planners are shown. */
  readonly supergraph: DocumentNode;
  /** Subgraph → object type → the interface that the subgraph has in its place. */
  readonly stands: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** `Type.field` of object types and interfaces whose values a subgraph gives for an interface. */
  readonly fields: ReadonlySet<string>;
}

/** Null where no subgraph has an interface as an object. */
export function readInterfaceObjects(supergraph: DocumentNode): InterfaceObjects | null {
  const given = supergraph.definitions.filter(isInterface).flatMap((type) => joinsOf(type, "join__type").flatMap((join) => (isTrue(join, "isInterfaceObject") ? (readGiven(type, join) ?? []) : [])));
  if (given.length === 0) return null;
  const graphs = readGraphs(supergraph);
  const stands = new Map<string, Map<string, string>>();
  const fields = new Set<string>();
  for (const { type, graph } of given) {
    const own = stands.get(graphs.get(graph) ?? graph) ?? new Map<string, string>();
    stands.set(graphs.get(graph) ?? graph, own);
    const names = [type.name.value, ...implementing(supergraph, type).map(({ name }) => name.value)];
    for (const name of names.slice(1)) own.set(name, type.name.value);
    for (const field of movedFields(type, graph)) for (const name of names) fields.add(`${name}.${field.name.value}`);
  }
  return { supergraph: given.reduce(moveFields, supergraph), stands, fields };
}

/** Whether an operation, normalised, asks for such a field under a type condition. */
export function asksUnderCondition(document: DocumentNode, schema: GraphQLSchema, { fields }: InterfaceObjects): boolean {
  const info = new TypeInfo(schema);
  // For each fragment and field on the way: whether a type condition stands between it and the field around it.
  const conditions: boolean[] = [];
  let found = false;
  const visitor = {
    InlineFragment: {
      enter: ({ typeCondition }: InlineFragmentNode) => void conditions.push(typeCondition !== undefined || conditions.at(-1) === true),
      leave: () => void conditions.pop(),
    },
    Field: {
      enter: ({ name }: FieldNode) => {
        found ||= conditions.at(-1) === true && fields.has(`${info.getParentType()?.name}.${name.value}`);
        conditions.push(false);
      },
      leave: () => void conditions.pop(),
    },
  };
  visit(document, visitWithTypeInfo(info, visitor));
  return found;
}

/** The plan as it is for the subgraphs. */
export function restoreInterfaceObjects(draft: Draft, { stands }: InterfaceObjects): Draft {
  return replaceFetches(draft, (fetch) => {
    const own = stands.get(fetch.subgraph);
    return own === undefined || fetch.entities.length === 0 ? fetch : restoreFetch(fetch, own);
  });
}

interface Given {
  readonly type: InterfaceTypeDefinitionNode;
  /** Value of `join__Graph`. */
  readonly graph: string;
  readonly join: ConstDirectiveNode;
}

function readGiven(type: InterfaceTypeDefinitionNode, join: ConstDirectiveNode): Given | null {
  const graph = textOf(join, "graph");
  return graph === null ? null : { type, graph, join };
}

function implementing({ definitions }: DocumentNode, type: InterfaceTypeDefinitionNode): ObjectTypeDefinitionNode[] {
  return definitions.filter(isObject).filter(({ interfaces = [] }) => interfaces.some(({ name }) => name.value === type.name.value));
}

/** What the subgraph has of the interface besides its keys. */
function movedFields(type: InterfaceTypeDefinitionNode, graph: string): FieldDefinitionNode[] {
  const keys = new Set(joinsOf(type, "join__type").flatMap((join) => (textOf(join, "graph") === graph ? [...(textOf(join, "key") ?? "").matchAll(/\w+/g)].map(([name]) => name) : [])));
  return (type.fields ?? []).filter((field) => !keys.has(field.name.value) && joinsOf(field, "join__field").some((join) => textOf(join, "graph") === graph));
}

/** The supergraph in which objects have what the subgraph has of their interface. */
function moveFields(supergraph: DocumentNode, { type, graph, join }: Given): DocumentNode {
  const moved = new Map(movedFields(type, graph).map((field) => [field.name.value, joinsOf(field, "join__field").filter((one) => textOf(one, "graph") === graph)]));
  const objects = new Set(implementing(supergraph, type).map(({ name }) => name.value));
  const key: ConstDirectiveNode = { ...join, arguments: (join.arguments ?? []).filter(({ name }) => name.value !== "isInterfaceObject") };
  const definitions = supergraph.definitions.map((node): DefinitionNode => {
    if (isInterface(node) && node.name.value === type.name.value) return { ...node, fields: (node.fields ?? []).map((field) => (moved.has(field.name.value) ? withoutJoins(field, graph) : field)) };
    return isObject(node) && objects.has(node.name.value) ? addFields(node, { moved, key, graph }) : node;
  });
  return { ...supergraph, definitions };
}

function withoutJoins(field: FieldDefinitionNode, graph: string): FieldDefinitionNode {
  const directives = (field.directives ?? []).filter((one) => one.name.value !== "join__field" || textOf(one, "graph") !== graph);
  // A field without any would be one of all subgraphs; one of no subgraph is what composition calls those of interface objects.
  const bare = joinsOf({ directives }, "join__field").length === 0 ? [NOWHERE] : [];
  return { ...field, directives: [...directives, ...bare] };
}

const NOWHERE: ConstDirectiveNode = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: "join__field" }, arguments: [] };

interface Moving {
  readonly moved: ReadonlyMap<string, readonly ConstDirectiveNode[]>;
  readonly key: ConstDirectiveNode;
  readonly graph: string;
}

function addFields(type: ObjectTypeDefinitionNode, { moved, key, graph }: Moving): ObjectTypeDefinitionNode {
  const graphs = [...new Set(joinsOf(type, "join__type").flatMap((join) => textOf(join, "graph") ?? []))];
  const keys = new Set([...(textOf(key, "key") ?? "").matchAll(/\w+/g)].map(([name]) => name));
  const fields = (type.fields ?? []).map((field): FieldDefinitionNode => {
    const joins = moved.get(field.name.value) ?? (keys.has(field.name.value) ? [inGraph(graph)] : []);
    const others = (field.directives ?? []).filter(({ name }) => name.value !== "join__field");
    const known = joinsOf(field, "join__field");
    const told = known.length === 0 ? graphs.map(inGraph) : joins.length === 0 ? known : known.filter((one) => textOf(one, "graph") !== null);
    return { ...field, directives: [...others, ...told, ...joins] };
  });
  return { ...type, directives: [...(type.directives ?? []), key], fields };
}

function inGraph(graph: string): ConstDirectiveNode {
  return { ...NOWHERE, arguments: [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: "graph" }, value: { kind: Kind.ENUM, value: graph } }] };
}

/** An `_entities` field for the types of which the same is asked, all of them of the interface. */
function restoreFetch(fetch: FetchDraft, own: ReadonlyMap<string, string>): Draft {
  const fetches = fetch.entities.flatMap((entity) => {
    const field = fieldOf(fetch, entity);
    const parts = readParts(spreadOut(field.selectionSet, fetch), own);
    return parts.every(({ stand }) => stand === null) ? [withEntity(fetch, field, entity)] : parts.map((part) => restorePart({ fetch, field, entity }, part));
  });
  return createGroup<FetchDraft>("Parallel", fetches) ?? fetch;
}

interface EntityField extends FieldNode {
  readonly selectionSet: SelectionSetNode;
}

function fieldOf({ document }: FetchDraft, { alias }: EntityFetch): EntityField {
  const field = document.operation.selectionSet.selections.find((node): node is EntityField => node.kind === Kind.FIELD && (node.alias ?? node.name).value === alias && node.selectionSet !== undefined);
  if (field === undefined) throw new TypeError(`Expected a fetch with the field ${alias}, got one without it.`);
  return field;
}

/** Named fragments in place, at the top. */
function spreadOut({ selections }: SelectionSetNode, { document: { fragments } }: FetchDraft): SelectionNode[] {
  return selections.map((node): SelectionNode => {
    const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.find(({ name }) => name.value === node.name.value) : undefined;
    return fragment === undefined ? node : { kind: Kind.INLINE_FRAGMENT, typeCondition: fragment.typeCondition, directives: node.directives ?? [], selectionSet: fragment.selectionSet };
  });
}

interface Part {
  /** The interface that the subgraph has; null for what it has as it is. */
  readonly stand: string | null;
  readonly types: readonly string[];
  readonly selections: readonly SelectionNode[];
}

function readParts(nodes: readonly SelectionNode[], own: ReadonlyMap<string, string>): Part[] {
  const byType = new Map<string, SelectionNode[]>();
  for (const node of nodes) {
    const name = node.kind === Kind.INLINE_FRAGMENT ? node.typeCondition?.name.value : undefined;
    const type = name !== undefined && own.has(name) ? name : "";
    const { typeCondition: _, ...bare } = node as InlineFragmentNode;
    byType.set(type, [...(byType.get(type) ?? []), type === "" ? node : bare]);
  }
  const parts = new Map<string, Part>();
  for (const [type, selections] of byType) {
    const stand = own.get(type) ?? null;
    const key = stand === null ? "" : `${stand} ${selections.map(print).join(" ")}`;
    parts.set(key, { stand, types: [...(parts.get(key)?.types ?? []), type], selections });
  }
  return [...parts.values()];
}

interface Asking {
  readonly fetch: FetchDraft;
  readonly field: EntityField;
  readonly entity: EntityFetch;
}

function restorePart({ fetch, field, entity }: Asking, { stand, types, selections }: Part): FetchDraft {
  // What is asked of the interface itself is asked of whatever is sent.
  const isOf = (name: string): boolean => stand === null || types.includes(name);
  const requires = entity.requires.filter((one) => one.kind === "field" || isOf(one.typeCondition));
  if (stand === null) return withEntity(fetch, { ...field, selectionSet: { ...field.selectionSet, selections } }, { ...entity, requires });
  const inner = selections.map((node) => ({ ...node, typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: stand } } }) as SelectionNode);
  const rename: Rewrite = { kind: "set", path: [{ kind: "type", names: types }, { kind: "field", name: "__typename" }], value: stand };
  return withEntity(fetch, { ...field, selectionSet: { ...field.selectionSet, selections: inner } }, {
    ...entity,
    requires,
    inputRewrites: [...entity.inputRewrites, rename],
    outputRewrites: entity.outputRewrites.flatMap((rewrite) => belowTypes(rewrite, types)),
  });
}

/** The entity that comes back says that it is of the interface. */
function belowTypes(rewrite: Rewrite, types: readonly string[]): Rewrite[] {
  const [first, ...rest] = rewrite.path;
  if (first?.kind !== "type") return [rewrite];
  return first.names.some((name) => types.includes(name)) ? [{ ...rewrite, path: rest }] : [];
}

function withEntity(fetch: FetchDraft, field: FieldNode, entity: EntityFetch): FetchDraft {
  const { operation } = fetch.document;
  const document = { ...fetch.document, operation: { ...operation, selectionSet: { ...operation.selectionSet, selections: [field] } } };
  return { ...fetch, document: pruneDocument(document), entities: [entity] };
}

function isInterface(node: DefinitionNode): node is InterfaceTypeDefinitionNode {
  return node.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

function isObject(node: DefinitionNode): node is ObjectTypeDefinitionNode {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION;
}

function joinsOf(node: { readonly directives?: readonly ConstDirectiveNode[] | undefined }, name: string): ConstDirectiveNode[] {
  return (node.directives ?? []).filter((one) => one.name.value === name);
}

function textOf(join: ConstDirectiveNode | undefined, name: string): string | null {
  const value = join?.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : null;
}

function isTrue(join: ConstDirectiveNode, name: string): boolean {
  const value = join.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.BOOLEAN && value.value;
}

function readGraphs({ definitions }: DocumentNode): Map<string, string> {
  const graphs = definitions.find((node) => node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === "join__Graph");
  const values = graphs?.kind === Kind.ENUM_TYPE_DEFINITION ? (graphs.values ?? []) : [];
  return new Map(values.map((value) => [value.name.value, textOf(value.directives?.[0], "name") ?? value.name.value]));
}
