// The part of an operation that planners are to see, in a form that none of them stumbles over. Introspection at the root
// needs no subgraph, so the executor answers it; and names of the client that a planner gives a meaning of its own are
// others while the plan is made.
import { Kind, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from "graphql";

import type { Operation } from "../operation/operation.ts";
import { renameVariables } from "./draft.ts";
import { normaliseRoot } from "./normalise.ts";
import { findClashes, renameResponses } from "./response-names.ts";

export interface Plannable {
  readonly document: DocumentNode;
  /** Name in `document` → the client's name, for variables that go by another name. */
  readonly variables: ReadonlyMap<string, string>;
  /** The same for names in the tree, with new names for what the planner itself asks for; null when none changed. */
  readonly responseNames: ReadonlyMap<string, string> | null;
}

export interface PlannableOptions {
  /** Of the supergraph. */
  readonly schema: GraphQLSchema;
  /** The fields that planners add. */
  readonly required: ReadonlySet<string>;
}

/** Null when introspection is all that is asked. */
export function toPlannable({ definition, fragments }: Pick<Operation, "definition" | "fragments">, { schema, required }: PlannableOptions): Plannable | null {
  const root = schema.getRootType(definition.operation);
  if (root == null) throw new TypeError(`Expected a supergraph with a ${definition.operation}, got one without.`);
  const selectionSet = normaliseRoot({ schema, fragments }, root, definition.selectionSet);
  if (selectionSet.selections.length === 0) return null;
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [{ ...definition, selectionSet }] };
  const clashes = findClashes(document, required);
  const renamed = clashes === null ? document : renameResponses(document, clashes.hidden);
  const variables = renamesOf(definition);
  const names = new Map([...variables].map(([name, original]) => [original, name]));
  return { document: names.size === 0 ? renamed : renameVariables(renamed, names), variables, responseNames: clashes?.restored ?? null };
}

/** How planners name the variables of representations. */
const RESERVED = /^(representations$|__batch_reps_)/;

function renamesOf({ variableDefinitions = [] }: OperationDefinitionNode): Map<string, string> {
  const names = variableDefinitions.map((definition) => definition.variable.name.value);
  const taken = new Set(names);
  return new Map(
    names.flatMap((original): [string, string][] => {
      if (!RESERVED.test(original)) return [];
      let name = `client_${original}`;
      while (taken.has(name)) name += "_";
      taken.add(name);
      return [[name, original]];
    }),
  );
}
