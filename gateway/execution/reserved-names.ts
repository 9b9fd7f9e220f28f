// Names that a client may use and the stock executor may not: it gives the variable `$representations` a meaning of its
// own and fails on an operation that has one.
import { visit, type VariableNode } from "graphql";

import { toOperation, type Operation } from "../operation/operation.ts";

type Variables = Readonly<Record<string, unknown>>;

export interface ReservedNames {
  /** The same request under other names; the very same one where none is reserved. */
  rename(operation: Operation, variables: Variables): { readonly operation: Operation; readonly variables: Variables };
}

const RESERVED = "representations";

/** Remembers each renamed operation for as long as the original lives. */
export function createReservedNames(): ReservedNames {
  const renamed = new WeakMap<Operation, { readonly operation: Operation; readonly name: string }>();
  return {
    rename: (operation, variables) => {
      const names = (operation.definition.variableDefinitions ?? []).map((definition) => definition.variable.name.value);
      if (!names.includes(RESERVED)) return { operation, variables: pick(variables, names) };
      const known = renamed.get(operation) ?? renameIn(operation, freeName(names));
      renamed.set(operation, known);
      const { [RESERVED]: value, ...others } = pick(variables, names);
      return { operation: known.operation, variables: value === undefined ? others : { ...others, [known.name]: value } };
    },
  };
}

/** The variables that the operation defines, own properties under any name. */
function pick(variables: Variables, names: readonly string[]): Variables {
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(variables, name) ? [[name, variables[name]]] : [])));
}

function freeName(names: readonly string[]): string {
  let name = `${RESERVED}_`;
  while (names.includes(name)) name += "_";
  return name;
}

function renameIn(operation: Operation, name: string): { readonly operation: Operation; readonly name: string } {
  const Variable = (node: VariableNode): VariableNode | undefined =>
    node.name.value === RESERVED ? { ...node, name: { ...node.name, value: name } } : undefined;
  const fragments = new Map([...operation.fragments].map(([key, fragment]) => [key, visit(fragment, { Variable })]));
  return { operation: toOperation(visit(operation.definition, { Variable }), fragments), name };
}
