// The schema for clients, which is to be the one that the stock gateway gives them.
import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";
import { printSchema } from "graphql";

import { openStockExecutor } from "../../../gateway/execution/execution.ts";
import { readApiSchema, readSupergraph } from "../../../gateway/supergraph/supergraph.ts";
import { SUBGRAPH_NAMES } from "../../../subgraphs/config.ts";
import { composeText } from "../core/federation.ts";
import { SHOP } from "../core/shop.ts";
import { composeSdl } from "./plans.ts";

const FEDERATIONS = {
  "the project's": () => readSupergraph(composeText(Object.fromEntries(SUBGRAPH_NAMES.map((name) => [name, { sdl: readFileSync(`subgraphs/${name}/schema.graphql`, "utf8") }]))), "test").sdl,
  "a shop with requirements": () => readSupergraph(composeText(SHOP), "test").sdl,
  "one with everything that may be inaccessible": () =>
    composeSdl({
      one: `
        directive @mine(of: String) on FIELD | QUERY
        type Query { a(seen: Int = 1, hidden: Int @inaccessible): A! b: B @inaccessible  either: Either  scalar: Big }
        "What it is." type A implements N @key(fields: "id") { id: ID! @deprecated(reason: "old") secret: String @inaccessible  kind: Kind  n: N }
        interface N { id: ID! }
        type B @inaccessible { id: ID }
        union Either = A | C
        type C { x: Int }
        enum Kind { SEEN HIDDEN @inaccessible }
        scalar Big @specifiedBy(url: "https://example.org/big")
        input In { seen: Int = 3, hidden: Int @inaccessible }
        extend type Query { take(in: In, kind: Kind = SEEN): Int }
        extend schema { mutation: Writes }
        type Writes { write(in: [In!]!): A }`,
      two: `directive @mine(of: String) on FIELD | QUERY
        type A @key(fields: "id") { id: ID! more: [[Int!]] }`,
    }),
};

/** Which the stock gateway does not serve. */
const DEFER = "directive @defer(label: String, if: Boolean! = true) on FRAGMENT_SPREAD | INLINE_FRAGMENT\n\n";

describe("the API schema", () => {
  it.each(Object.entries(FEDERATIONS))("is the stock gateway's for %s", async (_, compose) => {
    const sdl = compose();
    const stock = await openStockExecutor({ supergraphSdl: sdl, send: () => Promise.reject(new Error("Nobody is asked.")) });
    expect(printSchema(readApiSchema(sdl)).replace(DEFER, "")).toBe(printSchema(stock.schema));
    await stock.close();
  });

  it("is refused for a supergraph with a feature for security that nobody knows", () => {
    const sdl = composeSdl({ one: `type Query { a: Int }` });
    const strange = sdl.replace("schema", `schema @link(url: "https://example.org/guard/v1.0", for: SECURITY)`);
    expect(() => readApiSchema(strange)).toThrow("guard");
  });

  it("is refused for a schema that is no supergraph", () => {
    expect(() => readApiSchema("type Query { a: Int }")).toThrow();
  });
});
