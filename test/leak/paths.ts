// Every way through the API schema from a root field to what is about a person, as far as a depth; asked for by name, under
// aliases, in fragments, and through interfaces. What leads to nobody ends with its key.
import { getNamedType, isInterfaceType, isLeafType, isObjectType, type GraphQLField, type GraphQLNamedType, type GraphQLSchema } from "graphql";

import { ABOUT_NOBODY } from "./rests-on.ts";

export const FORMS = ["plain", "aliased", "fragments", "interfaces"] as const;
export type Form = (typeof FORMS)[number];

/** Selections with their size, so that many fit into one operation and none is too large. */
export interface Branch {
  readonly text: string;
  readonly size: number;
  /** How many ways end in it. */
  readonly paths: number;
}

/** What can be asked of a type, field by field. */
export function branchesOf(schema: GraphQLSchema, type: GraphQLNamedType, { depth, form }: { readonly depth: number; readonly form: Form }): Branch[] {
  if (isInterfaceType(type)) {
    const shared = form === "interfaces" ? fieldsOf(type).flatMap((field) => branchOf(schema, field, { depth, form })) : [];
    const own = schema.getPossibleTypes(type).flatMap((one) => {
      const fields = fieldsOf(one).filter(({ name }) => form !== "interfaces" || !(name in type.getFields()));
      return pack(fields.flatMap((field) => branchOf(schema, field, { depth, form })), MOST).map((some) => wrap(`... on ${one.name}`, some));
    });
    return [...shared, ...own];
  }
  return fieldsOf(type).flatMap((field) => branchOf(schema, field, { depth, form }));
}

function branchOf(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>, at: { readonly depth: number; readonly form: Form }): Branch[] {
  const { depth, form } = at;
  const type = getNamedType(field.type);
  const name = form === "aliased" ? `${ALIAS}${field.name}: ${field.name}` : field.name;
  if (depth === 0) return [];
  if (isLeafType(type)) return [{ text: name, size: 1, paths: 1 }];
  if (ABOUT_NOBODY.has(type.name) || depth === 1) return [{ text: `${name} { ${keyOf(type)} }`, size: 3, paths: 1 }];
  const below = branchesOf(schema, type, { depth: depth - 1, form });
  return pack(below, MOST).map((some) => {
    const inside = wrap(name, [{ text: keyOf(type), size: 3, paths: 1 }, ...some]);
    return form === "fragments" ? { ...inside, text: inside.text.replace("{", `{ ... on ${type.name} { ... @include(if: true) {`) + " } }", size: inside.size + 2 } : inside;
  });
}

/** What is larger is asked for in parts. */
const MOST = 100;

function wrap(head: string, branches: readonly Branch[]): Branch {
  return {
    text: `${head} { ${branches.map(({ text }) => text).join(" ")} }`,
    size: 1 + branches.reduce((sum, { size }) => sum + size, 0),
    paths: branches.reduce((sum, { paths }) => sum + paths, 0),
  };
}

const ALIAS = "as_";

/** The field that answers under a response name. */
export function fieldOf(responseName: string): string {
  return responseName.startsWith(ALIAS) ? responseName.slice(ALIAS.length) : responseName;
}

/** In as few operations as may be, none larger than `most` selections. */
export function pack(branches: readonly Branch[], most: number): Branch[][] {
  const packs: Branch[][] = [];
  let size = most;
  for (const branch of branches) {
    if (size + branch.size > most) {
      packs.push([]);
      size = 0;
    }
    packs.at(-1)?.push(branch);
    size += branch.size;
  }
  return packs;
}

export function keyOf(type: GraphQLNamedType): string {
  const fields = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
  const keys = ["id", "code"].filter((name) => name in fields).slice(0, 1);
  // A referral's status cannot be told by who only knows that there is a referral.
  return ["__typename", ...keys, ...(type.name === "Referral" ? ["status"] : [])].join(" ");
}

function fieldsOf(type: GraphQLNamedType): GraphQLField<unknown, unknown>[] {
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).filter(({ args }) => args.every((arg) => arg.defaultValue !== undefined || !String(arg.type).endsWith("!")));
}
