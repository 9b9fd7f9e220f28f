// What is sent of an object so that another subgraph knows which entity is meant: written as text straight from the tree,
// because text is what is sent.
//
// Most objects of a wide tree stand for an entity that is listed already. Text is written only for those that do not:
// whether an entity is known is looked up by the values that it would be written from (`Level`), which is several times
// cheaper than to write them, and leaves no garbage. Values that are lists or objects are compared as text.
import type { EntityFetch, RequiredSelection } from "../../planning/planning.ts";
import { compileRewrites, type CompiledRewrites } from "./rewrites.ts";
import { printString } from "./leaves.ts";
import { isInherited, isTree, readMember, type Tree } from "./tree.ts";
import type { TypeNames } from "./types.ts";

/** The representations of one request. */
export interface RepresentationList {
  /** Each once, as JSON. */
  readonly texts: string[];
  readonly byText: Map<string, number>;
  /** By the fields that are sent of a type. */
  readonly byValues: Map<readonly Field[], Level>;
}

/** By the value of a field: the level of the next field, or by the last the number in the list. */
interface Level extends Map<unknown, Level | number> {}

/** The number of the object's representation, added if new; -1 where it is of no type to be asked for, or lacks what is required. */
export type EnterRepresentation = (object: Tree, list: RepresentationList) => number;

const NONE = -1;

export function openList(): RepresentationList {
  return { texts: [], byText: new Map(), byValues: new Map() };
}

export function compileRepresentation({ requires, inputRewrites }: Pick<EntityFetch, "requires" | "inputRewrites">, types: TypeNames): EnterRepresentation {
  const members = compileMembers(requires, types);
  const rewrites = compileRewrites(inputRewrites, types);
  return (object, list) => {
    const fields = members.of(object["__typename"]);
    // What cannot be told the type of is no entity.
    if (fields[0]?.name !== "__typename") return NONE;
    const level = findLevel(fields, object, list);
    const last = fields[fields.length - 1];
    if (level === null || last === undefined) return enterText(rewrites, writeFields(fields, object), list);
    const value = readMember(object, last.responseName, last.inherited);
    const known = level.get(value);
    if (typeof known === "number") return known;
    const index = enterText(rewrites, writeFields(fields, object), list);
    if (index !== NONE && isPlain(value)) level.set(value, index);
    return index;
  };
}

/** Where the value of the last field leads to the number; null where another is no plain value. */
function findLevel(fields: readonly Field[], object: Tree, { byValues }: RepresentationList): Level | null {
  let level = levelBelow(byValues, fields);
  // The first is the type's name, which all that have these fields share.
  for (let at = 1; at < fields.length - 1; at += 1) {
    const { responseName, inherited } = fields[at] as Field;
    const value = readMember(object, responseName, inherited);
    if (!isPlain(value)) return null;
    level = levelBelow(level, value);
  }
  return level;
}

function levelBelow<Key>(level: Map<Key, Level | number>, key: Key): Level {
  const known = level.get(key);
  if (known !== undefined && typeof known !== "number") return known;
  const below: Level = new Map();
  level.set(key, below);
  return below;
}

/** Whether values are the same exactly where their texts are. */
function isPlain(value: unknown): boolean {
  return value === null || (typeof value !== "object" && value !== undefined);
}

function enterText(rewrites: CompiledRewrites | null, written: string | undefined, { texts, byText }: RepresentationList): number {
  if (written === undefined) return NONE;
  const text = rewrites === null ? written : rewrite(written, rewrites);
  const known = byText.get(text);
  if (known !== undefined) return known;
  byText.set(text, texts.length);
  return texts.push(text) - 1;
}

interface Field {
  readonly name: string;
  /** `"name":` */
  readonly key: string;
  readonly responseName: string;
  readonly inherited: boolean;
  /** Null for a leaf. */
  readonly members: Members | null;
}

interface Members {
  /** What is sent of an object of this type; `__typename` comes first. */
  of(typename: unknown): readonly Field[];
}

/** Compiled for each type that turns up, so that no condition is left when objects are written. */
function compileMembers(selections: readonly RequiredSelection[], types: TypeNames): Members {
  const known = new Map<unknown, readonly Field[]>();
  return {
    of: (typename) => {
      const fields = known.get(typename) ?? fieldsFor(typename, selections, types);
      if (types.isObject(typename) || known.size < 100) known.set(typename, fields);
      return fields;
    },
  };
}

function fieldsFor(typename: unknown, selections: readonly RequiredSelection[], types: TypeNames): Field[] {
  const merged = new Map<string, { readonly responseName: string; readonly selections: RequiredSelection[] }>();
  const collect = (list: readonly RequiredSelection[]): void => {
    for (const selection of list) {
      if (selection.kind === "fragment") {
        if (types.behind([selection.typeCondition]).has(typename)) collect(selection.selections);
        continue;
      }
      const same = merged.get(selection.name) ?? { responseName: selection.responseName, selections: [] };
      same.selections.push(...selection.selections);
      merged.set(selection.name, same);
    }
  };
  collect(selections);
  const names = [...merged.keys()].sort((one, other) => Number(other === "__typename") - Number(one === "__typename"));
  return names.flatMap((name) => {
    const found = merged.get(name);
    if (found === undefined) return [];
    const { responseName, selections: below } = found;
    return { name, key: `${JSON.stringify(name)}:`, responseName, inherited: isInherited(responseName), members: below.length === 0 ? null : compileMembers(below, types) };
  });
}

/** Undefined where something is missing. A null is a value: the subgraph is told of it. */
function writeFields(fields: readonly Field[], object: Tree): string | undefined {
  let text = "";
  for (const { key, responseName, inherited, members } of fields) {
    const value = writeValue(members, readMember(object, responseName, inherited));
    if (value === undefined) return undefined;
    text += text === "" ? `{${key}${value}` : `,${key}${value}`;
  }
  return text === "" ? "{}" : `${text}}`;
}

function writeValue(members: Members | null, value: unknown): string | undefined {
  if (members === null || value === null || value === undefined) return typeof value === "string" ? printString(value) : (JSON.stringify(value) as string | undefined);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => writeValue(members, item));
    return items.includes(undefined) ? undefined : `[${items.join(",")}]`;
  }
  return isTree(value) ? writeFields(members.of(value["__typename"]), value) : undefined;
}

function rewrite(text: string, rewrites: CompiledRewrites): string {
  const representation: unknown = JSON.parse(text);
  rewrites.apply(representation);
  return JSON.stringify(representation);
}
