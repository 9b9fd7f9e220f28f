// How large an operation may be, counted before anything is planned.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Kind, parse } from "graphql";

import { ANONYMOUS } from "../../../gateway/gateway.ts";
import { readOperation } from "../../../gateway/operation/operation.ts";
import { createPlanStore } from "../../../gateway/planning/planning.ts";
import { ENGINES, openFederation, type Federation } from "./federation.ts";
import { SHOP } from "./shop.ts";

/** Each of `depth` fragments spreads the one below it `fan` times: 577 bytes at 14 and 2. */
function bomb(depth: number, fan = 2): string {
  const fragments = Array.from({ length: depth }, (_, at) => {
    const below = at === 0 ? "id" : Array.from({ length: fan }, () => `manager{...f${at - 1}}`).map((spread, copy) => (copy === 0 ? spread : `m${copy}:${spread}`)).join(" ");
    return `fragment f${at} on User{${below}}`;
  });
  return `{users{...f${depth - 1}}}${fragments.join("")}`;
}

describe.each(ENGINES)("an operation beyond the limit ($engine, $planner)", (on) => {
  let shop: Federation;
  beforeAll(async () => {
    shop = await openFederation(SHOP, { on });
  });
  afterAll(() => shop.close());

  it.each([
    [14, 2],
    [40, 2],
    [30, 30],
  ])("is refused, uncounted one by one, unplanned and unfetched, although it is short: %i fragments, each spread %i times", async (depth, fan) => {
    const document = parse(bomb(depth, fan));
    const answer = await shop.gateway.execute({ document, operationName: null, variables: {}, caller: ANONYMOUS, requestId: "bomb", signal: new AbortController().signal });
    const message = "Expected an operation of at most 1000 selections with its fragments spread out, got more.";
    expect(answer).toEqual({ errors: [{ message, extensions: { code: "OPERATION_TOO_LARGE" } }] });
    expect(shop.fetches()).toEqual([]);
  });

  it("is judged by the operation that runs, not by others of its document", async () => {
    const document = `query Small { users { id } } query Large { users { ...f13 } } ${bomb(14).slice(bomb(14).indexOf("fragment"))}`;
    expect((await shop.ask(document, { operationName: "Small" })).errors).toBeUndefined();
    expect((await shop.ask(document, { operationName: "Large" })).errors?.[0]?.extensions?.["code"]).toBe("OPERATION_TOO_LARGE");
  });
});

describe("the size of an operation", () => {
  const isWithin = (text: string, limit: number): boolean => {
    try {
      readOperation(parse(text), null, limit);
      return true;
    } catch {
      return false;
    }
  };

  it("counts fields, fragments and what fragments hold, each time that they are spread", () => {
    const text = `{ a { b ...F } ...F } fragment F on T { c ... on U { d } }`;
    expect([isWithin(text, 10), isWithin(text, 9)]).toEqual([true, false]);
  });

  it("has no end where fragments spread one another in a circle", () => {
    expect(isWithin(`{ ...F } fragment F on T { a ...G } fragment G on T { ...F }`, Number.MAX_VALUE)).toBe(false);
  });
});

describe("an operation", () => {
  const read = (text: string, name: string | null = null) => readOperation(parse(text), name, 100);

  it("has a fingerprint that layout, comments and other operations do not change", () => {
    const one = read(`query A { x(y: 1) ...F } fragment F on T { z }`);
    const other = read(`# hello\nfragment F on T { z } query B { w } query A { x ( y : 1 ), ...F } fragment G on T { v }`, "A");
    expect(other.fingerprint).toBe(one.fingerprint);
    expect(other.document.definitions.map((node) => (node.kind === Kind.OPERATION_DEFINITION ? "A" : "name" in node && node.name?.value))).toEqual(["A", "F"]);
    expect(read(`query A { x(y: 2) ...F } fragment F on T { z }`).fingerprint).not.toBe(one.fingerprint);
  });
});

describe("the plans that are kept", () => {
  it("are those used last", async () => {
    const plans = createPlanStore<number>(2);
    await plans.set("one", 1);
    await plans.set("two", 2);
    expect(await plans.get("one")).toBe(1);
    await plans.set("three", 3);
    expect([await plans.get("one"), await plans.get("two"), await plans.get("three")]).toEqual([1, undefined, 3]);
  });
});
