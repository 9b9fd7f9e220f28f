// A policy: for each type of a schema, who reads its rows and its fields, as a table that a lawyer can read. What is not
// in the table is a mistake that keeps the subgraph from starting, so that nothing is readable because nobody thought of
// it (code pénal 226-13: deny by default, per field).
import { getNullableType, isInterfaceType, isNonNullType, isObjectType, type GraphQLInterfaceType, type GraphQLObjectType, type GraphQLSchema } from "graphql";

import type { Subject } from "./decision.ts";
import type { DataCategory, WithheldReason } from "./vocabulary.ts";

/** A line of `domain.md` §3 (L1 to L19) and the article that it stands on. */
export interface Law {
  readonly rule: `L${number}`;
  readonly article: string;
}

export type FieldRule =
  /** Whoever reads the row reads it. */
  | { readonly kind: "open"; readonly why: string; readonly less?: Less }
  /** Decided for the person, the purpose and this category; null where refused. */
  | ({ readonly kind: "category"; readonly category: DataCategory; readonly rows?: RowRule } & Law)
  /** Nobody reads it. */
  | ({ readonly kind: "never" } & Law)
  /** Of a row that is read, for some of those who read it only; null for the others. */
  | ({ readonly kind: "reserved" } & Reserve & Law)
  /** Answered by the policy itself: what of the type is hidden from the caller. `others`: fields that other subgraphs add. */
  | { readonly kind: "withheld"; readonly others: Readonly<Record<string, OtherField>> };

export interface Reserve {
  /** Why a row that is not open is hidden. */
  readonly reason: WithheldReason | ((row: never, context: never) => WithheldReason);
  /** Of the row and the request's context. */
  readonly isOpen: (row: never, context: never) => boolean | Promise<boolean>;
}

/**
 * Of a row that is read and the request's context: why the caller finds less there than there is, as the queries have it; null
 * where they do not, or where not even that may be told. It is told without a number.
 */
export type Less = (row: never, context: never) => WithheldReason | null | Promise<WithheldReason | null>;

export interface OtherField {
  readonly category: DataCategory;
  /** Of `@requiresScopes`. */
  readonly scopes?: readonly (readonly string[])[];
}

/** For lists whose rows are of several categories. */
export interface RowRule {
  /** Beside the field's own. Null: nothing more is asked for this row. */
  readonly categoryOf: (row: never) => DataCategory | null;
  /** Rows of which not even the number may be told: all, or those of one category. */
  readonly secret?: boolean | DataCategory;
}

export type TypeRule =
  /** No person is in it. */
  | { readonly kind: "public"; readonly why: string }
  /** Read where a field of another type was allowed, and nowhere else. */
  | PartRule
  /** Rows about a person. */
  | PersonRule
  /** Query and Mutation: which rows a field can reach. */
  | { readonly kind: "root"; readonly fields: Readonly<Record<string, string>> };

export interface PartRule {
  readonly kind: "part";
  readonly of: string;
  readonly fields: readonly string[];
  /** A page of rows of this type, whose `withheld` says what of them is hidden, beside what the page itself brings under that name. */
  readonly rows?: string;
}

export interface PersonRule {
  readonly kind: "person";
  /** Which rows a caller reaches, as the subgraph's queries have it. */
  readonly rows: string;
  readonly subject: (row: never) => Subject;
  readonly fields: Readonly<Record<string, FieldRule>>;
  /** Its rows are those of the type that has it as a field of this name, so that what it hides is told there. */
  readonly inside?: string;
  /** Its rows are among those of this list: of how many something is hidden is told where the list is. */
  readonly among?: string;
}

export type Policy = Readonly<Record<string, TypeRule>>;

/** A policy that does not fit its schema. The message names each place. */
export class PolicyError extends Error {}

export const open = (why: string, less?: Less): FieldRule => ({ kind: "open", why, ...(less !== undefined && { less }) });
export const category = (name: DataCategory, rule: Law["rule"], article: string, rows?: RowRule): FieldRule =>
  ({ kind: "category", category: name, rule, article, ...(rows !== undefined && { rows }) });
export const never = (rule: Law["rule"], article: string): FieldRule => ({ kind: "never", rule, article });
export const reserved = (reserve: Reserve, rule: Law["rule"], article: string): FieldRule => ({ kind: "reserved", ...reserve, rule, article });
export const withheld = (others: Readonly<Record<string, OtherField>> = {}): FieldRule => ({ kind: "withheld", others });
export const publicType = (why: string): TypeRule => ({ kind: "public", why });
/** The same line for several types. */
export const publicTypes = (why: string, ...names: readonly string[]): Policy => Object.fromEntries(names.map((name) => [name, publicType(why)]));
export const part = (of: string, ...fields: readonly string[]): TypeRule => ({ kind: "part", of, fields });
/** A Relay connection of rows about people. */
export const connection = (of: string, rows: string, ...others: readonly string[]): TypeRule =>
  ({ kind: "part", of, rows, fields: ["edges", "nodes", "pageInfo", "totalCount", "withheld", ...others] });

export function whyReserved({ reason }: Reserve, row: unknown, context: unknown): WithheldReason {
  return typeof reason === "function" ? reason(row as never, context as never) : reason;
}

/** Throws PolicyError unless each type and each field that needs a line has one, and each line something to speak of. */
export function checkPolicy(policy: Policy, schema: GraphQLSchema): void {
  const types = Object.values(schema.getTypeMap()).filter(isChecked);
  const names = types.map(({ name }) => name);
  const problems = [
    ...Object.keys(policy).flatMap((name) => (names.includes(name) ? [] : [`There is no type ${name}${nearest(name, names)}.`])),
    ...types.flatMap((type) => checkType(type, policy[type.name])),
  ];
  if (problems.length > 0) throw new PolicyError(`The policy does not fit the schema.\n${problems.join("\n")}`);
}

function isChecked(type: unknown): type is GraphQLObjectType | GraphQLInterfaceType {
  return (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith("_");
}

function checkType(type: GraphQLObjectType | GraphQLInterfaceType, rule: TypeRule | undefined): string[] {
  // What an interface has its types have, each with a line of its own.
  if (isInterfaceType(type)) return [];
  if (rule === undefined) return [`The type ${type.name} has no line.`];
  if (rule.kind === "public") return [];
  const lines = rule.kind === "part" ? rule.fields : Object.keys(rule.fields);
  const fields = Object.keys(type.getFields()).filter((name) => !name.startsWith("_"));
  return [
    ...fields.filter((name) => !lines.includes(name)).map((name) => `The field ${type.name}.${name} has no line.`),
    ...lines.filter((name) => !fields.includes(name)).map((name) => `There is no field ${type.name}.${name}${nearest(name, fields)}.`),
    ...(rule.kind === "person" ? Object.entries(rule.fields).flatMap(([name, line]) => checkField(type, name, line)) : []),
  ];
}

/** What may be refused must be able to be null, or a refusal would take away everything around it. */
function checkField(type: GraphQLObjectType, name: string, line: FieldRule): string[] {
  const field = type.getFields()[name];
  if (field === undefined || line.kind === "open" || line.kind === "withheld") return [];
  return isNonNullType(field.type) ? [`The field ${type.name}.${name} may be refused: expected ${String(getNullableType(field.type))}, got ${String(field.type)}.`] : [];
}

/** `, did you mean X?` for the known name that is the least typing away; nothing where none is near. */
function nearest(name: string, known: readonly string[]): string {
  const [best] = known
    .map((other) => ({ other, distance: distanceOf(name, other) }))
    .sort((one, two) => one.distance - two.distance);
  return best !== undefined && best.distance <= Math.ceil(name.length / 3) ? `, did you mean ${best.other}?` : "";
}

/** Levenshtein's, by rows. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (const [index, second] of [...other].entries()) {
      const swap = (row[index] ?? 0) + (letter === second ? 0 : 1);
      next.push(Math.min(swap, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
