// The operation that planners are shown instead of one that asks for fields of interface objects under type conditions: it
// asks for them by object type and under the other name (`interface-objects.ts`).
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

import type { InterfaceObjects } from "./interface-objects.ts";

/** Null where nothing is to be asked otherwise. `document` is normalised: one operation, without named fragments. */
export function askApart(document: DocumentNode, schema: GraphQLSchema, interfaces: InterfaceObjects): DocumentNode | null {
  const [operation] = document.definitions;
  const root = operation?.kind === Kind.OPERATION_DEFINITION ? schema.getRootType(operation.operation) : null;
  if (operation?.kind !== Kind.OPERATION_DEFINITION || root == null) return null;
  const asking: Asking = { schema, interfaces, found: { any: false } };
  const selectionSet = changeObject(asking, root, operation.selectionSet);
  return asking.found.any ? { ...document, definitions: [{ ...operation, selectionSet }] } : null;
}

interface Asking {
  readonly schema: GraphQLSchema;
  readonly interfaces: InterfaceObjects;
  readonly found: { any: boolean };
}

function changeObject(asking: Asking, type: GraphQLCompositeType, set: SelectionSetNode): SelectionSetNode {
  const names = new Set(conditioned(asking, { type, isConditioned: false }, set));
  if (names.size > 0) asking.found.any = true;
  return changeSet(asking, { type, names }, set);
}

interface Reading {
  readonly type: GraphQLCompositeType;
  readonly isConditioned: boolean;
}

/** Response names of the fields of interface objects that stand under a type condition. */
function conditioned(asking: Asking, { type, isConditioned }: Reading, { selections }: SelectionSetNode): string[] {
  return selections.flatMap((node) => {
    if (node.kind === Kind.FIELD) return isConditioned && asking.interfaces.fields.has(`${type.name}.${node.name.value}`) ? [responseNameOf(node)] : [];
    if (node.kind === Kind.FRAGMENT_SPREAD) return [];
    const inner = typeOf(asking, type, node);
    return conditioned(asking, { type: inner, isConditioned: isConditioned || inner !== type }, node.selectionSet);
  });
}

interface Place {
  readonly type: GraphQLCompositeType;
  readonly names: ReadonlySet<string>;
}

function changeSet(asking: Asking, { type, names }: Place, set: SelectionSetNode): SelectionSetNode {
  const selections = set.selections.flatMap((node): SelectionNode[] => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return [node];
    if (node.kind === Kind.INLINE_FRAGMENT) return [{ ...node, selectionSet: changeSet(asking, { type: typeOf(asking, type, node), names }, node.selectionSet) }];
    const field = changeField(asking, type, node);
    const isGiven = asking.interfaces.fields.has(`${type.name}.${node.name.value}`);
    // Objects have it under the other name only.
    if (!isGiven || (isAbstractType(type) && !names.has(responseNameOf(node)))) return [field];
    const named: FieldNode = { ...field, alias: field.alias ?? field.name, name: { ...field.name, value: `${field.name.value}${asking.interfaces.suffix}` } };
    return isAbstractType(type) ? asking.schema.getPossibleTypes(type).map((one) => fragmentOf(one.name, named)) : [named];
  });
  return { ...set, selections };
}

function changeField(asking: Asking, type: GraphQLCompositeType, node: FieldNode): FieldNode {
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
  const inner = field && getNamedType(field.type);
  if (node.selectionSet === undefined || !isCompositeType(inner)) return node;
  return { ...node, selectionSet: changeObject(asking, inner, node.selectionSet) };
}

function typeOf({ schema }: Asking, parent: GraphQLCompositeType, { typeCondition }: InlineFragmentNode): GraphQLCompositeType {
  const type = typeCondition === undefined ? parent : schema.getType(typeCondition.name.value);
  return isCompositeType(type) ? type : parent;
}

function fragmentOf(type: string, field: FieldNode): InlineFragmentNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } },
    directives: [],
    selectionSet: { kind: Kind.SELECTION_SET, selections: [field] },
  };
}

function responseNameOf({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}
