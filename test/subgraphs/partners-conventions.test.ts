// Conventions by day: which are in force, and which one covers a referral.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { openSmallPartners, refusalOf, type SmallPartners } from "./partners-small-world.ts";

let subgraph: SmallPartners;

beforeAll(async () => {
  subgraph = await openSmallPartners();
});
afterAll(() => subgraph.close());

describe("the convention that covers a referral", () => {
  const query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Referral { id agreementInForce { id } } } }";
  const covered = async (referrals: readonly (readonly [sender: unknown, receiver: unknown, createdAt: unknown])[]) => {
    const r = referrals.map(([sender, receiver, createdAt], at) => {
      return { __typename: "Referral", id: `r${at}`, sender, receiver, createdAt };
    });
    return subgraph.ask(query, { r });
  };
  const answers = async (referrals: Parameters<typeof covered>[0]) => {
    const { data, errors } = await covered(referrals);
    expect(errors).toBeUndefined();
    const { _entities } = data as unknown as { _entities: { agreementInForce: { id: string } | null }[] };
    return _entities.map((one) => one.agreementInForce?.id ?? null);
  };
  const [dept, ngo, ft] = [{ id: "dept-92" }, { id: "ngo" }, { id: "ft" }];

  it("holds from its first day to its last, not the day before nor the day after", async () => {
    const days = ["2023-12-31T12:00:00Z", "2024-01-01T12:00:00Z", "2024-12-31T12:00:00Z", "2025-01-01T12:00:00Z"];
    expect(await answers(days.map((day) => [dept, ft, day]))).toEqual([null, "a-2024", "a-2024", null]);
  });

  it("counts the day in France, where it begins before it begins in UTC", async () => {
    const instants = ["2023-12-31T22:59:59Z", "2023-12-31T23:00:00Z", "2024-12-31T23:00:00Z"];
    expect(await answers(instants.map((instant) => [dept, ft, instant]))).toEqual([null, "a-2024", null]);
  });

  it("holds in both directions, between its parties alone", async () => {
    const day = "2024-06-01T00:00:00Z";
    const pairs = [[ft, dept], [ft, ngo], [{ id: "nobody" }, dept], [dept, dept]] as const;
    expect(await answers(pairs.map(([sender, receiver]) => [sender, receiver, day]))).toEqual(["a-2024", null, null, null]);
  });

  it("does not hold while suspended, and the youngest of several is named", async () => {
    const instants = ["2026-01-15T00:00:00Z", "2025-12-31T22:00:00Z", "2026-02-01T12:00:00Z"];
    expect(await answers(instants.map((instant) => [dept, ngo, instant]))).toEqual(["a-old", "a-now", "a-now"]);
  });

  it("is found for a whole level by one query", async () => {
    const day = (at: number) => `2024-06-${String((at % 28) + 1).padStart(2, "0")}T10:00:00Z`;
    await answers(Array.from({ length: 60 }, (_, at) => [at % 2 === 0 ? dept : ft, at % 3 === 0 ? ngo : dept, day(at)]));
    expect(subgraph.finds()).toEqual(["agreements"]);
  });

  it("is null where an end is not known, and an error where the instant is none", async () => {
    expect(await answers([[null, ngo, "2024-06-01T00:00:00Z"], [dept, null, "2024-06-01T00:00:00Z"]])).toEqual([null, null]);
    const wrong = [
      [dept, "yesterday"],
      [dept, { $gt: "" }],
      [{ id: { $ne: "" } }, "2024-06-01T00:00:00Z"],
      ["dept-92", "2024-06-01T00:00:00Z"],
    ];
    for (const [sender, createdAt] of wrong) {
      expect(refusalOf(await covered([[sender, ngo, createdAt]]))[0]).toBe("BAD_USER_INPUT");
    }
  });
});

describe("conventions", () => {
  it("tell their status by the clock", async () => {
    const { data } = await subgraph.ask('{ agreements(partnerId: "dept-92") { id status parties { id } } }');
    expect(data).toEqual({
      agreements: [
        { id: "a-old", status: "IN_FORCE", parties: [{ id: "dept-92" }, { id: "ngo" }] },
        { id: "a-2024", status: "ENDED", parties: [{ id: "dept-92" }, { id: "ft" }] },
        { id: "a-now", status: "IN_FORCE", parties: [{ id: "dept-92" }, { id: "ngo" }] },
        { id: "a-paused", status: "SUSPENDED", parties: [{ id: "dept-92" }, { id: "ft-a" }] },
        { id: "a-next", status: "DRAFT", parties: [{ id: "dept-92" }, { id: "ft" }] },
      ],
    });
    expect(subgraph.finds()).toEqual(["agreements", "partners"]);
  });

  it("are selected by the day on which they are in force", async () => {
    const on = async (day: string) => {
      const { data } = await subgraph.ask('query ($d: Date) { agreements(partnerId: "dept-92", inForceOn: $d) { id } }', { d: day });
      return (data as unknown as { agreements: { id: string }[] }).agreements.map(({ id }) => id);
    };
    expect(await on("2024-12-31")).toEqual(["a-old", "a-2024", "a-now"]);
    expect(await on("2025-01-01")).toEqual(["a-old", "a-now", "a-paused"]);
    expect(await on("2026-01-15")).toEqual(["a-old", "a-paused"]);
    expect(await on("2026-03-02")).toEqual(["a-old", "a-now"]);
    expect(await on("2019-12-31")).toEqual([]);
  });

  it("refuse a day that the calendar has not", async () => {
    const result = await subgraph.ask('{ agreements(partnerId: "dept-92", inForceOn: "2025-02-29") { id } }');
    expect(refusalOf(result)[1]).toMatch(/Expected a date as YYYY-MM-DD/);
  });

  it("of an unknown partner are none", async () => {
    expect(await subgraph.ask('{ agreements(partnerId: "nobody") { id } }')).toEqual({ data: { agreements: [] } });
  });
});
