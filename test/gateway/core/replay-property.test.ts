// With replay and without, the same answers of subgraphs give the same bytes, whatever changes between runs and in whatever
// order answers come; and subgraphs see the same requests.
import { afterAll, describe, expect, it } from "@jest/globals";
import { getVariableValues, type GraphQLSchema } from "graphql";

import { gatewayError } from "../../../gateway/errors.ts";
import { openCompiledExecutor, ReadyData, type Answer, type Executor } from "../../../gateway/execution/execution.ts";
import { ANONYMOUS } from "../../../gateway/gateway.ts";
import { readOperation } from "../../../gateway/operation/operation.ts";
import { openPlanner } from "../../../gateway/planning/planning.ts";
import type { Send, SubgraphAnswer } from "../../../gateway/transport/transport.ts";
import { readFacts, type Facts } from "../../referee/facts.ts";
import { readFederation, type Federation } from "../../referee/federation.ts";
import { generateOperation, type Asked } from "../../referee/generate.ts";
import type { Mood } from "../../referee/model.ts";
import { createRandom, type Random } from "../../referee/random.ts";
import { createSend, type Served } from "../../referee/serve.ts";

const FEDERATIONS = ["key-several", "lists-of-lists", "nulls-everywhere", "provides-abstract", "requires-chain", "requires-nested", "shareable", "union-members", "interface-object", "scalars", "mutations", "names"];
const OPERATIONS = 10;
const ROUNDS = 20;

/** What subgraphs are like for one request. */
interface Weather {
  /** By subgraph. */
  readonly moods: ReadonlyMap<string, Mood>;
  readonly down: ReadonlySet<string>;
  /** Those who write blanks into their JSON. */
  readonly airy: ReadonlySet<string>;
  /** Of the delays. */
  readonly seed: number;
  /** Which variables the client sends. */
  readonly variables: "generated" | "others";
}

interface Played {
  readonly text: string;
  readonly sent: readonly string[];
}

const totals = { runs: 0, replayed: 0 };

describe("replay", () => {
  it.each(FEDERATIONS)("gives the bytes that a run without it gives: %s", async (name) => {
    const federation = readFederation(name);
    const stage = await openStage(federation);
    const random = createRandom(FEDERATIONS.indexOf(name) + 1);
    for (let seed = 0; seed < OPERATIONS; seed += 1) {
      const asked = withOthers(federation.apiSchema, generateOperation(federation.apiSchema, seed));
      let weather = calm(federation);
      for (let round = 0; round < ROUNDS; round += 1) {
        const weathers = Array.from({ length: 1 + random.below(3) }, () => (weather = change(weather, federation, random)));
        const [plain, replayed] = await Promise.all([playAll(stage, "off", { asked, weathers }), playAll(stage, "on", { asked, weathers })]);
        expect(replayed.map(({ text }) => text)).toEqual(plain.map(({ text }) => text));
        expect(replayed.map(({ sent }) => sent)).toEqual(plain.map(({ sent }) => sent));
      }
    }
    totals.runs += stage.counts.runs;
    totals.replayed += stage.counts.replayed;
    await stage.close();
  }, 60_000);

  // Otherwise the above would be about nothing.
  afterAll(() => {
    expect(totals.runs).toBeGreaterThan(4_000);
    expect(totals.replayed / totals.runs).toBeGreaterThan(0.1);
    expect(totals.replayed / totals.runs).toBeLessThan(0.9);
  });
});

interface Stage {
  readonly executors: Readonly<Record<"on" | "off", Executor>>;
  /** By request id. */
  readonly requests: Map<string, Request>;
  readonly counts: { runs: number; replayed: number };
  close(): Promise<void>;
}

interface Request {
  readonly weather: Weather;
  readonly sent: string[];
  /** Answers that were looked into. */
  read: number;
}

async function openStage(federation: Federation): Promise<Stage> {
  const requests = new Map<string, Request>();
  const send = createWire(federation, readFacts(federation), requests);
  const planner = await openPlanner({ supergraphSdl: federation.executableSdl, kind: "hive" });
  const schema = federation.apiSchema;
  const replay = { bytes: 2 ** 20, seconds: 60, mayKeep: () => true };
  const executors = { off: openCompiledExecutor({ schema, planner, send }), on: openCompiledExecutor({ schema, planner, send, replay }) };
  return { executors, requests, counts: { runs: 0, replayed: 0 }, close: async () => void (await Promise.all([executors.off.close(), executors.on.close()])) };
}

/** Subgraphs behind something like a wire: answers are bytes, may be late, and may not come. */
function createWire(federation: Federation, facts: Facts, requests: ReadonlyMap<string, Request>): Send {
  const runs = new Map<string, Served>();
  const ask = createSend(federation, facts, (id) => runs.get(id) ?? fail(id));
  return async (request) => {
    const { subgraph, body = "", expected } = request;
    const seen = requests.get(request.facts.requestId) ?? fail(request.facts.requestId);
    seen.sent.push(`${subgraph} ${body}`);
    const { weather } = seen;
    const mood = weather.moods.get(subgraph) ?? fail(subgraph);
    await later(createRandom(weather.seed + body.length * 31 + subgraph.length).below(12));
    if (weather.down.has(subgraph)) throw gatewayError("DOWNSTREAM_SERVICE_ERROR", { service: subgraph }, { extensions: { serviceName: subgraph } });
    const id = `${request.facts.requestId} ${subgraph}`;
    runs.set(id, { facts, mood, mutations: 0, fetched: [] });
    const answer = await ask({ ...request, facts: { ...request.facts, requestId: id } });
    const bytes = Buffer.from(JSON.stringify(answer, null, weather.airy.has(subgraph) ? 1 : 0));
    const read = (): SubgraphAnswer => {
      seen.read += 1;
      return JSON.parse(bytes.toString()) as SubgraphAnswer;
    };
    return expected?.equals(bytes) === true ? lazy(expected, read) : { ...read(), bytes };
  };
}

function lazy(bytes: Buffer, read: () => SubgraphAnswer): SubgraphAnswer {
  let answer: SubgraphAnswer | null = null;
  const look = (): SubgraphAnswer => (answer ??= read());
  return {
    bytes,
    get data() {
      return look().data;
    },
    get errors() {
      return look().errors;
    },
  };
}

interface AskedTwice extends Asked {
  readonly others: Asked["variables"];
}

/** Other values for the same variables, where they are of the right types. */
function withOthers(schema: GraphQLSchema, asked: Asked): AskedTwice {
  const alter = (value: unknown): unknown => {
    if (typeof value === "boolean") return !value;
    if (typeof value === "number") return value + 1;
    if (typeof value === "string") return `${value}'`;
    if (Array.isArray(value)) return value.map(alter);
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, alter(member)])) : value;
  };
  let others = asked.variables;
  for (const [name, value] of Object.entries(asked.variables)) {
    const altered = Object.fromEntries([...Object.entries(others).filter(([other]) => other !== name), [name, alter(value)]]);
    const definition = readOperation(asked.document, null, 10_000).definition;
    if (getVariableValues(schema, definition.variableDefinitions ?? [], altered).errors === undefined) others = altered;
  }
  return { ...asked, others };
}

interface Playing {
  readonly asked: AskedTwice;
  readonly weathers: readonly Weather[];
}

/** One request for each weather, side by side. */
function playAll(stage: Stage, which: "on" | "off", { asked, weathers }: Playing): Promise<Played[]> {
  const operation = operationOf(asked);
  return Promise.all(
    weathers.map(async (weather, index) => {
      const requestId = `${which} ${index}`;
      const variables = weather.variables === "others" ? asked.others : asked.variables;
      const request: Request = { weather, sent: [], read: 0 };
      stage.requests.set(requestId, request);
      const answer = await stage.executors[which].execute(operation, variables, { caller: ANONYMOUS, requestId, signal: new AbortController().signal });
      if (which === "on") stage.counts.runs += 1;
      if (which === "on" && request.sent.length > 0 && request.read === 0 && weather.down.size === 0) stage.counts.replayed += 1;
      return { text: print(answer), sent: request.sent.sort() };
    }),
  );
}

const operations = new WeakMap<Asked, ReturnType<typeof readOperation>>();

/** The same object each time: what is known of an operation is known by it. */
function operationOf(asked: Asked): ReturnType<typeof readOperation> {
  const operation = operations.get(asked) ?? readOperation(asked.document, null, 10_000);
  operations.set(asked, operation);
  return operation;
}

function print({ data, errors }: Answer): string {
  return `${data instanceof ReadyData ? data.text : JSON.stringify(data)} ${JSON.stringify(errors)}`;
}

function calm({ subgraphs }: Federation): Weather {
  return { moods: new Map(subgraphs.map(({ name }) => [name, { seed: 1, nulls: 0.05, faults: 0 }])), down: new Set(), airy: new Set(), seed: 0, variables: "generated" };
}

/** Often nothing but the delays changes, else mostly one subgraph, and mostly to what was before. */
function change({ moods, down, airy }: Weather, { subgraphs }: Federation, random: Random): Weather {
  const seed = random.below(1_000_000);
  const variables = random.chance(0.7) ? "generated" : "others";
  if (random.chance(0.5)) return { moods, down, airy, seed, variables };
  const { name } = random.pick(subgraphs);
  const mood = { seed: 1 + random.below(2), nulls: random.chance(0.2) ? 0.4 : 0.05, faults: random.chance(0.15) ? 0.2 : 0 };
  const toggle = (set: ReadonlySet<string>): ReadonlySet<string> => (set.has(name) || !random.chance(0.2) ? new Set([...set].filter((one) => one !== name)) : new Set([...set, name]));
  return { moods: new Map([...moods, [name, mood]]), down: toggle(down), airy: toggle(airy), seed, variables };
}

/** After so many turns of the event loop. */
async function later(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function fail(name: string): never {
  throw new Error(`Expected something known, got ${name}.`);
}
