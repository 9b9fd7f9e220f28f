// What the supergraph's types say about names, looked up once for each plan and not once for each object.
import { isAbstractType, isObjectType, type GraphQLSchema } from "graphql";

export interface TypeNames {
  /** The names themselves and those of all object types behind them. */
  behind(names: readonly string[]): ReadonlySet<unknown>;
  isObject(name: unknown): boolean;
}

/** `schema` has all types of the supergraph, those that clients cannot see included. */
export function createTypeNames(schema: GraphQLSchema): TypeNames {
  return {
    behind: (names) => new Set(names.flatMap((name) => [name, ...namesBehind(schema, name)])),
    isObject: (name) => typeof name === "string" && isObjectType(schema.getType(name)),
  };
}

function namesBehind(schema: GraphQLSchema, name: string): string[] {
  const type = schema.getType(name);
  if (!isAbstractType(type)) return [];
  const { objects, interfaces } = "getInterfaces" in type ? schema.getImplementations(type) : { objects: type.getTypes(), interfaces: [] };
  return [...objects, ...interfaces].map((member) => member.name);
}
