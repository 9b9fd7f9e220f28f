// Fields that `@requires` names with arguments: `short: String @requires(fields: "name(form: SHORT)")`.
//
// Two of them, on one object, want the same field with different arguments, and one representation has one place for it.
// Apollo's planner fetches one of the two and sends it for both; Hive's gives them aliases of its own, and mistakes one
// for the other where fetches are joined. So planners are shown a supergraph in which each field with its arguments is
// one more field without any, `name__0`; they plan that without a conflict. In their plans `name__0` becomes
// `name__0: name(form: SHORT)`, sent as `name`, and fields that want different ones are asked for apart.
import { Kind, parse, print, stripIgnoredCharacters, visit, type ArgumentNode, type ConstDirectiveNode, type DocumentNode, type FieldDefinitionNode, type FieldNode, type InterfaceTypeDefinitionNode, type ObjectTypeDefinitionNode, type SelectionNode, type SelectionSetNode } from "graphql";

import { createGroup, pruneDocument, replaceFetches, type Draft, type FetchDocument, type FetchDraft } from "./draft.ts";
import type { EntityFetch, RequiredSelection } from "./plan.ts";

export interface RequiredArguments {
  /** What planners are shown. */
  readonly supergraph: DocumentNode;
  /** Name of a field that was added → what it stands for. */
  readonly added: ReadonlyMap<string, AddedField>;
  /** `subgraph Type.field` → the added fields that it requires there. */
  readonly needs: ReadonlyMap<string, ReadonlySet<string>>;
}

interface AddedField {
  readonly name: string;
  readonly arguments: readonly ArgumentNode[];
}

type TypeNode = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** Null where no required field has arguments, as in most supergraphs. */
export function readRequiredArguments(supergraph: DocumentNode): RequiredArguments | null {
  const reading = openReading(supergraph);
  const types = new Map([...reading.types].map(([name, type]) => [name, { ...type, fields: (type.fields ?? []).map((field) => readField(reading, type, field)) }]));
  if (reading.added.size === 0) return null;
  const definitions = supergraph.definitions.map((node) => {
    const type = isType(node) ? types.get(node.name.value) : undefined;
    if (type === undefined) return node;
    const wanted = reading.wanted.get(type.name.value) ?? new Set();
    return { ...type, fields: [...type.fields, ...[...wanted].flatMap((name) => addField(type, name, reading.added.get(name)))] };
  });
  return { supergraph: { kind: Kind.DOCUMENT, definitions }, added: reading.added, needs: reading.needs };
}

/** The plan as it is for the subgraphs. */
export function restoreArguments(draft: Draft, required: RequiredArguments): Draft {
  return replaceFetches(draft, (fetch) => {
    const parts = fetch.entities.some((entity) => hasConflict(entity.requires, required)) ? fetch.entities.flatMap((entity) => splitEntity(fetch, entity, required)) : [fetch];
    return createGroup<FetchDraft>("Parallel", parts.map((part) => restoreFetch(part, required))) ?? fetch;
  });
}

interface Reading {
  readonly types: ReadonlyMap<string, TypeNode>;
  /** Value of the enum `join__Graph` → name of the subgraph. */
  readonly graphs: ReadonlyMap<string, string>;
  readonly added: Map<string, AddedField>;
  /** Field with its arguments, as text → name of the added field. */
  readonly names: Map<string, string>;
  /** Type → the added fields that it gets. */
  readonly wanted: Map<string, Set<string>>;
  readonly needs: Map<string, Set<string>>;
  readonly taken: ReadonlySet<string>;
}

function openReading(supergraph: DocumentNode): Reading {
  const types = new Map(supergraph.definitions.filter(isType).map((type) => [type.name.value, type]));
  const taken = new Set([...types.values()].flatMap(({ fields = [] }) => fields.map(({ name }) => name.value)));
  return { types, taken, graphs: readGraphs(supergraph), added: new Map(), names: new Map(), wanted: new Map(), needs: new Map() };
}

function isType(node: DocumentNode["definitions"][number]): node is TypeNode {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

function readGraphs({ definitions }: DocumentNode): Map<string, string> {
  const graphs = definitions.find((node) => node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === "join__Graph");
  const values = graphs?.kind === Kind.ENUM_TYPE_DEFINITION ? (graphs.values ?? []) : [];
  return new Map(values.map((value) => [value.name.value, textOf(value.directives?.[0], "name") ?? value.name.value]));
}

function textOf(directive: ConstDirectiveNode | undefined, name: string): string | null {
  const value = directive?.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : null;
}

/** The field with what it requires in terms of added fields. */
function readField(reading: Reading, type: TypeNode, field: FieldDefinitionNode): FieldDefinitionNode {
  const directives = field.directives?.map((directive): ConstDirectiveNode => {
    const text = directive.name.value === "join__field" ? textOf(directive, "requires") : null;
    if (text === null) return directive;
    const needs = new Set<string>();
    const set = readSet({ reading, needs }, type.name.value, fieldSetOf(text));
    if (needs.size === 0) return directive;
    reading.needs.set(`${reading.graphs.get(textOf(directive, "graph") ?? "")} ${type.name.value}.${field.name.value}`, needs);
    const value = stripIgnoredCharacters(print(set)).slice(1, -1);
    return { ...directive, arguments: directive.arguments?.map((argument) => (argument.name.value === "requires" ? { ...argument, value: { kind: Kind.STRING, value } } : argument)) ?? [] };
  });
  return directives === undefined ? field : { ...field, directives };
}

function fieldSetOf(text: string): SelectionSetNode {
  const [operation] = parse(`{${text}}`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new TypeError("Expected a set of fields, got something else.");
  return operation.selectionSet;
}

function readSet(walk: { readonly reading: Reading; readonly needs: Set<string> }, type: string, set: SelectionSetNode): SelectionSetNode {
  const selections = set.selections.map((node): SelectionNode => {
    if (node.kind === Kind.INLINE_FRAGMENT) return { ...node, selectionSet: readSet(walk, node.typeCondition?.name.value ?? type, node.selectionSet) };
    if (node.kind !== Kind.FIELD) return node;
    const definition = walk.reading.types.get(type)?.fields?.find(({ name }) => name.value === node.name.value);
    const inner = node.selectionSet && { selectionSet: readSet(walk, definition === undefined ? "" : namedType(definition), node.selectionSet) };
    const { arguments: given = [], ...bare } = node;
    if (given.length === 0) return { ...node, ...inner };
    const name = nameOf(walk.reading, node);
    walk.needs.add(name);
    want(walk.reading, type, name);
    return { ...bare, name: { ...node.name, value: name }, ...inner };
  });
  return { ...set, selections };
}

function namedType({ type }: FieldDefinitionNode): string {
  return print(type).replace(/[[\]!]/g, "");
}

function nameOf({ names, added, taken }: Reading, { name, arguments: given = [] }: FieldNode): string {
  const text = `${name.value}(${[...given].map((argument) => print(argument)).sort().join(",")})`;
  const known = names.get(text);
  if (known !== undefined) return known;
  let free = `${name.value}__${added.size}`;
  while (taken.has(free)) free += "_";
  names.set(text, free);
  added.set(free, { name: name.value, arguments: given });
  return free;
}

/** An interface's field is one of all that implement it. */
function want({ types, wanted }: Reading, type: string, name: string): void {
  const implementing = [...types.values()].filter(({ interfaces = [] }) => interfaces.some((one) => one.name.value === type));
  for (const each of [type, ...implementing.map((one) => one.name.value)]) {
    const known = wanted.get(each) ?? new Set();
    wanted.set(each, known.add(name));
  }
}

/** In the same subgraphs, with the same type. */
function addField({ fields = [] }: TypeNode, name: string, added: AddedField | undefined): FieldDefinitionNode[] {
  const original = fields.find((field) => field.name.value === added?.name);
  if (original === undefined) return [];
  const { arguments: _, ...bare } = original;
  return [{ ...bare, name: { ...original.name, value: name } }];
}

function restoreFetch(fetch: FetchDraft, { added }: RequiredArguments): FetchDraft {
  const change = {
    Field: (node: FieldNode): FieldNode | undefined => {
      const field = added.get(node.name.value);
      return field && { ...node, alias: node.alias ?? node.name, name: { ...node.name, value: field.name }, arguments: field.arguments };
    },
  };
  const { operation, fragments } = fetch.document;
  return {
    ...fetch,
    document: { operation: visit(operation, change), fragments: fragments.map((fragment) => visit(fragment, change)) },
    entities: fetch.entities.map((entity) => ({ ...entity, requires: entity.requires.map((selection) => restoreRequired(selection, added)) })),
  };
}

function restoreRequired(selection: RequiredSelection, added: RequiredArguments["added"]): RequiredSelection {
  const selections = selection.selections.map((inner) => restoreRequired(inner, added));
  return selection.kind === "fragment" ? { ...selection, selections } : { ...selection, name: added.get(selection.name)?.name ?? selection.name, selections };
}

/** Whether two members of one object of a representation would have the same name. */
function hasConflict(selections: readonly RequiredSelection[], required: RequiredArguments): boolean {
  const names = selections.flatMap((one) => (one.kind === "field" ? [required.added.get(one.name)?.name ?? one.name] : []));
  return new Set(names).size < names.length || selections.some((one) => hasConflict(one.selections, required));
}

/** One fetch for the fields of each set of needs. */
function splitEntity(fetch: FetchDraft, entity: EntityFetch, required: RequiredArguments): FetchDraft[] {
  const field = fetch.document.operation.selectionSet.selections.find((node): node is FieldNode => node.kind === Kind.FIELD && (node.alias ?? node.name).value === entity.alias);
  if (field?.selectionSet === undefined) throw new TypeError(`Expected a fetch with the field ${entity.alias}, got one without it.`);
  const groups = groupByNeeds(field.selectionSet, { fetch, required });
  return [...groups.values()].map(({ needs, selections }) => {
    const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [{ ...field, selectionSet: { kind: Kind.SELECTION_SET, selections } }] };
    const document: FetchDocument = { ...fetch.document, operation: { ...fetch.document.operation, selectionSet } };
    return { ...fetch, document: pruneDocument(document), entities: [{ ...entity, requires: pruneRequired(entity.requires, needs, required.added) }] };
  });
}

interface Group {
  readonly needs: ReadonlySet<string>;
  readonly selections: SelectionNode[];
}

interface Splitting {
  readonly fetch: FetchDraft;
  readonly required: RequiredArguments;
}

function groupByNeeds(set: SelectionSetNode, { fetch, required }: Splitting): Map<string, Group> {
  const groups = new Map<string, Group>();
  const put = (needs: ReadonlySet<string>, selection: SelectionNode): void => {
    const key = [...needs].sort().join(" ");
    const group = groups.get(key) ?? { needs, selections: [] };
    group.selections.push(selection);
    groups.set(key, group);
  };
  /** Each field is put alone, within the fragments that it stands in. */
  const putAll = (selections: SelectionSetNode, type: string, within: (node: SelectionNode) => SelectionNode): void => {
    for (const node of spreadOut(selections, fetch.document)) {
      if (node.kind === Kind.INLINE_FRAGMENT) {
        const inner = (one: SelectionNode): SelectionNode => within({ ...node, selectionSet: { ...node.selectionSet, selections: [one] } });
        putAll(node.selectionSet, node.typeCondition?.name.value ?? type, inner);
      } else put(node.kind === Kind.FIELD ? (required.needs.get(`${fetch.subgraph} ${type}.${node.name.value}`) ?? NOTHING) : NOTHING, within(node));
    }
  };
  putAll(set, "", (node) => node);
  return groups;
}

const NOTHING: ReadonlySet<string> = new Set();

/** Named fragments in place, at this level. */
function spreadOut(set: SelectionSetNode, { fragments }: FetchDocument): SelectionNode[] {
  return set.selections.map((node): SelectionNode => {
    const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.find(({ name }) => name.value === node.name.value) : undefined;
    return fragment === undefined ? node : { kind: Kind.INLINE_FRAGMENT, typeCondition: fragment.typeCondition, directives: node.directives ?? [], selectionSet: fragment.selectionSet };
  });
}

/**
 * Without added fields that are not needed, and without others in whose place one of those stands that are. What other
 * fields require without arguments stays: it is known in any case, and a subgraph ignores what it does not need.
 */
function pruneRequired(selections: readonly RequiredSelection[], needs: ReadonlySet<string>, added: RequiredArguments["added"]): RequiredSelection[] {
  const replaced = new Set(selections.flatMap((one) => (one.kind === "field" && needs.has(one.name) ? [added.get(one.name)?.name] : [])));
  return selections.flatMap((one): RequiredSelection[] => {
    const inner = { ...one, selections: pruneRequired(one.selections, needs, added) };
    if (one.kind === "fragment") return [inner];
    const isUnneeded = added.has(one.name) && !needs.has(one.name);
    const isEmptied = one.selections.length > 0 && inner.selections.length === 0;
    return isUnneeded || isEmptied || replaced.has(one.name) ? [] : [inner];
  });
}
