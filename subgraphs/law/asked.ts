// Which fields about people a request asks for, read from its text: the audit's intent names them before any is read.
import { isInterfaceType, Kind, TypeInfo, visit, visitWithTypeInfo, type GraphQLObjectType, type GraphQLResolveInfo, type GraphQLSchema, type OperationDefinitionNode } from "graphql";

import { ofNobody } from "./decision.ts";
import type { Policy } from "./policy.ts";
import type { Asked } from "./trail.ts";

export interface Policed {
  readonly schema: GraphQLSchema;
  readonly policy: Policy;
}

/** Sorted, `Beneficiary.needs`; counted once for each text, which servers keep parsed. */
export function askedOf({ operation, fragments }: GraphQLResolveInfo, policed: Policed): Asked {
  const known = answers.get(operation);
  if (known !== undefined) return known;
  const fields = new Set<string>();
  const types = new TypeInfo(policed.schema);
  const reader = {
    Field: () => {
      const [type, field] = [types.getParentType(), types.getFieldDef()];
      if (type && field && isAboutPeople(policed, type.name) && !isForeign(type as GraphQLObjectType, field.name)) fields.add(`${type.name}.${field.name}`);
    },
  };
  visit({ kind: Kind.DOCUMENT, definitions: [operation, ...Object.values(fragments)] }, visitWithTypeInfo(types, reader));
  const asked: Asked = { fields: [...fields].sort(), operationName: operation.name?.value ?? null };
  answers.set(operation, asked);
  return asked;
}

const answers = new WeakMap<OperationDefinitionNode, Asked>();

/** An interface stands for its types, which have the lines. */
function isAboutPeople({ schema, policy }: Policed, name: string): boolean {
  const type = schema.getType(name);
  const names = isInterfaceType(type) ? schema.getPossibleTypes(type).map((possible) => possible.name) : [name];
  return names.some((one) => {
    const rule = policy[one];
    return rule?.kind === "person" && rule.subject !== ofNobody;
  });
}

/** Its reading is none, or is told by whoever answers it: no client sees what is inaccessible. */
export function isSilent(type: GraphQLObjectType, name: string): boolean {
  return isForeign(type, name) || has(type, name, "inaccessible");
}

/** A key says nothing about anybody, and what is external another subgraph gave. */
function isForeign(type: GraphQLObjectType, name: string): boolean {
  return name === "id" || name === "withheld" || name.startsWith("__") || has(type, name, "external");
}

function has(type: GraphQLObjectType, name: string, directive: string): boolean {
  return type.getFields()[name]?.astNode?.directives?.some((one) => one.name.value === directive) ?? false;
}
