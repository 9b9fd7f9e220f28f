// What a sharing ticket says to the other three: of each category by which they decide, and of none else (L14, GDPR art. 5.1.c).
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { TOLD_TO_OTHERS } from "../../subgraphs/beneficiaries/policy.ts";
import type { Policy } from "../../subgraphs/law/law.ts";
import { policy as partners } from "../../subgraphs/partners/policy.ts";
import { policy as services } from "../../subgraphs/services/policy.ts";
import { policy as sites } from "../../subgraphs/sites/policy.ts";
import type { TestSubgraph } from "../harness/subgraph.ts";
import { openBeneficiaries } from "./beneficiaries-world.ts";

/** Of fields, and of rows in lists: what is of a child's protection says so on the row. */
function categoriesOf(policy: Policy): string[] {
  const lines = Object.values(policy).flatMap((rule) => (rule.kind === "person" ? Object.values(rule.fields) : []));
  return lines.flatMap((line) => {
    if (line.kind !== "category") return [];
    return [line.category, ...[true, false].flatMap((childProtection) => line.rows?.categoryOf({ childProtection } as never) ?? [])];
  });
}

let subgraph: TestSubgraph;
beforeAll(async () => void (subgraph = await openBeneficiaries()));
afterAll(() => subgraph.close());

async function claimsOf(query: string): Promise<{ readonly allowed: object; readonly refused: object }[]> {
  const { data, errors } = await subgraph.ask(query);
  expect(errors).toBeUndefined();
  const tickets = JSON.stringify(data).match(/"sharingTicket":"[^"]+"/g) ?? [];
  expect(tickets.length).toBeGreaterThan(0);
  return tickets.map((text) => JSON.parse(Buffer.from(text.split(":")[1]?.slice(1).split(".")[0] ?? "", "base64url").toString()));
}

describe("a sharing ticket", () => {
  it("may say of each category by which services, sites or partners decide", () => {
    const asked = [services, sites, partners].flatMap(categoriesOf);
    expect([...TOLD_TO_OTHERS].sort()).toEqual([...new Set(asked)].sort());
    // More is decided at home, money, work and offences among it.
    for (const category of ["IDENTITY", "CONTACT", "FINANCE", "EMPLOYMENT", "HEALTH", "JUSTICE"] as const) expect(TOLD_TO_OTHERS).not.toContain(category);
  });

  it.each([
    ["of a person", '{ beneficiary(id: "b1") { sharingTicket } }'],
    ["of a step", '{ pathway(id: "p1") { steps { ... on IntakeStep { sharingTicket } } } }'],
    ["of a step that protects a child", '{ pathway(id: "p-child-1") { steps { ... on AssessmentStep { sharingTicket } } } }'],
  ])("%s says of all these and of nothing else", async (_, query) => {
    for (const { allowed, refused } of await claimsOf(query)) {
      expect([...Object.keys(allowed), ...Object.keys(refused)].sort()).toEqual([...TOLD_TO_OTHERS].sort());
    }
  });
});
