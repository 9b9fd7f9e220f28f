// Fields that require something and are themselves required: `second @requires(fields: "first")` of one subgraph, where
// `first @requires(fields: "base")` is of another.
//
// Both planners ask for `first` directly where they happen to be in its subgraph, `{ other { id first } }`, though it can
// be had by `_entities` only, with `base`; the subgraph then computes it from nothing, and the answer is wrong without an
// error. So planners are shown a supergraph in which such a field lives in a subgraph of its own, with the entity's keys
// and what the field requires and nothing else: no way leads there but `_entities`. In their plans that subgraph gets its
// real name back. A field that is an object stays where it is, because its type would have to come along; so does one of an
// interface, because its subgraph would no longer implement it.
import { Kind, parse, type ConstArgumentNode, type ConstDirectiveNode, type DocumentNode, type FieldDefinitionNode, type ObjectTypeDefinitionNode, type SelectionSetNode } from "graphql";

import { mapFetches, type Draft } from "./draft.ts";

export interface RequiredChains {
  /** What planners are shown. */
  readonly supergraph: DocumentNode;
  /** Name of a subgraph that was added → the real one. */
  readonly subgraphs: ReadonlyMap<string, string>;
}

/** Null where no required field requires anything, as in most supergraphs. */
export function readRequiredChains(supergraph: DocumentNode): RequiredChains | null {
  const links = findLinks(supergraph);
  if (links.length === 0) return null;
  const graphs = readGraphs(supergraph);
  const subgraphs = new Map(links.map(({ graph, added }) => [added.toLowerCase(), graphs.get(graph) ?? graph]));
  return { supergraph: links.reduce(moveField, supergraph), subgraphs };
}

/** The plan with the real subgraphs. */
export function restoreSubgraphs(draft: Draft, { subgraphs }: RequiredChains): Draft {
  return mapFetches(draft, (fetch): Draft => ({ ...fetch, subgraph: subgraphs.get(fetch.subgraph) ?? fetch.subgraph }));
}

interface Link {
  readonly type: string;
  readonly field: string;
  /** Values of `join__Graph`: where the field is, and where it goes. */
  readonly graph: string;
  readonly added: string;
  readonly keys: readonly string[];
  readonly requires: string;
}

function findLinks(supergraph: DocumentNode): Link[] {
  const objects = supergraph.definitions.filter(isObject);
  const types = new Map(objects.map((type) => [type.name.value, type]));
  const leaves = new Set(supergraph.definitions.filter((node) => node.kind === Kind.ENUM_TYPE_DEFINITION || node.kind === Kind.SCALAR_TYPE_DEFINITION).map(({ name }) => name.value));
  const required = readRequired(supergraph, types);
  const found = objects.flatMap((type) =>
    (type.fields ?? []).flatMap((field) => {
      const names = [nameOfType(field), ...(field.arguments ?? []).map((argument) => nameOfType(argument))];
      if (!required.has(`${type.name.value}.${field.name.value}`) || !names.every((name) => BUILT_IN.has(name) || leaves.has(name))) return [];
      if (isOfInterface(supergraph, type, field)) return [];
      return joinsOf(field, "join__field").flatMap((join) => linkOf(type, field, join) ?? []);
    }),
  );
  const movable = found.filter(({ type, keys, requires }) => [...keys, requires].every((text) => isPlain(types, type, readSet(text))));
  return movable.map((link, index) => ({ ...link, added: `${link.graph}__REQUIRED_${index}` }));
}

/** `Type.field` of all that is required, but for what is reached through an interface's field. */
function readRequired(supergraph: DocumentNode, types: ReadonlyMap<string, ObjectTypeDefinitionNode>): Set<string> {
  const required = new Set<string>();
  const read = (type: string, set: SelectionSetNode): void => {
    for (const node of set.selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) read(node.typeCondition?.name.value ?? type, node.selectionSet);
      if (node.kind !== Kind.FIELD) continue;
      required.add(`${type}.${node.name.value}`);
      const field = types.get(type)?.fields?.find(({ name }) => name.value === node.name.value);
      if (field !== undefined && node.selectionSet !== undefined) read(nameOfType(field), node.selectionSet);
    }
  };
  for (const type of supergraph.definitions.filter(isObject)) {
    for (const text of (type.fields ?? []).flatMap((field) => joinsOf(field, "join__field").flatMap((join) => textOf(join, "requires") ?? []))) read(type.name.value, readSet(text));
  }
  return required;
}

function isOfInterface({ definitions }: DocumentNode, type: ObjectTypeDefinitionNode, field: FieldDefinitionNode): boolean {
  const own = new Set(type.interfaces?.map(({ name }) => name.value));
  return definitions.some((node) => node.kind === Kind.INTERFACE_TYPE_DEFINITION && own.has(node.name.value) && node.fields?.some(({ name }) => name.value === field.name.value));
}

/** Whether all that a set of fields goes through are objects, which the new subgraph can have. */
function isPlain(types: ReadonlyMap<string, ObjectTypeDefinitionNode>, type: string, { selections }: SelectionSetNode): boolean {
  return selections.every((node) => {
    if (node.kind !== Kind.FIELD) return false;
    const field = types.get(type)?.fields?.find(({ name }) => name.value === node.name.value);
    return field !== undefined && (node.selectionSet === undefined || isPlain(types, nameOfType(field), node.selectionSet));
  });
}

const BUILT_IN: ReadonlySet<string> = new Set(["Int", "Float", "String", "Boolean", "ID"]);

function linkOf(type: ObjectTypeDefinitionNode, field: FieldDefinitionNode, join: ConstDirectiveNode): Omit<Link, "added"> | null {
  const [graph, requires] = [textOf(join, "graph"), textOf(join, "requires")];
  if (graph === null || requires === null) return null;
  const keys = joinsOf(type, "join__type").flatMap((one) => (textOf(one, "graph") === graph && !hasFalse(one, "resolvable") ? (textOf(one, "key") ?? []) : []));
  return keys.length === 0 ? null : { type: type.name.value, field: field.name.value, graph, keys, requires };
}

/** The supergraph with one more subgraph, which has the field. */
function moveField(supergraph: DocumentNode, link: Link): DocumentNode {
  const members = new Map<string, Map<string, boolean>>();
  const types = new Map(supergraph.definitions.filter(isObject).map((type) => [type.name.value, type]));
  members.set("Query", new Map());
  for (const key of link.keys) addMembers(members, types, { type: link.type, set: readSet(key), isExternal: false });
  addMembers(members, types, { type: link.type, set: readSet(link.requires), isExternal: true });
  const definitions = supergraph.definitions.map((node) => {
    if (node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === "join__Graph") return addGraph(node, link);
    if (node.kind === Kind.ENUM_TYPE_DEFINITION && !node.name.value.startsWith("join__") && !node.name.value.startsWith("link__")) {
      const values = (node.values ?? []).map((value) => ({ ...value, directives: [...(value.directives ?? []), directive("join__enumValue", { graph: link.added })] }));
      return { ...node, values, directives: [...(node.directives ?? []), directive("join__type", { graph: link.added })] };
    }
    if (node.kind === Kind.SCALAR_TYPE_DEFINITION && joinsOf(node, "join__type").length > 0) return { ...node, directives: [...(node.directives ?? []), directive("join__type", { graph: link.added })] };
    const own = isObject(node) ? members.get(node.name.value) : undefined;
    return isObject(node) && own !== undefined ? addType(node, own, link) : node;
  });
  return { ...supergraph, definitions };
}

interface Wanted {
  readonly type: string;
  readonly set: SelectionSetNode;
  readonly isExternal: boolean;
}

/** Type → its fields in the new subgraph → whether they are external there. What is in a key is not. */
function addMembers(members: Map<string, Map<string, boolean>>, types: ReadonlyMap<string, ObjectTypeDefinitionNode>, { type, set, isExternal }: Wanted): void {
  const own = members.get(type) ?? new Map<string, boolean>();
  members.set(type, own);
  for (const node of set.selections) {
    if (node.kind !== Kind.FIELD) continue;
    own.set(node.name.value, isExternal && own.get(node.name.value) !== false);
    const field = types.get(type)?.fields?.find(({ name }) => name.value === node.name.value);
    if (field !== undefined && node.selectionSet !== undefined) addMembers(members, types, { type: nameOfType(field), set: node.selectionSet, isExternal });
  }
}

function addType(type: ObjectTypeDefinitionNode, own: ReadonlyMap<string, boolean>, link: Link): ObjectTypeDefinitionNode {
  const graphs = [...new Set(joinsOf(type, "join__type").flatMap((join) => textOf(join, "graph") ?? []))];
  const keys = type.name.value === link.type ? link.keys : [null];
  const joins = keys.map((key) => directive("join__type", { graph: link.added }, key === null ? {} : { key }));
  const fields = (type.fields ?? []).map((field): FieldDefinitionNode => {
    const others = (field.directives ?? []).filter(({ name }) => name.value !== "join__field");
    const known = joinsOf(field, "join__field");
    // A field without any is one of all the type's subgraphs, to which one is added.
    const told = known.length > 0 ? known : graphs.map((graph) => directive("join__field", { graph }));
    const isExternal = own.get(field.name.value);
    const more = isExternal === undefined ? [] : [directive("join__field", { graph: link.added }, {}, isExternal)];
    const isMoved = type.name.value === link.type && field.name.value === link.field;
    return { ...field, directives: [...others, ...told.map((join) => (isMoved ? moved(join, link) : join)), ...more] };
  });
  return { ...type, directives: [...(type.directives ?? []), ...joins], fields };
}

function moved(join: ConstDirectiveNode, { graph, added }: Link): ConstDirectiveNode {
  if (textOf(join, "graph") !== graph || textOf(join, "requires") === null) return join;
  const given = join.arguments?.map((argument): ConstArgumentNode => (argument.name.value === "graph" ? { ...argument, value: { kind: Kind.ENUM, value: added } } : argument)) ?? [];
  return { ...join, arguments: given };
}

function addGraph(node: Extract<DocumentNode["definitions"][number], { kind: Kind.ENUM_TYPE_DEFINITION }>, { added }: Link) {
  const join = directive("join__graph", {}, { name: added.toLowerCase(), url: "" });
  return { ...node, values: [...(node.values ?? []), { kind: Kind.ENUM_VALUE_DEFINITION as const, name: { kind: Kind.NAME as const, value: added }, directives: [join] }] };
}

function directive(name: string, enums: Readonly<Record<string, string>>, texts: Readonly<Record<string, string>> = {}, isExternal = false): ConstDirectiveNode {
  const argument = (key: string, value: ConstArgumentNode["value"]): ConstArgumentNode => ({ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: key }, value });
  const given = [
    ...Object.entries(enums).map(([key, value]) => argument(key, { kind: Kind.ENUM, value })),
    ...Object.entries(texts).map(([key, value]) => argument(key, { kind: Kind.STRING, value })),
    ...(isExternal ? [argument("external", { kind: Kind.BOOLEAN, value: true })] : []),
  ];
  return { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: name }, arguments: given };
}

function isObject(node: DocumentNode["definitions"][number]): node is ObjectTypeDefinitionNode {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION;
}

function joinsOf(node: { readonly directives?: readonly ConstDirectiveNode[] | undefined }, name: string): ConstDirectiveNode[] {
  return (node.directives ?? []).filter((one) => one.name.value === name);
}

function textOf(join: ConstDirectiveNode | undefined, name: string): string | null {
  const value = join?.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : null;
}

function hasFalse(join: ConstDirectiveNode, name: string): boolean {
  const value = join.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.BOOLEAN && !value.value;
}

function nameOfType({ type }: Pick<FieldDefinitionNode, "type">): string {
  let bare = type;
  while (bare.kind !== Kind.NAMED_TYPE) bare = bare.type;
  return bare.name.value;
}

function readSet(text: string): SelectionSetNode {
  const [operation] = parse(`{${text}}`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new TypeError("Expected a set of fields, got something else.");
  return operation.selectionSet;
}

function readGraphs({ definitions }: DocumentNode): Map<string, string> {
  const graphs = definitions.find((node) => node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === "join__Graph");
  const values = graphs?.kind === Kind.ENUM_TYPE_DEFINITION ? (graphs.values ?? []) : [];
  return new Map(values.map((value) => [value.name.value, textOf(value.directives?.[0], "name") ?? value.name.value]));
}
