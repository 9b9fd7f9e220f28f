// Which fields tell what is missing of their object, by the directive @tellsIncomplete. A subgraph that is not there cannot
// say so in its own words, and those that are there do not know; so a subgraph marks a list of its own, in whose words the
// gateway adds what could not be fetched:
//
//   type Book { missing: [Missing!]! @tellsIncomplete(path: "path", reason: "why", value: "NOT_ANSWERED") }
//
// The directive is known by the address of its specification: `@link` may call it otherwise.
import {
  Kind,
  print,
  visit,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type TypeNode,
} from "graphql";

import { namesOfDirective } from "./security.ts";

export interface IncompleteMark {
  /** The object type of the list's items. */
  readonly item: string;
  /** Its field for where something is missing, and its field for why. */
  readonly path: string;
  readonly reason: string;
  readonly value: string;
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
  if (names.length === 0) return new Map();
  const interfaces = document.definitions.filter((node) => node.kind === Kind.INTERFACE_TYPE_DEFINITION);
  const inherited = interfaces.flatMap((node) => {
    const own = marksOn(document, node, names);
    return implementersOf(document, node.name.value).flatMap((type) => own.map(([field, mark]) => [`${type.name.value}.${field}`, mark] as const));
  });
  const own = objectsOf(document).flatMap((node) => {
    return marksOn(document, node, names).map(([field, mark]) => [`${node.name.value}.${field}`, mark] as const);
  });
  return new Map([...inherited, ...own]);
}

type Owner = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** By field. */
function marksOn(document: DocumentNode, node: Owner, names: readonly string[]): [string, IncompleteMark][] {
  return (node.fields ?? []).flatMap((field): [string, IncompleteMark][] => {
    const directive = field.directives?.find(({ name }) => names.includes(name.value));
    if (directive === undefined) return [];
    return [[field.name.value, readMark(document, { coordinate: `${node.name.value}.${field.name.value}`, type: field.type, directive })]];
  });
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
  const list = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  const item = list.kind === Kind.LIST_TYPE && !isListOfLists(list.type) ? objectNamed(document, nameOf(list.type)) : undefined;
  const [path = "", reason = "", value = ""] = ["path", "reason", "value"].map((name) => textsIn(argumentOf(directive, name))[0] ?? "");
  const exceptCodes = textsIn(argumentOf(directive, "exceptCodes"));
  const mark: IncompleteMark = { item: item?.name.value ?? "", path, reason, value, exceptCodes };
  const noList = { expected: "a list of objects of one type", got: `the type ${print(type)}` };
  const problem = item === undefined ? noList : problemOf(mark, document, item);
  if (problem !== null) throw new TypeError(`${coordinate} cannot tell what is missing: expected ${problem.expected}, got ${problem.got}`);
  return mark;
}

interface Problem {
  readonly expected: string;
  readonly got: string;
}

function problemOf({ path, reason, value }: IncompleteMark, document: DocumentNode, item: ObjectTypeDefinitionNode): Problem | null {
  const { fields = [] } = item;
  const types = new Map(fields.map((field) => [field.name.value, field.type]));
  const absent = [path, reason].find((name) => !types.has(name));
  if (absent !== undefined) return { expected: `a field of ${item.name.value} (${[...types.keys()].join(", ")})`, got: JSON.stringify(absent) };
  const values = valuesOf(document, types.get(reason));
  const enumName = values === null ? [] : [values.name];
  const kinds = [
    { name: path, are: ["String", "ID"], say: "a String" },
    { name: reason, are: ["String", "ID", ...enumName], say: "an enum or a String" },
  ];
  const wrong = kinds.find(({ name, are }) => !isPlain(types.get(name), are));
  if (wrong !== undefined) return { expected: `${item.name.value}.${wrong.name} to be ${wrong.say}`, got: printed(types.get(wrong.name)) };
  if (values?.all.includes(value) === false) return { expected: `a value of ${values.name} (${values.all.join(", ")})`, got: JSON.stringify(value) };
  const [name, type] = [...types].find(([field, one]) => one.kind === Kind.NON_NULL_TYPE && field !== path && field !== reason) ?? [];
  return name === undefined ? null : { expected: `${item.name.value}.${name}, which nobody could fill in, to be nullable`, got: printed(type) };
}

function printed(type: TypeNode | undefined): string {
  return type === undefined ? "none" : print(type);
}

function implementersOf(document: DocumentNode, name: string): ObjectTypeDefinitionNode[] {
  return objectsOf(document).filter(({ interfaces = [] }) => interfaces.some((one) => one.name.value === name));
}

function objectNamed(document: DocumentNode, name: string): ObjectTypeDefinitionNode | undefined {
  return objectsOf(document).find((node) => node.name.value === name);
}

function objectsOf({ definitions }: DocumentNode): ObjectTypeDefinitionNode[] {
  return definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION);
}

/** Those that clients may see; null where the type is no enum. */
function valuesOf({ definitions }: DocumentNode, type: TypeNode | undefined): { readonly name: string; readonly all: readonly string[] } | null {
  const name = type === undefined ? "" : nameOf(type);
  const found = definitions.filter((node) => node.kind === Kind.ENUM_TYPE_DEFINITION).find((node) => node.name.value === name);
  if (found === undefined) return null;
  const shown = (found.values ?? []).filter(({ directives = [] }) => !directives.some((directive) => directive.name.value === "inaccessible"));
  return { name, all: shown.map((value) => value.name.value) };
}

function isPlain(type: TypeNode | undefined, names: readonly string[]): boolean {
  const inner = type?.kind === Kind.NON_NULL_TYPE ? type.type : type;
  return inner?.kind === Kind.NAMED_TYPE && names.includes(inner.name.value);
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
