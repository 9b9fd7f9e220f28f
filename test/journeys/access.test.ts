// Who may ask what: scopes are enforced per field by the gateway, and subgraphs answer nobody but the gateway.
import { beforeAll, describe, expect, it } from "@jest/globals";

import { PERSONAS } from "../../deploy/personas.ts";
import { askAs, openSharedStack, readLog, readOperation, type StackFacts } from "../harness/stack.ts";

let stack: StackFacts;
beforeAll(async () => void (stack = await openSharedStack()), 120_000);

const GATED: Readonly<Record<string, { readonly query: string; readonly scopes: readonly string[] }>> = {
  identity: { query: '{ beneficiary(id: "b1") { identity { birthName } } }', scopes: ["beneficiary:identity"] },
  assessments: { query: '{ beneficiary(id: "b1") { assessments { kind } } }', scopes: ["assessment:read"] },
  appointments: { query: '{ beneficiary(id: "b1") { appointments { kind } } }', scopes: ["agenda:read"] },
  inbox: { query: '{ referralInbox(partnerId: "ngo-toit-et-vie") { totalCount } }', scopes: ["referral:read"] },
  reports: { query: '{ siteActivity(from: "2025-01-27", to: "2025-03-01") { appointments } }', scopes: ["report:read"] },
  duplicates: { query: '{ possibleDuplicates(of: "b2") { score } }', scopes: ["identity:merge"] },
  accessLog: { query: '{ accessLog(beneficiaryId: "b1") { totalCount } }', scopes: ["audit:read", "self:read"] },
  catalogue: { query: "{ catalogueIssues { code } }", scopes: ["catalogue:write"] },
};

describe.each(PERSONAS)("$name", ({ id, claims }) => {
  const scopes = claims?.["scope"]?.split(" ") ?? [];

  it.each(Object.entries(GATED))("reads %s exactly when a scope opens it", async (_name, { query, scopes: needed }) => {
    const { errors } = await askAs(stack, id, query);
    const open = claims !== null && needed.some((scope) => scopes.includes(scope));
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(open ? [] : ["UNAUTHORIZED_FIELD"]);
  });

  it("never reads a NIR (L13)", async () => {
    const { data, errors } = await askAs(stack, id, '{ beneficiary(id: "b1") { id identity { nir } withheld { path reason } } }');
    const { identity = null, withheld = [] } = data?.beneficiary ?? {};
    expect(identity?.nir ?? null).toBeNull();
    // The gateway refuses the NIR itself, or the whole identity is withheld, with a reason.
    if (errors.length === 0) expect([identity, withheld]).toEqual([null, expect.arrayContaining([{ path: "identity", reason: expect.stringMatching(/^[A-Z_]+$/) }])]);
    else expect(errors.map(({ extensions }) => extensions?.code)).toContain("UNAUTHORIZED_FIELD");
  });
});

describe("a refusal", () => {
  it("takes away the field and nothing else, and withheld says so", async () => {
    const query = '{ beneficiary(id: "b1") { ageBand identity { birthName } withheld { path reason } } }';
    const { data, errors } = await askAs(stack, "ngo-referral-officer", query);
    expect(data.beneficiary).toMatchObject({ ageBand: expect.any(String), identity: null });
    expect(data.beneficiary.withheld).toContainEqual({ path: "identity", reason: "NOT_HABILITATED" });
    expect(errors).toMatchObject([{ path: ["beneficiary", "identity"], extensions: { code: "UNAUTHORIZED_FIELD" } }]);
  });

  it("of a token is 401 with a code", async () => {
    const response = await fetch(`${stack.gatewayUrl}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer not-a-token" },
      body: JSON.stringify({ query: "{ __typename }" }),
    });
    const body = (await response.json()) as { errors: { extensions: { code: string } }[] };
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(body.errors[0]?.extensions.code).toMatch(/^(TOKEN_|UNAUTHENTICATED)/);
  });
});

describe("the query plan", () => {
  const dryRun = async (persona: string) => {
    const response = await fetch(`${stack.gatewayUrl}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "hive-expose-query-plan": "dry-run", authorization: `Bearer ${stack.tokens[persona]}` },
      body: JSON.stringify({ query: await readOperation("01_full_support_pathway"), variables: { id: "b1" } }),
    });
    return { status: response.status, text: await response.text() };
  };

  it("is shown to the data steward, who operates the catalogue, and to no other persona", async () => {
    const { status, text } = await dryRun("data-steward");
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ extensions: { queryPlan: expect.objectContaining({ kind: "QueryPlan" }) } });
    for (const name of Object.keys(stack.subgraphUrls)) expect(text).toContain(`"serviceName":"${name}"`);
    const others = PERSONAS.filter(({ id, claims }) => claims !== null && id !== "data-steward");
    expect(await Promise.all(others.map(async ({ id }) => (await dryRun(id)).status))).toEqual(others.map(() => 403));
  });
});

describe("a person who asks", () => {
  it("reads their own file and no other", async () => {
    const query = "query File($id: ID!) { beneficiary(id: $id) { id } accessLog(beneficiaryId: $id) { totalCount } }";
    const own = await askAs(stack, "person-b1", query, { id: "b1" });
    const other = await askAs(stack, "person-b1", query, { id: "b2" });
    const nobody = await askAs(stack, "person-b1", query, { id: "no-such-person" });
    expect(own.data.beneficiary).toEqual({ id: "b1" });
    expect(other).toEqual(nobody);
    expect(other.data.beneficiary).toBeNull();
  });
});

describe("a step that led to a referral (L2)", () => {
  const STEPS = '{ pathway(id: "p1") { withheld { path reason count } steps(kind: REFERRAL) { id ... on ReferralStep { referral { id status receiver { id } } } } } }';

  it("shows it to its two parties and to the person; to others null, without an error and without an id, and withheld says how many", async () => {
    const all = await askAs(stack, "person-b1", STEPS);
    const ids: string[] = all.data.pathway.steps.map(({ referral }: { referral: { id: string } }) => referral.id);
    expect(all.data.pathway.withheld.filter(({ path }: { path: string }) => path === "steps.referral")).toEqual([]);
    const { data, errors } = await askAs(stack, "ngo-referral-officer", STEPS);
    expect(errors).toEqual([]);
    const seen = data.pathway.steps.map(({ referral }: { referral: { id: string } | null }) => referral?.id ?? null);
    const others = seen.filter((id: string | null) => id === null);
    expect(seen).toHaveLength(ids.length);
    expect([others.length > 0, others.length < ids.length]).toEqual([true, true]);
    expect(data.pathway.withheld).toContainEqual({ path: "steps.referral", reason: "NO_GRANT", count: others.length });
    for (const id of ids.filter((one) => !seen.includes(one))) expect(JSON.stringify(data)).not.toContain(id);
  });
});

describe("a subgraph", () => {
  it.each(["beneficiaries", "services", "sites", "partners"])("%s refuses who does not come through the gateway", async (name) => {
    const response = await fetch(stack.subgraphUrls[name] ?? "", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ __typename }" }),
    });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
  });
});

describe("the logs of a Q1", () => {
  it("hold no personal data, in any process (L12)", async () => {
    const query = await readOperation("01_full_support_pathway");
    const { data } = await askAs(stack, "hauts-de-seine-referent", query, { id: "b1" });
    const { identity, pathways } = data.beneficiary;
    const canaries = [identity.birthName, ...identity.firstNames, identity.birthDate, identity.contact.phone, pathways[0].goals[0].label];
    await new Promise((settle) => setTimeout(settle, 200));
    const logs = await Promise.all(["gateway", ...Object.keys(stack.subgraphUrls)].map((name) => readLog(stack, name)));
    expect(logs[0]).toContain("FullPathway");
    for (const canary of canaries.filter(Boolean)) for (const log of logs) expect(log).not.toContain(canary);
  });
});
