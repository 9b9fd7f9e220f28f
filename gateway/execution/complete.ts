// Gives an answer back the shape that the client asked for, after authorisation took fields out of the operation:
// `null` where a field was refused, nulls propagated to the nearest nullable place, and one error a refused path.
//
// An error's path names the fields and leaves out indexes of lists: what is refused is refused for every item, and a
// list of two hundred would otherwise bring two hundred equal errors. A place that the answer does not have (an empty
// list, an object that is null) brings none.
//
// Names of fields are a client's choice, `__proto__` and `constructor` included: objects made here have no prototype,
// and objects read here are read by their own properties only (CVE-2026-32621).
import {
  getNullableType,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type FieldNode,
  type GraphQLError,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";

import { gatewayError } from "../errors.ts";
import { isIncluded, type Operation } from "../operation/operation.ts";

export interface Completion {
  /** As the client asked, with all that was refused. */
  readonly operation: Operation;
  readonly schema: GraphQLSchema;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Why the field of an object type is refused, or null. */
  readonly reasonAgainst: (type: string, field: string) => string | null;
}

type Data = Readonly<Record<string, unknown>>;

/** `data` answers the operation without what was refused; objects behind interfaces and unions carry `__typename`. */
export function completeAnswer(completion: Completion, data: Data | null): { readonly data: Data | null; readonly errors: readonly GraphQLError[] } {
  const { definition } = completion.operation;
  const root = completion.schema.getRootType(definition.operation);
  if (root == null) return { data, errors: [] };
  const walk: Walk = { ...completion, errors: new Map() };
  const completed = completeObject(walk, { type: root, sets: [definition.selectionSet], path: [] }, data ?? {});
  return { data: data === null ? null : completed, errors: [...walk.errors.values()] };
}

interface Walk extends Completion {
  /** By path, so that each is told once. */
  readonly errors: Map<string, GraphQLError>;
}

/** An operation of a client. */
export type Asking = Pick<Completion, "operation" | "schema" | "variables">;

/** Objects of a type and what is asked of them. */
export interface Asked<Type> {
  readonly type: Type;
  readonly sets: readonly SelectionSetNode[];
}

interface Place<Type> extends Asked<Type> {
  /** Response names, without indexes. */
  readonly path: readonly string[];
}

/** Null when a field that may not be null is. All fields are visited all the same, for their errors. */
function completeObject(walk: Walk, place: Place<GraphQLObjectType>, source: Data): Data | null {
  const output: Record<string, unknown> = Object.create(null);
  let broken = false;
  for (const [name, nodes] of collectFields(walk, place)) {
    const [first] = nodes;
    if (first === undefined) continue;
    const fieldType = place.type.getFields()[first.name.value]?.type;
    const at = { type: fieldType ?? null, sets: setsOf(nodes), path: [...place.path, name] };
    const value = completeField(walk, at, { parent: place.type, node: first, source });
    if (value === null && isNonNullType(fieldType)) broken = true;
    output[name] = value;
  }
  return broken ? null : output;
}

/** A field without a type is one of introspection. */
function completeField(
  walk: Walk,
  place: Place<GraphQLOutputType | null>,
  field: { readonly parent: GraphQLObjectType; readonly node: FieldNode; readonly source: Data },
): unknown {
  const { parent, node, source } = field;
  const { type, path } = place;
  if (node.name.value === "__typename") return parent.name;
  const value = ownValue(source, path.at(-1) ?? "");
  if (type === null) return value;
  const reason = walk.reasonAgainst(parent.name, node.name.value);
  if (reason === null) return completeValue(walk, { ...place, type }, value);
  const key = JSON.stringify(path);
  if (!walk.errors.has(key)) {
    walk.errors.set(key, gatewayError("UNAUTHORIZED_FIELD", { field: `${parent.name}.${node.name.value}`, reason }, { path }));
  }
  return null;
}

function completeValue(walk: Walk, place: Place<GraphQLOutputType>, value: unknown): unknown {
  const type = getNullableType(place.type);
  if (value === null) return null;
  if (isListType(type)) {
    if (!Array.isArray(value)) return null;
    const items = value.map((item) => completeValue(walk, { ...place, type: type.ofType }, item ?? null));
    return isNonNullType(type.ofType) && items.includes(null) ? null : items;
  }
  if (!isObjectType(type) && !isAbstractType(type)) return value;
  if (!isRecord(value)) return null;
  const runtimeType = isObjectType(type) ? type : walk.schema.getType(String(ownValue(value, "__typename")));
  return isObjectType(runtimeType) ? completeObject(walk, { ...place, type: runtimeType }, value) : null;
}

/** The specification's CollectFields for one object: response name → the fields that answer under it, in order. */
export function collectFields(walk: Asking, place: Asked<GraphQLObjectType>): ReadonlyMap<string, readonly FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const visit = (set: SelectionSetNode): void => {
    for (const node of set.selections) {
      if (!isIncluded(node, walk.operation.definition, walk.variables)) continue;
      if (node.kind === Kind.FIELD) {
        const name = node.alias?.value ?? node.name.value;
        fields.set(name, [...(fields.get(name) ?? []), node]);
        continue;
      }
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : walk.operation.fragments.get(node.name.value);
      if (fragment !== undefined && applies(walk.schema, fragment.typeCondition?.name.value, place.type)) visit(fragment.selectionSet);
    }
  };
  place.sets.forEach(visit);
  return fields;
}

function applies(schema: GraphQLSchema, condition: string | undefined, type: GraphQLObjectType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const abstract = schema.getType(condition);
  return isAbstractType(abstract) && schema.isSubType(abstract, type);
}

export function setsOf(nodes: readonly FieldNode[]): SelectionSetNode[] {
  return nodes.flatMap((node) => node.selectionSet ?? []);
}

export function ownValue(source: Data, name: string): unknown {
  return Object.hasOwn(source, name) ? (source[name] ?? null) : null;
}

function isRecord(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
