// Which fields tell what is missing of their object, by the directive @tellsIncomplete. A subgraph that is not there cannot
// say so in its own words, and those that are there do not know; so a subgraph marks a list of its own, in whose words the
// gateway adds what could not be fetched:
//
//   type Book { missing: [Missing!]! @tellsIncomplete(path: "path", reason: "why", value: "NOT_ANSWERED") }
//
// Somebody who has a record but shows it to some only answers null for it. A mark may name types of which that is to be told
// too, in words of their own (`unknown`, `unknownTypes`), with how many there are (`count`).
//
// The directive is known by the address of its specification: `@link` may call it otherwise.
import { Kind, print, visit, type ConstDirectiveNode, type ConstValueNode, type DocumentNode, type ObjectTypeDefinitionNode, type TypeNode } from "graphql";

import { namesOfDirective } from "./security.ts";

export interface IncompleteMark {
  /** The object type of the list's items. */
  readonly item: string;
  /** Its field for where something is missing, and its field for why. */
  readonly path: string;
  readonly reason: string;
  readonly value: string;
  /** What is said of entities that whoever has them answered null for; null where nothing is. */
  readonly unknown: { readonly value: string; readonly types: readonly string[]; readonly count: string } | null;
  /** Codes of errors by which a subgraph says that it was asked wrongly, and not that it cannot answer. */
  readonly exceptCodes: readonly string[];
}

/** By `Type.field` of object types; what stands on an interface holds for the types that implement it. */
export type IncompleteMarks = ReadonlyMap<string, IncompleteMark>;

const FEATURE = /^https:\/\/specs\.gateway\.example\/tellsIncomplete\/v1\.\d+$/;
const DIRECTIVE = "tellsIncomplete";

/** Throws TypeError naming the field whose mark cannot be carried out. */
export function readIncomplete(document: DocumentNode): IncompleteMarks {
  const names = readNames(document);
  const marks = new Map<string, IncompleteMark>();
  if (names.length === 0) return marks;
  for (const node of document.definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const field of node.fields ?? []) {
      const directive = field.directives?.find(({ name }) => names.includes(name.value));
      if (directive === undefined) continue;
      const mark = readMark(document, { coordinate: `${node.name.value}.${field.name.value}`, type: field.type, directive });
      for (const type of node.kind === Kind.OBJECT_TYPE_DEFINITION ? [node] : implementersOf(document, node.name.value)) {
        const coordinate = `${type.name.value}.${field.name.value}`;
        if (node.kind === Kind.OBJECT_TYPE_DEFINITION || !marks.has(coordinate)) marks.set(coordinate, mark);
      }
    }
  }
  return marks;
}

/** For executors, which have no need of it. */
export function withoutIncomplete(document: DocumentNode): DocumentNode {
  const names = readNames(document);
  if (names.length === 0) return document;
  return visit(document, {
    Directive: (node) => (names.includes(node.name.value) || isLink(node as ConstDirectiveNode) ? null : undefined),
    DirectiveDefinition: (node) => (names.includes(node.name.value) ? null : undefined),
  });
}

function readNames(document: DocumentNode): string[] {
  return namesOfDirective(document, DIRECTIVE, (url) => FEATURE.test(url));
}

function isLink(node: ConstDirectiveNode): boolean {
  return node.name.value === "link" && FEATURE.test(textsIn(argumentOf(node, "url"))[0] ?? "");
}

interface Marked {
  readonly coordinate: string;
  readonly type: TypeNode;
  readonly directive: ConstDirectiveNode;
}

/** What an added item says is checked here, once, so that it is never what keeps an answer from being given. */
function readMark(document: DocumentNode, { coordinate, type, directive }: Marked): IncompleteMark {
  const refuse = (expected: string, got: string) => new TypeError(`${coordinate} cannot tell what is missing: expected ${expected}, got ${got}`);
  const list = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  const item = list.kind === Kind.LIST_TYPE ? objectNamed(document, nameOf(list.type)) : undefined;
  if (item === undefined || list.kind !== Kind.LIST_TYPE || isListOfLists(list.type)) throw refuse("a list of objects of one type", `the type ${print(type)}`);
  const [path = "", reason = "", value = ""] = ["path", "reason", "value"].map((name) => textsIn(argumentOf(directive, name))[0] ?? "");
  const typeOf = (name: string): TypeNode => {
    const field = item.fields?.find((one) => one.name.value === name);
    if (field === undefined) throw refuse(`a field of ${item.name.value} (${(item.fields ?? []).map((one) => one.name.value).join(", ")})`, JSON.stringify(name));
    return field.type;
  };
  if (!isPlain(typeOf(path), ["String", "ID"])) throw refuse(`${item.name.value}.${path} to be a String`, print(typeOf(path)));
  const values = valuesOf(document, nameOf(typeOf(reason)));
  if (!isPlain(typeOf(reason), ["String", "ID", ...(values === null ? [] : [nameOf(typeOf(reason))])])) {
    throw refuse(`${item.name.value}.${reason} to be an enum or a String`, print(typeOf(reason)));
  }
  const unknown = readUnknown(directive);
  const odd = [value, ...(unknown === null ? [] : [unknown.value])].find((one) => values !== null && !values.includes(one));
  if (odd !== undefined) throw refuse(`a value of ${nameOf(typeOf(reason))} (${values?.join(", ")})`, JSON.stringify(odd));
  const foreign = unknown?.types.find((name) => objectNamed(document, name) === undefined);
  if (foreign !== undefined) throw refuse("object types in `unknownTypes`", JSON.stringify(foreign));
  if (unknown !== null && !isPlain(typeOf(unknown.count), ["Int"])) throw refuse(`${item.name.value}.${unknown.count} to be an Int`, print(typeOf(unknown.count)));
  const other = item.fields?.find((one) => one.type.kind === Kind.NON_NULL_TYPE && ![path, reason].includes(one.name.value));
  if (other !== undefined) throw refuse(`${item.name.value}.${other.name.value}, which nobody could fill in, to be nullable`, print(other.type));
  return { item: item.name.value, path, reason, value, unknown, exceptCodes: textsIn(argumentOf(directive, "exceptCodes")) };
}

function readUnknown(directive: ConstDirectiveNode): IncompleteMark["unknown"] {
  const [value] = textsIn(argumentOf(directive, "unknown"));
  if (value === undefined) return null;
  return { value, types: textsIn(argumentOf(directive, "unknownTypes")), count: textsIn(argumentOf(directive, "count"))[0] ?? "" };
}

function implementersOf(document: DocumentNode, name: string): ObjectTypeDefinitionNode[] {
  return document.definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION).filter(({ interfaces = [] }) => interfaces.some((one) => one.name.value === name));
}

function objectNamed(document: DocumentNode, name: string): ObjectTypeDefinitionNode | undefined {
  return document.definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION).find((node) => node.name.value === name);
}

/** Null where the type is no enum. */
function valuesOf(document: DocumentNode, name: string): readonly string[] | null {
  const found = document.definitions.find((node) => node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === name);
  return found?.kind === Kind.ENUM_TYPE_DEFINITION ? (found.values ?? []).map((value) => value.name.value) : null;
}

function isPlain(type: TypeNode, names: readonly string[]): boolean {
  const inner = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  return inner.kind === Kind.NAMED_TYPE && names.includes(inner.name.value);
}

function isListOfLists(item: TypeNode): boolean {
  return (item.kind === Kind.NON_NULL_TYPE ? item.type : item).kind === Kind.LIST_TYPE;
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}

function argumentOf(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((argument) => argument.name.value === name)?.value;
}

function textsIn(value: ConstValueNode | undefined): string[] {
  if (value?.kind === Kind.STRING) return [value.value];
  return value?.kind === Kind.LIST ? value.values.flatMap(textsIn) : [];
}
