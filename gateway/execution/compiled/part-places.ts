// Where deferred fragments belong: found in the tree and, beside it, in what the client has been shown so far, because an
// object that the client sees as null has no fragments. What is shown grows with each part.
import { isAbstractType, isCompositeType, isObjectType, getNamedType, type GraphQLCompositeType, type GraphQLSchema } from "graphql";

import type { PathStep } from "../../operation/operation.ts";
import type { ErrorPath } from "./run.ts";
import { isTree, writeMember, type Tree } from "./tree.ts";

/** An object of the answer. */
export interface PartPlace {
  readonly path: ErrorPath;
  /** Its own type; the declared one where nobody has told. */
  readonly type: GraphQLCompositeType;
  readonly tree: Tree;
  /** As the client knows it. */
  readonly shown: Tree;
}

/** The objects to which the steps lead from those given. */
export function findPlaces(schema: GraphQLSchema, from: readonly PartPlace[], steps: readonly PathStep[]): PartPlace[] {
  let places = [...from];
  for (const step of steps) {
    places = places.flatMap((place) => (step.kind === "type" ? (applies(schema, step.name, place.type) ? [place] : []) : below(schema, place, step)));
  }
  return places;
}

/** What the client would see at a path now; undefined where there is nothing. */
export function lookUp(shown: unknown, path: ErrorPath): unknown {
  let value = shown;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}

/**
 * Adds a part to what is shown. What was shown as null stays null, in the part as well: a null that came from below is
 * that of the whole object, whichever part asked for more of it. Returns whether the part was changed.
 */
export function show(shown: Tree | unknown[], part: Tree | unknown[]): boolean {
  let changed = false;
  for (const name of Object.keys(part)) {
    const [known, value] = [memberOf(shown, name), memberOf(part, name)];
    if (known === undefined) writeMember(shown as Tree, name, value);
    else if (known === null && value !== null) {
      writeMember(part as Tree, name, null);
      changed = true;
    } else if (isNesting(known) && isNesting(value)) changed = show(known, value) || changed;
    else writeMember(shown as Tree, name, value);
  }
  return changed;
}

function below(schema: GraphQLSchema, { path, type, tree, shown }: PartPlace, step: Extract<PathStep, { kind: "field" }>): PartPlace[] {
  const declared = "getFields" in type ? getNamedType(type.getFields()[step.field]?.type) : undefined;
  if (!isCompositeType(declared)) return [];
  const places: PartPlace[] = [];
  const collect = (value: unknown, seen: unknown, at: ErrorPath): void => {
    if (Array.isArray(value) && Array.isArray(seen)) value.forEach((item: unknown, index) => collect(item, seen[index], [...at, index]));
    else if (isTree(value) && isTree(seen)) places.push({ path: at, type: typeOf(schema, value, declared), tree: value, shown: seen });
  };
  collect(memberOf(tree, step.name), memberOf(shown, step.name), [...path, step.name]);
  return places;
}

function typeOf(schema: GraphQLSchema, { __typename: name }: Tree, declared: GraphQLCompositeType): GraphQLCompositeType {
  const type = typeof name === "string" ? schema.getType(name) : undefined;
  return isObjectType(type) && isAbstractType(declared) && schema.isSubType(declared, type) ? type : declared;
}

function applies(schema: GraphQLSchema, condition: string, type: GraphQLCompositeType): boolean {
  if (condition === type.name) return true;
  const abstract = schema.getType(condition);
  return isAbstractType(abstract) && "getFields" in type && schema.isSubType(abstract, type);
}

function memberOf(holder: Tree | unknown[], name: string): unknown {
  return Object.hasOwn(holder, name) ? (holder as Tree)[name] : undefined;
}

function isNesting(value: unknown): value is Tree | unknown[] {
  return typeof value === "object" && value !== null;
}
