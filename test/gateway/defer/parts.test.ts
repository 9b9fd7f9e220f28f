// What leaves over HTTP when an operation has @defer: in which form, in which order, with which errors, and what happens
// when somebody leaves or time runs out.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { listen, type GatewayEvents } from "../../../gateway/events.ts";
import { askInParts, INCREMENTS, openWorld, PATCHES, readAll, type DeferWorld, type WorldOptions } from "./world.ts";

const SLOW = '{ person(id: "1") { name ... @defer(label: "slow") { score } } }';

let world: DeferWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

/** For tests that need other settings. */
async function inWorld<Value>(options: WorldOptions, use: (other: DeferWorld) => Promise<Value>): Promise<Value> {
  const other = await openWorld(options);
  return use(other).finally(other.close);
}

describe("an operation with @defer", () => {
  it("gives its first part before the fetches of the second have ended, by path for deferSpec=20220824", async () => {
    world.hold();
    const { status, headers, parts } = await askInParts(world.url, SLOW);
    expect([status, headers["content-type"]]).toEqual([200, 'multipart/mixed; boundary="-"; deferSpec=20220824']);
    expect((await parts.next()).value).toEqual({ data: { person: { name: "Ada" } }, hasNext: true });
    world.release();
    expect((await parts.next()).value).toEqual({ incremental: [{ path: ["person"], label: "slow", data: { score: 7 } }], hasNext: false });
    expect((await parts.next()).done).toBe(true);
  });

  it("is announced and completed by id for incrementalSpec=v0.2", async () => {
    world.hold();
    const { headers, parts } = await askInParts(world.url, SLOW, { accept: INCREMENTS });
    expect(headers["content-type"]).toBe('multipart/mixed; boundary="-"; incrementalSpec=v0.2');
    expect((await parts.next()).value).toEqual({ data: { person: { name: "Ada" } }, pending: [{ id: "0", path: ["person"], label: "slow" }], hasNext: true });
    world.release();
    expect((await parts.next()).value).toEqual({ incremental: [{ id: "0", data: { score: 7 } }], completed: [{ id: "0" }], hasNext: false });
  });

  it("leaves each part when its own fetches are done, not when all are", async () => {
    world.hold();
    const { parts } = await askInParts(world.url, '{ person(id: "1") { id ... @defer { score } ... @defer(label: "quick") { address { city } } } }');
    await parts.next();
    expect((await parts.next()).value).toEqual({ incremental: [{ path: ["person"], label: "quick", data: { address: { city: "Rouen" } } }], hasNext: true });
    world.release();
    expect((await parts.next()).value).toEqual({ incremental: [{ path: ["person"], data: { score: 7 } }], hasNext: false });
  });

  it("gives one entry for each item of a list, and what is deferred in what is deferred after it", async () => {
    const query = '{ people { id ... @defer { friends { id ...F @defer(label: "inner") } } } } fragment F on Person { name score }';
    const [first, ...later] = await readAll(await askInParts(world.url, query));
    expect(first).toEqual({ data: { people: [{ id: "1" }, { id: "2" }] }, hasNext: true });
    expect(later.flatMap(({ incremental }) => incremental)).toEqual([
      { path: ["people", 0], data: { friends: [{ id: "2" }] } },
      { path: ["people", 1], data: { friends: [] } },
      { path: ["people", 0, "friends", 0], label: "inner", data: { name: "Bo", score: 14 } },
    ]);
  });

  it("is deferred by a variable, and whole where the variable says no", async () => {
    const query = 'query Q($later: Boolean!) { person(id: "1") { name ...F @defer(if: $later) } } fragment F on Person { score }';
    expect(await readAll(await askInParts(world.url, query, { variables: { later: true } }))).toHaveLength(2);
    const reply = await askInParts(world.url, query, { variables: { later: false } });
    expect(reply.headers["content-type"]).toBe("application/json; charset=utf-8");
  });

  it("leaves out what @skip and @include leave out, a deferred fragment included", async () => {
    const query = 'query Q($no: Boolean!) { person(id: "1") { name ... @defer { score @skip(if: $no) address { city } } ... @include(if: $no) @defer { id } ... @skip(if: $no) @defer { salary: name } } }';
    const [, ...later] = await readAll(await askInParts(world.url, query, { variables: { no: true } }));
    const parts = later.flatMap(({ incremental }) => incremental as { readonly data: unknown }[]).map(({ data }) => data);
    expect(parts).toHaveLength(2);
    expect(parts).toEqual(expect.arrayContaining([{ address: { city: "Rouen" } }, { id: "1" }]));
  });

  it("of a mutation defers what its fields give", async () => {
    const parts = await readAll(await askInParts(world.url, 'mutation { rename(id: "1", name: "Eve") { name ... @defer { score } } }'));
    expect(parts).toEqual([
      { data: { rename: { name: "Eve" } }, hasNext: true },
      { incremental: [{ path: ["rename"], data: { score: 7 } }], hasNext: false },
    ]);
  });
});

describe("a part that fails", () => {
  const failed = { path: ["person", "rank"], message: expect.any(String), extensions: expect.objectContaining({ code: "DOWNSTREAM_SERVICE_ERROR" }) };

  it("is null with its error, and the first part stays: nulls stop at the fragment", async () => {
    const parts = await readAll(await askInParts(world.url, '{ person(id: "1") { name ... @defer { rank } } }'));
    expect(parts).toEqual([
      { data: { person: { name: "Ada" } }, hasNext: true },
      { incremental: [{ path: ["person"], data: null, errors: [failed] }], hasNext: false },
    ]);
  });

  it("is completed with its error for incrementalSpec=v0.2", async () => {
    const [, last] = await readAll(await askInParts(world.url, '{ person(id: "1") { name ... @defer { rank } } }', { accept: INCREMENTS }));
    expect(last).toEqual({ completed: [{ id: "0", errors: [failed] }], hasNext: false });
  });

  it("keeps what there is of it, and the error at its path, when its subgraph is down", async () => {
    world.federation.servers["scores"]?.misbehave((response) => (response.writeHead(500).end("no"), true));
    const [, last] = await readAll(await askInParts(world.url, '{ person(id: "1") { name ... @defer { score address { city } } } }'));
    const errors = [{ path: ["person"], message: expect.any(String), extensions: expect.objectContaining({ code: "SUBREQUEST_HTTP_ERROR" }) }];
    expect(last).toEqual({ incremental: [{ path: ["person"], data: { score: null, address: { city: "Rouen" } }, errors }], hasNext: false });
  });

  it("is not sent where its object became null in the meantime, and completed with an error for incrementalSpec=v0.2", async () => {
    // The zip of this address may not be null and is: its part takes the address away, whose owner's score is to come.
    const query = '{ person(id: "2") { address { owner { id ... @defer(label: "score") { score } } } ... @defer(label: "zip") { address { zip } } } }';
    const [seen, missing] = [[] as unknown[], [expect.objectContaining({ extensions: { code: "VALUE_MISSING" } })]];
    for (const accept of [PATCHES, INCREMENTS]) {
      world.hold();
      const { parts } = await askInParts(world.url, query, { accept });
      seen.push([(await parts.next()).value, (await parts.next()).value, world.release(), (await parts.next()).value]);
    }
    const data = { address: null };
    const [first, path] = [{ data: { person: { address: { owner: { id: "2" } } } }, hasNext: true }, ["person"]];
    const pending = [{ id: "0", path: ["person", "address", "owner"], label: "score" }, { id: "1", path, label: "zip" }];
    const errors = [expect.objectContaining({ path: ["person", "address", "zip"] })];
    expect(seen).toEqual([
      [first, { incremental: [{ path, label: "zip", data, errors }], hasNext: true }, undefined, { hasNext: false }],
      [{ ...first, pending }, { incremental: [{ id: "1", data, errors }], completed: [{ id: "1" }], hasNext: true }, undefined, { completed: [{ id: "0", errors: missing }], hasNext: false }],
    ]);
  });

  it("has a place in a list, where the others stay", async () => {
    const [, last] = await readAll(await askInParts(world.url, "{ people { id ... @defer { address { city zip } } } }"));
    expect(last).toMatchObject({ incremental: [{ path: ["people", 0], data: { address: { zip: "76000" } } }, { path: ["people", 1], data: { address: null } }] });
  });
});

describe("an answer in parts", () => {
  it("ends with an error in each part that is missing when time runs out", async () => {
    const [first, last] = await inWorld({ config: { requestTimeoutMs: 1_000 } }, async (hasty) => {
      // Planned before, so that the time is the subgraph's alone.
      await askInParts(hasty.url, SLOW).then(readAll, () => undefined);
      hasty.hold();
      return readAll(await askInParts(hasty.url, SLOW));
    });
    expect(first).toEqual({ data: { person: { name: "Ada" } }, hasNext: true });
    const errors = [expect.objectContaining({ extensions: expect.objectContaining({ code: "GATEWAY_TIMEOUT" }) })];
    expect(last).toEqual({ incremental: [{ path: ["person"], label: "slow", data: { score: null }, errors }], hasNext: false });
  });

  it("is given up when the client leaves between two parts: the subgraph sees the close, and the log one request", async () => {
    const requests: GatewayEvents["request"][] = [];
    const told = Promise.withResolvers<void>();
    const stop = listen("request", (facts) => (requests.push(facts), told.resolve()));
    world.hold();
    const { parts, leave } = await askInParts(world.url, SLOW);
    await parts.next();
    leave();
    await world.left;
    await told.promise;
    stop();
    expect(requests).toMatchObject([{ fetches: 2, errorCodes: ["REQUEST_CANCELLED"] }]);
  });

  it("is logged once, at its end, with the errors of all parts", async () => {
    const requests: GatewayEvents["request"][] = [];
    const stop = listen("request", (facts) => void requests.push(facts));
    await readAll(await askInParts(world.url, '{ person(id: "1") { name ... @defer { rank } } }'));
    stop();
    expect(requests).toMatchObject([{ errorCodes: ["DOWNSTREAM_SERVICE_ERROR"] }]);
  });

  it("is not shared between clients that ask the same at once", async () => {
    await inWorld({ config: { dedupe: { inbound: true, subgraph: false } } }, async (sharing) => {
      const both = await Promise.all([1, 2].map(async () => readAll(await askInParts(sharing.url, SLOW))));
      expect(both.map((parts) => parts.length)).toEqual([2, 2]);
      expect(sharing.federation.fetches().filter((fetch) => fetch.startsWith("scores"))).toHaveLength(2);
    });
  });

  it("does not come where a field is refused: what is left is given whole, with the error", async () => {
    const reply = await askInParts(world.url, '{ person(id: "1") { name ... @defer { salary score } } }');
    expect(reply.headers["content-type"]).toBe("application/json; charset=utf-8");
    const { data, errors } = await world.federation.ask('{ person(id: "1") { name ... @defer { salary score } } }');
    expect({ data, errors }).toMatchObject({ data: { person: { name: "Ada", salary: null, score: 7 } }, errors: [{ path: ["person", "salary"], extensions: { code: "UNAUTHORIZED_FIELD" } }] });
  });
});

describe("an answer comes whole", () => {
  const WHOLE = { data: { person: { name: "Ada", score: 7 } } };
  const ask = async (accept: string, { url } = world): Promise<unknown> => {
    const headers = { accept, "content-type": "application/json" };
    return (await fetch(url, { method: "POST", headers, body: JSON.stringify({ query: SLOW }) })).json();
  };

  it.each([
    "application/json",
    "*/*",
    "multipart/mixed, application/json",
    "multipart/mixed;deferSpec=20990101, application/json",
    "multipart/mixed;deferSpec=20220824;q=0, application/json",
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed",
  ])("for %s", async (accept) => {
    expect(await ask(accept)).toEqual(WHOLE);
  });

  it("from the reference engine", async () => {
    await inWorld({ on: { engine: "reference", planner: "apollo" } }, async (reference) => {
      expect(await ask(PATCHES, reference)).toEqual(WHOLE);
    });
  });

  it("where there is nothing to which a part could belong", async () => {
    const reply = await askInParts(world.url, '{ person(id: "2") { friends { id ... @defer { score } } } }');
    expect(reply.headers["content-type"]).toBe("application/json; charset=utf-8");
  });
});

describe("@defer", () => {
  it("is in the schema that clients see", async () => {
    const answer = await world.federation.ask("{ __schema { directives { name } } }");
    expect(JSON.stringify(answer.data)).toContain('{"name":"defer"}');
  });

  it.each([
    ['{ person(id: "1") { ... @defer(label: "a") { name } ... @defer(label: "a") { score } } }', "once"],
    ['query Q($l: String) { person(id: "1") { ... @defer(label: $l) { name } } }', "a variable"],
    ['mutation { ... @defer { rename(id: "1", name: "Eve") { name } } }', "root fields of a mutation"],
    ['{ person(id: "1") { name @defer } }', "@defer"],
  ])("is refused with a sentence in %s", async (query, word) => {
    const reply = await fetch(world.url, { method: "POST", headers: { accept: PATCHES, "content-type": "application/json" }, body: JSON.stringify({ query }) });
    const { errors } = (await reply.json()) as { readonly errors: readonly { readonly message: string; readonly extensions: object }[] };
    expect(errors[0]).toMatchObject({ message: expect.stringContaining(word), extensions: { code: "GRAPHQL_VALIDATION_FAILED" } });
  });
});
