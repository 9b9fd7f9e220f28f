// The parts of replay, without a gateway: how much is kept and for how long, when a plan is left alone, and how bodies are compared.
import { describe, expect, it } from "@jest/globals";

import { ReadyData, type Answer } from "../../../gateway/execution/execution.ts";
import { createReplays, type AnswerByReplay, type Replays } from "../../../gateway/execution/replay/replay.ts";
import { ANONYMOUS } from "../../../gateway/gateway.ts";
import type { FetchNode } from "../../../gateway/planning/planning.ts";
import { createBody } from "../../../gateway/transport/body.ts";
import type { Send } from "../../../gateway/transport/transport.ts";
import { createRandom } from "../../referee/random.ts";

const FETCH: FetchNode = { kind: "Fetch", subgraph: "one", operationKind: "query", document: "{ a }", variables: [], entities: [], outputRewrites: [] };
const REQUEST = { subgraph: "one", query: "{ a }", operationName: null, variables: {}, body: `{"query":"{ a }"}`, headers: {} };

interface World {
  readonly replays: Replays;
  readonly open: () => AnswerByReplay;
  clock: number;
  /** What the subgraph answers. */
  says: string;
  /** How often an ordinary run was made. */
  runs: number;
}

function createWorld(bounds: { readonly bytes?: number; readonly seconds?: number } = {}): World {
  const replays = createReplays({ bytes: 100_000, seconds: 60, ...bounds, now: () => world.clock });
  const world: World = { replays, open: () => replays.open({ node: FETCH }), clock: 0, says: "a", runs: 0 };
  return world;
}

async function ask(world: World, answer: AnswerByReplay, variables: Record<string, unknown> = {}): Promise<Answer> {
  const facts = { caller: ANONYMOUS, requestId: "test", signal: new AbortController().signal };
  const send: Send = async () => ({ data: { a: world.says }, errors: [], bytes: Buffer.from(world.says) });
  return answer({
    variables,
    facts,
    send,
    execute: async (sendFetch) => {
      world.runs += 1;
      const { data } = await sendFetch({ ...REQUEST, facts }, FETCH);
      return { data: new ReadyData(JSON.stringify(data)) };
    },
  });
}

describe("what is kept of runs", () => {
  it("is at most so many bytes, of all plans together; what was used last stays", async () => {
    const world = createWorld();
    const plans = [world.open(), world.open()] as const;
    world.says = "a".repeat(5_000);
    for (let id = 0; id < 100; id += 1) {
      await ask(world, plans[id % 2 === 0 ? 0 : 1], { id });
      await ask(world, plans[0], { id: 0 });
      expect(world.replays.facts().bytes).toBeLessThanOrEqual(100_000);
    }
    const { traces, hits, unknown } = world.replays.facts();
    // Each takes the answer, the data as text and as bytes, the request and what is around them.
    expect(traces).toBe(4);
    expect([hits, unknown]).toEqual([100, 100]);
    world.replays.close();
    expect(world.replays.facts()).toMatchObject({ traces: 0, bytes: 0 });
  });

  it("is nothing of a run that alone is beyond the bound", async () => {
    const world = createWorld({ bytes: 10_000 });
    const answer = world.open();
    await ask(world, answer);
    world.says = "b".repeat(9_000);
    await ask(world, answer, { large: true });
    expect(world.replays.facts()).toMatchObject({ traces: 1 });
    world.replays.close();
  });

  it("goes when it was not found true for so many seconds", async () => {
    const world = createWorld({ seconds: 10 });
    const answer = world.open();
    for (const at of [0, 9, 18, 29]) {
      world.clock = at * 1_000;
      await ask(world, answer);
    }
    expect(world.replays.facts()).toMatchObject({ hits: 2, unknown: 2, traces: 1 });
    world.replays.close();
  });

  it("goes also when nobody asks any more", async () => {
    const world = createWorld({ seconds: 1 });
    await ask(world, world.open());
    world.clock = 5_000;
    expect(world.replays.facts().traces).toBe(1);
    const end = Date.now() + 5_000;
    while (world.replays.facts().traces > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(world.replays.facts()).toMatchObject({ traces: 0, bytes: 0 });
    world.replays.close();
  });
});

describe("a plan whose answers are different each time", () => {
  it("is left alone for a while, then tried again, and kept when its answers stay", async () => {
    const world = createWorld();
    const answer = world.open();
    for (let run = 0; run < 100; run += 1) {
      world.says = String(run);
      await ask(world, answer);
    }
    // One that was unknown; the others are not compared with anything any more, and nothing is kept.
    expect(world.replays.facts()).toMatchObject({ unknown: 1, different: 16, traces: 0 });
    world.clock = 10_001;
    for (let run = 0; run < 100; run += 1) await ask(world, answer);
    expect(world.replays.facts()).toMatchObject({ unknown: 2, hits: 99 });
    expect(world.runs).toBe(101);
    world.replays.close();
  });

  it("is not one whose answers changed once while many were under way", async () => {
    const world = createWorld();
    const answer = world.open();
    await ask(world, answer);
    world.says = "b";
    await Promise.all(Array.from({ length: 100 }, () => ask(world, answer)));
    await ask(world, answer);
    expect(world.replays.facts()).toMatchObject({ unknown: 1, different: 100, hits: 1 });
    world.replays.close();
  });

  it("is tried again briefly", async () => {
    const world = createWorld();
    const answer = world.open();
    for (let run = 0; run < 1_000; run += 1) {
      world.says = String(run);
      world.clock += 100;
      await ask(world, answer);
    }
    const { different } = world.replays.facts();
    expect(different).toBeGreaterThan(20);
    expect(different).toBeLessThan(70);
    world.replays.close();
  });

  it("does not bring others to rest", async () => {
    const world = createWorld();
    const [restless, calm] = [world.open(), world.open()];
    for (let run = 0; run < 50; run += 1) {
      world.says = String(run);
      await ask(world, restless);
      world.says = "the same";
      await ask(world, calm);
    }
    expect(world.replays.facts()).toMatchObject({ hits: 49, different: 16 });
    world.replays.close();
  });
});

describe("a trace with a fetch that its plan does not lead to", () => {
  it("proves nothing", async () => {
    const world = createWorld();
    const answer = world.replays.open({ node: { kind: "Sequence", nodes: [] } });
    const texts = [];
    for (world.says of ["a", "b", "c"]) texts.push(JSON.stringify((await ask(world, answer)).data));
    expect(texts).toEqual(["a", "b", "c"].map((a) => JSON.stringify({ a })));
    world.replays.close();
  });
});

describe("a body that is expected", () => {
  const split = (bytes: Buffer, seed: number): Buffer[] => {
    const random = createRandom(seed);
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + random.below(bytes.length);
      chunks.push(bytes.subarray(at, end));
      at = end;
    }
    return chunks;
  };

  it("is the expected one itself where it is equal, else what came, however it came", () => {
    const random = createRandom(1);
    let equal = 0;
    for (let seed = 0; seed < 2_000; seed += 1) {
      const expected = Buffer.from("x".repeat(1 + random.below(20)));
      const came = Buffer.from(expected.toString().slice(random.below(2)) + (random.chance(0.3) ? "x" : ""));
      if (random.chance(0.3)) came[random.below(came.length + 1)] = 121;
      const body = createBody(expected);
      for (const chunk of split(came, seed)) body.add(chunk);
      const bytes = body.end();
      expect(bytes.equals(came)).toBe(true);
      expect(bytes === expected).toBe(came.equals(expected));
      if (bytes === expected) equal += 1;
    }
    expect(equal).toBeGreaterThan(200);
    expect(equal).toBeLessThan(1_800);
  });
});
