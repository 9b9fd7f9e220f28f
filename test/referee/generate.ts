// Random operations over an API schema, by a seed: fields under their own and under dangerous names, arguments as
// literals and as variables (nested ones, omitted ones, ones with defaults), fragments of both kinds, @skip and @include,
// `__typename`, introspection. What is generated may be invalid where selections of one name meet; it is then thrown away.
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  validate,
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
} from "graphql";

import { createRandom, type Random } from "./random.ts";

export interface Asked {
  readonly text: string;
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Equal seeds give equal operations. */
export function generateOperation(schema: GraphQLSchema, seed: number): Asked {
  for (let attempt = 0; ; attempt++) {
    const { text, variables } = draft(schema, createRandom(seed * 1_000 + attempt));
    const document = parse(text, { noLocation: true });
    if (validate(schema, document).length === 0) return { text, document, variables };
    if (attempt > 500) throw new Error(`Expected a valid operation of the seed ${seed}, got only invalid ones.`);
  }
}

interface Draft {
  readonly schema: GraphQLSchema;
  readonly random: Random;
  readonly variableDefinitions: string[];
  readonly variables: Record<string, unknown>;
  readonly fragments: { readonly name: string; readonly type: GraphQLCompositeType; readonly text: string }[];
  /** Selections that may still be made. */
  budget: number;
  names: number;
}

/** What stands under a response name of a merged selection set. */
type Scope = Map<string, { readonly signature: string; readonly scope: Scope }>;

const DANGEROUS = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "then", "length", "_entities", "representations", "data", "toJSON"];
const VARIABLE_NAMES = ["representations", "__proto__", "constructor", "representations_0", "_v0_representations", "id", "__inputs"];

function draft(schema: GraphQLSchema, random: Random): { readonly text: string; readonly variables: Record<string, unknown> } {
  const state: Draft = { schema, random, variableDefinitions: [], variables: Object.create(null) as Record<string, unknown>, fragments: [], budget: 6 + random.below(28), names: 0 };
  const mutation = schema.getMutationType();
  const isMutation = mutation != null && random.chance(0.25);
  const root = isMutation ? mutation : schema.getQueryType();
  if (root == null) throw new Error("Expected a schema with a query type, got none.");
  const set = printSet(state, root, { depth: 0, scope: new Map(), isRoot: true });
  const definitions = state.variableDefinitions.length === 0 ? "" : `(${state.variableDefinitions.join(", ")})`;
  const fragments = state.fragments.filter(({ name }) => isUsed(name, set, state)).map(({ name, type, text }) => `fragment ${name} on ${type.name} ${text}`);
  return { text: [`${isMutation ? "mutation" : "query"} Op${definitions} ${set}`, ...fragments].join("\n"), variables: state.variables };
}

function isUsed(name: string, set: string, { fragments }: Draft): boolean {
  const pattern = new RegExp(`\\.\\.\\.${name}\\b`);
  return pattern.test(set) || fragments.some((other) => other.name !== name && pattern.test(other.text) && isUsed(other.name, set, { fragments } as Draft));
}

interface Place {
  readonly depth: number;
  readonly scope: Scope;
  readonly isRoot?: boolean;
}

const MOST_DEPTH = 6;

function printSet(state: Draft, type: GraphQLCompositeType, place: Place): string {
  const { random } = state;
  const count = 1 + random.below(place.depth < 2 ? 4 : 3);
  const parts: string[] = [];
  for (let made = 0; made < count; made++) {
    if (made > 0 && state.budget <= 0) break;
    state.budget -= 1;
    parts.push(printSelection(state, type, place));
  }
  return `{ ${parts.join(" ")} }`;
}

function printSelection(state: Draft, type: GraphQLCompositeType, place: Place): string {
  const { random } = state;
  const canNest = place.depth < MOST_DEPTH && state.budget > 0;
  if (canNest && random.chance(isAbstractType(type) ? 0.45 : 0.12)) return printFragment(state, type, place);
  const fields = isObjectType(type) || "getFields" in type ? Object.values(type.getFields()) : [];
  const usable = fields.filter((field) => canNest || isLeafType(getNamedType(field.type)));
  if (place.isRoot === true && state.schema.getQueryType() === type && random.chance(0.015)) return printIntrospection(state);
  if (usable.length === 0 || random.chance(0.06)) return `${random.chance(0.3) ? `${aliasFor(state)}: ` : ""}__typename${printConditions(state)}`;
  return printField(state, type, random.pick(usable), place);
}

function printIntrospection({ schema, random }: Draft): string {
  const names = Object.keys(schema.getTypeMap()).filter((name) => !name.startsWith("__"));
  if (random.chance(0.5)) return "__schema { queryType { name } mutationType { name fields { name } } subscriptionType { name } }";
  return `t: __type(name: "${random.pick(names)}") { name kind fields { name type { kind name ofType { name } } } enumValues { name } }`;
}

function printFragment(state: Draft, type: GraphQLCompositeType, place: Place): string {
  const { random } = state;
  const condition = random.pick(conditionsFor(state, type));
  if (random.chance(0.35)) return `...${nameOfFragment(state, condition, place)}${printConditions(state)}`;
  const text = printSet(state, condition, { depth: place.depth + 1, scope: place.scope });
  const head = condition === type && random.chance(0.3) ? "..." : `... on ${condition.name}`;
  return `${head}${printConditions(state)} ${text}`;
}

/** Types whose objects may be of this one, the type itself included. */
function conditionsFor({ schema }: Draft, type: GraphQLCompositeType): GraphQLCompositeType[] {
  const members = new Set(isAbstractType(type) ? schema.getPossibleTypes(type) : [type]);
  const all = Object.values(schema.getTypeMap()).filter((one) => isCompositeType(one) && !one.name.startsWith("__")) as GraphQLCompositeType[];
  return all.filter((one) => (isAbstractType(one) ? schema.getPossibleTypes(one) : [one]).some((member) => members.has(member)));
}

function nameOfFragment(state: Draft, type: GraphQLCompositeType, place: Place): string {
  const known = state.fragments.filter((fragment) => fragment.type === type);
  if (known.length > 0 && state.random.chance(0.5)) return state.random.pick(known).name;
  const text = printSet(state, type, { depth: place.depth + 1, scope: place.scope });
  const name = `F${state.fragments.length}`;
  state.fragments.push({ name, type, text });
  return name;
}

function printField(state: Draft, parent: GraphQLCompositeType, field: GraphQLField<unknown, unknown>, place: Place): string {
  const { random } = state;
  const args = printArguments(state, field.args);
  const type = getNamedType(field.type);
  const signature = `${field.name}${args}`;
  let name = random.chance(0.12) ? aliasFor(state) : field.name;
  const known = place.scope.get(name);
  if (known !== undefined && known.signature !== signature && !random.chance(isObjectType(parent) ? 0.1 : 0.02)) name = `a${state.names++}`;
  const scope: Scope = place.scope.get(name)?.scope ?? new Map();
  place.scope.set(name, { signature, scope });
  const conditions = printConditions(state);
  const set = isCompositeType(type) ? ` ${printSet(state, type, { depth: place.depth + 1, scope })}` : "";
  return `${name === field.name ? "" : `${name}: `}${signature}${conditions}${set}`;
}

function aliasFor(state: Draft): string {
  return state.random.chance(0.4) ? state.random.pick(DANGEROUS) : `x${state.random.below(4)}`;
}

function printConditions(state: Draft): string {
  const { random } = state;
  if (!random.chance(0.08)) return "";
  const directives = random.chance(0.2) ? ["skip", "include"] : [random.pick(["skip", "include"])];
  return directives.map((directive) => ` @${directive}(if: ${printCondition(state)})`).join("");
}

function printCondition(state: Draft): string {
  const { random } = state;
  if (random.chance(0.3)) return String(random.chance(0.6));
  const known = state.variableDefinitions.filter((definition) => /: Boolean!/.test(definition));
  if (known.length > 0 && random.chance(0.5)) return random.pick(known).split(":")[0] ?? "true";
  const name = `if${state.variableDefinitions.length}`;
  const hasDefault = random.chance(0.3);
  state.variableDefinitions.push(`$${name}: Boolean!${hasDefault ? ` = ${random.chance(0.5)}` : ""}`);
  if (!hasDefault || random.chance(0.5)) state.variables[name] = random.chance(0.5);
  return `$${name}`;
}

function printArguments(state: Draft, args: readonly GraphQLArgument[]): string {
  const printed = args.flatMap((argument) => (isOptional(argument) && state.random.chance(0.35) ? [] : [`${argument.name}: ${printInput(state, argument.type, argument, 0)}`]));
  return printed.length === 0 ? "" : `(${printed.join(", ")})`;
}

function isOptional(argument: GraphQLArgument | GraphQLInputField): boolean {
  return !isNonNullType(argument.type) || argument.defaultValue !== undefined;
}

/** A literal or a variable, or a literal with variables inside. */
function printInput(state: Draft, type: GraphQLInputType, argument: GraphQLArgument | GraphQLInputField | null, depth: number): string {
  const { random } = state;
  if (random.chance(0.35)) return printVariable(state, type, argument, depth);
  if (!isNonNullType(type) && random.chance(0.08)) return "null";
  const bare = isNonNullType(type) ? type.ofType : type;
  if (isListType(bare)) {
    if (random.chance(0.1) && !isListType(bare.ofType)) return printInput(state, bare.ofType, null, depth + 1);
    return `[${Array.from({ length: random.below(3) }, () => printInput(state, bare.ofType, null, depth + 1)).join(", ")}]`;
  }
  if (isInputObjectType(bare)) {
    const fields = Object.values(bare.getFields()).filter((field) => !isOptional(field) || (depth < 3 && random.chance(0.6)));
    return `{ ${fields.map((field) => `${field.name}: ${printInput(state, field.type, field, depth + 1)}`).join(", ")} }`;
  }
  const value = leafValue(state, bare);
  return isEnumType(bare) ? String(value) : printJson(value);
}

/** JSON as a GraphQL literal. */
function printJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printJson).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value).map(([name, member]) => `${name}: ${printJson(member)}`).join(", ")} }`;
}

function printVariable(state: Draft, type: GraphQLInputType, argument: GraphQLArgument | GraphQLInputField | null, depth: number): string {
  const { random } = state;
  const wanted = random.pick(VARIABLE_NAMES);
  const isTaken = state.variableDefinitions.some((definition) => definition.startsWith(`$${wanted}:`));
  const name = !isTaken && random.chance(0.25) ? wanted : `v${state.variableDefinitions.length}`;
  const value = inputValue(state, type, depth);
  const isRequired = isNonNullType(type) && argument?.defaultValue === undefined;
  const hasDefault = random.chance(0.25);
  const bare = isNonNullType(type) && hasDefault ? type.ofType : type;
  state.variableDefinitions.push(`$${name}: ${String(bare)}${hasDefault ? ` = ${printConstant(type, inputValue(state, type, depth))}` : ""}`);
  const mayOmit = hasDefault || (!isRequired && !isNonNullType(type));
  if (!mayOmit || random.chance(0.6)) Object.defineProperty(state.variables, name, { value, enumerable: true, configurable: true, writable: true });
  return `$${name}`;
}

function inputValue(state: Draft, type: GraphQLInputType, depth: number): unknown {
  const { random } = state;
  if (!isNonNullType(type) && random.chance(0.1)) return null;
  const bare = isNonNullType(type) ? type.ofType : type;
  if (isListType(bare)) return Array.from({ length: random.below(3) }, () => inputValue(state, bare.ofType, depth + 1));
  if (!isInputObjectType(bare)) return leafValue(state, bare);
  const fields = Object.values(bare.getFields()).filter((field) => !isOptional(field) || (depth < 3 && random.chance(0.5)));
  return Object.fromEntries(fields.map((field) => [field.name, inputValue(state, field.type, depth + 1)]));
}

function leafValue({ random }: Draft, type: GraphQLInputType): unknown {
  if (isEnumType(type)) return random.pick(type.getValues()).name;
  const { name } = getNamedType(type);
  if (name === "Int") return random.below(100) - 10;
  if (name === "Float") return random.below(100) / 4;
  if (name === "Boolean") return random.chance(0.5);
  if (name === "JSON") return random.pick<unknown>([{ a: [1, null], constructor: "x" }, [], "text", 7]);
  if (name === "ID" && random.chance(0.2)) return random.below(10);
  return random.pick(["a", "b \\ \" \u2028 é", "", "__proto__", "$v0", "{}"]);
}

function printConstant(type: GraphQLInputType, value: unknown): string {
  if (value === null) return "null";
  const bare = isNonNullType(type) ? type.ofType : type;
  if (isListType(bare)) return `[${(value as unknown[]).map((item) => printConstant(bare.ofType, item)).join(", ")}]`;
  if (!isInputObjectType(bare)) return isEnumType(bare) ? String(value) : printJson(value);
  const fields = bare.getFields();
  const members = Object.entries(value as object).flatMap(([name, member]) => {
    const field = fields[name];
    return field === undefined ? [] : [`${name}: ${printConstant(field.type, member)}`];
  });
  return `{ ${members.join(", ")} }`;
}
