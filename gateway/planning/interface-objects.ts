// Interfaces that a subgraph knows as an object: `type Media @key(fields: "id") @interfaceObject { id: ID! likes: Int! }`.
//
// Of `{ media { ... on Book { likes } ... on Film { likes(since: 3) } } }` both planners ask that subgraph for the fields of
// all conditions together, `... on Media { likes(since: 3) }`, of books and films alike: one overwrites the other, what the
// client asked of books is asked of films, and fails there, and representations of some have what others require and no
// key. So where such fields stand under a type condition, planners are shown a supergraph in which the subgraph has Book
// and Film too, with the keys of Media and with those fields under another name, `likes__typed`, and an operation that asks
// for these. They plan that without a conflict. In their plans each `... on Book { likes__typed }` becomes a
// `... on Media { likes }` with representations of its own. Other operations are planned as they are: for them the type of
// an object need not be known first.
import {
  Kind,
  print,
  visit,
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

import { createGroup, pruneDocument, replaceFetches, type Draft, type FetchDraft } from "./draft.ts";
import type { EntityFetch, RequiredSelection, Rewrite } from "./plan.ts";

export interface InterfaceObjects {
  /** What planners are shown. */
  readonly supergraph: DocumentNode;
  /** Subgraph → object type → the interface that the subgraph has in its place. */
  readonly stands: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** `Type.field` of object types and interfaces whose values a subgraph gives for an interface. */
  readonly fields: ReadonlySet<string>;
  /** Subgraph → interface that it has as an object → names of its fields there that are in keys. */
  readonly keys: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
  /** What is put after the name of such a field. */
  readonly suffix: string;
}

/** Null where no subgraph has an interface as an object. */
export function readInterfaceObjects(supergraph: DocumentNode): InterfaceObjects | null {
  const given = supergraph.definitions.filter(isInterface).flatMap((type) => joinsOf(type, "join__type").flatMap((join) => (isTrue(join, "isInterfaceObject") ? (readGiven(type, join) ?? []) : [])));
  if (given.length === 0) return null;
  const graphs = readGraphs(supergraph);
  const suffix = freeSuffix(supergraph);
  const stands = new Map<string, Map<string, string>>();
  const keys = new Map<string, Map<string, ReadonlySet<string>>>();
  const fields = new Set<string>();
  for (const { type, graph } of given) {
    const subgraph = graphs.get(graph) ?? graph;
    const own = stands.get(subgraph) ?? new Map<string, string>();
    stands.set(subgraph, own);
    keys.set(subgraph, (keys.get(subgraph) ?? new Map<string, ReadonlySet<string>>()).set(type.name.value, keysIn(type, graph)));
    const objects = implementing(supergraph, type).map(({ name }) => name.value);
    for (const name of objects) own.set(name, type.name.value);
    for (const [field] of answeredFields(type, graph)) for (const name of [type.name.value, ...objects]) fields.add(`${name}.${field}`);
  }
  return { supergraph: given.reduce((changed, one) => addToObjects(changed, one, suffix), supergraph), stands, keys, fields, suffix };
}

function freeSuffix(supergraph: DocumentNode): string {
  const names = supergraph.definitions.flatMap((node) => (isInterface(node) || isObject(node) ? (node.fields ?? []) : [])).map(({ name }) => name.value);
  let suffix = "__typed";
  while (names.some((name) => name.endsWith(suffix))) suffix += "_";
  return suffix;
}

/** The plan as it is for the subgraphs. */
export function restoreInterfaceObjects(draft: Draft, { stands, suffix }: InterfaceObjects): Draft {
  return replaceFetches(draft, (fetch) => {
    const own = stands.get(fetch.subgraph);
    return own === undefined || fetch.entities.length === 0 ? fetch : restoreFetch(withRealNames(fetch, suffix), own);
  });
}

/**
 * A plan of the operation as it is may have `... on Book { id } ... on Media { length }`: without a key, no media but books can
 * be asked for, and what is required of media is required of these.
 */
export function requireKeys(draft: Draft, { keys, stands }: InterfaceObjects): Draft {
  return replaceFetches(draft, (fetch) => {
    const [own, interfaces] = [stands.get(fetch.subgraph), keys.get(fetch.subgraph)];
    if (own === undefined || interfaces === undefined) return fetch;
    return { ...fetch, entities: fetch.entities.map((entity) => ({ ...entity, requires: foldKeyless(entity, own, interfaces) })) };
  });
}

function foldKeyless({ requires }: EntityFetch, own: ReadonlyMap<string, string>, interfaces: ReadonlyMap<string, ReadonlySet<string>>): readonly RequiredSelection[] {
  const hasKey = (one: RequiredSelection): boolean => {
    const keys = one.kind === "fragment" ? interfaces.get(one.typeCondition) : undefined;
    return keys === undefined || one.selections.some((inner) => inner.kind === "field" && keys.has(inner.name));
  };
  const isKeyed = new Set(requires.flatMap((one) => (one.kind === "fragment" && hasKey(one) ? [one.typeCondition] : [])));
  return requires.flatMap((one): RequiredSelection[] => {
    if (one.kind === "field" || hasKey(one) || isKeyed.has(one.typeCondition)) return [one];
    return [...own].flatMap(([type, stand]) => (stand === one.typeCondition && isKeyed.has(type) ? [{ ...one, typeCondition: type }] : []));
  });
}

function withRealNames(fetch: FetchDraft, suffix: string): FetchDraft {
  const change = {
    Field: (node: FieldNode): FieldNode | undefined => {
      const { value } = node.name;
      return value.endsWith(suffix) ? { ...node, alias: node.alias ?? node.name, name: { ...node.name, value: value.slice(0, -suffix.length) } } : undefined;
    },
  };
  const { operation, fragments } = fetch.document;
  return { ...fetch, document: { operation: visit(operation, change), fragments: fragments.map((fragment) => visit(fragment, change)) } };
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

/** Field that the subgraph answers, keys aside → how it says so. */
function answeredFields(type: InterfaceTypeDefinitionNode, graph: string): Map<string, ConstDirectiveNode[]> {
  const keys = keysIn(type, graph);
  const answered = (type.fields ?? []).map(({ name, directives }): [string, ConstDirectiveNode[]] => [name.value, joinsOf({ directives }, "join__field").filter((join) => textOf(join, "graph") === graph && !isTrue(join, "external"))]);
  return new Map(answered.filter(([name, joins]) => !keys.has(name) && joins.length > 0));
}

function keysIn(type: InterfaceTypeDefinitionNode, graph: string): Set<string> {
  return keyNames(joinsOf(type, "join__type").filter((join) => textOf(join, "graph") === graph));
}

function keyNames(joins: readonly ConstDirectiveNode[]): Set<string> {
  return new Set(joins.flatMap((join) => (textOf(join, "key") ?? "").match(/\w+/g) ?? []));
}

/** The supergraph in which the objects behind the interface have, in this subgraph, what it has of the interface. */
function addToObjects(supergraph: DocumentNode, { type, graph, join }: Given, suffix: string): DocumentNode {
  const external = (type.fields ?? []).filter((field) => joinsOf(field, "join__field").some((one) => textOf(one, "graph") === graph && isTrue(one, "external")));
  const adding: Adding = { graph, suffix, keys: keyNames([join]), answered: answeredFields(type, graph), external: new Set(external.map(({ name }) => name.value)) };
  const key: ConstDirectiveNode = { ...join, arguments: (join.arguments ?? []).filter(({ name }) => name.value !== "isInterfaceObject") };
  const objects = new Set(implementing(supergraph, type).map(({ name }) => name.value));
  const definitions = supergraph.definitions.map((node): DefinitionNode => {
    if (!isObject(node) || !objects.has(node.name.value)) return node;
    return { ...node, directives: [...(node.directives ?? []), key], fields: (node.fields ?? []).flatMap((field) => addField(node, field, adding)) };
  });
  return { ...supergraph, definitions };
}

interface Adding {
  readonly graph: string;
  readonly suffix: string;
  readonly keys: ReadonlySet<string>;
  readonly answered: ReadonlyMap<string, readonly ConstDirectiveNode[]>;
  readonly external: ReadonlySet<string>;
}

/** The field, and the same under the other name where the subgraph answers it. */
function addField(type: ObjectTypeDefinitionNode, field: FieldDefinitionNode, { graph, suffix, keys, answered, external }: Adding): FieldDefinitionNode[] {
  const { value } = field.name;
  const others = (field.directives ?? []).filter(({ name }) => name.value !== "join__field");
  const known = joinsOf(field, "join__field");
  // A field without any is one of all the type's subgraphs, to which one is added.
  const graphs = [...new Set(joinsOf(type, "join__type").flatMap((join) => textOf(join, "graph") ?? []))];
  const told = known.length > 0 ? known : graphs.map((name) => inGraph(name));
  // Of several keys, each comes here.
  const isTold = told.some((join) => textOf(join, "graph") === graph);
  const more = isTold ? [] : keys.has(value) ? [inGraph(graph)] : external.has(value) ? [inGraph(graph, true)] : [];
  const isAdded = (type.fields ?? []).some(({ name }) => name.value === `${value}${suffix}`);
  const joins = isAdded ? undefined : answered.get(value);
  const added = joins === undefined ? [] : [{ ...field, name: { ...field.name, value: `${value}${suffix}` }, directives: [...others, ...joins] }];
  return [{ ...field, directives: [...others, ...told, ...more] }, ...added];
}

function inGraph(graph: string, isExternal = false): ConstDirectiveNode {
  const argument = (name: string, value: ConstArgumentNode["value"]): ConstArgumentNode => ({ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: name }, value });
  const given = [argument("graph", { kind: Kind.ENUM, value: graph }), ...(isExternal ? [argument("external", { kind: Kind.BOOLEAN, value: true })] : [])];
  return { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: "join__field" }, arguments: given };
}

/** An `_entities` field for the types of which the same is asked, all of them of the interface. */
function restoreFetch(fetch: FetchDraft, own: ReadonlyMap<string, string>): Draft {
  const fetches = fetch.entities.flatMap((entity) => {
    const field = fieldOf(fetch, entity);
    const parts = readParts(spreadOut(field.selectionSet, fetch.document.fragments), own);
    return parts.every(({ stand }) => stand === null) ? [withEntity(fetch, field, entity)] : parts.map((part) => restorePart({ fetch, field, entity }, part, own));
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

/** Named fragments in place, and none in another of the same type. */
function spreadOut({ selections }: SelectionSetNode, fragments: FetchDraft["document"]["fragments"], around = ""): SelectionNode[] {
  return selections.flatMap((node): SelectionNode[] => {
    if (node.kind === Kind.FIELD) return [node];
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.find(({ name }) => name.value === node.name.value);
    if (fragment === undefined) return [node];
    const { typeCondition, selectionSet } = fragment;
    const type = typeCondition?.name.value ?? around;
    const inner = spreadOut(selectionSet, fragments, type);
    const directives = node.directives ?? [];
    if (type === around && directives.length === 0) return inner;
    const condition = typeCondition === undefined || type === around ? {} : { typeCondition };
    return [{ kind: Kind.INLINE_FRAGMENT, ...condition, directives, selectionSet: { ...selectionSet, selections: inner } }];
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
    byType.set(type, [...(byType.get(type) ?? []), node]);
  }
  const parts = new Map<string, Part>();
  for (const [type, selections] of byType) {
    const stand = own.get(type) ?? null;
    const key = stand === null ? "" : `${stand} ${selections.map(printWithoutType).join(" ")}`;
    parts.set(key, { stand, types: [...(parts.get(key)?.types ?? []), type], selections });
  }
  return [...parts.values()];
}

function printWithoutType(node: SelectionNode): string {
  if (node.kind !== Kind.INLINE_FRAGMENT) return print(node);
  const { typeCondition: _, ...bare } = node;
  return print(bare);
}

interface Asking {
  readonly fetch: FetchDraft;
  readonly field: EntityField;
  readonly entity: EntityFetch;
}

function restorePart({ fetch, field, entity }: Asking, { stand, types, selections }: Part, own: ReadonlyMap<string, string>): FetchDraft {
  const requires = stand === null ? requiredOfRest(entity, own) : requiredOf(entity, types, own);
  if (stand === null) return withEntity(fetch, { ...field, selectionSet: { ...field.selectionSet, selections } }, { ...entity, requires });
  const typeCondition = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: stand } } as const;
  const inner = selections.map((node): SelectionNode => (node.kind === Kind.INLINE_FRAGMENT ? { ...node, typeCondition } : node));
  const rename: Rewrite = { kind: "set", path: [{ kind: "type", names: types }, { kind: "field", name: "__typename" }], value: stand };
  return withEntity(fetch, { ...field, selectionSet: { ...field.selectionSet, selections: inner } }, {
    ...entity,
    requires,
    inputRewrites: [...entity.inputRewrites, rename],
    outputRewrites: entity.outputRewrites.flatMap((rewrite) => belowTypes(rewrite, types)),
  });
}

/** What is asked of the interface itself is asked of whatever is sent. */
function requiredOfRest({ requires }: EntityFetch, own: ReadonlyMap<string, string>): readonly RequiredSelection[] {
  const others = requires.filter((one) => one.kind === "field" || !own.has(one.typeCondition));
  return others.length > 0 ? others : requires;
}

/** What is required of the interface is required of its types. */
function requiredOf({ requires }: EntityFetch, types: readonly string[], own: ReadonlyMap<string, string>): RequiredSelection[] {
  return requires.flatMap((one): RequiredSelection[] => {
    if (one.kind === "field") return [one];
    if (own.has(one.typeCondition)) return types.includes(one.typeCondition) ? [one] : [];
    return types.map((type) => ({ ...one, typeCondition: type }));
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
