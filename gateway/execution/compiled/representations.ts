// What is sent of an object so that another subgraph knows which entity is meant: written as text straight from the tree,
// because text is what is compared and what is sent.
import type { EntityFetch, RequiredSelection } from "../../planning/planning.ts";
import { compileRewrites, type CompiledRewrites } from "./rewrites.ts";
import { isInherited, isTree, readMember, type Tree } from "./tree.ts";
import type { TypeNames } from "./types.ts";

/** The representation of an object as JSON; null where it is of no type to be asked for, or lacks what is required. */
export type WriteRepresentation = (object: Tree) => string | null;

export function compileRepresentation({ requires, inputRewrites }: Pick<EntityFetch, "requires" | "inputRewrites">, types: TypeNames): WriteRepresentation {
  const members = compileMembers(requires, types);
  const rewrites = compileRewrites(inputRewrites, types);
  return (object) => {
    const fields = members.of(object["__typename"]);
    // What cannot be told the type of is no entity.
    if (fields[0]?.name !== "__typename") return null;
    const text = writeFields(fields, object);
    return text === undefined || rewrites === null ? (text ?? null) : rewrite(text, rewrites);
  };
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
  if (members === null || value === null || value === undefined) return typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) as string | undefined);
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
