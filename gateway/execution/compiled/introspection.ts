// What clients ask about the schema itself: answered by graphql-js from the schema that clients see, and printed.
import { executeSync, Kind, type FieldNode } from "graphql";

import type { Selecting } from "./selections.ts";

/** `nodes` are those of one response name, a root field `__schema` or `__type`; JSON. */
export function printIntrospection({ operation, schema, variables }: Selecting, nodes: readonly FieldNode[]): string {
  const { definition, fragments } = operation;
  const selectionSet = { kind: Kind.SELECTION_SET, selections: nodes } as const;
  const document = { kind: Kind.DOCUMENT, definitions: [{ ...definition, selectionSet }, ...fragments.values()] } as const;
  const { data } = executeSync({ schema, document, variableValues: variables });
  const [value = null] = Object.values(data ?? {});
  return JSON.stringify(value);
}
