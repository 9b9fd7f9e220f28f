import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import { createTestTickets } from "../harness/law.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { THEMES } from "../../subgraphs/services/themes.ts";
import { createWorld, type ReferralRecord, type ServiceRecord, type World } from "../../subgraphs/world/world.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";
import { expectIndexed, NOW, seen, TODAY } from "./services-small-world.ts";

const tickets = createTestTickets();
const services = createServices(tickets.options);

type Answer = Readonly<Record<string, never>>;

async function answer(subgraph: TestSubgraph, query: string, ...[variables, caller]: readonly [variables?: Record<string, unknown>, caller?: Partial<Caller>]): Promise<Answer> {
  const { data, errors } = await subgraph.ask(query, variables, caller);
  expect(errors).toBeUndefined();
  return data as unknown as Answer;
}

describe("The seed of a small world", () => {
  const COMMUNE = { code: "76540", name: "Rouen", departmentCode: "76", population: 1, postalCodes: ["76000"], epciCode: "200023414", epciName: "", lat: 49.4, lon: 1.1, estimated: false };
  const PARTNER = { kind: "ASSOCIATION", siret: null, departmentCode: "76", communeCode: "76540", parentId: null, networks: [] };
  const SITE = { departmentCode: "76", communeCode: "76540", lat: 49.4, lon: 1.1, opensOn: null, closesOn: null, replacesIds: [], parentId: null, operatorId: "asso", hostedPartnerIds: [], servesCommunes: [] };

  function record(id: string, said: Partial<ServiceRecord>): ServiceRecord {
    return { id, name: id, providerId: "asso", siteIds: [], departmentCode: "76", themes: ["sante--addictions"], type: "SUPPORT", audience: "BENEFICIARIES", areas: [], publics: ["ALL"], ...said };
  }

  const REFERRAL: ReferralRecord = {
    id: "new-year",
    personId: "b1",
    serviceId: "unknown-service",
    senderId: "asso",
    receiverId: "ccas",
    parentReferralId: null,
    priority: "URGENT",
    purpose: "Logement",
    transitions: [
      { from: null, to: "DRAFT", at: "2025-12-31T23:30:00Z", byPartnerId: "asso", reason: null, comment: null },
      { from: "DRAFT", to: "REQUESTED", at: "2026-01-02T08:00:00Z", byPartnerId: "asso", reason: null, comment: null },
      { from: "REQUESTED", to: "WAITLISTED", at: "2026-01-05T08:00:00Z", byPartnerId: "ccas", reason: null, comment: null },
      { from: "WAITLISTED", to: "REJECTED", at: "2026-02-05T08:00:00Z", byPartnerId: "ccas", reason: "NO_CAPACITY", comment: null },
    ],
    outcome: null,
  };

  const WORLD: World = {
    today: TODAY,
    communes: [COMMUNE],
    partners: [
      { ...PARTNER, id: "asso", name: "Association" },
      { ...PARTNER, id: "ccas", name: "CCAS de Rouen", kind: "CCAS" },
      { ...PARTNER, id: "mission", name: "Mission locale", kind: "MISSION_LOCALE" },
      { ...PARTNER, id: "national", name: "Réseau national", departmentCode: null, communeCode: null },
      { ...PARTNER, id: "council", name: "Département", kind: "DEPARTMENT_COUNCIL" },
    ],
    professionals: [],
    sites: [
      { ...SITE, id: "office", name: "Bureau", kind: "PARTNER_OFFICE" },
      { ...SITE, id: "shelter", name: "Hébergement", kind: "SHELTER" },
    ],
    teams: [],
    services: [
      record("zone-asso", {}),
      record("zone-ccas", { providerId: "ccas" }),
      record("zone-mission", { providerId: "mission" }),
      record("zone-national", { providerId: "national" }),
      record("energy", { name: "Aide à l'énergie", providerId: "council", type: "FINANCIAL_AID", areas: ["ENERGY_POVERTY"] }),
      record("workshop", { type: "WORKSHOP", siteIds: ["office"] }),
      record("training", { type: "TRAINING", audience: "PROFESSIONALS" }),
      record("shelter", { siteIds: ["shelter"] }),
      record("home-care", { name: "Aide à domicile" }),
      record("reception", { name: "Accueil social inconditionnel", siteIds: ["office"] }),
    ],
    households: [],
    people: [],
    pathways: [],
    referrals: [REFERRAL],
    appointments: [],
  };

  let small: TestSubgraph;

  beforeAll(async () => {
    small = await openTestSubgraph(services, { at: NOW, world: WORLD });
  });

  afterAll(() => small.close());

  it.each([
    ["zone-asso", { eligibilityZone: ["76"], source: "dora", sourceId: "dora--zone-asso" }],
    ["zone-ccas", { eligibilityZone: ["76540"] }],
    ["zone-mission", { eligibilityZone: ["200023414"] }],
    ["zone-national", { eligibilityZone: ["france"] }],
    ["energy", { source: "cd76", fee: "FREE", requiredDocuments: expect.arrayContaining(["Dernière facture d'énergie ou lettre de relance"]), accessConditions: expect.stringMatching(/Ressources/) }],
    ["workshop", { weeklyHours: expect.any(Number), weeks: expect.any(Number), openingHours: expect.stringMatching(/^(Mo|Tu)/), receptionModes: expect.arrayContaining(["IN_PERSON"]) }],
    ["training", { publicsNote: expect.stringMatching(/^Travailleurs sociaux/), capacity: [], welcome: "EXCLUSIVE", receptionModes: [] }],
    ["shelter", { welcome: "EXCLUSIVE", accessConditions: expect.stringMatching(/adresse/) }],
    ["home-care", { receptionModes: ["IN_PERSON"], fee: "PAID", feeNote: expect.any(String) }],
    ["reception", { welcome: "UNCONDITIONAL", mobilisationModes: expect.arrayContaining(["WALK_IN"]) }],
  ])("makes of %s: %j", async (id, expected) => {
    const query = `query ($id: ID!) { service(id: $id) {
      source sourceId eligibilityZone fee feeNote requiredDocuments accessConditions weeklyHours weeks openingHours receptionModes publicsNote welcome mobilisationModes capacity { unit }
    } }`;
    expect(await answer(small, query, { id })).toMatchObject({ service: expected });
  });

  it("keeps the place of a shelter out of every distance", async () => {
    const near = `{ services(filter: {}, near: { lat: 49.4, lon: 1.1 }, first: 200) { edges { distanceKm node { id } } } }`;
    const { services: found } = (await answer(small, near)) as unknown as { services: { edges: { distanceKm: number | null; node: { id: string } }[] } };
    const distances = Object.fromEntries(found.edges.map(({ distanceKm, node }) => [node.id, distanceKm]));
    expect(distances).toMatchObject({ workshop: 0, shelter: null, "home-care": null });
  });

  it("marks what a step that protects a child led to, and what followed from it (L4)", async () => {
    const step = { id: "s", kind: "REFERRAL", status: "DONE", outcome: null, order: 1, plannedFor: null, startedAt: null, endedAt: null, leadPartnerId: "asso", actors: [], siteId: null, goalIds: [] };
    const pathway = { id: "p", personId: "b1", status: "ACTIVE", openedOn: "2026-01-01", closedOn: null, closureReason: null, referentId: "pro", goals: [] };
    const steps = [{ ...step, id: "e", kind: "CHILD_EVALUATION", referralId: null }, { ...step, referralId: "new-year" }];
    const follow = (id: string, parentReferralId: string | null): ReferralRecord => ({ ...REFERRAL, id, parentReferralId });
    const referrals = [follow("third", "second"), REFERRAL, follow("second", "new-year"), follow("apart", null), follow("below", "apart")];
    const pathways = [{ ...pathway, steps }, { ...pathway, id: "q", steps: [{ ...step, id: "t", referralId: "apart" }] }];
    const world = await openTestSubgraph(services, { at: NOW, world: { ...WORLD, pathways, referrals } });
    const marked = await world.store.connection.collection("referrals").find({ childProtection: true }).sort({ _id: 1 }).toArray();
    await world.close();
    expect(marked.map(({ _id }) => String(_id))).toEqual(["new-year", "second", "third"]);
  });

  it("reads a referral's instants, day in France, reason and names out of its transitions", async () => {
    const stored = await small.store.connection.model("Referral").findById("new-year").lean();
    expect(stored).toMatchObject({
      status: "REJECTED",
      statusReason: "NO_CAPACITY",
      createdOn: "2026-01-01",
      createdMonth: "2026-01",
      sentAt: new Date("2026-01-02T08:00:00Z"),
      respondedAt: new Date("2026-01-05T08:00:00Z"),
      closedAt: new Date("2026-02-05T08:00:00Z"),
      senderName: "Association",
      receiverName: "CCAS de Rouen",
      originalServiceName: "unknown-service",
    });
  });

  it("lists active entries only, and has entries of every other status", async () => {
    const { services: listed } = (await answer(small, `{ services(filter: {}, first: 200) { totalCount nodes { status } } }`)) as unknown as { services: { totalCount: number; nodes: { status: string }[] } };
    expect(listed.totalCount).toBe(WORLD.services.length);
    expect(await answer(small, `{ a: service(id: "retire-gone") { status } b: service(id: "retire-draft") { status } }`)).toEqual({ a: { status: "GONE" }, b: { status: "DRAFT" } });
  });

  it("says what is wrong with the import, all of it or one source's", async () => {
    const query = `query ($source: String) { catalogueIssues(source: $source) { source recordId field code severity message } }`;
    const { catalogueIssues } = (await answer(small, query)) as unknown as { catalogueIssues: { code: string }[] };
    expect(seen(small)).toEqual(["find catalogueIssues"]);
    await expectIndexed(small, { sorted: true });
    const codes = catalogueIssues.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(["SIRET_AS_NUMBER", "UNKNOWN_THEME", "BAD_URL", "BAD_POSTAL_CODE", "UNKNOWN_VALUE", "WRONG_TYPE", "ALL_WITH_OTHER_PUBLICS", "BAD_DATE"]));
    expect(await answer(small, query, { source: "tableur-demo" })).toEqual({ catalogueIssues });
    await expectIndexed(small, { sorted: true });
    for (const source of ["nobody", "$ne", "__proto__", `{"$ne":null}`]) expect(await answer(small, query, { source })).toEqual({ catalogueIssues: [] });
  });
});

describe("The demonstration world", () => {
  let world: TestSubgraph;

  beforeAll(async () => {
    world = await openTestSubgraph(services, { at: NOW, world: createWorld(TODAY) });
  });

  afterAll(() => world.close());

  async function names(filter: Record<string, unknown>): Promise<{ totalCount: number; nodes: Record<string, unknown>[] }> {
    const query = `query ($filter: ServiceFilter!) { services(filter: $filter, first: 200) {
      totalCount nodes { name areas themes { code } audience requiredDocuments fee weeklyHours weeks publicsNote eligibilityZone welcome qualityScore description }
    } }`;
    const answered = (await answer(world, query, { filter })) as unknown as { services: { totalCount: number; nodes: Record<string, unknown>[] } };
    await expectIndexed(world, { sorted: true });
    return answered.services;
  }

  it("holds two hundred services and more, over all categories, with themes of the vocabulary only", async () => {
    const { totalCount, nodes } = await names({ audience: "BENEFICIARIES" });
    expect(totalCount).toBeGreaterThanOrEqual(200);
    const codes = nodes.flatMap(({ themes }) => (themes as { code: string }[]).map(({ code }) => code));
    expect(codes.filter((code) => !THEMES.has(code))).toEqual([]);
    for (const category of ["logement-hebergement", "numerique", "sante", "mobilite", "famille"]) expect((await names({ themes: [category] })).totalCount).toBeGreaterThan(0);
  });

  it.each([
    ["SM4", { areas: ["ENERGY_POVERTY", "DIGITALISATION"] }, 2],
    ["SM5", { audience: "LOCAL_AUTHORITIES" }, 3],
    ["SM7", { areas: ["ELDERLY"], text: "domicile" }, 1],
    ["SM11", { areas: ["ENERGY_POVERTY"], types: ["FINANCIAL_AID"] }, 1],
    ["SM12", { areas: ["CAREGIVERS"], types: ["WORKSHOP"] }, 1],
    ["SM13", { audience: "PROFESSIONALS", types: ["TRAINING"] }, 1],
    ["HS10", { publics: ["SENIORS", "DISABLED_PEOPLE", "FAMILIES", "JOB_SEEKERS"] }, 20],
  ])("answers the proof query of %s", async (_, filter, least) => {
    expect((await names(filter)).totalCount).toBeGreaterThanOrEqual(least);
  });

  it("tells documents and fee of energy aid, hours of workshops, and whom trainings are for", async () => {
    const [energy] = (await names({ areas: ["ENERGY_POVERTY"], types: ["FINANCIAL_AID"] })).nodes;
    expect(energy).toMatchObject({ fee: "FREE", requiredDocuments: expect.arrayContaining(["Justificatif de domicile"]) });
    const [workshop] = (await names({ areas: ["CAREGIVERS"], types: ["WORKSHOP"] })).nodes;
    expect(workshop).toMatchObject({ weeklyHours: expect.any(Number), weeks: expect.any(Number) });
    const [training] = (await names({ audience: "PROFESSIONALS", types: ["TRAINING"] })).nodes;
    expect(training).toMatchObject({ publicsNote: expect.stringMatching(/Travailleurs sociaux/) });
  });

  it("receives everybody in Guadeloupe", async () => {
    const { nodes } = await names({ communeCode: "97110", unconditional: true });
    expect(nodes.map(({ welcome }) => welcome)).toContain("UNCONDITIONAL");
  });

  it("has entries of good and of poor quality", async () => {
    const { nodes } = await names({ audience: "BENEFICIARIES", communeCode: "92075" });
    const scores = nodes.map(({ qualityScore }) => Number(qualityScore));
    expect(Math.max(...scores)).toBe(1);
    expect(Math.min(...scores)).toBeLessThan(0.9);
  });

  it("offers digital help near La Désirade (Q9)", async () => {
    const query = `{ services(filter: { themes: ["numerique"], communeCode: "97110", audience: BENEFICIARIES }, near: { lat: 16.31, lon: -61.06, radiusKm: 60 }) { totalCount edges { distanceKm node { name } } } }`;
    const { services: found } = (await answer(world, query)) as unknown as { services: { totalCount: number; edges: { distanceKm: number | null }[] } };
    expect(found.totalCount).toBeGreaterThan(0);
    expect(found.edges[0]?.distanceKm).toBeLessThan(60);
    await expectIndexed(world);
  });

  it("has something for b1, with room left (Q2)", async () => {
    const of = tickets.carry([{ __typename: "Beneficiary", id: "b1", publics: ["FAMILIES"], residence: { communeCode: "92075" } }], NOW);
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Beneficiary {
      eligibleServices(theme: "logement-hebergement--se-maintenir-dans-le-logement") { match missing service { name capacity { status stale } } } referrals { id status history { to } }
    } } }`;
    const { _entities: found } = (await answer(world, query, { of })) as unknown as { _entities: { eligibleServices: unknown[]; referrals: unknown[] }[] };
    expect(found[0]?.eligibleServices[0]).toMatchObject({ match: "ELIGIBLE", service: { capacity: [{ status: "CAPACITY", stale: false }] } });
    expect(found[0]?.referrals.length).toBeGreaterThanOrEqual(2);
  });

  it("leaves referrals waiting on the NGO for more than ten days (Q4)", async () => {
    const query = `{ referralInbox(partnerId: "ngo-toit-et-vie", status: [REQUESTED, RECEIVED], olderThanDays: 10) { totalCount nodes { sentAt sender { name } service { name } expiresAt } } }`;
    const { referralInbox } = (await answer(world, query, {}, { professionalId: "pro-ngo-1", partnerId: "ngo-toit-et-vie", purpose: "REFERRAL" })) as unknown as { referralInbox: { totalCount: number; nodes: { sentAt: string; service: unknown }[] } };
    expect(referralInbox.totalCount).toBeGreaterThanOrEqual(12);
    expect(referralInbox.nodes.every(({ service }) => service !== null)).toBe(true);
    const sent = referralInbox.nodes.map(({ sentAt }) => sentAt);
    expect(sent).toEqual([...sent].sort());
    await expectIndexed(world);
  });

  it("fills the funnel of 2025, and hides its small cells (R3)", async () => {
    const query = `{ referralStats(from: "2025-01-01", to: "2025-12-31", groupBy: [RECEIVER, STATUS, REFUSAL_REASON]) { threshold suppressedCells rows { keys value suppressed } } }`;
    const { referralStats } = (await answer(world, query)) as unknown as { referralStats: { suppressedCells: number; rows: { value: number | null; suppressed: boolean }[] } };
    expect(referralStats).toMatchObject({ threshold: 11, suppressedCells: expect.any(Number) });
    expect(referralStats.suppressedCells).toBeGreaterThan(0);
    expect(referralStats.rows.every(({ value, suppressed }) => (value === null) === suppressed)).toBe(true);
    await answer(world, query);
    expect(seen(world)).toEqual(["find release_tables"]);
    await expectIndexed(world);
  });

  it("shows how many referrals its greatest receivers had in 2025", async () => {
    const query = `{ referralStats(from: "2025-01-01", to: "2025-12-31", groupBy: [RECEIVER]) { rows { keys value } } }`;
    const { referralStats } = (await answer(world, query)) as unknown as { referralStats: { rows: { keys: string[]; value: number | null }[] } };
    const ngo = referralStats.rows.find(({ keys: [receiver] }) => receiver === "ngo-toit-et-vie");
    expect(ngo?.value).toBeGreaterThan(11);
  });
});
