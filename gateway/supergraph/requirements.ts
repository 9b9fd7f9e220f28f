// What a caller must be or hold to read each field of a supergraph.
//
// The directives @authenticated, @requiresScopes and @policy stand on fields, object types, interfaces, scalars and
// enums. What counts is what a client reaches, by whatever way: so a field of an object type gathers the requirements of
//   - the field and its type,
//   - the interfaces of that type and the field of the same name there (a protected interface protects what implements
//     it: GHSA-mx7m-j9xf-62hw), unless the requirement was only gathered there from the types that implement it, as
//     composition does: then it says nothing about the other types,
//   - the type that it returns; of an interface or a union, what all the types behind it require alike,
//   - the fields that its value is computed from, by @requires and @fromContext (GHSA-m8jr-fxqx-8xx6), whether that stands
//     on the field itself or on the interface through which an interface object computes it.
// Fields of interfaces have no verdict of their own: at run time there are objects only.
import {
  Kind,
  parse,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
  type NamedTypeNode,
  type SelectionSetNode,
  type TypeNode,
} from "graphql";

import { readContextNames, readSecurityNames, type SecurityKind } from "./security.ts";

/** `anyOf` lists alternatives, each of which is met when all its names are. */
export type Requirement =
  | { readonly kind: "authenticated" }
  | { readonly kind: "scopes" | "policies"; readonly anyOf: readonly (readonly string[])[] };

export interface Requirements {
  /** All of them must be met; equal requirements are the same object. Empty for fields that are open. */
  of(type: string, field: string): readonly Requirement[];
  /** Whether every field is open. */
  readonly none: boolean;
}

export function readRequirements(document: DocumentNode): Requirements {
  const names = readSecurityNames(document).directives;
  if (names.size === 0) return { of: () => [], none: true };
  const index = readIndex(document, names);
  const table = new Map<string, readonly Requirement[]>();
  for (const type of index.types.values()) {
    for (const field of type.fields.keys()) table.set(`${type.name}.${field}`, [...gather(index, type, field)]);
  }
  return { of: (type, field) => table.get(`${type}.${field}`) ?? [], none: false };
}

interface FieldEntry {
  readonly returns: string;
  readonly own: readonly Requirement[];
  /** Selections on the field's type whose values it is computed from. */
  readonly requires: readonly SelectionSetNode[];
  readonly fromContext: readonly { readonly context: string; readonly selection: SelectionSetNode }[];
}

interface TypeEntry {
  readonly name: string;
  readonly own: readonly Requirement[];
  readonly interfaces: readonly string[];
  readonly contexts: readonly string[];
  /** Of a union. */
  readonly members: readonly string[];
  readonly fields: ReadonlyMap<string, FieldEntry>;
}

interface Index {
  readonly types: ReadonlyMap<string, TypeEntry>;
}

/** The same requirement is the same object wherever it stands, so that a caller is held against it once. */
type Intern = (requirement: Requirement) => Requirement;

function readIndex(document: DocumentNode, names: ReadonlyMap<string, SecurityKind>): Index {
  const known = new Map<string, Requirement>();
  const intern: Intern = (requirement) => {
    const key = JSON.stringify(requirement);
    const same = known.get(key) ?? requirement;
    known.set(key, same);
    return same;
  };
  const types = new Map<string, TypeEntry>();
  const contextNames = readContextNames(document);
  for (const node of document.definitions) {
    if (!isTypeNode(node)) continue;
    const before = types.get(node.name.value);
    types.set(node.name.value, mergeEntries(before, readType(node, { contextNames, ownOf: (directives) => readOwn(directives, names, intern) })));
  }
  return { types };
}

interface TypeNodeLike {
  readonly name: { readonly value: string };
  readonly directives?: readonly ConstDirectiveNode[];
  readonly interfaces?: readonly NamedTypeNode[];
  readonly types?: readonly NamedTypeNode[];
  readonly fields?: readonly { readonly name: { readonly value: string }; readonly type: TypeNode; readonly directives?: readonly ConstDirectiveNode[] }[];
}

const TYPE_KINDS: ReadonlySet<string> = new Set([
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.OBJECT_TYPE_EXTENSION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_EXTENSION,
  Kind.SCALAR_TYPE_DEFINITION,
  Kind.SCALAR_TYPE_EXTENSION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.ENUM_TYPE_EXTENSION,
  Kind.UNION_TYPE_DEFINITION,
  Kind.UNION_TYPE_EXTENSION,
]);

function isTypeNode(node: { readonly kind: string }): node is TypeNodeLike & { readonly kind: string } {
  return TYPE_KINDS.has(node.kind);
}

interface TypeReading {
  readonly contextNames: ReadonlySet<string>;
  readonly ownOf: (directives: readonly ConstDirectiveNode[]) => readonly Requirement[];
}

function readType(node: TypeNodeLike, { contextNames, ownOf }: TypeReading): TypeEntry {
  const fields = (node.fields ?? []).map(({ name, type, directives = [] }): [string, FieldEntry] => [
    name.value,
    { returns: nameOf(type), own: ownOf(directives), ...readSources(directives) },
  ]);
  return {
    name: node.name.value,
    own: ownOf(node.directives ?? []),
    interfaces: (node.interfaces ?? []).map((type) => type.name.value),
    contexts: (node.directives ?? []).flatMap((directive) =>
      contextNames.has(directive.name.value) ? textsIn(argumentOf(directive, "name")) : [],
    ),
    members: (node.types ?? []).map((type) => type.name.value),
    fields: new Map(fields),
  };
}

function mergeEntries(before: TypeEntry | undefined, entry: TypeEntry): TypeEntry {
  if (before === undefined) return entry;
  return {
    name: entry.name,
    own: [...before.own, ...entry.own],
    interfaces: [...before.interfaces, ...entry.interfaces],
    contexts: [...before.contexts, ...entry.contexts],
    members: [...before.members, ...entry.members],
    fields: new Map([...before.fields, ...entry.fields]),
  };
}

function readOwn(directives: readonly ConstDirectiveNode[], names: ReadonlyMap<string, SecurityKind>, intern: Intern): Requirement[] {
  return directives.flatMap((directive): Requirement[] => {
    const kind = names.get(directive.name.value);
    if (kind === undefined) return [];
    if (kind === "authenticated") return [intern({ kind: "authenticated" })];
    const [argument, plural] = kind === "requiresScopes" ? (["scopes", "scopes"] as const) : (["policies", "policies"] as const);
    return [intern({ kind: plural, anyOf: readAlternatives(argumentOf(directive, argument)) })];
  });
}

/** `[["a", "b"], ["c"]]`: a and b, or c. A lone item stands for a list of one, as everywhere in GraphQL. */
function readAlternatives(value: ConstValueNode | undefined): string[][] {
  if (value?.kind !== Kind.LIST) return value === undefined ? [] : [textsIn(value)];
  return value.values.map((alternative) => textsIn(alternative));
}

/** The selections that `@join__field` says the value is computed from. */
function readSources(directives: readonly ConstDirectiveNode[]): Pick<FieldEntry, "requires" | "fromContext"> {
  const joins = directives.filter((directive) => directive.name.value === "join__field");
  const requires = joins.flatMap((join) => textsIn(argumentOf(join, "requires"))).map(readSelection);
  const fromContext = joins.flatMap((join) => {
    const list = argumentOf(join, "contextArguments");
    const items = list?.kind === Kind.LIST ? list.values : [];
    return items.flatMap((item) => {
      const [context] = textsIn(memberOf(item, "context"));
      const [selection] = textsIn(memberOf(item, "selection"));
      return context === undefined || selection === undefined ? [] : [{ context, selection: readSelection(selection) }];
    });
  });
  return { requires, fromContext };
}

/** A selection with its braces (`{ a }`) or without (`a`, `... on T { a }`). */
function readSelection(text: string): SelectionSetNode {
  const source = text.trim().startsWith("{") ? text : `{${text}}`;
  const [definition] = parse(source, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new SyntaxError(`Expected a selection of fields, got ${text}.`);
  return definition.selectionSet;
}

function gather(index: Index, type: TypeEntry, field: string, seen = new Set<string>()): Set<Requirement> {
  const found = new Set<Requirement>();
  const place = `${type.name}.${field}`;
  const entry = type.fields.get(field);
  if (seen.has(place) || entry === undefined) return found;
  seen.add(place);
  addAll(found, ownOn(type, field));
  for (const name of type.interfaces) addAll(found, inherited(index, name, field));
  addAll(found, inherited(index, entry.returns, null));
  addAll(found, commonBehind(index, entry.returns));
  gatherSources(index, entry, { type, seen, found });
  for (const name of type.interfaces) {
    const shared = index.types.get(name)?.fields.get(field);
    // What an interface object computes is on its interface alone; it computes it for this type from this type's fields.
    if (shared !== undefined) gatherSources(index, shared, { type, seen, found });
  }
  return found;
}

function gatherSources(index: Index, entry: FieldEntry, walk: Omit<Walk, "selection">): void {
  for (const selection of entry.requires) gatherSelection(index, { ...walk, selection });
  for (const { context, selection } of entry.fromContext) {
    for (const setter of index.types.values()) {
      if (setter.contexts.includes(context)) gatherSelection(index, { ...walk, type: setter, selection });
    }
  }
}

/** What every type behind a union or an interface requires: none of them can be reached without. */
function commonBehind(index: Index, name: string): Requirement[] {
  const members = (index.types.get(name)?.members ?? []).flatMap((member) => index.types.get(member) ?? []);
  const [first, ...others] = [...implementersOf(index, name), ...members];
  return first === undefined ? [] : first.own.filter((requirement) => others.every(({ own }) => own.includes(requirement)));
}

/** For a field, or for the type alone. */
function ownOn(type: TypeEntry, field: string | null): Requirement[] {
  return [...type.own, ...(field === null ? [] : (type.fields.get(field)?.own ?? []))];
}

/** What a type requires of its own; an interface, beyond what its types require already. */
function inherited(index: Index, name: string, field: string | null): Requirement[] {
  const type = index.types.get(name);
  if (type === undefined) return [];
  const below = implementersOf(index, name).flatMap((implementer) => ownOn(implementer, field));
  return ownOn(type, field).filter((requirement) => !follows(requirement, below));
}

/** Combinations of alternatives beyond this are not tried; the requirement then counts as one of its own. */
const MAX_COMBINATIONS = 4_096;

/** Whether whoever meets all the premises meets the requirement. */
function follows(requirement: Requirement, premises: readonly Requirement[]): boolean {
  if (requirement.kind === "authenticated") return premises.includes(requirement);
  let held: readonly (readonly string[])[] = [[]];
  for (const premise of new Set(premises)) {
    if (premise.kind !== requirement.kind) continue;
    held = held.flatMap((names) => premise.anyOf.map((alternative) => [...names, ...alternative]));
    if (held.length > MAX_COMBINATIONS) return false;
  }
  return held.every((names) => requirement.anyOf.some((alternative) => alternative.every((one) => names.includes(one))));
}

interface Walk {
  readonly type: TypeEntry;
  readonly selection: SelectionSetNode;
  readonly seen: Set<string>;
  readonly found: Set<Requirement>;
}

/** The requirements of every field that a selection reads; on an interface, those of all that implement it. */
function gatherSelection(index: Index, walk: Walk): void {
  const { type, selection, seen, found } = walk;
  for (const node of selection.selections) {
    if (node.kind === Kind.FIELD) {
      for (const reached of [type, ...implementersOf(index, type.name)]) addAll(found, gather(index, reached, node.name.value, seen));
      const returns = index.types.get(type.fields.get(node.name.value)?.returns ?? "");
      if (node.selectionSet !== undefined && returns !== undefined) gatherSelection(index, { ...walk, type: returns, selection: node.selectionSet });
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      const on = index.types.get(node.typeCondition?.name.value ?? type.name) ?? type;
      gatherSelection(index, { ...walk, type: on, selection: node.selectionSet });
    }
  }
}

function implementersOf(index: Index, name: string): TypeEntry[] {
  return [...index.types.values()].filter((type) => type.interfaces.includes(name));
}

function addAll<Item>(target: Set<Item>, items: Iterable<Item>): void {
  for (const item of items) target.add(item);
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}

function argumentOf(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((argument) => argument.name.value === name)?.value;
}

function memberOf(value: ConstValueNode, name: string): ConstValueNode | undefined {
  return value.kind === Kind.OBJECT ? value.fields.find((field) => field.name.value === name)?.value : undefined;
}

function textsIn(value: ConstValueNode | undefined): string[] {
  if (value?.kind === Kind.STRING) return [value.value];
  return value?.kind === Kind.LIST ? value.values.flatMap((item) => textsIn(item)) : [];
}
