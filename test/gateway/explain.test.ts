// The command `explain`: what each stage of an operation prints, and what it says to a mistake.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { openFolder, type Folder } from "./compose/gateway-cli.ts";
import { callerWith, openFederation, type Federation } from "./core/federation.ts";

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@requiresScopes"])\n';
const BOOKS = `${LINK}
  type Query { book(id: ID = "1"): Book  items: [Item!] }
  type Mutation { sell: Book }
  interface Item { title: String }
  type Book implements Item @key(fields: "id") { id: ID! title: String sequel: Book }
  type Film implements Item @key(fields: "id nr { text }") { id: ID! nr: Nr title: String }
  type Nr { text: String! }`;
const PRICES = `${LINK}
  type Book @key(fields: "id") { id: ID! price: Int  cost: Int @requiresScopes(scopes: [["cost:read"]]) }
  type Film @key(fields: "id nr { text }") { id: ID! nr: Nr @shareable price: Int }
  type Nr { text: String! @shareable }`.replace('"@requiresScopes"', '"@requiresScopes", "@shareable"');

const FILES = {
  "query.graphql": "{ book { title price } }",
  "items.graphql": "{ items { title ... on Book { price sequel { price } } ... on Film { price } } }",
  "given.graphql": "query Given($id: ID!, $withPrice: Boolean!) { book(id: $id) { title price @include(if: $withPrice) } }",
  "variables.json": '{ "id": "2", "withPrice": true }',
  "list.json": "[]",
  "mutation.graphql": "mutation { sell { title } }",
};

let federation: Federation;
let folder: Folder;
let sold = 0;

beforeAll(async () => {
  const one = { __typename: "Book", id: "1", title: "Graphs" };
  const two = { __typename: "Book", id: "2", title: "Trees", sequel: one };
  const film = { __typename: "Film", id: "f", nr: { text: "7" }, title: "Edges" };
  const resolvers = {
    Query: { book: (_: unknown, { id }: { id: string }) => (id === "1" ? one : two), items: () => [one, two, film] },
    Mutation: { sell: () => ((sold += 1), one) },
  };
  const priced = { __resolveReference: ({ id }: { id: string }) => ({ price: id === "2" ? 20 : 10 }) };
  const books = { sdl: BOOKS.replace("nr: Nr title", "nr: Nr @shareable title").replace("text: String! }", "text: String! @shareable }").replace('"@requiresScopes"', '"@requiresScopes", "@shareable"'), resolvers };
  federation = await openFederation({ books, prices: { sdl: PRICES, resolvers: { Book: priced, Film: priced } } }, { on: { engine: "compiled", planner: "hive" } });
  folder = await openFolder(FILES);
});
beforeEach(() => {
  for (const server of Object.values(federation.servers)) {
    server.seen.length = 0;
    server.misbehave(null);
  }
});
afterAll(async () => {
  await folder.remove();
  await federation.close();
});

const explain = (...args: string[]) => folder.gateway(["explain", "--supergraph", federation.supergraphFile, ...args]);

describe("explain", () => {
  it.each(["hive", "apollo"])("prints which subgraph %s asks for what, in which order", async (planner) => {
    const { code, stdout } = await explain("--stage", "optimised", "--planner", planner, "query.graphql");
    expect(code).toBe(0);
    expect(stdout).toMatch(/Sequence \{[\s\S]*query from books[\s\S]*title[\s\S]*query from prices[\s\S]*_entities[\s\S]*price/);
    expect(federation.fetches()).toEqual([]);
  });

  it.each([
    [["--stage", "nonsense", "query.graphql"], "SETTING_INVALID: Expected --stage to be one of operation, plan, optimised, compiled, fetches"],
    [["--stage", "plan", "nowhere.graphql"], "SETTING_INVALID: Expected FILE to be a file that can be read"],
    [["--variables", "nowhere.json", "query.graphql"], "SETTING_INVALID: Expected --variables to be a file that can be read (ENOENT)"],
    [["--variables", "list.json", "query.graphql"], 'SETTING_INVALID: Expected --variables to be a file with a JSON object, got "list.json".'],
    [["--variables", "query.graphql", "query.graphql"], 'SETTING_INVALID: Expected --variables to be a file with a JSON object, got "query.graphql".'],
    [["--stage", "compiled", "given.graphql"], 'BAD_USER_INPUT: Variable "$withPrice" of required type "Boolean!" was not provided. (--variables FILE names a file of them.)'],
    [["--stage", "fetches", "given.graphql"], 'BAD_USER_INPUT: Variable "$id" of required type "ID!" was not provided. (--variables FILE names a file of them.)'],
    [["--stage", "fetches", "mutation.graphql"], "BAD_REQUEST: Expected a query, because the stage fetches runs it, got a mutation."],
    [["--stage", "fetches", "--token", "x.y.z", "query.graphql"], "TOKEN_"],
  ])("says what was expected instead of %j", async (args, line) => {
    const { code, stderr } = await explain(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(line);
    expect(sold).toBe(0);
  });
});

describe("explain --stage compiled", () => {
  it("prints what is sent, what is written of each type, what may become one, and what is printed of each type", async () => {
    const { code, stdout } = await explain("--stage", "compiled", "--planner", "hive", "items.graphql");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# hive, compiled\nSequence \{\n {2}Fetch query from books \{\n {4}\{"query":"\{items\{.*","variables":\{\n {2}\}\n {2}Fetch query from prices \{\n/);
    expect(stdout).toMatch(/at items\.@.*: equal objects become one/);
    expect(stdout).toContain(`Book {"__typename":"Book","id":‹id›}\n`);
    expect(stdout).toContain(`Film {"__typename":"Film","id":‹id›,"nr":{"text":‹text›}}\n`);
    expect(stdout.slice(stdout.indexOf("Answer"))).toBe(`Answer Query {
  items [Item!], the text of an object is used again {
    Book {
      title String
      price Int
      sequel Book, the text of an object is used again {
        price Int
      }
    }
    Film {
      title String
      price Int
    }
  }
}
`);
  });

  it("is of one combination of what @include says, which it tells", async () => {
    const { stdout } = await explain("--stage", "compiled", "--variables", "variables.json", "given.graphql");
    expect(stdout).toMatch(/^# (hive|apollo), compiled for \$withPrice true\n/);
    expect(stdout).toContain("then $id of the client");
    expect(stdout).toContain('Book {"__typename":"Book","id":‹id›}');
    await folder.write({ "without.json": '{ "id": "2", "withPrice": false }' });
    const without = await explain("--stage", "compiled", "--variables", "without.json", "given.graphql");
    expect(without.stdout).toContain("$withPrice false");
    expect(without.stdout).not.toContain("price");
  });

  it("prints the bodies that are sent: their beginnings are those that subgraphs get", async () => {
    const { stdout } = await explain("--stage", "compiled", "--planner", "hive", "query.graphql");
    await federation.ask(FILES["query.graphql"]);
    const sent = Object.values(federation.servers).flatMap(({ seen }) => seen.map(({ query }) => `{"query":${JSON.stringify(query)},"variables":{`));
    expect(sent).toHaveLength(2);
    for (const head of sent) expect(stdout).toContain(head);
  });
});

describe("explain --stage fetches", () => {
  it("asks the subgraphs and tells when each was asked, for how long, with how many bytes and entities", async () => {
    const { code, stdout } = await explain("--stage", "fetches", "--variables", "variables.json", "given.graphql");
    const [head, titles, first, second, ...rest] = stdout.split("\n");
    expect(code).toBe(0);
    expect(head).toMatch(/^# 2 fetch\(es\) in \d+\.\d ms; planning comes before the first$/);
    expect(titles).toMatch(/^subgraph +start ms +took ms +bytes out +bytes in +entities +errors$/);
    expect(first).toMatch(/^books +\d+\.\d +\d+\.\d +\d+ +\d+ +– +0 +█+$/);
    expect(second).toMatch(/^prices +\d+\.\d +\d+\.\d +\d+ +\d+ +1 +0 +█+$/);
    expect(rest).toEqual(["# data of 37 bytes, 0 error(s)", ""]);
    const { seen } = federation.servers["prices"] ?? { seen: [] };
    const [, , , out] = (second ?? "").split(/ +/);
    expect(out).toBe(seen[0]?.headers["content-length"]);
    const [, from, took] = (first ?? "").split(/ +/).map(Number);
    expect(Number((second ?? "").split(/ +/)[1])).toBeGreaterThanOrEqual(Number(from) + Number(took));
    expect(stdout).not.toContain("Trees");
  });

  it("tells the errors of an answer with their places, and ends with 0 where every subgraph answered", async () => {
    federation.servers["prices"]?.misbehave((response) => (response.end('{"data":{"_entities":[null]},"errors":[{"message":"No price.","path":["_entities",0],"extensions":{"code":"ODD"}}]}'), true));
    const { code, stdout } = await explain("--stage", "fetches", "query.graphql");
    expect(stdout).toMatch(/^prices .* 1 +1 +█+$/m);
    expect(stdout).toContain("1 error(s)\nODD at book: No price.\n");
    expect(code).toBe(0);
  });

  it("names the subgraph that cannot be reached, tells the rest, and ends with 1", async () => {
    federation.servers["prices"]?.misbehave((response) => (response.destroy(), true));
    const { code, stdout } = await explain("--stage", "fetches", "query.graphql");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^books .* 0 +█+$/m);
    expect(stdout).toMatch(/^prices +\d+\.\d +– +\d+ +0 +1 +– +█+$/m);
    expect(stdout).toContain("prices failed: DOWNSTREAM_SERVICE_ERROR\n");
  });

  it("goes to the addresses of GATEWAY_SUBGRAPH_URLS", async () => {
    const elsewhere = await folder.gateway(["explain", "--supergraph", federation.supergraphFile, "--stage", "fetches", "query.graphql"], { GATEWAY_SUBGRAPH_URLS: "prices=http://127.0.0.1:9/" });
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.stdout).toContain("prices failed: DOWNSTREAM_SERVICE_ERROR\n");
    expect(federation.fetches().filter((fetch) => fetch.startsWith("prices"))).toEqual([]);
  });

  it("leaves out what the caller may not have", async () => {
    await folder.write({ "cost.graphql": "{ book { title cost } }" });
    const { code, stdout } = await explain("--stage", "fetches", "cost.graphql");
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/^prices/m);
    expect(stdout).toContain("UNAUTHORIZED_FIELD at book.cost");
    expect((await federation.ask("{ book { cost } }", { caller: callerWith(["cost:read"]) })).errors).toBeUndefined();
  });
});
