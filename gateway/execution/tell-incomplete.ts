// Adds to an answer what is missing in it, where it has a field for that (`IncompleteMarks`): an item of the field's list for
// each place of its object that could not be fetched. What is missing in an object without such a field belongs to the next
// one around that has it.
//
// Only after a failure (or where an entity is not shown to the caller, if a mark wants that told), and only where the client
// asks for such a field: everything else never comes here. What stands in the list already is not told again, nor what is
// missing inside of it: whoever may not read a place learns nothing from hearing that it could not be fetched either.
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
import type { AnswerPath, Counting, Losses } from "./losses.ts";

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

export function countingOf(marks: IncompleteMarks): Counting {
  const all = [...marks.values()];
  return {
    exceptCodes: new Set(all.flatMap(({ exceptCodes }) => exceptCodes)),
    unknownTypes: new Set(all.flatMap(({ unknown }) => unknown?.types ?? [])),
  };
}

export function tellIncomplete(telling: Telling, { type, tree, place }: Told, losses: Losses): void {
  const sets = [telling.operation.definition.selectionSet];
  visitObject({ ...telling, losses, ...countingOf(telling.marks) }, { type, sets, place: [...place], value: tree });
}

interface Walk extends Telling, Counting {
  readonly losses: Losses;
}

interface At<Type> {
  readonly type: Type;
  readonly sets: readonly SelectionSetNode[];
  readonly place: AnswerPath;
  readonly value: unknown;
}

/** `lost`: it could not be fetched. `unknown`: whoever has it says nothing of it. */
type Why = "lost" | "unknown";

/** By names of fields from here on; none for a list that lacks items and an object that lacks itself. */
interface Missing {
  readonly path: readonly string[];
  readonly why: Why;
}

interface Found {
  readonly missing: readonly Missing[];
  /** Why nothing is here, and what is missing is this; `nothing` where that is no news. */
  readonly isNull: Why | "nothing" | null;
}

const COMPLETE: Found = { missing: [], isNull: null };
const UNKNOWN: Found = { missing: [{ path: [], why: "unknown" }], isNull: null };
const GRAVEST = ["lost", "unknown", "nothing"] as const;

function visitObject(walk: Walk, at: At<GraphQLNamedType>): Found {
  const type = typeOf(walk, at);
  if (type === null) return COMPLETE;
  const tree = at.value as Tree;
  const fields = collectFields(walk, { type, sets: at.sets });
  const found = [...fields].flatMap(([name, nodes]) => {
    const field = type.getFields()[nodes[0]?.name.value ?? ""];
    if (field === undefined) return [];
    const value = Object.hasOwn(tree, name) ? tree[name] : undefined;
    return [{ field, ...visitValue(walk, { type: field.type, sets: setsOf(nodes), place: [...at.place, name], value }, type) }];
  });
  const nulls = found.flatMap(({ field, isNull }) => (isNonNullType(field.type) ? [isNull] : []));
  const isNull = GRAVEST.find((why) => nulls.includes(why));
  if (isNull !== undefined) return { missing: [], isNull };
  // Of an object of which nothing is said, what is there comes from whoever refers to it: the whole is missing.
  if (found.some((one) => one.isNull === "unknown" && walk.unknownTypes.has(type.name))) return UNKNOWN;
  const missing = found.flatMap(({ field, isNull: why, missing: inside }): Missing[] => {
    if (why !== null) return why === "nothing" ? [] : [{ path: [field.name], why }];
    return inside.map((one) => ({ ...one, path: [field.name, ...one.path] }));
  });
  return addTo(walk, { type, tree, fields }, missing) ? COMPLETE : { missing, isNull: null };
}

function visitValue(walk: Walk, at: At<GraphQLOutputType>, parent: GraphQLObjectType): Found {
  const { value, place } = at;
  const type = getNullableType(at.type);
  if (value === null || value === undefined) return { missing: [], isNull: whyNull(walk, { ...at, value }, parent) ?? "nothing" };
  if (isListType(type)) {
    if (!Array.isArray(value)) return COMPLETE;
    const found = value.map((item: unknown, index) => visitValue(walk, { ...at, type: type.ofType, place: [...place, index], value: item }, parent));
    const nulls = found.map(({ isNull }) => isNull);
    const isNull = GRAVEST.find((why) => nulls.includes(why));
    if (isNull !== undefined && isNonNullType(type.ofType)) return { missing: [], isNull };
    const items = nulls.flatMap((why): Missing[] => (why === null || why === "nothing" ? [] : [{ path: [], why }]));
    return { missing: [...items, ...found.flatMap(({ missing }) => missing)], isNull: null };
  }
  const named = getNamedType(type);
  return typeof value === "object" && at.sets.length > 0 ? visitObject(walk, { ...at, type: named }) : COMPLETE;
}

type AtNull = At<GraphQLOutputType> & { readonly value: null | undefined };

/** Null where it may be so. */
function whyNull(walk: Walk, at: AtNull, parent: GraphQLObjectType): Why | null {
  const { losses, unknownTypes } = walk;
  const { type, place, value } = at;
  if (unknownTypes.has(parent.name) && losses.isUnknown(place, value)) return "unknown";
  // A null where the schema allows none is an answer that came in half.
  if (losses.isLost(place, value) || (value === null && isNonNullType(type) && !losses.nullsHide)) return "lost";
  return losses.nullsHide ? whyNullBelow(walk, at) : null;
}

/** By what in it may not be null. */
function whyNullBelow(walk: Walk, { type, sets, place }: AtNull): Why | null {
  const named = getNamedType(type);
  if (sets.length === 0) return null;
  const types = isAbstractType(named) ? walk.schema.getPossibleTypes(named) : isObjectType(named) ? [named] : [];
  const reasons = types.flatMap((one) =>
    [...collectFields(walk, { type: one, sets })].map(([name, nodes]) => {
      const field = one.getFields()[nodes[0]?.name.value ?? ""];
      if (field === undefined || !isNonNullType(field.type)) return null;
      return whyNull(walk, { type: field.type, sets: setsOf(nodes), place: [...place, name], value: null }, one);
    }),
  );
  return GRAVEST.slice(0, 2).find((why): why is Why => reasons.includes(why as Why)) ?? null;
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
function addTo(walk: Walk, { type, tree, fields }: Owner, missing: readonly Missing[]): boolean {
  const lists = [...fields].flatMap(([name, nodes]): Listed[] => {
    const mark = walk.marks.get(`${type.name}.${nodes[0]?.name.value}`);
    const items = ownValue(tree, name);
    return mark === undefined || !Array.isArray(items) ? [] : [{ name, nodes, mark, items }];
  });
  const known = lists.flatMap((list) => pathsIn(walk, list));
  const news = countPlaces(missing).filter(({ path }) => !known.some((one) => path === one || path.startsWith(`${one}.`)));
  for (const list of lists) {
    const items = [...list.items, ...news.flatMap((one) => createItem(walk, list, one))];
    // Assigning to a name like `__proto__` would do something else.
    Object.defineProperty(tree, list.name, { value: items, writable: true, enumerable: true, configurable: true });
  }
  return lists.length > 0;
}

interface Counted {
  readonly path: string;
  readonly why: Why;
  readonly count: number;
}

/** Each place once. */
function countPlaces(missing: readonly Missing[]): Counted[] {
  const groups = Map.groupBy(missing, ({ path, why }) => `${why} ${path.join(".")}`);
  return [...groups.values()].flatMap(([first, ...others]): Counted[] => {
    return first === undefined ? [] : [{ path: first.path.join("."), why: first.why, count: others.length + 1 }];
  });
}

/** What the items say already, where the client asks for it. */
function pathsIn(walk: Walk, { nodes, mark, items }: Listed): string[] {
  const names = [...fieldsOfItem(walk, nodes, mark)].flatMap(([name, [first]]) => (first?.name.value === mark.path ? [name] : []));
  return items.flatMap((item) => names.map((name) => (typeof item === "object" && item !== null ? String(ownValue(item as Tree, name)) : "")));
}

/** In the client's shape. How many could not be fetched nobody knows. */
function createItem(walk: Walk, { nodes, mark }: Listed, { path, why, count }: Counted): Tree[] {
  const { item: type, unknown } = mark;
  const reason = why === "lost" ? mark.value : unknown?.value;
  if (reason === undefined) return [];
  const counted = why === "unknown" && unknown !== null && !walk.losses.nullsHide ? { [unknown.count]: count } : {};
  const values: Readonly<Record<string, string | number>> = { ...counted, __typename: type, [mark.path]: path, [mark.reason]: reason };
  const item = Object.create(null) as Tree;
  for (const [name, [first]] of fieldsOfItem(walk, nodes, mark)) item[name] = values[first?.name.value ?? ""] ?? null;
  return [item];
}

function fieldsOfItem(walk: Walk, nodes: readonly FieldNode[], { item }: IncompleteMark): ReadonlyMap<string, readonly FieldNode[]> {
  const type = walk.schema.getType(item);
  return isObjectType(type) ? collectFields(walk, { type, sets: setsOf(nodes) }) : new Map();
}
