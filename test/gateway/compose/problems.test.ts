// What the composer says of schemas that do not fit: rule, place in each schema, advice.
import { describe, expect, it } from "@jest/globals";
import { buildSchema, printSchema } from "graphql";

import { composeSubgraphs, printHint, printProblem, type Composition, type CompositionProblem } from "../../../gateway/supergraph/compose.ts";

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@external", "@requires", "@shareable", "@override", "@inaccessible", "@requiresScopes", "@interfaceObject"])`;

/** Name → the body of its schema, which starts on line 2. */
function compose(bodies: Readonly<Record<string, string>>) {
  return composeSubgraphs(
    Object.entries(bodies).map(([name, body]) => ({ name, url: `http://${name}.test/graphql`, sdl: `${LINK}\n${body}`, origin: `${name}/schema.graphql` })),
  );
}

function problemsOf(bodies: Readonly<Record<string, string>>): readonly CompositionProblem[] {
  const result = compose(bodies);
  if ("errors" in result) return result.errors;
  throw new Error("Expected composition to fail.");
}

function composed(bodies: Readonly<Record<string, string>>): Composition {
  const result = compose(bodies);
  if ("errors" in result) throw new Error(result.errors.map(printProblem).join("\n"));
  return result;
}

/** `rule @ subgraph:line subgraph:line`. */
function summary({ rule, places }: CompositionProblem): string {
  return `${rule} @ ${places.map(({ subgraph, line }) => `${subgraph}:${line}`).join(" ")}`;
}

describe("a problem of composition", () => {
  it("names the line in both subgraphs when they disagree on a field's type", () => {
    const [problem] = problemsOf({
      books: `type Query { book: Book }\ntype Book @key(fields: "id") {\n  id: ID!\n  "How long it is."\n  pages: Int @shareable\n}`,
      prices: `type Book @key(fields: "id") {\n  id: ID!\n  pages: String @shareable\n}`,
    });
    expect(problem && printProblem(problem)).toBe(
      [
        `FIELD_TYPE_MISMATCH: Type of field "Book.pages" is incompatible across subgraphs: it has type "Int" in subgraph "books" but type "String" in subgraph "prices"`,
        "  books  books/schema.graphql:6:3  pages: Int @shareable",
        "  prices  prices/schema.graphql:4:3  pages: String @shareable",
        "  To mend it: give the field one type in all of these subgraphs (only nullability may differ), or rename one of the fields.",
      ].join("\n"),
    );
  });

  it("names the type that lacks a field and the field that cannot be reached", () => {
    const problems = problemsOf({
      a: `type Query { t: T }\ntype T @key(fields: "id") { id: ID! }`,
      b: `type T @key(fields: "id", resolvable: false) {\n  id: ID!\n  far: Int\n}`,
    });
    expect(problems.map(summary)).toEqual(["SATISFIABILITY_ERROR @ a:3 b:2 b:4"]);
  });

  const cases: readonly [sentence: string, bodies: Readonly<Record<string, string>>, expected: readonly string[]][] = [
    ["two kinds of one type", { a: "type Query { t: T }\ntype T { x: Int }", b: "enum T { X }" }, ["TYPE_KIND_MISMATCH @ a:3 b:2"]],
    ["a field that two own", { a: "type Query {\n  x: Int\n}", b: "type Query {\n\n  x: Int\n}" }, ["INVALID_FIELD_SHARING @ a:3 b:4"]],
    ["a key of no field", { a: `type Query { t: T }\ntype T @key(fields: "no") { id: ID! }` }, ["KEY_INVALID_FIELDS @ a:3"]],
    ["an unknown type", { a: "type Query { t: Nothing }" }, ["INVALID_GRAPHQL @ a:2"]],
    ["an unknown directive", { a: "type Query { t: Int @nothing }" }, ["INVALID_GRAPHQL @ a:2"]],
    ["a type defined twice", { a: "type Query { t: T }\ntype T { x: Int }\ntype T { y: Int }" }, ["INVALID_GRAPHQL @ a:3 a:4"]],
    ["a schema that does not parse", { a: "type Query { x: Int }", b: "type T {\n  x: Int\n" }, ["INVALID_GRAPHQL @ b:4"]],
    ["no query anywhere", { a: "type T { x: Int }" }, ["NO_QUERIES @ "]],
    ["a reserved name", { _: "type Query { x: Int }" }, ["INVALID_SUBGRAPH_NAME @ "]],
    [
      "an external field that nobody has",
      { a: `type Query { t: T }\ntype T @key(fields: "id") {\n  id: ID!\n  w: Int @external\n  c: Int @requires(fields: "w")\n}` },
      ["EXTERNAL_MISSING_ON_BASE @ a:5"],
    ],
    [
      "an enum of different values, asked and answered",
      { a: "type Query { x(e: E): E @shareable }\nenum E { A B }", b: "type Query { x(e: E): E @shareable }\nenum E { A }" },
      ["ENUM_VALUE_MISMATCH @ a:2 a:3 b:3"],
    ],
    ["a hidden type in a visible field", { a: "type Query { x: Int t: T }\ntype T @inaccessible { x: Int }" }, ["REFERENCED_INACCESSIBLE @ a:2 a:3"]],
    [
      "a gated field taken in by @requires without the gate",
      {
        a: `type Query { t: T }\ntype T @key(fields: "id") {\n  id: ID!\n  s: Int @requiresScopes(scopes: [["secret"]])\n}`,
        b: `type T @key(fields: "id") {\n  id: ID!\n  s: Int @external\n  leak: Int @requires(fields: "s")\n}`,
      },
      ["MISSING_TRANSITIVE_AUTH_REQUIREMENTS @ a:5 b:4 b:5"],
    ],
  ];
  for (const [sentence, bodies, expected] of cases) {
    it(`has its rule and its lines: ${sentence}`, () => {
      const problems = problemsOf(bodies);
      expect(problems.map(summary)).toEqual(expected);
      for (const { message, advice } of problems) {
        expect(message).toMatch(/\w{3}/);
        expect(advice).toMatch(/^\w.*\.$/);
      }
    });
  }

  it("says why two subgraphs cannot have one name", () => {
    const one = { name: "a", url: "http://a.test", sdl: "type Query { x: Int }", origin: "a.graphql" };
    const result = composeSubgraphs([one, one]);
    expect("errors" in result && result.errors.map(printProblem).join("\n")).toContain("A subgraph named a already exists");
  });

  it("says that there is no query when there is no subgraph at all", () => {
    const result = composeSubgraphs([]);
    expect("errors" in result && result.errors.map(({ rule }) => rule)).toEqual(["NO_QUERIES"]);
  });
});

describe("a composition", () => {
  const bodies = {
    books: `type Query { book: Book }\ntype Book @key(fields: "id") { id: ID! title: String shelf: ID @inaccessible }`,
    prices: `type Book @key(fields: "id") { id: ID! price: Int }`,
  };

  it("is the same text whatever the order of the subgraphs", () => {
    const reversed = Object.fromEntries(Object.entries(bodies).reverse());
    expect(composed(reversed).supergraphSdl).toBe(composed(bodies).supergraphSdl);
  });

  it("names each subgraph with its address", () => {
    expect(composed(bodies).supergraphSdl).toContain(`@join__graph(name: "prices", url: "http://prices.test/graphql")`);
  });

  it("answers the schema that clients see, without what is inaccessible and without federation's directives", () => {
    const printed = printSchema(composed(bodies).apiSchema);
    expect(printed).toContain("price: Int");
    expect(printed).not.toMatch(/shelf|join__|link__|@key/);
    expect(() => buildSchema(printed)).not.toThrow();
  });

  it("tells what composes but may be unintended, with the lines", () => {
    const { hints } = composed({ ...bodies, prices: `"Another description."\n${bodies.prices}`, books: bodies.books.replace("type Book", `"A book."\ntype Book`) });
    expect(hints.map(printHint).join("\n")).toMatch(/^WARN INCONSISTENT_DESCRIPTION: .*[^]*books {2}books\/schema\.graphql:4:6[^]*prices {2}prices\/schema\.graphql:3:6/);
  });
});
