// The form in which an operation is planned, so that those that differ only in layout, name, fragments or scalar literals
// share one plan: fragments spread out, equal selections merged, and each literal of a built-in scalar a variable.
//
//   query A { user(id: "1") { ...F } } fragment F on User { name }   ╮
//   { user(id: "2") { name } }                                       ╯→  query ($_l0: ID!) { user(id: $_l0) { name } }
//
// The answer is printed by the client's own operation, so nothing of this shows there. What stays as it is: enum values and
// values of custom scalars, which a subgraph may read otherwise when they are variables; arguments of directives and
// defaults of variables. Equal values of one type are one variable: fields of one response name must have equal arguments.
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isListType,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
  parseType,
  visit,
  type ArgumentNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLSchema,
  type ObjectFieldNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
  type VariableDefinitionNode,
} from "graphql";

import { toOperation, type Operation } from "../operation/operation.ts";
import { normaliseRoot } from "./normalise.ts";
import { freePrefix } from "./response-names.ts";

export interface SharedForm {
  readonly operation: Operation;
  /** Of the variables that stand for literals, by their names; null where there are none. */
  readonly values: Readonly<Record<string, unknown>> | null;
}

/** `operation` is without @skip and @include, and valid in `schema`. */
export function toSharedForm(operation: Operation, schema: GraphQLSchema): SharedForm {
  const { definition, fragments } = operation;
  const root = schema.getRootType(definition.operation);
  // A directive may mean that the fragment which carries it is to stay one.
  if (root == null || hasDirectives(operation)) return { operation, values: null };
  const normalised = normaliseRoot({ schema, fragments }, root, definition.selectionSet);
  if (normalised.selections.length === 0) return { operation, values: null };
  const { name: _, variableDefinitions = [], ...nameless } = definition;
  const names = new Set(variableDefinitions.map(({ variable }) => variable.name.value));
  const lifting: Lifting = { schema, prefix: freePrefix("_l", names), known: new Map(), definitions: [], values: {} };
  const selectionSet = liftSet(lifting, root, normalised);
  const { definitions, values } = lifting;
  const shared = toOperation({ ...nameless, variableDefinitions: [...variableDefinitions, ...definitions], selectionSet }, new Map());
  return { operation: shared, values: definitions.length === 0 ? null : values };
}

function hasDirectives({ document }: Operation): boolean {
  let found = false;
  visit(document, { Directive: () => void (found = true) });
  return found;
}

interface Lifting {
  readonly schema: GraphQLSchema;
  readonly prefix: string;
  /** Type and value → the variable that stands for it. */
  readonly known: Map<string, ValueNode>;
  readonly definitions: VariableDefinitionNode[];
  readonly values: Record<string, unknown>;
}

function liftSet(lifting: Lifting, parent: GraphQLCompositeType, set: SelectionSetNode): SelectionSetNode {
  return { ...set, selections: set.selections.map((node) => liftSelection(lifting, parent, node)) };
}

function liftSelection(lifting: Lifting, parent: GraphQLCompositeType, node: SelectionNode): SelectionNode {
  if (node.kind === Kind.FRAGMENT_SPREAD) return node;
  if (node.kind === Kind.INLINE_FRAGMENT) {
    const type = node.typeCondition === undefined ? parent : lifting.schema.getType(node.typeCondition.name.value);
    return isCompositeType(type) ? { ...node, selectionSet: liftSet(lifting, type, node.selectionSet) } : node;
  }
  const field = "getFields" in parent ? parent.getFields()[node.name.value] : undefined;
  if (field === undefined) return node;
  const type = getNamedType(field.type);
  return {
    ...node,
    ...(node.arguments !== undefined && { arguments: node.arguments.map((given) => liftMember(lifting, given, field.args.find(({ name }) => name === given.name.value))) }),
    ...(node.selectionSet !== undefined && isCompositeType(type) && { selectionSet: liftSet(lifting, type, node.selectionSet) }),
  };
}

/** An argument, or a field of an input object. */
function liftMember<Member extends ArgumentNode | ObjectFieldNode>(lifting: Lifting, given: Member, declared: Pick<GraphQLArgument, "type"> | undefined): Member {
  return declared === undefined ? given : { ...given, value: liftValue(lifting, declared.type, given.value) };
}

function liftValue(lifting: Lifting, type: GraphQLInputType, node: ValueNode): ValueNode {
  const nullable = getNullableType(type);
  if (node.kind === Kind.OBJECT && isInputObjectType(nullable)) {
    return { ...node, fields: node.fields.map((member) => liftMember(lifting, member, nullable.getFields()[member.name.value])) };
  }
  const value = readValue(type, node);
  return value === undefined || value === null ? node : variableFor(lifting, `${String(nullable)}!`, value);
}

/** What the literal is as JSON; undefined for one that had better stay a literal. */
function readValue(type: GraphQLInputType, node: ValueNode): unknown {
  const nullable = getNullableType(type);
  if (node.kind === Kind.NULL) return null;
  if (node.kind === Kind.LIST && isListType(nullable)) {
    const items = node.values.map((item) => readValue(nullable.ofType, item));
    return items.includes(undefined) ? undefined : items;
  }
  if (!isScalarType(nullable) || !isSpecifiedScalarType(nullable)) return undefined;
  if (node.kind === Kind.BOOLEAN || node.kind === Kind.STRING) return node.value;
  if (node.kind !== Kind.INT && node.kind !== Kind.FLOAT) return undefined;
  if (nullable.name === "ID") return node.value;
  const value = Number(node.value);
  // JSON has neither.
  return Number.isFinite(value) && !Object.is(value, -0) ? value : undefined;
}

/** It cannot be null, so that it may stand wherever its type may. */
function variableFor({ known, definitions, values, prefix }: Lifting, type: string, value: unknown): ValueNode {
  const key = `${type} ${JSON.stringify(value)}`;
  const same = known.get(key);
  if (same !== undefined) return same;
  const name = `${prefix}${definitions.length}`;
  const variable = { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } } as const;
  definitions.push({ kind: Kind.VARIABLE_DEFINITION, variable, type: parseType(type, { noLocation: true }) });
  values[name] = value;
  known.set(key, variable);
  return variable;
}
