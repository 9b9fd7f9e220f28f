// Which referral a step shows to whom: what *services* would answer, and of the rest how many and why (L2, CSP L.1110-4 II; L7,
// CASF L.263-4-1; L4, CASF L.226-2-2). What is shown here and not there would be an error in somebody's answer.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import type { TestSubgraph } from "../harness/subgraph.ts";
import { openBeneficiaries, pathway, READER, step, world } from "./beneficiaries-world.ts";

const base = world();
const [sent] = base.referrals;
if (sent === undefined) throw new Error("The small world has no referral.");
const [requested] = sent.transitions;
if (requested === undefined) throw new Error("The referral of the small world was never sent.");

const referring = (id: string, referralId: string, order: number) => step(id, "REFERRAL", { order, status: "WAITING", outcome: null, endedAt: null, referralId });

/** b1: one that was sent and one that is a draft; c1, who is evaluated: one that was sent. */
function referrals() {
  return world({
    referrals: [sent, { ...sent, id: "draft", transitions: [{ ...requested, to: "DRAFT" }] }, { ...sent, id: "of-child", personId: "c1" }] as typeof base.referrals,
    pathways: [
      pathway("p1", "b1", [referring("s-sent", "r1", 1), referring("s-draft", "draft", 2)]),
      pathway("p-child", "c1", [step("sc1", "CHILD_EVALUATION", { startedAt: "2026-02-20T08:00:00.000Z", endedAt: null, outcome: null }), referring("sc-sent", "of-child", 2)]),
    ],
  });
}

const QUERY = "query ($id: ID!) { pathway(id: $id) { withheld { path reason count } steps(kind: REFERRAL) { id ... on ReferralStep { referral { id } } } } }";

let subgraph: TestSubgraph;
beforeAll(async () => void (subgraph = await openBeneficiaries(referrals())));
afterAll(() => subgraph.close());

async function read(caller: Partial<Caller>, id = "p1"): Promise<{ readonly shown: unknown[]; readonly told: unknown[] }> {
  // Opened as an emergency for each purpose that is asked for.
  await subgraph.store.connection.collection("emergencies").updateMany({}, { $set: { purpose: caller.purpose } });
  await subgraph.store.connection.collection("standings").updateMany({ _id: READER.professionalId as never }, { $set: { "habilitation.purposes": [caller.purpose], partnerId: caller.partnerId } });
  const { data, errors } = await subgraph.ask(QUERY, { id }, { ...READER, ...caller });
  expect(errors).toBeUndefined();
  const { steps, withheld } = (JSON.parse(JSON.stringify(data)) as { pathway: { steps: { referral: { id: string } | null }[]; withheld: { path: string }[] } }).pathway;
  return { shown: steps.map(({ referral }) => referral?.id ?? null), told: withheld.filter(({ path }) => path === "steps.referral") };
}

const told = (reason: string, count: number) => [{ path: "steps.referral", reason, count }];

describe("the referral of a step", () => {
  it("is its sender's, and its receiver's once it was sent (L2)", async () => {
    expect(await read({ partnerId: "dept-92", purpose: "SUPPORT" })).toEqual({ shown: ["r1", "draft"], told: [] });
    expect(await read({ partnerId: "ngo-toit-et-vie", purpose: "SUPPORT" })).toEqual({ shown: ["r1", null], told: told("NO_GRANT", 1) });
    expect(await read({ partnerId: "dept-14", purpose: "SUPPORT" })).toEqual({ shown: [null, null], told: told("NO_GRANT", 2) });
  });

  it("for another purpose than to help somebody is told to its parties as such, and to others as what it is (L7)", async () => {
    expect(await read({ partnerId: "dept-92", purpose: "STATISTICS" })).toEqual({ shown: [null, null], told: told("PURPOSE_NOT_COVERED", 2) });
    expect(await read({ partnerId: "dept-14", purpose: "STATISTICS" })).toEqual({ shown: [null, null], told: told("NO_GRANT", 2) });
  });

  it("that protects a child is shown to protect or evaluate one, and to its parties for nothing else (L4)", async () => {
    expect(await read({ partnerId: "dept-92", purpose: "CHILD_PROTECTION" }, "p-child")).toEqual({ shown: ["of-child"], told: [] });
    expect(await read({ partnerId: "dept-92", purpose: "EVALUATION" }, "p-child")).toEqual({ shown: ["of-child"], told: [] });
    expect(await read({ partnerId: "dept-92", purpose: "SUPPORT" }, "p-child")).toEqual({ shown: [null], told: told("PURPOSE_NOT_COVERED", 1) });
  });
});
