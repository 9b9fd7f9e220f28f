// A supergraph replaced while requests are under way: each ends on the one on which it began.
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "@jest/globals";
import { parse } from "graphql";

import { readConfig, type GatewayConfig } from "../../../gateway/config.ts";
import { listen, type GatewayEvents } from "../../../gateway/events.ts";
import { ANONYMOUS, createGateway, type Gateway } from "../../../gateway/gateway.ts";
import { startHttp, type HttpServer } from "../../../gateway/http/http.ts";
import { hold, serverOf, until } from "../dedupe/held-subgraph.ts";
import { callerWith, composeText, ENGINES, parseAnswer, startSubgraph, type EngineChoice, type Federation, type SubgraphSource } from "./federation.ts";

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@requiresScopes"])`;
const person = { __resolveReference: ({ id }: { id: string }) => ({ id }) };
const PEOPLE: SubgraphSource = {
  sdl: `${LINK} type Query { person: Person } type Person @key(fields: "id") { id: ID! name: String }`,
  resolvers: { Query: { person: () => ({ id: "p1" }) }, Person: { ...person, name: () => "Ada" } },
};
const PETS: SubgraphSource = { sdl: `${LINK} type Person @key(fields: "id") { id: ID! pet: String }`, resolvers: { Person: { ...person, pet: () => "Rex" } } };
const JOBS: SubgraphSource = { sdl: `${LINK} type Person @key(fields: "id") { id: ID! job: String }`, resolvers: { Person: { ...person, job: () => "countess" } } };
const SOURCES = { people: PEOPLE, pets: PETS, jobs: JOBS };

interface World extends Pick<Federation, "servers"> {
  readonly gateway: Gateway;
  readonly server: HttpServer;
  /** What was published of the supergraph. */
  readonly told: readonly GatewayEvents["supergraph"][];
  /** Writes a supergraph of the named subgraphs. */
  write(names: readonly (keyof typeof SOURCES)[], edit?: (sdl: string) => string): Promise<void>;
  writeText(text: string): Promise<void>;
  close(): Promise<void>;
}

let world: World;
afterEach(() => world.close());

/** Serves `people` and `pets`; `jobs` runs beside. */
async function openWorld(on?: EngineChoice, changes: Partial<GatewayConfig> = {}): Promise<World> {
  const servers = Object.fromEntries(await Promise.all(Object.entries(SOURCES).map(async ([name, source]) => [name, await startSubgraph(source)] as const)));
  const folder = await mkdtemp(join(tmpdir(), "gateway-test-"));
  const supergraph = join(folder, "supergraph.graphql");
  const writeText = (text: string): Promise<void> => writeFile(supergraph, text);
  const write: World["write"] = (names, edit = (sdl) => sdl) =>
    writeText(edit(composeText(Object.fromEntries(names.map((name) => [name, SOURCES[name]])), (name) => servers[name]?.url ?? "")));
  await write(["people", "pets"]);
  const defaults = readConfig({}, {});
  const config = { ...defaults, port: 0, supergraph, ...changes, execution: { ...defaults.execution, ...on } };
  const gateway = await createGateway(config);
  const server = await startHttp({ gateway, config });
  const told: GatewayEvents["supergraph"][] = [];
  const endListening = listen("supergraph", (facts) => void told.push(facts));
  const close = async (): Promise<void> => {
    endListening();
    await server.close();
    await gateway.close();
    await Promise.all(Object.values(servers).map((one) => one.stop()));
    await rm(folder, { recursive: true });
  };
  return { gateway, server, servers, told, write, writeText, close };
}

interface Reply {
  readonly status: number;
  readonly body: { readonly data?: unknown; readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[] };
}

async function post(query: string): Promise<Reply> {
  const headers = { "content-type": "application/json", accept: "application/graphql-response+json" };
  const response = await fetch(`${world.server.url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
  return { status: response.status, body: (await response.json()) as Reply["body"] };
}

const answered = (data: unknown): Reply => ({ status: 200, body: { data } });
const codesOf = ({ body }: Reply): readonly string[] => (body.errors ?? []).map(({ extensions }) => extensions.code);

describe.each(ENGINES)("a supergraph that is replaced ($engine, $planner)", (on) => {
  it("is finished by the requests that began on it, and unknown to those that come after", async () => {
    world = await openWorld(on);
    const people = hold(serverOf(world, "people"));
    const early = post("{ person { name pet } }");
    await people.arrived(1);
    await world.write(["people", "jobs"]);
    expect(await world.gateway.reload()).toEqual({ outcome: "served" });
    const late = await post("{ person { name pet } }");
    expect([late.status, codesOf(late)]).toEqual([400, ["GRAPHQL_VALIDATION_FAILED"]]);
    people.release();
    // The subgraph that is gone is asked only now.
    expect(await early).toEqual(answered({ person: { name: "Ada", pet: "Rex" } }));
    expect(serverOf(world, "pets").seen).toHaveLength(1);
    expect(await post("{ person { name job } }")).toEqual(answered({ person: { name: "Ada", job: "countess" } }));
    expect(world.told).toEqual([{ outcome: "served", subgraphs: ["jobs", "people"], code: null, reason: null }]);
  });

  it("is left as it was by one that cannot be served", async () => {
    world = await openWorld(on);
    await world.writeText("type Query { a: Int }");
    expect(await world.gateway.reload()).toMatchObject({ outcome: "refused", code: "SUPERGRAPH_INVALID" });
    await world.write(["people", "jobs"], (sdl) => sdl.replace(/name: "jobs", url: "[^"]*"/, `name: "jobs", url: ""`));
    expect(await world.gateway.reload()).toMatchObject({ outcome: "refused", code: "SETTING_INVALID", reason: expect.stringContaining("jobs") });
    expect(world.told.map(({ outcome, code }) => [outcome, code])).toEqual([["refused", "SUPERGRAPH_INVALID"], ["refused", "SETTING_INVALID"]]);
    expect(await post("{ person { pet } }")).toEqual(answered({ person: { pet: "Rex" } }));
    await world.write(["people", "jobs"]);
    expect(await world.gateway.reload()).toEqual({ outcome: "served" });
    expect(await post("{ person { job } }")).toEqual(answered({ person: { job: "countess" } }));
  });
});

describe("a supergraph that is replaced", () => {
  it("by one that requires a right: who asks from then on needs it", async () => {
    world = await openWorld();
    const ask = async (scopes: readonly string[]) => {
      const document = parse("{ person { name } }");
      return parseAnswer(await world.gateway.execute({ document, operationName: null, variables: {}, caller: callerWith(scopes), requestId: "r", signal: new AbortController().signal }));
    };
    expect((await ask([])).data).toEqual({ person: { name: "Ada" } });
    const guarded = { ...PEOPLE, sdl: PEOPLE.sdl.replace("name: String", `name: String @requiresScopes(scopes: [["names"]])`) };
    await world.writeText(composeText({ people: guarded }, (name) => serverOf(world, name).url));
    await world.gateway.reload();
    expect(await ask([])).toMatchObject({ data: { person: { name: null } }, errors: [{ extensions: { code: "UNAUTHORIZED_FIELD" } }] });
    expect((await ask(["names"])).data).toEqual({ person: { name: "Ada" } });
  });

  it("leaves nothing of itself for a document validated against it that arrives late: it is validated anew", async () => {
    world = await openWorld();
    const schema = world.gateway.schema();
    await world.write(["people", "jobs"]);
    await world.gateway.reload();
    const ask = async (query: string) =>
      parseAnswer(await world.gateway.execute({ document: parse(query), schema, operationName: null, variables: {}, caller: ANONYMOUS, requestId: "r", signal: new AbortController().signal }));
    expect(await ask("{ person { name } }")).toEqual({ data: { person: { name: "Ada" } } });
    expect(await ask("{ person { pet } }")).toEqual({ errors: [{ message: `Cannot query field "pet" on type "Person".`, extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }] });
  });

  it("by one with a subgraph that does not answer leaves the gateway ready, and names what is missing", async () => {
    world = await openWorld();
    await serverOf(world, "jobs").stop();
    await world.write(["people", "jobs"]);
    await world.gateway.reload();
    const ready = await fetch(`${world.server.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: "ready", missing: ["jobs"], subgraphs: [{ name: "jobs", answered: false, up: false }, { name: "people", answered: true, up: true }] }]);
    expect(codesOf(await post("{ person { name job } }"))).toEqual(["DOWNSTREAM_SERVICE_ERROR"]);
  });

  it("by the same text is not replaced", async () => {
    world = await openWorld();
    const schema = world.gateway.schema();
    expect(await world.gateway.reload()).toEqual({ outcome: "unchanged" });
    expect([world.gateway.schema(), world.told]).toEqual([schema, []]);
  });

  it("is seen by who shares answers: nobody joins an answer from before", async () => {
    world = await openWorld(undefined, { dedupe: { inbound: true, subgraph: true } });
    const people = hold(serverOf(world, "people"));
    const early = post("{ person { name } }");
    await people.arrived(1);
    await world.write(["people", "jobs"]);
    await world.gateway.reload();
    const late = post("{ person { name } }");
    await people.arrived(2);
    people.release();
    expect(await Promise.all([early, late])).toEqual([answered({ person: { name: "Ada" } }), answered({ person: { name: "Ada" } })]);
  });
});

describe("a supergraph that is read every second", () => {
  it("is served when it has changed; of one that cannot be served the log tells once", async () => {
    world = await openWorld(undefined, { supergraphPollS: 1 });
    await world.writeText("type Query {");
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(world.told.map(({ code }) => code)).toEqual(["SUPERGRAPH_INVALID"]);
    expect(await post("{ person { pet } }")).toEqual(answered({ person: { pet: "Rex" } }));
    await world.write(["people", "jobs"]);
    await until(() => world.told.length === 2);
    expect(await post("{ person { job } }")).toEqual(answered({ person: { job: "countess" } }));
  }, 20_000);
});

const SWAPS = Number(process.env["SWAPS"] ?? 6);

describe(`${SWAPS} supergraphs one after the other under load`, () => {
  it("answer every request, and leave no planner process behind", async () => {
    world = await openWorld();
    const before = countChildren();
    const state = { over: false, answers: 0 };
    const load = Array.from({ length: 8 }, async () => {
      for (; !state.over; state.answers += 1) expect(await post("{ person { name } }")).toEqual(answered({ person: { name: "Ada" } }));
    });
    for (let swap = 0; swap < SWAPS; swap += 1) {
      await world.write(["people", swap % 2 === 0 ? "jobs" : "pets"]);
      expect(await world.gateway.reload()).toEqual({ outcome: "served" });
    }
    state.over = true;
    await Promise.all(load);
    expect(state.answers).toBeGreaterThan(SWAPS);
    await until(() => countChildren() === before);
  }, 600_000);
});

/** Processes whose parent is this one. */
function countChildren(): number {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return processes.filter((pid) => {
    try {
      return Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]) === process.pid;
    } catch {
      return false;
    }
  }).length;
}
