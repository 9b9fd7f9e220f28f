// The federation's rule of nullability: one subgraph that is down, or one refusal, takes away its own part of an answer
// and nothing else. So root fields, what another subgraph owns, what is added to another's entity and what is gated are
// nullable.
import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";
import { Kind, parse, type FieldDefinitionNode, type InterfaceTypeDefinitionNode, type ObjectTypeDefinitionNode, type TypeNode } from "graphql";

import { SUBGRAPH_NAMES } from "../../subgraphs/config.ts";

type FieldsNode = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

interface Schema {
  readonly name: string;
  readonly types: readonly FieldsNode[];
}

const GATES = ["authenticated", "requiresScopes", "policy"];

function readSchema(name: string, sdl: string): Schema {
  const types = parse(sdl).definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION);
  return { name, types };
}

function has(node: FieldsNode | FieldDefinitionNode, directive: string): boolean {
  return (node.directives ?? []).some(({ name }) => name.value === directive);
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

/** Fields that belong to a @key of their type. */
function keyFields(type: FieldsNode): Set<string> {
  const texts = (type.directives ?? []).filter(({ name }) => name.value === "key").flatMap(({ arguments: given = [] }) => given.map(({ value }) => value));
  return new Set(texts.flatMap((value) => (value.kind === Kind.STRING ? value.value.split(/[\s{}]+/) : [])));
}

/** Fields that the subgraph brings to the type: neither key nor @external. */
function ownFields(type: FieldsNode): FieldDefinitionNode[] {
  const keys = keyFields(type);
  return (type.fields ?? []).filter((field) => !keys.has(field.name.value) && !has(field, "external"));
}

/** The subgraph that brings most fields to an entity owns it; one that only knows its key brings none. */
function ownersOf(schemas: readonly Schema[]): Map<string, string> {
  const most = new Map<string, { owner: string; fields: number }>();
  for (const { name, types } of schemas) {
    for (const type of types) {
      const fields = ownFields(type).length;
      if (has(type, "key") && fields > (most.get(type.name.value)?.fields ?? 0)) most.set(type.name.value, { owner: name, fields });
    }
  }
  return new Map([...most].map(([type, { owner }]) => [type, owner]));
}

/** `subgraph Type.field: why` for each field that could take more away with it than its own part. */
function breaches(schemas: readonly Schema[]): string[] {
  const owners = ownersOf(schemas);
  return schemas.flatMap(({ name: subgraph, types }) =>
    types.flatMap((type) =>
      ownFields(type).flatMap((field) => reasons(subgraph, { type, field, owners }).map((reason) => `${subgraph} ${type.name.value}.${field.name.value}: ${reason}`)),
    ),
  );
}

function reasons(subgraph: string, { type, field, owners }: { type: FieldsNode; field: FieldDefinitionNode; owners: ReadonlyMap<string, string> }): string[] {
  const nonNull = field.type.kind === Kind.NON_NULL_TYPE;
  const owner = owners.get(type.name.value);
  const referred = owners.get(namedType(field.type));
  const found: string[] = [];
  if (nonNull && [...GATES].some((gate) => has(field, gate) || has(type, gate))) found.push("gated, yet not nullable");
  if (nonNull && type.name.value === "Query") found.push("a root field, yet not nullable");
  if (nonNull && owner !== undefined && owner !== subgraph) found.push(`added to an entity of ${owner}, yet not nullable`);
  if (referred !== undefined && referred !== subgraph && hasBareEntity(field.type)) found.push(`holds an entity of ${referred} in a position that is not nullable`);
  return found;
}

/** The position of the entity itself: `T!`, `[T!]`, `[T!]!`; a list may be non-null when its items are not. */
function hasBareEntity(type: TypeNode): boolean {
  if (type.kind === Kind.LIST_TYPE) return hasBareEntity(type.type);
  if (type.kind === Kind.NAMED_TYPE) return false;
  return type.type.kind === Kind.LIST_TYPE ? hasBareEntity(type.type) : true;
}

describe("nullability across subgraphs", () => {
  it("holds over the four schemas", () => {
    const schemas = SUBGRAPH_NAMES.map((name) => readSchema(name, readFileSync(`subgraphs/${name}/schema.graphql`, "utf8")));
    expect(breaches(schemas)).toEqual([]);
  });

  it("knows an entity's owner by what it brings", () => {
    const schemas = SUBGRAPH_NAMES.map((name) => readSchema(name, readFileSync(`subgraphs/${name}/schema.graphql`, "utf8")));
    expect(Object.fromEntries(ownersOf(schemas))).toMatchObject({
      Beneficiary: "beneficiaries",
      Pathway: "beneficiaries",
      PathwayStep: "beneficiaries",
      Service: "services",
      Referral: "services",
      Site: "sites",
      Territory: "sites",
      Appointment: "sites",
      Partner: "partners",
      Professional: "partners",
      SharingAgreement: "partners",
      Department: "partners",
    });
  });

  it("is breached by each of the four, and this test sees it", () => {
    const owner = readSchema("books", `type Book @key(fields: "id") { id: ID! title: String! price: Int! @authenticated }`);
    const other = readSchema("shops", `type Query { shop: Shop! books: [Book!] } type Book @key(fields: "id") { id: ID! sellers: [Int!]! } type Shop { best: Book! all: [Book!]! some: [Book]! none: Book }`);
    expect(breaches([owner, other])).toEqual([
      "books Book.price: gated, yet not nullable",
      "shops Query.shop: a root field, yet not nullable",
      "shops Query.books: holds an entity of books in a position that is not nullable",
      "shops Book.sellers: added to an entity of books, yet not nullable",
      "shops Shop.best: holds an entity of books in a position that is not nullable",
      "shops Shop.all: holds an entity of books in a position that is not nullable",
    ]);
  });
});
