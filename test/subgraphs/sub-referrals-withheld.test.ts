// A referral says how many others follow from it between others, and no more (L2, CSP L.1110-4 II): a list that is shorter than
// what there is says so. Of what protects a child, and of drafts, not even the number (L4, CASF L.226-2-2).
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";
import { NOW, put, referral } from "./services-small-world.ts";

const { options, carry } = createTestTickets();
const SENDER: Partial<Caller> = { professionalId: "pro-92", partnerId: "dept-92", purpose: "SUPPORT" };
const RECEIVER: Partial<Caller> = { professionalId: "pro-ngo", partnerId: "ngo-toit-et-vie", purpose: "REFERRAL" };
const below = { parentReferralId: "above", senderId: "ngo-toit-et-vie", receiverId: "hospital-issy" };

let subgraph: TestSubgraph;
beforeAll(async () => {
  subgraph = await openTestSubgraph(createServices(options), { at: NOW });
  await put(subgraph, {
    referrals: [
      referral("above"),
      referral("shown", { parentReferralId: "above" }),
      referral("next", below),
      referral("after", below),
      referral("draft", { ...below, sentAt: null, status: "DRAFT" }),
      referral("protects", { ...below, childProtection: true }),
      referral("of-another", { ...below, personId: "b2" }),
      referral("alone"),
    ],
  });
});
afterAll(() => subgraph.close());

const QUERY = "query ($id: ID!) { referral(id: $id) { subReferrals { id } withheld { path reason count } } }";

async function read(id: string, caller: Partial<Caller>): Promise<{ readonly shown: string[]; readonly withheld: unknown[] }> {
  const { data, errors } = await subgraph.ask(QUERY, { id }, caller);
  expect(errors).toBeUndefined();
  const { subReferrals, withheld } = (JSON.parse(JSON.stringify(data)) as { referral: { subReferrals: { id: string }[]; withheld: unknown[] } }).referral;
  return { shown: subReferrals.map(({ id: one }) => one).sort(), withheld };
}

describe("what follows from a referral", () => {
  it("between others is told to a party with its number", async () => {
    expect(await read("above", SENDER)).toEqual({ shown: ["shown"], withheld: [{ path: "subReferrals", reason: "NO_GRANT", count: 2 }] });
  });

  it("that a party sent itself is shown, and nothing is hidden", async () => {
    const { shown, withheld } = await read("above", RECEIVER);
    expect(shown).toEqual(expect.arrayContaining(["shown", "next", "after", "draft"]));
    expect(withheld).toEqual([]);
  });

  it("to protect a child is told with no number, for no purpose", async () => {
    for (const purpose of ["SUPPORT", "CHILD_PROTECTION", "EVALUATION"] as const) {
      expect((await read("above", { ...SENDER, purpose })).withheld).toEqual([{ path: "subReferrals", reason: "NO_GRANT", count: 2 }]);
    }
  });

  it("is nothing where nothing is hidden, and for the person", async () => {
    expect(await read("alone", SENDER)).toEqual({ shown: [], withheld: [] });
    expect((await read("above", { personId: "b1", purpose: "SELF_ACCESS" })).withheld).toEqual([]);
  });

  it("is read and counted for a page by two queries, by an index", async () => {
    const query = `{ referralInbox(partnerId: "ngo-toit-et-vie") { nodes { id subReferrals { id } withheld { count } } } }`;
    await subgraph.ask(query, {}, RECEIVER);
    const finds = subgraph.commands.filter(({ command }) => command["find"] === "referrals" && JSON.stringify(command).includes("parentReferralId"));
    expect(finds).toHaveLength(2);
  });

  it("is shown with the person's file, so that nothing is hidden there", async () => {
    const of = carry([{ __typename: "Beneficiary", id: "b1" }], NOW, { caller: SENDER, allow: ["PATHWAY"] });
    const query = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Beneficiary { referrals { id subReferrals { id } withheld { count } } } } }";
    const { data } = await subgraph.ask(query, { of }, SENDER);
    const [{ referrals }] = JSON.parse(JSON.stringify(data))._entities;
    const above = referrals.find(({ id }: { id: string }) => id === "above");
    expect(above.subReferrals.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(["shown", "next", "after"]));
    expect(above.withheld).toEqual([]);
  });
});
