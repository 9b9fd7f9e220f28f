// What the schemas of a federation say of each field: which subgraphs answer it, with what, from what. From these facts
// subgraphs and monolith draw the same values, so that they agree by construction.
import {
  buildSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  print,
  type ConstDirectiveNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
  type TypeNode,
} from "graphql";

import type { Federation } from "./federation.ts";

export interface Facts {
  /** The whole supergraph, what is inaccessible included. */
  readonly schema: GraphQLSchema;
  readonly subgraphs: ReadonlyMap<string, SubgraphFacts>;
  /** The facts of a field of an object type; throws where there is none. */
  fieldOf(type: string, field: string): FieldFact;
  isEntity(type: string): boolean;
  /** Names of the object types that an object, interface or union may be. */
  possibleTypes(type: string): readonly string[];
  /** What stands for an object type in a subgraph: the type itself, or an interface object. */
  typeIn(subgraph: SubgraphFacts, type: string): SubgraphType | null;
}

export interface FieldFact {
  readonly type: GraphQLOutputType;
  /** At each level of lists, outermost first: whether some subgraph promises a value. */
  readonly promised: readonly boolean[];
  /** Object types or enum values that all subgraphs know which answer the field; null for other types. */
  readonly known: ReadonlySet<string> | null;
  /** Part of a key: never null, different for each entity. */
  readonly inKey: boolean;
  /** May fail: neither a key nor required, and all subgraphs say the same of its nulls. */
  readonly mayFail: boolean;
  readonly requires: SelectionSetNode | null;
  /** The arguments that clients see. */
  readonly argumentNames: ReadonlySet<string>;
}

export interface SubgraphFacts {
  readonly name: string;
  readonly types: ReadonlyMap<string, SubgraphType>;
}

export interface SubgraphType {
  readonly name: string;
  readonly kind: DefinitionNode["kind"];
  readonly isInterfaceObject: boolean;
  /** Resolvable keys. */
  readonly keys: readonly SelectionSetNode[];
  readonly isKeyed: boolean;
  readonly fields: ReadonlyMap<string, SubgraphField>;
  /** Members of a union, values of an enum, implementations of an interface, or the object type itself. */
  readonly members: readonly string[];
}

export interface SubgraphField {
  readonly type: TypeNode;
  readonly isExternal: boolean;
  /** External, and neither provided nor a key: nobody may ask this subgraph for it. Or overridden elsewhere. */
  readonly isForbidden: boolean;
  readonly requires: SelectionSetNode | null;
}

export function readFacts(federation: Federation): Facts {
  const schema = buildSchema(federation.supergraphSdl, { assumeValid: true });
  const documents = federation.subgraphs.map(({ name, sdl }) => ({ name, types: readTypes(sdl) }));
  const overridden = overriddenIn(documents);
  const subgraphs = new Map(documents.map(({ name, types }) => [name, { name, types: withForbidden(types, overridden.get(name) ?? new Set()) }]));
  const possibleTypes = (name: string): readonly string[] => {
    const type = schema.getType(name);
    return isAbstractType(type) ? schema.getPossibleTypes(type).map((one) => one.name) : [name];
  };
  const typeIn = (subgraph: SubgraphFacts, name: string): SubgraphType | null => {
    const own = subgraph.types.get(name);
    if (own !== undefined) return own;
    return [...subgraph.types.values()].find((type) => type.isInterfaceObject && possibleTypes(type.name).includes(name)) ?? null;
  };
  const world: Reading = { federation, schema, subgraphs, possibleTypes, typeIn, inKeys: new Set(), required: new Set() };
  markSelections(world);
  const known = new Map<string, FieldFact>();
  return {
    schema,
    subgraphs,
    possibleTypes,
    typeIn,
    isEntity: (type) => [...subgraphs.values()].some((subgraph) => typeIn(subgraph, type)?.isKeyed ?? false),
    fieldOf: (type, field) => {
      const fact = known.get(`${type}.${field}`) ?? readField(world, type, field);
      known.set(`${type}.${field}`, fact);
      return fact;
    },
  };
}

/** The selections of a field set: `id owner { name }`. */
export function readFieldSet(text: string): SelectionSetNode {
  const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`Expected a field set, got ${text}.`);
  return definition.selectionSet;
}

interface Reading {
  readonly federation: Federation;
  readonly schema: GraphQLSchema;
  readonly subgraphs: ReadonlyMap<string, SubgraphFacts>;
  readonly possibleTypes: Facts["possibleTypes"];
  readonly typeIn: Facts["typeIn"];
  /** `Type.field`. */
  readonly inKeys: Set<string>;
  readonly required: Set<string>;
}

interface RawField extends SubgraphField {
  readonly provides: string | null;
  readonly override: { readonly from: string; readonly isGradual: boolean } | null;
}

interface RawType extends SubgraphType {
  readonly fields: ReadonlyMap<string, RawField>;
}

function readTypes(sdl: string): ReadonlyMap<string, RawType> {
  const { definitions } = parse(sdl, { noLocation: true });
  const named = definitions.filter((node) => "name" in node && node.name !== undefined && "directives" in node && node.kind !== Kind.DIRECTIVE_DEFINITION);
  const types = new Map<string, RawType>();
  for (const node of named) {
    const type = readType(node, definitions);
    if (type !== null) types.set(type.name, type);
  }
  return types;
}

function readType(node: DefinitionNode, all: readonly DefinitionNode[]): RawType | null {
  if (!("name" in node) || node.name === undefined) return null;
  const name = node.name.value;
  const directives: readonly ConstDirectiveNode[] = "directives" in node ? ((node.directives ?? []) as readonly ConstDirectiveNode[]) : [];
  const keys = directives.filter((one) => one.name.value === "key");
  const fields = node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION ? (node.fields ?? []) : [];
  return {
    name,
    kind: node.kind,
    isInterfaceObject: directives.some((one) => one.name.value === "interfaceObject"),
    isKeyed: keys.length > 0,
    keys: keys.filter((key) => !hasFalse(key, "resolvable")).map((key) => readFieldSet(textOf(key, "fields") ?? "")),
    fields: new Map(fields.map((field) => [field.name.value, readRawField(field)])),
    members: membersOf(node, all),
  };
}

function membersOf(node: DefinitionNode, all: readonly DefinitionNode[]): readonly string[] {
  if (node.kind === Kind.UNION_TYPE_DEFINITION) return (node.types ?? []).map((type) => type.name.value);
  if (node.kind === Kind.ENUM_TYPE_DEFINITION) return (node.values ?? []).map((value) => value.name.value);
  if (node.kind === Kind.OBJECT_TYPE_DEFINITION) return [node.name.value];
  if (node.kind !== Kind.INTERFACE_TYPE_DEFINITION) return [];
  return all.flatMap((other) =>
    other.kind === Kind.OBJECT_TYPE_DEFINITION && other.interfaces?.some((one) => one.name.value === node.name.value) ? [other.name.value] : [],
  );
}

function readRawField(node: FieldDefinitionNode): RawField {
  const directive = (name: string): ConstDirectiveNode | undefined => node.directives?.find((one) => one.name.value === name);
  const requires = directive("requires");
  const override = directive("override");
  return {
    type: node.type,
    isExternal: directive("external") !== undefined,
    isForbidden: false,
    requires: requires === undefined ? null : readFieldSet(textOf(requires, "fields") ?? ""),
    provides: textOf(directive("provides"), "fields"),
    override: override === undefined ? null : { from: textOf(override, "from") ?? "", isGradual: textOf(override, "label") !== null },
  };
}

function textOf(directive: ConstDirectiveNode | undefined, name: string): string | null {
  const value = directive?.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : null;
}

function hasFalse(directive: ConstDirectiveNode, name: string): boolean {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.BOOLEAN && !value.value;
}

/** Subgraph → `Type.field` that another has taken over for good. */
function overriddenIn(documents: readonly { readonly types: ReadonlyMap<string, RawType> }[]): ReadonlyMap<string, Set<string>> {
  const taken = new Map<string, Set<string>>();
  for (const { types } of documents) {
    for (const type of types.values()) {
      for (const [field, { override }] of type.fields) {
        if (override === null || override.isGradual) continue;
        taken.set(override.from, (taken.get(override.from) ?? new Set()).add(`${type.name}.${field}`));
      }
    }
  }
  return taken;
}

function withForbidden(types: ReadonlyMap<string, RawType>, overridden: ReadonlySet<string>): ReadonlyMap<string, SubgraphType> {
  const all = [...types.values()];
  const provided = new Set(all.flatMap((type) => [...type.fields.values()].flatMap(({ provides }) => provides?.match(/\w+/g) ?? [])));
  const keyed = new Set(all.flatMap((type) => type.keys.flatMap((key) => print(key).match(/\w+/g) ?? [])));
  const mend = (type: RawType): SubgraphType => {
    const fields = [...type.fields].map(([name, field]): [string, SubgraphField] => {
      const idle = field.isExternal && !provided.has(name) && !keyed.has(name);
      return [name, { ...field, isForbidden: idle || overridden.has(`${type.name}.${name}`) }];
    });
    return { ...type, fields: new Map(fields) };
  };
  return new Map([...types].map(([name, type]) => [name, mend(type)]));
}

function markSelections(world: Reading): void {
  for (const subgraph of world.subgraphs.values()) {
    for (const type of subgraph.types.values()) {
      for (const key of type.keys) markSet(world, type.name, key, world.inKeys);
      for (const { requires } of type.fields.values()) {
        if (requires !== null) markSet(world, type.name, requires, world.required);
      }
    }
  }
}

function markSet(world: Reading, typeName: string, set: SelectionSetNode, marks: Set<string>): void {
  for (const node of set.selections) {
    if (node.kind === Kind.INLINE_FRAGMENT) markSet(world, node.typeCondition?.name.value ?? typeName, node.selectionSet, marks);
    if (node.kind !== Kind.FIELD || node.name.value === "__typename") continue;
    for (const name of world.possibleTypes(typeName)) {
      marks.add(`${name}.${node.name.value}`);
      const type = world.schema.getType(name);
      const field = isObjectType(type) ? type.getFields()[node.name.value] : undefined;
      if (field !== undefined && node.selectionSet !== undefined) markSet(world, getNamedType(field.type).name, node.selectionSet, marks);
    }
  }
}

function readField(world: Reading, typeName: string, fieldName: string): FieldFact {
  const type = world.schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
  if (field === undefined) throw new Error(`Expected a field of the supergraph, got ${typeName}.${fieldName}.`);
  const sources = [...world.subgraphs.values()].flatMap((subgraph) => {
    const own = world.typeIn(subgraph, typeName)?.fields.get(fieldName);
    return own === undefined || own.isForbidden ? [] : [{ subgraph, field: own }];
  });
  const name = `${typeName}.${fieldName}`;
  const api = world.federation.apiSchema.getType(typeName);
  const visible = isObjectType(api) ? (api.getFields()[fieldName]?.args ?? []) : [];
  const shapes = new Set(sources.map((source) => shapeOf(source.field.type)));
  return {
    type: field.type,
    promised: levelsOf(field.type).map((_, level) => sources.some((source) => isPromised(source.field.type, level))),
    known: knownTo(world, sources, getNamedType(field.type).name),
    inKey: world.inKeys.has(name),
    mayFail: shapes.size <= 1 && !world.inKeys.has(name) && !world.required.has(name),
    requires: sources.find((source) => source.field.requires !== null)?.field.requires ?? null,
    argumentNames: new Set(visible.map((argument) => argument.name)),
  };
}

/** A type without its name: where it is a list and where it may be null. */
function shapeOf(type: TypeNode): string {
  return print(type).replace(/\w+/, "");
}

function levelsOf(type: GraphQLOutputType): readonly GraphQLOutputType[] {
  const bare = isNonNullType(type) ? type.ofType : type;
  return isListType(bare) ? [type, ...levelsOf(bare.ofType)] : [type];
}

function isPromised(type: TypeNode, level: number): boolean {
  const bare = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  if (level === 0) return type.kind === Kind.NON_NULL_TYPE;
  return bare.kind === Kind.LIST_TYPE && isPromised(bare.type, level - 1);
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}

interface Source {
  readonly subgraph: SubgraphFacts;
  readonly field: SubgraphField;
}

function knownTo(world: Reading, sources: readonly Source[], merged: string): ReadonlySet<string> | null {
  const type = world.schema.getType(merged);
  if (!isEnumType(type) && !isAbstractType(type)) return null;
  let known = new Set(isEnumType(type) ? type.getValues().map((value) => value.name) : world.possibleTypes(merged));
  for (const { subgraph, field } of sources) {
    const own = subgraph.types.get(nameOf(field.type));
    if (own === undefined || own.isInterfaceObject) continue;
    const members = new Set(own.members);
    known = new Set([...known].filter((name) => members.has(name)));
  }
  return known;
}
