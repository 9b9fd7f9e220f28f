// The one operation of a client's document that is to run, small enough to be planned, with a name for it that does not
// depend on how it was written.
import { createHash } from "node:crypto";

import {
  Kind,
  print,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

import { gatewayError } from "../errors.ts";
import { assertDefers } from "./defer-rules.ts";
import { countSelections, type Fragments } from "./size.ts";

export interface Operation {
  /** The operation and the fragments that it uses, nothing else. */
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly fragments: Fragments;
  readonly name: string | null;
  /** SHA-256 of the document's text, hexadecimal: equal for documents that differ in layout only. */
  readonly fingerprint: string;
}

/**
 * `document` is valid; `limit` is the most selections that the operation may have with its fragments spread out.
 * Throws OPERATION_RESOLUTION_FAILURE, OPERATION_TOO_LARGE, GRAPHQL_VALIDATION_FAILED or BAD_REQUEST.
 */
export function readOperation(document: DocumentNode, operationName: string | null, limit: number): Operation {
  const definition = selectOperation(document, operationName);
  const all = fragmentsOf(document);
  if (countSelections(definition, all) > limit) throw gatewayError("OPERATION_TOO_LARGE", { limit });
  const operation = toOperation(definition, usedFragments(definition.selectionSet, all));
  refuseReservedAlias(operation.document);
  assertDefers(operation);
  return operation;
}

/** An operation of these parts. Fragments are put in the order of their names. */
export function toOperation(definition: OperationDefinitionNode, fragments: Fragments): Operation {
  const ordered = [...fragments.values()].sort((one, other) => (one.name.value < other.name.value ? -1 : 1));
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [definition, ...ordered] };
  const fingerprint = createHash("sha256").update(print(document)).digest("hex");
  return { document, definition, fragments, name: definition.name?.value ?? null, fingerprint };
}

function selectOperation(document: DocumentNode, operationName: string | null): OperationDefinitionNode {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const named = operationName === null ? operations : operations.filter((node) => node.name?.value === operationName);
  const [chosen] = named;
  if (chosen === undefined && operationName === null) throw unresolved("Expected an operation, got none.");
  if (chosen === undefined) throw unresolved(`Expected the name of an operation of the document, got ${JSON.stringify(operationName)}.`);
  if (named.length > 1) throw unresolved("Expected `operationName` to choose one of the document's operations, got none.");
  if (chosen.operation === "subscription") throw unresolved("Expected a query or a mutation, got a subscription, which this gateway does not answer.");
  return chosen;
}

function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((node) => [node.name.value, node]));
}

/** Those of `all` that are spread from here, directly or by others. */
export function usedFragments(start: SelectionSetNode, all: Fragments): Fragments {
  const used = new Map<string, FragmentDefinitionNode>();
  const pending = [start];
  for (let set = pending.pop(); set !== undefined; set = pending.pop()) {
    for (const node of set.selections) {
      if (node.kind !== Kind.FRAGMENT_SPREAD) {
        if (node.selectionSet !== undefined) pending.push(node.selectionSet);
        continue;
      }
      const fragment = all.get(node.name.value);
      if (fragment === undefined || used.has(node.name.value)) continue;
      used.set(node.name.value, fragment);
      pending.push(fragment.selectionSet);
    }
  }
  return used;
}

/** Execution tells the types of objects apart by `__typename`, so no other field may answer under that name. */
function refuseReservedAlias(document: DocumentNode): void {
  visit(document, {
    Field: (node) => {
      if (node.alias?.value === "__typename" && node.name.value !== "__typename") {
        throw gatewayError("BAD_REQUEST", { expected: "an alias that is not reserved, got `__typename`" });
      }
    },
  });
}

function unresolved(detail: string): Error {
  return gatewayError("OPERATION_RESOLUTION_FAILURE", { detail });
}
