// Selections of everything that a schema has below a type, and what answers to them mean: which object is of which type.
import { getNamedType, isCompositeType, isInterfaceType, isObjectType, isUnionType, type GraphQLField, type GraphQLNamedType, type GraphQLObjectType, type GraphQLSchema } from "graphql";

/** Everything below a type, as text with braces; what `stop` says, and what holds itself, is shown by its key alone. */
export function selectAll(schema: GraphQLSchema, type: GraphQLNamedType, stop: (type: GraphQLNamedType) => boolean): string {
  const inside = (one: GraphQLNamedType): boolean => one === type || stop(one);
  const shown = (one: GraphQLNamedType): string => (inside(one) ? keyOf(one) : selectAll(schema, one, inside));
  if (isInterfaceType(type) || isUnionType(type)) {
    return `{ __typename ${schema.getPossibleTypes(type).map((one) => `... on ${one.name} ${shown(one)}`).join(" ")} }`;
  }
  if (!isObjectType(type)) return "";
  return `{ __typename ${askable(type).map((field) => `${field.name} ${below(field, shown)}`).join(" ")} }`;
}

function below({ type }: GraphQLField<unknown, unknown>, shown: (type: GraphQLNamedType) => string): string {
  const named = getNamedType(type);
  return isCompositeType(named) ? shown(named) : "";
}

/** The fields that take no argument that must be given. */
function askable(type: GraphQLObjectType): GraphQLField<unknown, unknown>[] {
  return Object.values(type.getFields()).filter(({ args }) => args.every((arg) => arg.defaultValue !== undefined || !String(arg.type).endsWith("!")));
}

function keyOf(type: GraphQLNamedType): string {
  if (!isObjectType(type)) return "{ __typename }";
  const key = ["id", "code"].find((name) => name in type.getFields());
  return key === undefined ? "{ __typename }" : `{ __typename ${key} }`;
}
