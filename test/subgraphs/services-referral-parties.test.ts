// What the two parties of a referral read of it, and for what: what was sent, for what people are referred (L2, L7).
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";
import { NOW, put, referral, service } from "./services-small-world.ts";

const SENDER = { professionalId: "pro-92", partnerId: "dept-92", purpose: "SUPPORT" } as const;
const RECEIVER = { professionalId: "pro-ngo", partnerId: "ngo-toit-et-vie", purpose: "REFERRAL" } as const;
const createdAt = new Date("2026-02-25T09:00:00Z");

let subgraph: TestSubgraph;

beforeAll(async () => {
  subgraph = await openTestSubgraph(createServices(createTestTickets().options), { at: NOW });
  await put(subgraph, { services: [service("s1", {})], referrals: [referral("fresh", { createdAt }), referral("draft", { createdAt, sentAt: null, status: "DRAFT" })] });
});

afterAll(() => subgraph.close());

describe("A referral", () => {
  it("that was not sent yet is its sender's and the person's, not its receiver's (L2)", async () => {
    const foundBy = async (caller: Partial<Caller>) => (await subgraph.ask('{ referral(id: "draft") { id } }', {}, caller)).data;
    for (const caller of [SENDER, { personId: "b1" }]) expect(await foundBy(caller)).toEqual({ referral: { id: "draft" } });
    expect(await foundBy(RECEIVER)).toEqual({ referral: null });
  });

  it.each(["STATISTICS", "SELF_ACCESS", null] as const)("is not read by its parties for %s, and the inbox says so (L7)", async (purpose) => {
    const query = `query ($of: [_Any!]!) { referral(id: "fresh") { id } referralInbox(partnerId: "ngo-toit-et-vie") { totalCount nodes { id } withheld { path reason count } }
      _entities(representations: $of) { ... on Referral { id } } }`;
    for (const caller of [SENDER, RECEIVER]) {
      const { data } = await subgraph.ask(query, { of: [{ __typename: "Referral", id: "fresh" }] }, { ...caller, purpose });
      const inbox = { totalCount: 0, nodes: [], withheld: [{ path: "nodes", reason: "PURPOSE_NOT_COVERED", count: null }] };
      expect(data).toEqual({ referral: null, referralInbox: inbox, _entities: [null] });
    }
  });
});
