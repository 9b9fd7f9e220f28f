// Whether @skip and @include leave a selection in, for the variables of one request.
import { Kind, type OperationDefinitionNode, type SelectionNode, type ValueNode } from "graphql";

export type Variables = Readonly<Record<string, unknown>>;

/** `variables` are the client's; defaults come from the operation's definitions. */
export function isIncluded(node: SelectionNode, operation: OperationDefinitionNode, variables: Variables): boolean {
  return (node.directives ?? []).every((directive) => {
    const name = directive.name.value;
    if (name !== "skip" && name !== "include") return true;
    const condition = directive.arguments?.find((argument) => argument.name.value === "if")?.value;
    return isTrue(condition, operation, variables) === (name === "include");
  });
}

/** The value of a boolean variable. */
export function isVariableTrue(name: string, operation: OperationDefinitionNode, variables: Variables): boolean {
  // Variables are named by clients: `__proto__` is a name like any other.
  if (Object.hasOwn(variables, name) && variables[name] !== undefined) return variables[name] === true;
  const definition = operation.variableDefinitions?.find((node) => node.variable.name.value === name);
  return isTrue(definition?.defaultValue, operation, variables);
}

function isTrue(value: ValueNode | undefined, operation: OperationDefinitionNode, variables: Variables): boolean {
  if (value?.kind === Kind.BOOLEAN) return value.value;
  if (value?.kind !== Kind.VARIABLE) return false;
  return isVariableTrue(value.name.value, operation, variables);
}
