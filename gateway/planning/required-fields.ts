// The fields that a planner may ask for besides those of the client: what keys and `@requires` of a supergraph name.
import { Kind, parse, visit, type ConstDirectiveNode, type DocumentNode } from "graphql";

/** Names of fields, of whatever type and at whatever depth of a key or of what is required. */
export function readRequiredFields(supergraph: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(supergraph, {
    Directive: (node) => {
      for (const text of fieldSetsOf(node as ConstDirectiveNode)) {
        visit(parse(`{${text}}`, { noLocation: true }), { Field: ({ name }) => void names.add(name.value) });
      }
    },
  });
  return names;
}

/** By the join specification. */
function fieldSetsOf({ name, arguments: given = [] }: ConstDirectiveNode): string[] {
  const argument = name.value === "join__type" ? "key" : name.value === "join__field" ? "requires" : null;
  const value = given.find((one) => one.name.value === argument)?.value;
  return value?.kind === Kind.STRING ? [value.value] : [];
}
