// The contracts of the demonstration: what the public, an association and a reporting tool can name at all.
import { beforeAll, describe, expect, it } from "@jest/globals";

import { openSharedStack, readOperation, type StackFacts } from "../harness/stack.ts";

let stack: StackFacts;
beforeAll(async () => void (stack = await openSharedStack()), 120_000);

async function ask(contract: string, persona: string, query: string) {
  const token = stack.tokens[persona];
  const response = await fetch(`${stack.gatewayUrl}/graphql/${contract}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token != null && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as { data?: Record<string, never>; errors?: { message: string; extensions: { code: string } }[] };
}

async function typesOf(contract: string): Promise<Map<string, string[]>> {
  const { data } = await ask(contract, "anonymous", "{ __schema { types { name fields { name } } } }");
  const { types } = (data as unknown as { __schema: { types: { name: string; fields: { name: string }[] | null }[] } }).__schema;
  return new Map(types.map(({ name, fields }) => [name, (fields ?? []).map((field) => field.name)]));
}

/** Whatever holds a fact about one person. */
const PERSONAL = ["Identity", "Contact", "Household", "Assessment", "Pathway", "PathwayStep", "AssessmentStep", "Goal", "SharingGrant", "Appointment", "AccessEvent", "IdentityMatch", "Residence"];

describe("the contract", () => {
  it.each(["public", "reporting"])("%s cannot name a person, nor anything of one", async (contract) => {
    const types = await typesOf(contract);
    expect([...types.keys()].filter((name) => [...PERSONAL, "Beneficiary", "Referral"].includes(name))).toEqual([]);
    expect([...types.values()].flat().filter((field) => /beneficiary|pseudonym|pathways?$/i.test(field))).toEqual([]);
    const { errors } = await ask(contract, "hauts-de-seine-referent", '{ beneficiary(id: "b1") { id } }');
    expect(errors?.[0]?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  it("ngo knows of a person the pseudonym only", async () => {
    const types = await typesOf("ngo");
    expect(types.get("Beneficiary")).toEqual(["pseudonym"]);
    expect([...types.keys()].filter((name) => PERSONAL.includes(name))).toEqual([]);
    const { data, errors } = await ask("ngo", "ngo-referral-officer", '{ referralInbox(partnerId: "ngo-toit-et-vie") { totalCount nodes { status sender { name } } } }');
    expect(errors).toBeUndefined();
    expect(data?.["referralInbox"]).toMatchObject({ totalCount: expect.any(Number) });
  });

  it.each(["R1_coverage", "R2_activity", "R3_funnel", "R4_needs", "R5_composite", "R6_deadlines"])("reporting answers %s", async (operation) => {
    const { data, errors } = await ask("reporting", "reporting-analyst", await readOperation(operation));
    expect(errors).toBeUndefined();
    expect(Object.values(data ?? {}).filter((value) => value === null)).toEqual([]);
  });

  it("public is the directory, and has no reports", async () => {
    const types = await typesOf("public");
    expect([...types.keys()]).toEqual(expect.arrayContaining(["Partner", "Service", "Site", "Department"]));
    expect(types.has("StatsTable")).toBe(false);
  });
});
