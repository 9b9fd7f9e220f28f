// Contracts: parts of the API schema, one for each kind of client, which cannot even name the rest.
//
// Subgraphs say with @tag what is meant for whom; a contract names the tags that it takes in. What stays:
//   - a field that is tagged, or whose object or interface type is tagged, with its arguments and what they are made of;
//   - an object type with a field left, and nothing that leads only to types that went;
//   - an interface or a union that is tagged or has tagged fields, when every type that can stand for it stays: else an
//     answer might be of a type that the client cannot name.
// What no root field leads to goes. Requests are validated and answered, introspection included, by the contract's schema,
// and planned and executed on the whole supergraph.
import {
  buildASTSchema,
  Kind,
  parse,
  printSchema,
  visit,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type TypeNode,
} from "graphql";

/** Coordinates (`Type` and `Type.field`) → their tags. */
export type Tags = ReadonlyMap<string, ReadonlySet<string>>;

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** `tags` are those to take in. Throws TypeError when nothing of the query type is left. */
export function readContract(api: GraphQLSchema, known: Tags, tags: readonly string[]): GraphQLSchema {
  const isTagged = (coordinate: string): boolean => tags.some((tag) => known.get(coordinate)?.has(tag) === true);
  const query = api.getQueryType()?.name ?? "Query";
  let document = keepTagged(parse(printSchema(api), { noLocation: true }), isTagged);
  for (let before = -1; before !== sizeOf(document); ) {
    before = sizeOf(document);
    document = keepReachable(dropBroken(document, api), api);
  }
  if (!document.definitions.some((node) => isComposite(node) && node.name.value === query)) {
    throw new TypeError(`a contract with the tags ${tags.join(" and ")} has no query left: expected a field of ${query} that is tagged`);
  }
  return buildASTSchema(document);
}

/** Tags in a supergraph, by the identity of the directive and not by what it is called there. */
export function readTags(supergraph: DocumentNode): Tags {
  const name = tagNameIn(supergraph);
  const tags = new Map<string, Set<string>>();
  const add = (coordinate: string, directives: readonly ConstDirectiveNode[] = []): void => {
    const own = directives.filter((directive) => directive.name.value === name).map((directive) => textOf(directive.arguments, "name"));
    for (const tag of own) if (tag !== null) tags.set(coordinate, (tags.get(coordinate) ?? new Set()).add(tag));
  };
  for (const node of supergraph.definitions) {
    if (!("name" in node) || node.name === undefined || !("directives" in node)) continue;
    const type = node.name.value;
    add(type, node.directives as readonly ConstDirectiveNode[]);
    if (isComposite(node)) for (const field of node.fields ?? []) add(`${type}.${field.name.value}`, field.directives);
  }
  return tags;
}

const TAG_URL = /^https:\/\/specs\.apollo\.dev\/tag(\/|$)/;

/** What @tag goes by in the supergraph: imported under a name, or the feature's own name. */
function tagNameIn(supergraph: DocumentNode): string {
  const links = supergraph.definitions.flatMap((node) => (node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION ? (node.directives ?? []) : []));
  const link = links.find((node) => TAG_URL.test(textOf(node.arguments, "url") ?? ""));
  const imported = link?.arguments?.find(({ name }) => name.value === "import")?.value;
  const renamed = (imported?.kind === Kind.LIST ? imported.values : []).flatMap((item) => (item.kind === Kind.OBJECT && textOf(item.fields, "name") === "@tag" ? [textOf(item.fields, "as")] : []));
  return renamed[0]?.slice(1) ?? textOf(link?.arguments, "as") ?? "tag";
}

interface Named {
  readonly name: { readonly value: string };
  readonly value: ConstValueNode;
}

function textOf(nodes: readonly Named[] | undefined, name: string): string | null {
  const value = nodes?.find((node) => node.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : null;
}

function keepTagged(document: DocumentNode, isTagged: (coordinate: string) => boolean): DocumentNode {
  const definitions = document.definitions.flatMap((node): DefinitionNode[] => {
    if (node.kind === Kind.UNION_TYPE_DEFINITION) return isTagged(node.name.value) ? [node] : [];
    if (!isComposite(node)) return [node];
    const type = node.name.value;
    if (isTagged(type)) return [node];
    return [{ ...node, fields: (node.fields ?? []).filter((field) => isTagged(`${type}.${field.name.value}`)) }];
  });
  return { ...document, definitions };
}

/** Without types that have no field, without what leads to types that are gone, and without promises that are not kept. */
function dropBroken(document: DocumentNode, api: GraphQLSchema): DocumentNode {
  const kept = new Set(document.definitions.filter((node) => !isComposite(node) || (node.fields ?? []).length > 0).flatMap(nameOf));
  const isWhole = (type: string): boolean => {
    const own = api.getType(type);
    return own === undefined || !("resolveType" in own) || api.getPossibleTypes(own).every(({ name }) => kept.has(name));
  };
  const stands = (type: string): boolean => kept.has(type) && isWhole(type);
  const isKnown = (field: FieldDefinitionNode): boolean => isBuiltIn(api, field.type) || stands(namedOf(field.type));
  const fieldsOf = new Map(document.definitions.filter(isComposite).map((node) => [node.name.value, (node.fields ?? []).map(({ name }) => name.value)]));
  const definitions = document.definitions.flatMap((node): DefinitionNode[] => {
    const [name] = nameOf(node);
    if (name !== undefined && !stands(name)) return [];
    if (!isComposite(node)) return [node];
    const fields = (node.fields ?? []).filter(isKnown);
    const own = fields.map((field) => field.name.value);
    const interfaces = (node.interfaces ?? []).filter((one) => stands(one.name.value) && (fieldsOf.get(one.name.value) ?? []).every((field) => own.includes(field)));
    return fields.length === 0 ? [] : [{ ...node, fields, interfaces }];
  });
  return { ...document, definitions };
}

function keepReachable(document: DocumentNode, api: GraphQLSchema): DocumentNode {
  const byName = new Map(document.definitions.flatMap((node) => nameOf(node).map((name) => [name, node] as const)));
  const reached = new Set<string>();
  const pending = [api.getQueryType(), api.getMutationType(), api.getSubscriptionType()].flatMap((root) => (root == null ? [] : [root.name]));
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = byName.get(name);
    if (node === undefined || reached.has(name)) continue;
    reached.add(name);
    visit(node, { NamedType: (named) => void pending.push(named.name.value) });
    const type = api.getType(name);
    if (type !== undefined && "resolveType" in type) pending.push(...api.getPossibleTypes(type).map((possible) => possible.name));
  }
  const roots = new Set([Kind.SCHEMA_DEFINITION, Kind.DIRECTIVE_DEFINITION] as string[]);
  return { ...document, definitions: document.definitions.filter((node) => roots.has(node.kind) || nameOf(node).some((name) => reached.has(name))) };
}

function isComposite(node: DefinitionNode): node is Composite {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

/** Of a type; nothing for what is none. */
function nameOf(node: DefinitionNode): string[] {
  return node.kind !== Kind.DIRECTIVE_DEFINITION && "name" in node && node.name !== undefined ? [node.name.value] : [];
}

function namedOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedOf(type.type);
}

/** `Int` and the like are defined nowhere. */
function isBuiltIn(api: GraphQLSchema, type: TypeNode): boolean {
  return api.getType(namedOf(type))?.astNode === undefined && ["Int", "Float", "String", "Boolean", "ID"].includes(namedOf(type));
}

/** In definitions and fields. */
function sizeOf({ definitions }: DocumentNode): number {
  return definitions.reduce((size, node) => size + 1 + (isComposite(node) ? (node.fields ?? []).length + (node.interfaces ?? []).length : 0), 0);
}
