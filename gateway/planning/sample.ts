// An operation that nobody asked for, with which a planner's process gets its functions compiled before the first client's
// operation comes: objects within objects, a few fields each, from all over a type because subgraphs add theirs at its end.
import { getNamedType, isLeafType, isObjectType, isRequiredArgument, type GraphQLField, type GraphQLNamedType, type GraphQLObjectType, type GraphQLSchema } from "graphql";

const MOST_DEPTH = 3;
/** Of one object, so many leaves and so many objects. */
const MOST_FIELDS = 3;
/** So few that no planner takes long, whatever the supergraph. */
const MOST_SELECTIONS = 60;

/** `schema` is the supergraph's; null where it gives nothing to ask. */
export function printSample(schema: GraphQLSchema): string | null {
  const root = schema.getQueryType();
  if (root == null) return null;
  const sampling: Sampling = { variables: [], left: MOST_SELECTIONS };
  const set = printSet(sampling, root, 0);
  if (set === null) return null;
  return `query ${sampling.variables.length === 0 ? "" : `(${sampling.variables.join(", ")}) `}${set}`;
}

interface Sampling {
  readonly variables: string[];
  left: number;
}

function printSet(sampling: Sampling, type: GraphQLObjectType, depth: number): string | null {
  const fields = Object.values(type.getFields()).filter((field) => isShown(field) && isShown(getNamedType(field.type)));
  const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)));
  const objects = depth < MOST_DEPTH ? fields.filter((field) => isObjectType(getNamedType(field.type))) : [];
  const parts = [...spread(leaves), ...spread(objects)].flatMap((field) => printField(sampling, field, depth) ?? []);
  return parts.length === 0 ? null : `{ ${parts.join(" ")} }`;
}

function spread<Item>(items: readonly Item[]): readonly Item[] {
  const step = Math.max(1, items.length / MOST_FIELDS);
  return items.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

function printField(sampling: Sampling, field: GraphQLField<unknown, unknown>, depth: number): string | null {
  if (sampling.left <= 0) return null;
  sampling.left -= 1;
  const type = getNamedType(field.type);
  const set = isObjectType(type) ? printSet(sampling, type, depth + 1) : "";
  if (set === null) return null;
  const given = field.args.filter(isRequiredArgument).map((argument) => {
    const name = `v${sampling.variables.length}`;
    sampling.variables.push(`$${name}: ${String(argument.type)}`);
    return `${argument.name}: $${name}`;
  });
  return `${field.name}${given.length === 0 ? "" : `(${given.join(", ")})`} ${set}`;
}

function isShown({ astNode }: Pick<GraphQLField<unknown, unknown> | GraphQLNamedType, "astNode">): boolean {
  return astNode?.directives?.some(({ name }) => name.value === "inaccessible") !== true;
}
