// Contracts: a part of the schema by its tags, which cannot name the rest, answered as the whole is.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { buildSchema, lexicographicSortSchema, parse, printSchema, validate, type GraphQLSchema } from "graphql";

import { readConfig } from "../../../gateway/config.ts";
import { ANONYMOUS, type GatewayFace } from "../../../gateway/gateway.ts";
import { readContract, type Tags } from "../../../gateway/supergraph/supergraph.ts";
import { callerWith, openFederation, parseAnswer, type Federation } from "./federation.ts";

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", "@authenticated", { name: "@tag", as: "@for" }])`;

const SOURCES = {
  books: {
    sdl: `${LINK}
      type Query { books: [Book!] @for(name: "shop")  readers: [Reader!] @for(name: "desk")  things: [Thing!] @for(name: "shop")  loans: Loans @for(name: "shop") @authenticated }
      type Book implements Thing @key(fields: "id") @for(name: "shop") { id: ID!  title: String  lentTo: Reader  kind: Kind }
      interface Thing @for(name: "shop") { id: ID! }
      type Reader implements Thing @key(fields: "id") { id: ID! @for(name: "desk")  name: String  books: [Book!] @for(name: "desk") }
      type Loans @shareable @for(name: "shop") { count(of: Kind = NOVEL): Int }
      enum Kind { NOVEL POEMS }`,
    resolvers: {
      Query: { books: () => [{ id: "b1", title: "Graphs", kind: "NOVEL" }], readers: () => [{ id: "r1", name: "Ada" }], loans: () => ({ count: 7 }) },
    },
  },
  prices: {
    sdl: `${LINK}
      type Book @key(fields: "id") { id: ID!  price: Int  cost: Int @for(name: "desk") }`,
    resolvers: { Book: { __resolveReference: ({ id }: { id: string }) => ({ id, price: 12, cost: 5 }) } },
  },
};

let shop: Federation;
beforeAll(async () => {
  const { contracts } = readConfig({}, { GATEWAY_CONTRACTS: "shop=shop,desk=shop+desk" });
  shop = await openFederation(SOURCES, { on: { engine: "compiled", planner: "auto" }, config: { contracts } });
});
afterAll(() => shop.close());

function faceOf(name: string): GatewayFace {
  const face = shop.gateway.contracts.get(name);
  if (face === undefined) throw new Error(`No contract ${name}.`);
  return face;
}

/** Without @defer, which is the gateway's own and in each of its schemas. */
function print(schema: GraphQLSchema): string {
  return printSchema(lexicographicSortSchema(schema)).replace(/^directive @defer.*\n\n/m, "");
}

async function ask(name: string, query: string, caller = ANONYMOUS) {
  return parseAnswer(await faceOf(name).execute({ document: parse(query), operationName: null, variables: {}, caller, requestId: "test", signal: new AbortController().signal }));
}

describe("a contract", () => {
  it("has what is tagged, with arguments, and nothing that leads to what is not, whatever @tag is called", () => {
    expect(print(faceOf("shop").schema())).toBe(
      print(buildSchema(`
        type Query { books: [Book!]  loans: Loans }
        type Book { id: ID!  title: String  kind: Kind  price: Int  cost: Int }
        type Loans { count(of: Kind = NOVEL): Int }
        enum Kind { NOVEL POEMS }`)),
    );
  });

  it("has an interface only when everything that can stand for it stays", () => {
    expect(faceOf("shop").schema().getType("Thing")).toBeUndefined();
    expect(faceOf("desk").schema().getType("Thing")).toBeDefined();
    expect(Object.keys(faceOf("desk").schema().getQueryType()?.getFields() ?? {})).toEqual(["books", "readers", "things", "loans"]);
  });

  it("is answered by the whole supergraph", async () => {
    expect(await ask("shop", "{ books { title price } }")).toEqual({ data: { books: [{ title: "Graphs", price: 12 }] } });
  });

  it("does not know the names of the rest, by any way", () => {
    const schema = faceOf("shop").schema();
    for (const query of ["{ readers { id } }", "{ books { lentTo { name } } }", "{ books { ... on Reader { name } } }", "query ($id: ID) { books { id } } fragment F on Reader { id }", "{ things { id } }"]) {
      expect(validate(schema, parse(query)).length).toBeGreaterThan(0);
    }
    expect(validate(shop.gateway.schema(), parse("{ readers { name } }"))).toEqual([]);
  });

  it("answers introspection of itself, also when the whole was asked the same before", async () => {
    const query = `{ reader: __type(name: "Reader") { name } __schema { types { name } } }`;
    expect(JSON.stringify(await shop.ask(query))).toContain("Reader");
    const { data } = await ask("shop", query);
    expect(data?.["reader"]).toBeNull();
    expect(JSON.stringify(data?.["__schema"])).not.toContain("Reader");
    expect(JSON.stringify(await shop.ask(query))).toContain("Reader");
  });

  it("opens nothing: requirements hold as in the whole", async () => {
    expect((await ask("shop", "{ loans { count } }")).errors).toMatchObject([{ extensions: { code: "UNAUTHORIZED_FIELD" } }]);
    expect(await ask("shop", "{ loans { count } }", callerWith())).toEqual({ data: { loans: { count: 7 } } });
  });

  it("without anything to ask is refused at the start", async () => {
    const opening = openFederation(SOURCES, { on: { engine: "compiled", planner: "auto" }, config: { contracts: new Map([["none", ["nobody"]]]) } });
    await expect(opening).rejects.toThrow(/a contract with the tags nobody has no query left/);
  });

  it("leaves no type with nothing in it, and no promise that is not kept", () => {
    const api = buildSchema(`type Query { a: A  b: B  u: U } interface I { x: Int y: Int } type A implements I { x: Int y: Int } type B { b: B } union U = A | B scalar Odd`);
    const tags: Tags = new Map([["Query.a", new Set(["t"])], ["Query.u", new Set(["t"])], ["U", new Set(["t"])], ["A.x", new Set(["t"])]]);
    expect(print(readContract(api, tags, ["t"]))).toBe(print(buildSchema(`type Query { a: A } type A { x: Int }`)));
  });
});

describe("GATEWAY_CONTRACTS", () => {
  it.each(["shop", "shop=", "=shop", "shop=a,shop=b", "../x=a"])("refuses %j", (text) => {
    expect(() => readConfig({}, { GATEWAY_CONTRACTS: text })).toThrow(/Expected GATEWAY_CONTRACTS to be/);
  });

  it("refuses the reference engine, which answers introspection of the whole", () => {
    expect(() => readConfig({}, { GATEWAY_CONTRACTS: "shop=shop", GATEWAY_ENGINE: "reference" })).toThrow(/GATEWAY_CONTRACTS to be empty/);
  });
});
