// What the specification of @defer asks of an operation and graphql-js 16 does not check: each label is a text written in
// the document, no two are equal, and no root field of a mutation is deferred, because those run one after the other.
import {
  Kind,
  visit,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

import { gatewayError } from "../errors.ts";

/** `document` is the operation with its fragments. Throws GRAPHQL_VALIDATION_FAILED. */
export function assertDefers({ document, definition, fragments }: Asked): void {
  const labels = new Set<string>();
  visit(document, {
    Directive: (node) => {
      const label = node.name.value === "defer" ? argumentOf(node, "label") : undefined;
      if (label === undefined || label.kind === Kind.NULL) return;
      if (label.kind !== Kind.STRING) throw invalid("Expected the label of @defer to be a string, got a variable.");
      if (labels.has(label.value)) throw invalid(`Expected each label of @defer to be used once, got ${JSON.stringify(label.value)} again.`);
      labels.add(label.value);
    },
  });
  if (definition.operation === "mutation") assertRoot(definition.selectionSet, fragments, new Set());
}

interface Asked {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

function assertRoot({ selections }: SelectionSetNode, fragments: Asked["fragments"], seen: Set<string>): void {
  for (const node of selections) {
    if (node.kind === Kind.FIELD) continue;
    if (node.directives?.some(mayDefer)) throw invalid("Expected the root fields of a mutation not to be deferred, got @defer around one.");
    if (node.kind === Kind.INLINE_FRAGMENT) assertRoot(node.selectionSet, fragments, seen);
    else if (!seen.has(node.name.value)) {
      seen.add(node.name.value);
      const fragment = fragments.get(node.name.value);
      if (fragment !== undefined) assertRoot(fragment.selectionSet, fragments, seen);
    }
  }
}

/** `@defer(if: false)` says that it does not. */
function mayDefer(node: DirectiveNode): boolean {
  if (node.name.value !== "defer") return false;
  const condition = argumentOf(node, "if");
  return condition?.kind !== Kind.BOOLEAN || condition.value;
}

function argumentOf({ arguments: given = [] }: DirectiveNode, name: string) {
  return given.find((argument) => argument.name.value === name)?.value;
}

function invalid(detail: string): Error {
  return gatewayError("GRAPHQL_VALIDATION_FAILED", { detail });
}
