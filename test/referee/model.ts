// One deterministic set of data behind subgraphs and monolith. A value follows from its place alone: the object, the
// field, its arguments and, for a field with @requires, what was required. Nobody stores anything.
//
// The id of an entity is its type and number, `Book-2`; an object that is no entity is named by where it hangs. Values of
// key fields differ between entities, so that a representation leads back to one.
import {
  getNamedType,
  GraphQLError,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type FieldNode,
  type GraphQLOutputType,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";

import type { Facts, FieldFact } from "./facts.ts";

/** How often values are null and fields fail, and which values there are. */
export interface Mood {
  readonly seed: number;
  readonly nulls: number;
  readonly faults: number;
}

/** An object of the data. */
export interface Thing {
  /** Its object type in the supergraph. */
  readonly type: string;
  readonly id: string;
  /** The number of an entity, from 1 on; null for other objects. */
  readonly number: number | null;
  /** What a subgraph was told of it. */
  readonly representation: Json | null;
}

export type Json = Readonly<Record<string, unknown>>;

/** One run of one operation over the data: mutations are told apart by their order. */
export interface Run {
  readonly facts: Facts;
  readonly mood: Mood;
  mutations: number;
}

export interface Question {
  readonly field: string;
  readonly args: Json;
  /** What a subgraph got for the field's @requires; undefined: the run computes it. */
  readonly required?: string;
  /** Makes the value another than the right one: it was asked of one who may not answer. */
  readonly isForbidden?: boolean;
}

const POOL = 4;

/** Null, a leaf, a thing, an error, or a list of these. */
export function readValue(run: Run, thing: Thing, question: Question): unknown {
  const fact = run.facts.fieldOf(thing.type, question.field);
  const args = printArguments(question.args, fact);
  const required = question.required ?? (fact.requires === null ? "" : requiredOf(run, thing, fact.requires));
  const order = thing.type === "Mutation" ? `#${++run.mutations}` : "";
  const salt = args + required + order + (question.isForbidden === true ? "FORBIDDEN" : "");
  return draw({ run, thing, fact, field: question.field, salt }, fact.type, 0, "");
}

/** The text of what a field requires, computed from the data. */
export function requiredOf(run: Run, thing: Thing, set: SelectionSetNode): string {
  return JSON.stringify(select(run, thing, set));
}

/** The text of what a field requires, as a representation says it. */
export function requiredFrom(facts: Facts, representation: Json | null, set: SelectionSetNode): string {
  return representation === null ? "NOT SENT" : JSON.stringify(project(facts, representation, set));
}

/** The entity that a representation names by a key of `keys`; null where there is none. */
export function findEntity(run: Run, representation: Json, keys: readonly SelectionSetNode[]): Thing | null {
  const types = run.facts.possibleTypes(String(representation["__typename"]));
  for (const key of keys) {
    const wanted = JSON.stringify(project(run.facts, representation, key));
    const found = types.flatMap(poolOf).find((thing) => JSON.stringify(select(run, thing, key)) === wanted);
    if (found !== undefined) return { ...found, representation };
  }
  return null;
}

export function rootThing(type: string): Thing {
  return { type, id: "", number: null, representation: null };
}

function poolOf(type: string): Thing[] {
  return Array.from({ length: POOL }, (_, index) => entity(type, index + 1));
}

function entity(type: string, number: number): Thing {
  return { type, id: `${type}-${number}`, number, representation: null };
}

interface Drawing {
  readonly run: Run;
  readonly thing: Thing;
  readonly fact: FieldFact;
  readonly field: string;
  readonly salt: string;
}

/** `at` is the place in lists: `.0.2`. */
function draw(drawing: Drawing, type: GraphQLOutputType, level: number, at: string): unknown {
  const { run, thing, fact, field, salt } = drawing;
  const place = `${run.mood.seed} ${thing.type} ${thing.id} ${field} ${salt} ${at}`;
  if (fact.mayFail && chance(`${place} fault`) < run.mood.faults) return new GraphQLError(`${thing.type}.${field} fails`);
  const isPromised = fact.inKey || fact.promised[level] === true || isNonNullType(type);
  if (!isPromised && chance(`${place} null`) < run.mood.nulls) return null;
  const bare = isNonNullType(type) ? type.ofType : type;
  if (isListType(bare)) {
    const length = Math.floor(chance(`${place} length`) * 4);
    return Array.from({ length }, (_, index) => draw(drawing, bare.ofType, level + 1, `${at}.${index}`));
  }
  return isObjectType(bare) || isAbstractType(bare) ? drawThing(drawing, bare.name, place, at) : drawLeaf(drawing, bare, place, at);
}

function drawThing({ run, thing, fact, field, salt }: Drawing, type: string, place: string, at: string): Thing | null {
  const known = run.facts.possibleTypes(type).filter((name) => fact.known?.has(name) ?? true);
  const name = known[Math.floor(chance(`${place} type`) * known.length)];
  if (name === undefined) return null;
  if (!run.facts.isEntity(name)) return { type: name, id: `${thing.id}.${field}${at}${salt === "" ? "" : `~${hash(salt).toString(36)}`}`, number: null, representation: null };
  return entity(name, fact.inKey && thing.number !== null ? thing.number : 1 + Math.floor(chance(`${place} number`) * POOL));
}

function drawLeaf({ thing, fact, field, salt, run }: Drawing, type: GraphQLOutputType, place: string, at: string): unknown {
  const { name } = getNamedType(type);
  const number = chance(`${place} value`);
  if (isEnumType(type)) {
    const values = type.getValues().map((value) => value.name).filter((value) => fact.known?.has(value) ?? true);
    return values[Math.floor(number * values.length)] ?? null;
  }
  if (name === "Int") return fact.inKey && thing.number !== null ? thing.number + 100 : Math.floor(number * 1000) - 200;
  if (name === "Float") return fact.inKey && thing.number !== null ? thing.number + 0.5 : Math.floor(number * 4000) / 4;
  if (name === "Boolean") return number < 0.5;
  if (name === "JSON") return drawJson(place, number);
  const text = `${field} of ${thing.id}${at}`;
  if (fact.inKey) return text;
  return `${text} ${hash(`${run.mood.seed} ${salt}`).toString(36)}`;
}

/** Values as scalars may have them: objects with names that are dangerous to objects, lists, texts to escape. */
function drawJson(place: string, number: number): unknown {
  if (number < 0.3) return JSON.parse(`{"__proto__":{"a":[${Math.floor(number * 100)}]},"constructor":null,"__typename":"Query"}`);
  if (number < 0.6) return [hash(place), { id: "x" }, [null, "\u2028 \" \\ é 👩‍👧"]];
  return number < 0.8 ? "\n\t\u0000" : number * 1e21;
}

/** A selection of the data as JSON; errors count as nulls. */
function select(run: Run, thing: Thing, set: SelectionSetNode): Json {
  const output: Record<string, unknown> = {};
  for (const node of set.selections) {
    if (node.kind === Kind.INLINE_FRAGMENT) {
      if (run.facts.possibleTypes(node.typeCondition?.name.value ?? thing.type).includes(thing.type)) Object.assign(output, select(run, thing, node.selectionSet));
      continue;
    }
    if (node.kind !== Kind.FIELD || node.name.value === "__typename") continue;
    output[node.name.value] = toJson(run, readValue(run, thing, { field: node.name.value, args: argumentsOf(node) }), node.selectionSet);
  }
  return output;
}

function argumentsOf(node: FieldNode): Json {
  return Object.fromEntries((node.arguments ?? []).map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]));
}

function toJson(run: Run, value: unknown, set: SelectionSetNode | undefined): unknown {
  if (value === null || value instanceof Error) return null;
  if (Array.isArray(value)) return value.map((item: unknown) => toJson(run, item, set));
  return set === undefined ? value : select(run, value as Thing, set);
}

/** The same selection of JSON that was sent. */
function project(facts: Facts, source: Json, set: SelectionSetNode): Json {
  const output: Record<string, unknown> = {};
  for (const node of set.selections) {
    if (node.kind === Kind.INLINE_FRAGMENT) {
      const typename = source["__typename"];
      const condition = node.typeCondition?.name.value;
      const applies = condition === undefined || (typeof typename === "string" ? facts.possibleTypes(condition).includes(typename) : hasSome(source, node.selectionSet));
      if (applies) Object.assign(output, project(facts, source, node.selectionSet));
      continue;
    }
    if (node.kind !== Kind.FIELD || node.name.value === "__typename") continue;
    const value = source[node.name.value];
    output[node.name.value] = value === undefined ? "NOT SENT" : projectValue(facts, value, node.selectionSet);
  }
  return output;
}

/** A planner may leave out `__typename` inside of what is required; the fields tell then. */
function hasSome(source: Json, set: SelectionSetNode): boolean {
  return set.selections.some((node) => node.kind === Kind.FIELD && Object.hasOwn(source, node.name.value));
}

function projectValue(facts: Facts, value: unknown, set: SelectionSetNode | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => projectValue(facts, item, set));
  return set === undefined || value === null ? value : project(facts, value as Json, set);
}

function printArguments(args: Json, fact: FieldFact): string {
  const names = Object.keys(args).filter((name) => fact.argumentNames.has(name)).sort();
  return names.length === 0 ? "" : canonical(Object.fromEntries(names.map((name) => [name, args[name]])));
}

/** JSON with members in the order of their names. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).filter(([, member]) => member !== undefined).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}

/** From 0 to 1, the same for the same text. */
function chance(text: string): number {
  return hash(text) / 2 ** 32;
}

/** FNV-1a, then mixed so that texts which differ in their last letter lie far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
