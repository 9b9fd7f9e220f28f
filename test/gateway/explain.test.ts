// The command `explain`: what each stage of an operation prints, and what it says to a mistake.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { composeSubgraphs } from "../../gateway/supergraph/compose.ts";
import { openFolder, type Folder } from "./compose/gateway-cli.ts";

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])\n';
const BOOKS = `${LINK}type Query { book: Book } type Book @key(fields: "id") { id: ID! title: String }`;
const PRICES = `${LINK}type Book @key(fields: "id") { id: ID! price: Int }`;

let folder: Folder;

beforeAll(async () => {
  const composed = composeSubgraphs([
    { name: "books", url: "http://127.0.0.1:1/graphql", origin: "books.graphql", sdl: BOOKS },
    { name: "prices", url: "http://127.0.0.1:2/graphql", origin: "prices.graphql", sdl: PRICES },
  ]);
  if ("errors" in composed) throw new Error("The small federation does not compose.");
  folder = await openFolder({ "supergraph.graphql": composed.supergraphSdl, "query.graphql": "{ book { title price } }" });
});
afterAll(() => folder.remove());

const explain = (...args: string[]) => folder.gateway(["explain", "--supergraph", "supergraph.graphql", ...args]);

describe("explain", () => {
  it.each(["hive", "apollo"])("prints which subgraph %s asks for what, in which order", async (planner) => {
    const { code, stdout } = await explain("--stage", "optimised", "--planner", planner, "query.graphql");
    expect(code).toBe(0);
    expect(stdout).toMatch(/Sequence \{[\s\S]*query from books[\s\S]*title[\s\S]*query from prices[\s\S]*_entities[\s\S]*price/);
  });

  it.each([
    [["--stage", "nonsense", "query.graphql"], "SETTING_INVALID: Expected --stage to be one of operation, plan, optimised"],
    [["--stage", "plan", "nowhere.graphql"], "SETTING_INVALID: Expected FILE to be a file that can be read"],
  ])("says what was expected instead of %j", async (args, line) => {
    const { code, stderr } = await explain(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(line);
  });
});
