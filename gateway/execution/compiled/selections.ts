// What the client asked of objects of one type, in the order of its answer: the specification's CollectFields, made once
// for each type and each combination of the variables that @skip and @include use.
import { isAbstractType, Kind, type FieldNode, type GraphQLNamedType, type GraphQLSchema, type SelectionNode, type SelectionSetNode } from "graphql";

import { isIncluded, type Operation } from "../../operation/operation.ts";
import type { Variables } from "../executor.ts";

export interface Selecting {
  readonly operation: Operation;
  /** What clients may ask. */
  readonly schema: GraphQLSchema;
  /** Those of one combination. */
  readonly variables: Variables;
}

/** Response name → the fields that answer under it, the first of which gives it its name. */
export function collectFields({ operation, schema, variables }: Selecting, type: GraphQLNamedType, sets: readonly SelectionSetNode[]): ReadonlyMap<string, readonly [FieldNode, ...FieldNode[]]> {
  const fields = new Map<string, [FieldNode, ...FieldNode[]]>();
  const spread = new Set<string>();
  const visit = (node: SelectionNode): void => {
    if (!isIncluded(node, operation.definition, variables)) return;
    if (node.kind === Kind.FIELD) {
      const name = node.alias?.value ?? node.name.value;
      const same = fields.get(name);
      if (same === undefined) fields.set(name, [node]);
      else same.push(node);
      return;
    }
    if (node.kind === Kind.FRAGMENT_SPREAD) {
      if (spread.has(node.name.value)) return;
      spread.add(node.name.value);
    }
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : operation.fragments.get(node.name.value);
    if (fragment !== undefined && applies(schema, fragment.typeCondition?.name.value, type)) fragment.selectionSet.selections.forEach(visit);
  };
  for (const set of sets) set.selections.forEach(visit);
  return fields;
}

/** Whether what is asked of an object is another for some of the types behind an abstract type. */
export function dependsOnType(selecting: Selecting, type: GraphQLNamedType, sets: readonly SelectionSetNode[]): boolean {
  const { schema } = selecting;
  if (!isAbstractType(type)) return false;
  const [first, ...others] = schema.getPossibleTypes(type).map((one) => fieldsFor(selecting, one, sets));
  return first !== undefined && others.concat(fieldsFor(selecting, type, sets)).some((fields) => fields.size !== first.size || [...fields].some((field) => !first.has(field)));
}

function fieldsFor(selecting: Selecting, type: GraphQLNamedType, sets: readonly SelectionSetNode[]): Set<FieldNode> {
  return new Set([...collectFields(selecting, type, sets).values()].flat());
}

export function setsOf(nodes: readonly FieldNode[]): SelectionSetNode[] {
  return nodes.flatMap((node) => node.selectionSet ?? []);
}

function applies(schema: GraphQLSchema, condition: string | undefined, type: GraphQLNamedType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const abstract = schema.getType(condition);
  return isAbstractType(abstract) && "getFields" in type && "getInterfaces" in type && schema.isSubType(abstract, type);
}
