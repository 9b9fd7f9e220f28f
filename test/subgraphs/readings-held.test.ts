// What was read at any of the four subgraphs is kept from whom it would warn, until its reason ends, and from nobody else
// (L4: CASF L.226-2-2): real requests, each in its own subgraph's log, and the log that the person is shown.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { DATA_CATEGORIES, type DataCategory } from "../../subgraphs/law/law.ts";
import { AT, openReadingsWorld, type Asking, type ReadingsWorld, type Said } from "./readings-world.ts";

const HE = "he-of-readings";
const SHE = "she-of-readings";
const SELF = { subject: "self", personId: HE, purpose: "SELF_ACCESS", scopes: new Set(["self:read"]) } as const;
const AUDITOR = { subject: "auditor", professionalId: "pro-auditor", partnerId: "dept-92", purpose: "SUPPORT", scopes: new Set(["audit:read"]) } as const;
const STEWARD = { ...AUDITOR, scopes: new Set(["audit:read", "identity:merge"]) } as const;
const REFERENT = { subject: "referent", professionalId: "pro-92-referent", partnerId: "dept-92", purpose: "SUPPORT" } as const;
const EVALUATOR = { subject: "evaluator", professionalId: "pro-evaluator", partnerId: "dept-92", purpose: "SUPPORT" } as const;
const REFUGE = { subject: "refuge", professionalId: "pro-refuge", partnerId: "ngo-refuge", purpose: "SUPPORT" } as const;
const OFFICER = { subject: "officer", professionalId: "pro-ngo", partnerId: "ngo-toit-et-vie", purpose: "REFERRAL" } as const;
const LATER = "2026-06-20T09:00:00Z";

let world: ReadingsWorld;
beforeAll(async () => {
  world = await openReadingsWorld();
  await world.habilitate(EVALUATOR, OFFICER, REFUGE);
  const [people, referrals, appointments, careTeams] = [table("beneficiaries", "people"), table("services", "referrals"), table("sites", "appointments"), table("partners", "careTeams")];
  const known = await people.findOne({ _id: "b1" as never }, { projection: { nir: 0, nirIndex: 0 } });
  const team = [{ professionalId: REFERENT.professionalId, partnerId: "dept-92", role: "LEAD", since: "2025-01-01", until: null, childProtection: false }];
  const home = { householdId: "h-of-readings", team, departmentCode: "92" };
  await people.insertMany([HE, SHE].map((_id) => ({ ...known, ...home, ...(_id === SHE && { team: [] }), _id })) as never[]);
  const referral = { ...(await referrals.findOne({})), personId: HE, senderId: "dept-92", receiverId: OFFICER.partnerId, sentAt: new Date(AT), parentReferralId: null, childProtection: false };
  const secret = { ...referral, childProtection: true };
  const below = { ...secret, _id: "r-below", parentReferralId: "r-plain" };
  await referrals.insertMany([{ ...referral, _id: "r-plain" }, { ...secret, _id: "r-secret" }, below, { ...referral, _id: "r-shelter", receiverId: "ngo-refuge" }] as never[]);
  const appointment = { ...(await appointments.findOne({})), personId: HE, professionalIds: [EVALUATOR.professionalId, REFERENT.professionalId], stepId: null };
  await appointments.insertMany([{ ...appointment, _id: "a-plain" }, { ...appointment, _id: "a-secret", childProtection: true }] as never[]);
  const members = [...team.map(({ until: _until, ...one }) => one), { professionalId: EVALUATOR.professionalId, partnerId: "dept-92", role: "CONTRIBUTOR", since: "2026-01-01", childProtection: true }];
  await careTeams.insertOne({ _id: HE, members } as never);
}, 120_000);
afterAll(() => world.close());

beforeEach(async () => {
  await world.settle();
  await table("beneficiaries", "accessEvents").deleteMany({ personId: HE });
  await table("beneficiaries", "grants").deleteMany({ personId: { $in: [HE, SHE] } });
  await safe(SHE, true);
});

const table = (subgraph: string, name: string) => world.four.collection(subgraph, name);
const safe = (id: string, isSafe: boolean) => table("beneficiaries", "people").updateOne({ _id: id as never }, { $set: { "contact.safeToContact": isSafe } });

/** A child of the home is evaluated, whose ground is known to beneficiaries. */
const evaluate = () => table("beneficiaries", "grants").insertOne({ _id: "g-evaluation", personId: SHE, basis: "CHILD_PROTECTION", status: "ACTIVE", givenAt: new Date(AT), expiresAt: null } as never);

const ofCare = DATA_CATEGORIES.filter((category) => category !== "CHILD_PROTECTION");
const basisOf = (category: DataCategory) => (category === "CHILD_PROTECTION" ? "CHILD_PROTECTION" : "SAME_CARE_TEAM");

/** A person's field at another subgraph, with the ticket that beneficiaries would give. */
async function readByTicket(name: "services" | "sites" | "partners", field: string, [caller, allow]: readonly [Asking["caller"], readonly DataCategory[]]): Promise<void> {
  const ticket = world.four.tickets.ticket(`Beneficiary/${HE}`, AT, { caller, allow, basisOf });
  // What sites and services take in besides is not asked about.
  const representations = [{ __typename: "Beneficiary", id: HE, sharingTicket: ticket }];
  const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Beneficiary { ${field} } } }`;
  await world.ask(name, query, { caller, variables: { representations } });
}

const readAppointment = (id: string, caller: Asking["caller"]) =>
  world.ask("sites", `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Appointment { kind } } }`, { caller, variables: { representations: [{ __typename: "Appointment", id }] } });

const EVALUATING = { ...EVALUATOR, purpose: "EVALUATION" } as const;
const ALL = DATA_CATEGORIES;

/** Each tells that a child is protected; none is for CHILD_PROTECTION, which would tell by itself. */
const PROTECTING: Readonly<Record<string, () => Promise<unknown>>> = {
  "a referral by its id": () => world.ask("services", '{ referral(id: "r-secret") { status } }', { caller: EVALUATING }),
  "a referral in an inbox": () => world.ask("services", `{ referralInbox(partnerId: "${OFFICER.partnerId}", first: 200) { nodes { status } } }`, { caller: { ...OFFICER, purpose: "EVALUATION" } }),
  "a referral below another one": () => world.ask("services", '{ referral(id: "r-plain") { subReferrals { status } } }', { caller: EVALUATING }),
  "a referral with the file": () => readByTicket("services", "referrals { status }", [EVALUATOR, ALL]),
  "an evaluator's appointment": () => readAppointment("a-secret", EVALUATOR),
  "an appointment with the file": () => readByTicket("sites", "appointments { kind }", [EVALUATOR, ALL]),
  "who evaluates, with the care team": () => readByTicket("partners", "careTeam { role }", [EVALUATOR, ALL]),
};

const PLAIN: Readonly<Record<string, () => Promise<unknown>>> = {
  "needs at beneficiaries": () => world.ask("beneficiaries", `{ beneficiary(id: "${HE}") { needs { theme } } }`, { caller: REFERENT }),
  "a referral by its id": () => world.ask("services", '{ referral(id: "r-plain") { status } }', { caller: OFFICER }),
  "an appointment by its id": () => readAppointment("a-plain", REFERENT),
  "a referral with the file": () => readByTicket("services", "referrals { status }", [REFERENT, ofCare]),
  "the care team": () => readByTicket("partners", "careTeam { role }", [REFERENT, ofCare]),
};

const LOG = `query ($id: ID!) { accessLog(beneficiaryId: $id, first: 200) { totalCount nodes { byProfessionalId fields } groups { times refused text } } }`;

interface Log {
  readonly totalCount: number;
  readonly nodes: readonly Said[];
  readonly groups: readonly { readonly times: number; readonly refused: number }[];
}

async function logOf(caller: Asking["caller"] = SELF, at = AT): Promise<Log> {
  await world.settle();
  const { accessLog } = (await world.ask("beneficiaries", LOG, { caller, variables: { id: caller.personId ?? HE }, at })) as unknown as { readonly accessLog: Log };
  expect(accessLog.nodes).toHaveLength(accessLog.totalCount);
  expect(accessLog.groups.reduce((sum, { times, refused }) => sum + times + refused, 0)).toBe(accessLog.totalCount);
  return accessLog;
}

const kept = async () => (await world.rows({ personId: HE })).length;

describe.each(Object.entries(PROTECTING))("%s, which protects a child", (_, read) => {
  it("is kept from the person before an evaluation is known, while there is one, and until the reason ends", async () => {
    await read();
    expect((await logOf()).totalCount).toBe(0);
    expect(await kept()).toBe(1);
    await evaluate();
    expect((await logOf()).totalCount).toBe(0);
    expect((await logOf(SELF, LATER)).totalCount).toBe(0);
    await table("beneficiaries", "grants").updateOne({ _id: "g-evaluation" as never }, { $set: { status: "EXPIRED" } });
    expect((await logOf()).totalCount).toBe(0);
    expect((await logOf(SELF, LATER)).totalCount).toBe(1);
  });

  it("is kept from whoever audits and may not read of it", async () => {
    await read();
    for (const caller of [AUDITOR, { ...AUDITOR, partnerId: OFFICER.partnerId }, STEWARD]) {
      const { nodes } = await logOf(caller, LATER);
      expect(nodes.filter(({ byProfessionalId }) => byProfessionalId !== caller.professionalId)).toEqual([]);
    }
  });
});

describe("what tells of no child", () => {
  it.each(Object.entries(PLAIN))("is shown, of %s, whether or not one is evaluated", async (_, read) => {
    await read();
    expect((await logOf()).totalCount).toBe(1);
    await evaluate();
    expect((await logOf()).totalCount).toBe(1);
  });

  it("is shown to who audits for the partner that read it, and to no other partner's", async () => {
    for (const read of Object.values(PLAIN)) await read();
    await world.settle();
    const readers = async (caller: Asking["caller"]) => [...new Set((await logOf(caller)).nodes.map(({ byProfessionalId }) => byProfessionalId))].filter((id) => id !== AUDITOR.professionalId).sort();
    expect(await readers({ ...AUDITOR, partnerId: OFFICER.partnerId })).toEqual([OFFICER.professionalId]);
    expect(await readers(AUDITOR)).toEqual([REFERENT.professionalId]);
    expect(await readers(STEWARD)).toEqual([REFERENT.professionalId, OFFICER.professionalId]);
  });
});

describe("a reading that is not over, or never was told to be", () => {
  const begin = async ({ caller }: { readonly caller: typeof EVALUATOR | typeof REFERENT }) => {
    const trail = world.audits.get("sites")?.begin({ caller: { ...caller, personId: null }, clock: { now: () => new Date(AT) } });
    await trail?.before({ personId: HE, field: "Appointment.kind" });
    return trail;
  };

  it("may protect a child, and is kept from the person unless the reader is of their own team", async () => {
    const trail = await begin({ caller: EVALUATOR });
    await begin({ caller: REFERENT });
    expect((await logOf()).nodes.map(({ byProfessionalId }) => byProfessionalId)).toEqual([REFERENT.professionalId]);
    await evaluate();
    expect((await logOf(SELF, LATER)).nodes.map(({ byProfessionalId }) => byProfessionalId)).toEqual([REFERENT.professionalId]);
    await trail?.finish();
    expect((await logOf()).totalCount).toBe(2);
  });
});

describe("who lives with somebody in danger", () => {
  const readByRefuge = () => world.ask("services", '{ referral(id: "r-shelter") { status } }', { caller: REFUGE });

  it("does not see a refuge read, but who supports him does, until she is safe", async () => {
    await readByRefuge();
    for (const read of [PLAIN["needs at beneficiaries"], PLAIN["an appointment by its id"], PLAIN["the care team"]]) await read?.();
    expect((await logOf()).totalCount).toBe(4);
    await safe(SHE, false);
    const shown = await logOf();
    expect(shown.nodes.map(({ byProfessionalId }) => byProfessionalId)).toEqual(Array.from({ length: 3 }, () => REFERENT.professionalId));
    expect(JSON.stringify(shown)).not.toContain("refuge");
    await safe(SHE, true);
    expect((await logOf()).totalCount).toBe(4);
  });

  it("does not see what was read elsewhere in an emergency, by whatever clock it is there", async () => {
    const openedAt = new Date(AT);
    const emergency = { _id: "emergency-of-readings", personId: HE, professionalId: OFFICER.professionalId, partnerId: OFFICER.partnerId, purpose: "REFERRAL", openedAt, until: new Date(openedAt.getTime() + 3_600_000), reason: "DANGER_TO_LIFE" };
    await table("beneficiaries", "emergencies").insertOne(emergency as never);
    for (const minutes of [-4, 2, 63]) {
      const at = new Date(openedAt.getTime() + minutes * 60_000).toISOString();
      const ticket = world.four.tickets.ticket(`Beneficiary/${HE}`, at, { caller: OFFICER, allow: ofCare, basisOf: () => "VITAL_INTEREST" });
      const query = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Beneficiary { referrals { status } } } }";
      await world.ask("services", query, { caller: OFFICER, variables: { of: [{ __typename: "Beneficiary", id: HE, sharingTicket: ticket }] }, at });
    }
    const later = "2026-03-03T09:00:00Z";
    expect((await logOf(SELF, later)).totalCount).toBe(3);
    await safe(SHE, false);
    expect(await logOf(SELF, later)).toEqual({ totalCount: 0, nodes: [], groups: [] });
    await table("beneficiaries", "emergencies").deleteOne({ _id: "emergency-of-readings" as never });
  });

  it("and she herself sees nothing while it is not safe to tell her", async () => {
    await readByRefuge();
    await safe(HE, false);
    expect(await logOf()).toEqual({ totalCount: 0, nodes: [], groups: [] });
    await safe(HE, true);
    expect((await logOf()).totalCount).toBe(1);
  });
});
