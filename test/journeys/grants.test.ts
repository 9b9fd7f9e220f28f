// Rights to share over the whole stack: given, withdrawn and objected to, they count for everybody's next question in all
// four subgraphs; an access in an emergency ends by the clock.
import { cp, readFile, mkdtemp, rm } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { openDemoKeys } from "../../deploy/keys.ts";
import { startStack, type Stack } from "../../deploy/stack.ts";
import { freePorts } from "../harness/ports.ts";
import { askAs, printStack, readOperation, TEST_CLOCK, TEST_TODAY, type Answer, type Json } from "../harness/stack.ts";

const PREFIX = `test-grants-${randomUUID().slice(0, 8)}-`;
const AFTER_AN_HOUR = "2026-03-02T10:00:00Z";

let dataFolder: string;
let stack: Stack;
/** Of an association's professional who is in no team of b1: the consent alone opens the file to them. */
let colleague: string;

/** Databases of its own, since it takes rights from b1 that other tests read. */
beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), "parcours-grants-"));
  stack = await open(TEST_CLOCK, dataFolder);
  const claims = { scope: "professional:read", professional: "pro-ngo-toit-et-vie-2", partner: "ngo-toit-et-vie", purpose: "REFERRAL" };
  colleague = await (await openDemoKeys(stack.folders.keys)).signToken("ngo-colleague", claims);
}, 180_000);

afterAll(async () => {
  await stack?.close();
  await rm(dataFolder, { recursive: true, force: true });
}, 60_000);

/** `folder`: each process has a log of readings of its own. */
async function open(clock: string, folder: string): Promise<Stack> {
  const [gatewayPort, subgraphPort] = await freePorts();
  const env = { ...process.env, MONGODB_URI: process.env["TEST_MONGODB_URI"] };
  return startStack({ gatewayPort, subgraphPort, dataFolder: folder, inMemory: true, seed: true, today: TEST_TODAY, clock, env, progress: () => undefined, databasePrefix: PREFIX });
}

function ask(persona: string, query: string, { of = stack, ...variables }: Record<string, unknown> & { readonly of?: Stack } = {}): Promise<Answer> {
  const { gatewayUrl, tokens } = printStack(of);
  return askAs({ gatewayUrl, tokens: { ...tokens, "ngo-colleague": colleague } }, persona, query, variables);
}

async function write(persona: string, operation: string, variables: { readonly key?: string; readonly input: object }): Promise<Json> {
  const { data, errors } = await ask(persona, await readOperation(operation), { key: randomUUID(), ...variables });
  expect(errors).toEqual([]);
  const [payload] = Object.values(data);
  return payload;
}

const SEEN = '{ beneficiary(id: "b1") { ageBand needs { theme } careTeam { role } withheld { path reason } } }';

/** What the persona sees of b1: from this subgraph, from another one by ticket, and why not. */
async function seenBy(persona: string, of: Stack = stack): Promise<{ readonly own: boolean; readonly others: boolean; readonly why: string | null }> {
  const { data } = await ask(persona, SEEN, { of });
  const { ageBand, careTeam, withheld } = data.beneficiary;
  return { own: ageBand !== null, others: careTeam !== null, why: withheld.find(({ path }) => path === "ageBand")?.reason ?? null };
}

const OPEN = { own: true, others: true, why: null };
const shut = (why: string) => ({ own: false, others: false, why });
const NGO = "ngo-colleague";
/** Of the association too, and in the care team. */
const NGO_IN_TEAM = "ngo-referral-officer";
const CONSENT = { beneficiaryId: "b1", basis: "CONSENT", purpose: "REFERRAL", dataCategories: ["IDENTITY", "NEEDS", "PATHWAY"], toPartnerIds: ["ngo-toit-et-vie"], evidence: "Formulaire signé" };

describe("a consent", () => {
  it("withdrawn by the person closes the file to the association at once, in all four", async () => {
    expect(await seenBy(NGO)).toEqual(OPEN);
    const { data } = await ask("person-b1", '{ beneficiary(id: "b1") { grants { id basis toPartnerIds } } }');
    const consents = data.beneficiary.grants.filter(({ basis }) => basis === "CONSENT");
    expect(consents).toHaveLength(1);
    const { grant, errors } = await write("person-b1", "M2_withdraw_grant", { input: { grantId: consents[0].id } });
    expect([grant.status, errors]).toEqual(["WITHDRAWN", []]);
    expect(await seenBy(NGO)).toEqual(shut("GRANT_EXPIRED"));
    // The law presumes the sharing inside of the team; the person may object to that (CSP L.1110-4 III).
    expect(await seenBy(NGO_IN_TEAM)).toEqual(OPEN);
  });

  it("given by the referent, twenty times with one key, is one and opens the file at once", async () => {
    const key = randomUUID();
    const payloads = await Promise.all(Array.from({ length: 20 }, () => write("hauts-de-seine-referent", "M1_give_grant", { key, input: CONSENT })));
    expect(new Set(payloads.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(payloads[0]).toMatchObject({ grant: { status: "ACTIVE" }, errors: [] });
    expect(await seenBy(NGO)).toEqual(OPEN);
  }, 60_000);

  it("is not a municipality's to give, and names its refusal", async () => {
    const { data, errors } = await ask("municipality-agent", await readOperation("M1_give_grant"), { key: "k", input: CONSENT });
    expect(data.giveGrant).toBeNull();
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(["UNAUTHORIZED_FIELD"]);
    const { errors: refused } = await write("calvados-social-worker", "M1_give_grant", { input: CONSENT });
    expect(refused).toMatchObject([{ code: "NOT_ALLOWED" }]);
  });
});

describe("an emergency", () => {
  const input = { beneficiaryId: "b1", reason: "LIFE_IN_DANGER", text: "Texte à ne trouver nulle part" };

  it("opens the file to a social worker of another département, and stands in no log", async () => {
    expect(await seenBy("calvados-social-worker")).toEqual(shut("PURPOSE_NOT_COVERED"));
    const { emergencyAccess, errors } = await write("calvados-social-worker", "M4_open_emergency", { input });
    expect(errors).toEqual([]);
    expect(emergencyAccess.beneficiary.identity.birthName).toBe("Fleury");
    expect(await seenBy("calvados-social-worker")).toEqual(OPEN);
    const logs = await Promise.all([...stack.processes.keys()].map((name) => readFile(join(stack.folders.logs, `${name}.log`), "utf8")));
    expect(logs.join("\n")).not.toContain(input.text);
  });

  it("is to be reviewed by a colleague, not by whoever opened it", async () => {
    const { data } = await ask("calvados-social-worker", await readOperation("M5_emergencies_to_review"), { state: "TO_REVIEW" });
    expect(data.emergencyAccesses).toMatchObject({ totalCount: 1, nodes: [{ text: input.text, byProfessional: { displayName: expect.any(String) } }] });
    const [{ id }] = data.emergencyAccesses.nodes;
    const { errors } = await write("calvados-social-worker", "M6_review_emergency", { input: { emergencyAccessId: id, verdict: "JUSTIFIED" } });
    expect(errors).toMatchObject([{ code: "SELF_REVIEW" }]);
    expect((await write("hauts-de-seine-referent", "M6_review_emergency", { input: { emergencyAccessId: id, verdict: "JUSTIFIED" } })).errors).toMatchObject([{ code: "NOT_ALLOWED" }]);
  });

  it("is over after sixty minutes of the clock", async () => {
    const folder = join(dataFolder, "later");
    await cp(stack.folders.keys, join(folder, "keys"), { recursive: true });
    const later = await open(AFTER_AN_HOUR, folder);
    try {
      expect(await seenBy("calvados-social-worker", later)).toEqual(shut("PURPOSE_NOT_COVERED"));
      expect(await seenBy("hauts-de-seine-referent", later)).toEqual(OPEN);
    } finally {
      await later.close();
    }
  }, 120_000);
});

describe("an objection of the person", () => {
  it("ends each ground that it names, and the last one closes the file to the referent", async () => {
    const oppose = async (basis: string) => write("person-b1", "M3_oppose_sharing", { input: { beneficiaryId: "b1", basis } });
    expect(await seenBy("hauts-de-seine-referent")).toEqual(OPEN);
    expect((await oppose("SAME_CARE_TEAM")).errors).toEqual([]);
    expect(await seenBy("hauts-de-seine-referent")).toEqual(OPEN);
    expect(await seenBy(NGO_IN_TEAM)).toEqual(OPEN);
    expect((await oppose("SOCIAL_ACTION_COORDINATION")).grants).toMatchObject([{ status: "OPPOSED", toPartnerIds: ["dept-92"] }, { status: "OPPOSED", toPartnerIds: ["commune-92075"] }]);
    expect(await seenBy("hauts-de-seine-referent")).toEqual(shut("OPPOSED"));
    expect(await seenBy("person-b1")).toEqual(OPEN);
  });
});
