// Adds to an answer what is missing in it, where it has a field for that (`IncompleteMarks`): an item of the field's list for
// each place of its object that could not be fetched. What is missing in an object without such a field belongs to the next
// one around that has it.
//
// Only after a failure, and only where the client asks for such a field: everything else never comes here. What stands in
// the list already is not told again, nor what is missing inside of it: whoever may not read a place learns nothing from
// hearing that it could not be fetched either.
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
  visit,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type SelectionSetNode,
} from "graphql";

import type { IncompleteMark, IncompleteMarks } from "../supergraph/supergraph.ts";
import { collectFields, ownValue, setsOf, type Asking } from "./complete.ts";
import type { AnswerPath, Losses } from "./losses.ts";

export interface Telling extends Asking {
  readonly marks: IncompleteMarks;
}

/** An answer, or a part of one. */
export interface Told {
  readonly type: GraphQLNamedType;
  /** Is changed. */
  readonly tree: Tree;
  /** Where the client sees it. */
  readonly place: AnswerPath;
}

type Tree = Record<string, unknown>;

/** Whether the operation asks for a field that tells. */
export function asksWhatIsMissing({ operation, marks }: Pick<Telling, "operation" | "marks">): boolean {
  if (marks.size === 0) return false;
  const names = new Set([...marks.keys()].map((coordinate) => coordinate.split(".")[1]));
  let asks = false;
  visit(operation.document, { Field: ({ name }) => void (asks ||= names.has(name.value)) });
  return asks;
}

/** The codes of errors by which no subgraph says that it fails. */
export function codesExcepted(marks: IncompleteMarks): ReadonlySet<string> {
  return new Set([...marks.values()].flatMap(({ exceptCodes }) => exceptCodes));
}

export function tellIncomplete(telling: Telling, { type, tree, place }: Told, losses: Losses): void {
  const sets = [telling.operation.definition.selectionSet];
  visitObject({ ...telling, losses }, { type, sets, place: [...place], value: tree });
}

interface Walk extends Telling {
  readonly losses: Losses;
}

interface At<Type> {
  readonly type: Type;
  readonly sets: readonly SelectionSetNode[];
  readonly place: AnswerPath;
  readonly value: unknown;
}

interface Found {
  /** Paths of fields from here on, `HERE` for a list that lacks items. */
  readonly missing: readonly string[];
  /** Whether nothing is here: `lost` where it could not be fetched, and what is missing is this; `nothing` where that is no news. */
  readonly isNull: "lost" | "nothing" | null;
}

const HERE = "";
const COMPLETE: Found = { missing: [], isNull: null };

function visitObject(walk: Walk, at: At<GraphQLNamedType>): Found {
  const type = typeOf(walk, at);
  if (type === null) return COMPLETE;
  const tree = at.value as Tree;
  const fields = collectFields(walk, { type, sets: at.sets });
  const found = [...fields].flatMap(([name, nodes]) => {
    const field = type.getFields()[nodes[0]?.name.value ?? ""];
    if (field === undefined) return [];
    const value = Object.hasOwn(tree, name) ? tree[name] : undefined;
    return [{ field, ...visitValue(walk, { type: field.type, sets: setsOf(nodes), place: [...at.place, name], value }) }];
  });
  const isNull = gravestOf(found.filter(({ field }) => isNonNullType(field.type)));
  if (isNull !== null) return { missing: [], isNull };
  const missing = found.flatMap(({ field, isNull: why, missing: inside }) => {
    return why === "lost" ? [field.name] : inside.map((path) => (path === HERE ? field.name : `${field.name}.${path}`));
  });
  return addTo(walk, { type, tree, fields }, missing) ? COMPLETE : { missing, isNull: null };
}

function visitValue(walk: Walk, at: At<GraphQLOutputType>): Found {
  const { value, place } = at;
  const type = getNullableType(at.type);
  if (value === null || value === undefined) return { missing: [], isNull: isLost(walk, { ...at, value }) ? "lost" : "nothing" };
  if (isListType(type)) {
    if (!Array.isArray(value)) return COMPLETE;
    const found = value.map((item: unknown, index) => visitValue(walk, { ...at, type: type.ofType, place: [...place, index], value: item }));
    const isNull = gravestOf(found);
    if (isNull !== null && isNonNullType(type.ofType)) return { missing: [], isNull };
    return { missing: [...(isNull === "lost" ? [HERE] : []), ...found.flatMap(({ missing }) => missing)], isNull: null };
  }
  const named = getNamedType(type);
  return typeof value === "object" && at.sets.length > 0 ? visitObject(walk, { ...at, type: named }) : COMPLETE;
}

function gravestOf(found: readonly Found[]): Found["isNull"] {
  const all = new Set(found.map(({ isNull }) => isNull));
  return all.has("lost") ? "lost" : all.has("nothing") ? "nothing" : null;
}

type AtNull = At<GraphQLOutputType> & { readonly value: null | undefined };

function isLost(walk: Walk, at: AtNull): boolean {
  const { losses } = walk;
  const { type, place, value } = at;
  // A null where the schema allows none is an answer that came in half.
  if (losses.isLost(place, value) || (value === null && isNonNullType(type) && !losses.nullsHide)) return true;
  return losses.nullsHide && isLostBelow(walk, at);
}

/** By what in it may not be null. */
function isLostBelow(walk: Walk, { type, sets, place }: AtNull): boolean {
  const named = getNamedType(type);
  if (sets.length === 0) return false;
  const types = isAbstractType(named) ? walk.schema.getPossibleTypes(named) : isObjectType(named) ? [named] : [];
  return types.some((one) =>
    [...collectFields(walk, { type: one, sets })].some(([name, nodes]) => {
      const field = one.getFields()[nodes[0]?.name.value ?? ""];
      if (field === undefined || !isNonNullType(field.type)) return false;
      return isLost(walk, { type: field.type, sets: setsOf(nodes), place: [...place, name], value: null });
    }),
  );
}

/** Null where it is not known what the object is. */
function typeOf({ schema, ...walk }: Walk, { type, sets, value }: At<GraphQLNamedType>): GraphQLObjectType | null {
  if (isObjectType(type)) return type;
  if (!isAbstractType(type)) return null;
  const told = schema.getType(String(ownValue(value as Tree, "__typename")));
  if (isObjectType(told)) return told;
  // Whoever did not ask for its type gets the fields of one all the same.
  const names = Object.keys(value as Tree);
  const fits = (one: GraphQLObjectType): boolean => {
    const fields = collectFields({ ...walk, schema }, { type: one, sets });
    return fields.size === names.length && names.every((name) => fields.has(name));
  };
  return schema.getPossibleTypes(type).find(fits) ?? null;
}

interface Owner {
  readonly type: GraphQLObjectType;
  readonly tree: Tree;
  readonly fields: ReadonlyMap<string, readonly FieldNode[]>;
}

interface Listed {
  readonly name: string;
  readonly nodes: readonly FieldNode[];
  readonly mark: IncompleteMark;
  readonly items: readonly unknown[];
}

/** Whether the object tells what is missing in it. */
function addTo(walk: Walk, { type, tree, fields }: Owner, missing: readonly string[]): boolean {
  const lists = [...fields].flatMap(([name, nodes]): Listed[] => {
    const mark = walk.marks.get(`${type.name}.${nodes[0]?.name.value}`);
    const items = ownValue(tree, name);
    return mark === undefined || !Array.isArray(items) ? [] : [{ name, nodes, mark, items }];
  });
  const known = lists.flatMap((list) => pathsIn(walk, list));
  const news = [...new Set(missing)].filter((path) => !known.some((one) => path === one || path.startsWith(`${one}.`)));
  for (const list of lists) {
    const items = [...list.items, ...news.map((path) => createItem(walk, list, path))];
    // Assigning to a name like `__proto__` would do something else.
    Object.defineProperty(tree, list.name, { value: items, writable: true, enumerable: true, configurable: true });
  }
  return lists.length > 0;
}

/** What the items say already, where the client asks for it. */
function pathsIn(walk: Walk, { nodes, mark, items }: Listed): string[] {
  const names = [...fieldsOfItem(walk, nodes, mark)].flatMap(([name, [first]]) => (first?.name.value === mark.path ? [name] : []));
  return items.flatMap((item) => names.map((name) => (typeof item === "object" && item !== null ? String(ownValue(item as Tree, name)) : "")));
}

/** In the client's shape. */
function createItem(walk: Walk, { nodes, mark }: Listed, path: string): Tree {
  const item = Object.create(null) as Tree;
  const values: Readonly<Record<string, string>> = { __typename: mark.item, [mark.path]: path, [mark.reason]: mark.value };
  for (const [name, [first]] of fieldsOfItem(walk, nodes, mark)) item[name] = values[first?.name.value ?? ""] ?? null;
  return item;
}

function fieldsOfItem(walk: Walk, nodes: readonly FieldNode[], { item }: IncompleteMark): ReadonlyMap<string, readonly FieldNode[]> {
  const type = walk.schema.getType(item);
  return isObjectType(type) ? collectFields(walk, { type, sets: setsOf(nodes) }) : new Map();
}
