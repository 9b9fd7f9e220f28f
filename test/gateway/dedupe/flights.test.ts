// The algorithm: who boards, who leaves, and when a flight is called off. By itself, and in any order of events.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import type { Caller } from "../../../gateway/gateway.ts";
import { createFlights, type Flights } from "../../../gateway/flights.ts";
import { withDedupe } from "../../../gateway/transport/layers/dedupe.ts";
import type { Send, SubgraphAnswer, SubgraphRequest } from "../../../gateway/transport/transport.ts";
import { pause } from "./held-subgraph.ts";

interface Begun {
  readonly signal: AbortSignal;
  resolve(value: string[]): void;
  reject(reason: unknown): void;
}

interface World {
  readonly flights: Flights<string[]>;
  readonly begun: Begun[];
  readonly joined: string[];
  board(key: string, id: string, signal?: AbortSignal): Promise<string[]>;
}

function createWorld(): World {
  const begun: Begun[] = [];
  const joined: string[] = [];
  const flights = createFlights<string[]>({ copy: (value) => [...value] });
  const start = (signal: AbortSignal): Promise<string[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    begun.push({ signal, resolve, reject });
    return promise;
  };
  const board = (key: string, id: string, signal = new AbortController().signal) =>
    flights.share({ key, start, passenger: { id, signal, joined: (leader) => void joined.push(`${id} joins ${leader}`) } });
  return { flights, begun, joined, board };
}

describe("a flight", () => {
  it("is boarded by all who bring its key, and by nobody else", async () => {
    const { begun, joined, board } = createWorld();
    const all = [board("a", "1"), board("a", "2"), board("b", "3"), board("a", "4")];
    begun[0]?.resolve(["A"]);
    begun[1]?.resolve(["B"]);
    expect(await Promise.all(all)).toEqual([["A"], ["A"], ["B"], ["A"]]);
    expect(begun).toHaveLength(2);
    expect(joined).toEqual(["2 joins 1", "4 joins 1"]);
  });

  it("brings to each a value of their own, whatever the others do with theirs at once", async () => {
    const { begun, board } = createWorld();
    const seen: string[][] = [];
    const all = ["1", "2", "3"].map(async (id) => {
      const value = await board("a", id);
      seen.push([...value]);
      value.push(`written by ${id}`);
    });
    begun[0]?.resolve(["A"]);
    await Promise.all(all);
    expect(seen).toEqual([["A"], ["A"], ["A"]]);
  });

  it("is over when it has landed or failed: who asks then begins another", async () => {
    const { begun, board } = createWorld();
    const first = board("a", "1");
    begun[0]?.reject(new Error("down"));
    await expect(first).rejects.toThrow("down");
    const second = board("a", "2");
    begun[1]?.resolve(["A"]);
    expect(await second).toEqual(["A"]);
    expect(begun).toHaveLength(2);
  });

  it("fails for all who are on board", async () => {
    const { begun, board } = createWorld();
    const all = Promise.allSettled([board("a", "1"), board("a", "2")]);
    begun[0]?.reject(new Error("down"));
    expect((await all).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it.each([
    ["who began it", 0],
    ["who joined it", 1],
  ])("goes on without %s", async (_name, at) => {
    const { begun, board } = createWorld();
    const leaving = [new AbortController(), new AbortController()];
    const all = Promise.allSettled(leaving.map(({ signal }, id) => board("a", String(id), signal)));
    leaving[at]?.abort("time is up");
    expect(begun[0]?.signal.aborted).toBe(false);
    begun[0]?.resolve(["A"]);
    const results = await all;
    expect(results[at]).toEqual({ status: "rejected", reason: "time is up" });
    expect(results[1 - at]).toEqual({ status: "fulfilled", value: ["A"] });
  });

  it("is called off when the last has left, for that one's reason, and is boarded by nobody any more", async () => {
    const { begun, board } = createWorld();
    const leaving = [new AbortController(), new AbortController()];
    const all = Promise.allSettled(leaving.map(({ signal }, id) => board("a", String(id), signal)));
    leaving[0]?.abort("one");
    leaving[1]?.abort("two");
    await all;
    expect(begun[0]?.signal).toMatchObject({ aborted: true, reason: "two" });
    const next = board("a", "3");
    begun[0]?.resolve(["old"]);
    begun[1]?.resolve(["new"]);
    expect(await next).toEqual(["new"]);
  });

  it("is not begun for who has left already", async () => {
    const { begun, board } = createWorld();
    await expect(board("a", "1", AbortSignal.abort("gone"))).rejects.toBe("gone");
    expect(begun).toEqual([]);
  });

  it("is boarded by nobody once something was written, and lands for those on board", async () => {
    const { flights, begun, board } = createWorld();
    const before = board("a", "1");
    flights.seal();
    const after = [board("a", "2"), board("a", "3")];
    begun[0]?.resolve(["before"]);
    expect(await before).toEqual(["before"]);
    const late = board("a", "4");
    begun[1]?.resolve(["after"]);
    expect(await Promise.all([...after, late])).toEqual([["after"], ["after"], ["after"]]);
    expect(begun).toHaveLength(2);
  });

  it("is boarded while it is young only", async () => {
    const { begun, board } = createWorld();
    const old = board("a", "1");
    await pause(1_050);
    const young = [board("a", "2"), board("a", "3")];
    begun[0]?.resolve(["old"]);
    begun[1]?.resolve(["young"]);
    expect(await Promise.all([old, ...young])).toEqual([["old"], ["young"], ["young"]]);
  });

  it("with a key of a megabyte is not shared, and lands all the same", async () => {
    const { begun, board } = createWorld();
    const key = "k".repeat(2 ** 20);
    const all = [board(key, "1"), board(key, "2")];
    begun.forEach(({ resolve }, at) => resolve([String(at)]));
    expect(await Promise.all(all)).toEqual([["0"], ["1"]]);
  });
});

/** Alike at a glance, and each another. */
const CALLERS: readonly Caller[] = [
  { subject: null, scopes: new Set(), claims: {} },
  { subject: "null", scopes: new Set(), claims: {} },
  { subject: "ada", scopes: new Set(["read", "write"]), claims: {} },
  { subject: "ada", scopes: new Set(["read write"]), claims: {} },
  { subject: "ada", scopes: new Set(["read"]), claims: {} },
  { subject: "ada", scopes: new Set(["read"]), claims: { team: "blue" } },
  { subject: "ada", scopes: new Set(["read"]), claims: { team: "blue\n" } },
  { subject: 'ada","scopes":["read', scopes: new Set(), claims: JSON.parse('{"__proto__":"x"}') as Record<string, string> },
];

type Step =
  | { readonly kind: "ask"; readonly caller: number; readonly question: number }
  | { readonly kind: "land" | "fail" | "leave"; readonly at: number }
  | { readonly kind: "write" };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("ask" as const), caller: fc.nat(7), question: fc.nat(1) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("land" as const, "land" as const, "fail" as const, "leave" as const), at: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("write" as const) }) },
);

interface Wire {
  readonly request: SubgraphRequest;
  readonly startedAt: number;
  resolve(answer: SubgraphAnswer): void;
  reject(reason: unknown): void;
}

interface Asked {
  readonly caller: number;
  readonly question: number;
  /** How much had been written when it was asked. */
  readonly writes: number;
  readonly leaving: AbortController;
  outcome: string | null;
}

/** Callers, and a subgraph whose every answer tells whom it was made for, what was asked, and how much had been written by then. */
function createScene(callers: number) {
  const wires: Wire[] = [];
  const asked: Asked[] = [];
  const state = { writes: 0, sent: 0 };
  const next: Send = (request) => {
    if (request.query.startsWith("mutation")) return (state.writes += 1, Promise.resolve({ data: {}, errors: [] }));
    state.sent += 1;
    return new Promise((resolve, reject) => {
      const wire = { request, startedAt: state.writes, resolve, reject };
      wires.push(wire);
      request.facts.signal.addEventListener("abort", () => (wires.splice(wires.indexOf(wire), 1), reject(new Error("called off"))));
    });
  };
  const send = withDedupe(next);
  const requestOf = (query: string, caller: number, signal: AbortSignal): SubgraphRequest => ({
    subgraph: "one", query, operationName: null, variables: {}, headers: {}, facts: { caller: CALLERS[caller % callers] ?? assertNever(), requestId: "r", signal },
  });
  const ask = (caller: number, question: number): void => {
    const one: Asked = { caller: caller % callers, question, writes: state.writes, leaving: new AbortController(), outcome: null };
    asked.push(one);
    send(requestOf(`{ question${question} }`, caller, one.leaving.signal)).then(
      ({ data }) => {
        one.outcome = String((data?.["told"] as { by: string } | undefined)?.by);
        // Whoever gets an answer may write into it.
        Object.assign(data?.["told"] as object, { by: "somebody else's" });
      },
      (error: unknown) => void (one.outcome = one.leaving.signal.aborted ? "left" : String(error)),
    );
  };
  return {
    asked,
    wires,
    state,
    run: async (step: Step): Promise<void> => {
      if (step.kind === "ask") ask(step.caller, step.question);
      if (step.kind === "write") await send(requestOf("mutation { write }", 0, new AbortController().signal));
      if (step.kind === "leave") asked.filter((one) => one.outcome === null)[step.at]?.leaving.abort();
      if (step.kind === "land" || step.kind === "fail") {
        const [wire] = wires.splice(step.at % Math.max(wires.length, 1), 1);
        const by = wire === undefined ? "" : `${JSON.stringify(step.kind)} ${CALLERS.indexOf(wire.request.facts.caller)} ${wire.request.query} ${wire.startedAt}`;
        if (step.kind === "land") wire?.resolve({ data: { told: { by } }, errors: [] });
        else wire?.reject(new Error(by));
      }
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function assertNever(): never {
  throw new RangeError("Expected a caller.");
}

describe("two to eight callers, interleaved a hundred thousand times", () => {
  it("never get each other's answers, nor one from before what was written when they asked, nor none", async () => {
    const totals = { asked: 0, sent: 0, steps: 0 };
    const property = fc.asyncProperty(fc.integer({ min: 2, max: 8 }), fc.array(STEP, { minLength: 20, maxLength: 180, size: "max" }), async (callers, steps) => {
      const { asked, wires, state, run } = createScene(callers);
      for (const step of steps) await run(step);
      while (wires.length > 0) await run({ kind: "land", at: 0 });
      for (const { caller, question, writes, outcome, leaving } of asked) {
        if (leaving.signal.aborted && outcome === "left") continue;
        const [, whom, what, when] = /^(?:Error: )?"(?:land|fail)" (\d) \{ question(\d) \} (\d+)$/.exec(outcome ?? "never answered") ?? [];
        expect([whom, what]).toEqual([String(caller), String(question)]);
        expect(Number(when)).toBeGreaterThanOrEqual(writes);
      }
      totals.asked += asked.length;
      totals.sent += state.sent;
      totals.steps += steps.length;
    });
    await fc.assert(property, { numRuns: 1_500, seed: 4 });
    expect(totals.steps).toBeGreaterThan(100_000);
    expect(totals.sent).toBeLessThan(totals.asked * 0.9);
  }, 60_000);
});
