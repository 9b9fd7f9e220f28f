// A field marked @tellsIncomplete tells what of its object could not be fetched: exactly that, in the client's shape, and
// nothing else of the answer changes.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { parse } from "graphql";

import { ReadyData } from "../../../gateway/gateway.ts";
import { composeText, ENGINES, openFederation, type Federation, type Misbehaviour } from "./federation.ts";
import { LIBRARY, OPEN, reply, TELLING } from "./library.ts";
import { readSupergraph } from "../../../gateway/supergraph/supergraph.ts";

/** One test waits for it; the others must not meet it on a busy machine. */
const CONFIG = { requestTimeoutMs: 4_000 };
const NOT_ANSWERED = (path: string) => ({ path, why: "NOT_ANSWERED", count: null });

interface Reader {
  readonly missing: readonly object[];
  readonly visits?: readonly { readonly missing: readonly object[]; readonly room: object | null }[];
  readonly [name: string]: unknown;
}

describe.each(ENGINES)("what is missing ($engine, $planner)", (on) => {
  let library: Federation;
  beforeAll(async () => {
    library = await openFederation(LIBRARY, { on, config: CONFIG });
  });
  afterEach(() => Object.values(library.servers).forEach((server) => server.misbehave(null)));
  afterAll(() => library.close());

  const fail = (name: string, how: Misbehaviour = reply(500, {})): void => library.servers[name]?.misbehave(how);
  const readerOf = async (selections: string, id = "r1"): Promise<Reader> => {
    const { data } = await library.ask(`{ reader(id: "${id}") { ${selections} } }`, { caller: OPEN });
    return data?.["reader"] as unknown as Reader;
  };

  const FAILURES: readonly (readonly [name: string, how: Misbehaviour])[] = [
    ["answers 500", reply(500, {})],
    ["answers with no GraphQL response", reply(200, "<h1>Sorry</h1>")],
    ["answers with errors alone", reply(200, { data: null, errors: [{ message: "no" }] })],
    ["answers with errors and no entities", reply(200, { data: { _entities: null }, errors: [{ message: "no", path: ["_entities"] }] })],
    ["answers with an error for the entity", reply(200, { data: { _entities: [null] }, errors: [{ message: "no", path: ["_entities", 0] }] })],
    ["answers with an error inside the entity that left nothing of it", reply(200, { data: { _entities: [null] }, errors: [{ message: "no", path: ["_entities", 0, "dues"] }] })],
    ["answers with too few entities", reply(200, { data: { _entities: [] } })],
    ["hangs up", (response) => (response.destroy(), true)],
    ["never answers", () => true],
  ];

  it("is nothing while everybody answers", async () => {
    expect(await readerOf(`missing { path why count } loans { title } dues fine`)).toEqual({ missing: [], loans: [{ title: "Loan of r1" }], dues: 5, fine: 10 });
    expect(await readerOf(`missing { path why count }`, "r2")).toEqual({ missing: [{ path: "loans", why: "SECRET", count: 3 }] });
  });

  it.each(FAILURES)("is told of a subgraph that %s", async (_name, how) => {
    fail("loans", how);
    const reader = await readerOf(`missing { path why count } name loans { title } dues`);
    expect(reader).toEqual({ missing: [NOT_ANSWERED("loans"), NOT_ANSWERED("dues")], name: "Ada", loans: null, dues: null });
  });

  it("changes nothing else: the rest of the data and the errors are those of the same question without the field", async () => {
    fail("loans");
    fail("rooms");
    const rest = `name loans { title } visits { day room { name } }`;
    const with_ = await library.ask(`{ reader(id: "r1") { missing { path } ${rest} } }`);
    const without = await library.ask(`{ reader(id: "r1") { ${rest} } }`);
    // Which of two fetches side by side fails first is open.
    expect(new Set(with_.errors?.map((error) => JSON.stringify(error)))).toEqual(new Set(without.errors?.map((error) => JSON.stringify(error))));
    const { missing, ...others } = with_.data?.["reader"] as unknown as Reader;
    expect({ reader: others }).toEqual(without.data);
    expect(missing).toEqual([{ path: "loans" }, { path: "visits.room" }]);
  });

  it("is the one field of a half answer that came with an error", async () => {
    expect(await readerOf(`missing { path why count } loans { title } dues`, "r4")).toEqual({ missing: [NOT_ANSWERED("dues")], loans: [{ title: "Loan of r4" }], dues: null });
  });

  it("is the object around a field that may not be null and came with an error", async () => {
    expect(await readerOf(`missing { path why count } name friend { name card loans { title } }`, "r4")).toEqual({ missing: [NOT_ANSWERED("friend")], name: "Dora", friend: null });
  });

  it("is not what a subgraph refuses because it was asked wrongly", async () => {
    expect(await readerOf(`missing { path } loans(first: 0) { title } dues`)).toEqual({ missing: [], loans: null, dues: 5 });
  });

  it("has what nobody was asked for, because the question needed what could not be fetched", async () => {
    fail("loans");
    expect(await readerOf(`missing { path } fine`)).toEqual({ missing: [{ path: "fine" }], fine: null });
    expect(await readerOf(`missing { path } warned`)).toEqual({ missing: [], warned: false });
  });

  it("names fields as the schema does and takes the shape that the client asked for, wherever it asked", async () => {
    fail("loans");
    const reader = await readerOf(`a: missing { __typename at: path } ...Why missing { count } credit: loans { title }`.replace("...Why", `... on Reader { b: missing { why why2: why } }`));
    expect(reader).toEqual({
      a: [{ __typename: "Missing", at: "loans" }],
      b: [{ why: "NOT_ANSWERED", why2: "NOT_ANSWERED" }],
      missing: [{ count: null }],
      credit: null,
    });
  });

  it("is told where the null is: at the object that could not stay without the field, once for a whole list", async () => {
    fail("rooms");
    const reader = await readerOf(`missing { path } visits { day room { name } }`);
    expect(reader).toMatchObject({ missing: [{ path: "visits.room" }], visits: [{ room: null }, { room: null }, { room: null }] });
    expect(await readerOf(`missing { path } visits { room { id seats } }`)).toMatchObject({ missing: [{ path: "visits.room.seats" }], visits: [{ room: { id: "m1", seats: null } }, { room: null }, { room: { id: "m2" } }] });
  });

  it("belongs to the nearest object that tells", async () => {
    fail("rooms");
    fail("loans");
    const reader = await readerOf(`missing { path } dues visits { missing { path } room { id seats } } friend { name missing { path } dues }`);
    expect(reader.missing).toEqual([{ path: "dues" }]);
    expect(reader.visits?.map(({ missing }) => missing)).toEqual([[{ path: "room.seats" }], [{ path: "motive" }], [{ path: "room.seats" }]]);
    expect(reader["friend"]).toEqual({ name: "Bob", missing: [{ path: "loans" }, { path: "dues" }], dues: null });
    const page = await library.ask(`{ page { missing { path } nodes { dues visits { room { seats } } } } }`);
    expect(page.data).toMatchObject({ page: { missing: [{ path: "nodes.dues" }, { path: "nodes.visits.room.seats" }] } });
  });

  it("is not told again where the list has it already", async () => {
    fail("loans");
    expect(await readerOf(`missing { path why count } loans { title } dues`, "r2")).toMatchObject({ missing: [{ path: "loans", why: "SECRET", count: 3 }, NOT_ANSWERED("dues")] });
  });

  it("is not what a subgraph knows nothing of, while others fail", async () => {
    fail("rooms");
    expect(await readerOf(`missing { path } dues visits { room { seats } }`, "r3")).toMatchObject({ missing: [{ path: "visits.room.seats" }], dues: null });
    const nobody = await readerOf(`missing { path } visits { room { seats } } friend { friend { card } }`);
    // By the stock gateway's answers the null cannot be told from one that failed; here nothing of loans failed.
    expect(nobody).toMatchObject({ missing: [{ path: "visits.room.seats" }], friend: { friend: null } });
  });

  it("is not what the caller may not read", async () => {
    fail("loans");
    const { data } = await library.ask(`{ reader(id: "r1") { missing { path } secret dues } }`);
    expect(data).toEqual({ reader: { missing: [{ path: "dues" }], secret: null, dues: null } });
  });

  it("is told through interfaces, by their types, and where the mark stands on an interface", async () => {
    fail("rooms");
    expect(await readerOf(`missing { path } things { ... on Card { colour missing { path } } ... on Key { room { seats } } }`)).toEqual({
      missing: [{ path: "things.room.seats" }],
      things: [{ colour: null, missing: [{ path: "colour" }] }, { room: { seats: null } }],
    });
  });

  it("is told of each item of a list for itself", async () => {
    const { data } = await library.ask(`{ readers { id missing { path } dues } }`);
    const missing = (data?.["readers"] as Reader[]).map((reader) => [reader["id"], reader.missing.map((one) => (one as { path: string }).path)]);
    // By the stock gateway's answers a null that failed cannot be told from one that nobody knows better.
    expect(missing).toEqual([["r1", []], ["r2", ["loans"]], ["r3", on.engine === "reference" ? ["dues"] : []], ["r4", ["dues"]]]);
  });

  it("is nothing new to an operation that does not ask for it", async () => {
    fail("loans");
    expect(await readerOf(`name dues`)).toEqual({ name: "Ada", dues: null });
  });
});

describe("what is missing of an answer in parts", () => {
  let library: Federation;
  beforeAll(async () => {
    library = await openFederation(LIBRARY, { config: CONFIG });
  });
  afterAll(() => library.close());

  /** The first part and those after it, in the order of their labels. */
  const askInParts = async (query: string): Promise<readonly unknown[]> => {
    const request = { document: parse(query), operationName: null, variables: {}, caller: OPEN, requestId: "test", signal: new AbortController().signal, inParts: true };
    const { data, later } = await library.gateway.execute(request);
    const parts: { readonly label: string | null; readonly data: unknown }[] = [];
    for await (const delivery of later?.deliveries ?? []) parts.push(...delivery.parts.map((part) => ({ label: part.label, data: part.data?.toJSON() })));
    return [data instanceof ReadyData ? data.toJSON() : data, ...parts.sort((one, other) => String(one.label).localeCompare(String(other.label)))];
  };

  it("is told in the part that asks for it, of what that part shows", async () => {
    library.servers["loans"]?.misbehave(reply(500, {}));
    library.servers["rooms"]?.misbehave(reply(500, {}));
    const parts = await askInParts(`{ reader(id: "r1") { name missing { path } dues
      ... @defer(label: "a") { missing { path } loans { title } }
      ... @defer(label: "b") { visits { day room { seats } missing { path } } } } }`);
    expect(parts).toEqual([
      { reader: { name: "Ada", missing: [{ path: "dues" }], dues: null } },
      { label: "a", data: { missing: [{ path: "loans" }], loans: null } },
      { label: "b", data: { visits: [{ day: "Monday", room: { seats: null }, missing: [{ path: "room.seats" }] }, { day: "Tuesday", room: null, missing: [{ path: "motive" }] }, { day: "Friday", room: { seats: null }, missing: [{ path: "room.seats" }] }] } },
    ]);
  });
});

describe("the directive", () => {
  const SDL = composeText(LIBRARY);
  const read = (edit: (sdl: string) => string) => readSupergraph(edit(SDL), "test");

  it("is known by its specification's address, whatever it is called", () => {
    const known = [...read((sdl) => sdl).incomplete.keys()];
    expect([...known].sort()).toEqual(["Card.missing", "Page.missing", "Reader.missing", "Visit.missing"]);
    const renamed = (sdl: string) => sdl.replaceAll("@tellsIncomplete", "@says").replace(`import: ["@says"]`, `import: [{ name: "@tellsIncomplete", as: "@says" }]`);
    expect([...read(renamed).incomplete.keys()]).toEqual(known);
    const asFeature = (sdl: string) => sdl.replaceAll("@tellsIncomplete", "@gaps").replace(`, import: ["@gaps"]`, `, as: "gaps"`);
    expect([...read(asFeature).incomplete.keys()]).toEqual(known);
    const foreign = (sdl: string) => sdl.replace("specs.gateway.example", "specs.elsewhere.example");
    expect(read(foreign).incomplete.size).toBe(0);
  });

  it("leaves nothing of itself to executors and clients", () => {
    expect(read((sdl) => sdl).sdl).not.toMatch(/tellsIncomplete/);
  });

  it.each([
    ["an object", `type X { gone: Gone @tellsIncomplete(path: "path", reason: "why", value: "DOWN") }`, "X.gone cannot tell what is missing: expected a list of objects of one type, got the type Gone"],
    ["a list of lists", `type X { gone: [[Gone]] @tellsIncomplete(path: "path", reason: "why", value: "DOWN") }`, "X.gone cannot tell what is missing: expected a list of objects of one type, got the type [[Gone]]"],
    ["a list of texts", `type X { gone: [String] @tellsIncomplete(path: "path", reason: "why", value: "DOWN") }`, "X.gone cannot tell what is missing: expected a list of objects of one type, got the type [String]"],
    ["a field that is not there", `type X { gone: [Gone] @tellsIncomplete(path: "where", reason: "why", value: "DOWN") }`, `X.gone cannot tell what is missing: expected a field of Gone (path, why, count), got "where"`],
    ["a path that is no text", `type X { gone: [Gone] @tellsIncomplete(path: "count", reason: "why", value: "DOWN") }`, "X.gone cannot tell what is missing: expected Gone.count to be a String, got Int"],
    ["a value that the enum has not", `type X { gone: [Gone] @tellsIncomplete(path: "path", reason: "why", value: "OUT") }`, `X.gone cannot tell what is missing: expected a value of Why (DOWN), got "OUT"`],
    ["a reason that is a number", `type X { gone: [Gone] @tellsIncomplete(path: "path", reason: "count", value: "DOWN") }`, "X.gone cannot tell what is missing: expected Gone.count to be an enum or a String, got Int"],
    ["an item with another field that may not be null", `type X { gone: [Full] @tellsIncomplete(path: "path", reason: "why", value: "DOWN") }`, "X.gone cannot tell what is missing: expected Full.more, which nobody could fill in, to be nullable, got Int!"],
  ])("on %s is a supergraph that cannot be served, and says where", async (_name, type, reason) => {
    const odd = { sdl: `${TELLING} type Query { x: X } ${type} type Gone { path: String! why: Why! count: Int } type Full { path: String! why: Why! more: Int! } enum Why { DOWN }` };
    for (const on of ENGINES) {
      await expect(openFederation({ odd }, { on })).rejects.toMatchObject({ extensions: { code: "SUPERGRAPH_INVALID" }, message: expect.stringContaining(reason) });
    }
  });
});
