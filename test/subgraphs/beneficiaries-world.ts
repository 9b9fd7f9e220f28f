// A small world for the tests of *beneficiaries*: a mother and her child, a couple who share much, somebody homeless.
import type { HouseholdRecord, PathwayRecord, PersonRecord, StepRecord, World } from "../../subgraphs/world/world.ts";
import type { Caller } from "../../subgraphs/kit/kit.ts";
import { DATA_CATEGORIES } from "../../subgraphs/law/law.ts";
import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import { sealField } from "../../subgraphs/sealed/sealed.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph, type SeenCommand, type TestSubgraph } from "../harness/subgraph.ts";

export const TODAY = "2026-03-02";
export const NOW = "2026-03-02T09:00:00Z";
export const NIR_KEY = Buffer.alloc(32, "test");

const DEPARTMENTS = ["14", "76", "77", "92", "971"];

const COMMUNES: World["communes"] = [
  { code: "92075", name: "Vanves", departmentCode: "92", population: 27_000, postalCodes: ["92170"], epciCode: "200054781", epciName: "Métropole du Grand Paris", lat: 48.822, lon: 2.289, estimated: false },
  { code: "97110", name: "La Désirade", departmentCode: "971", population: 1_400, postalCodes: ["97127"], epciCode: "200041507", epciName: "CA La Riviéra du Levant", lat: 16.31, lon: -61.05, estimated: false },
];

export function person(id: string, said: Partial<PersonRecord> = {}): PersonRecord {
  return {
    id,
    story: "ordinary",
    sex: "F",
    birthName: "Martin",
    usageName: null,
    firstNames: ["Anne"],
    birthDate: "1985-06-15",
    birthCommuneCode: "92075",
    phone: null,
    email: null,
    cafNumber: null,
    departmentCode: "92",
    communeCode: "92075",
    homeless: false,
    inPriorityDistrict: false,
    publics: ["ALL"],
    householdId: `h-${id}`,
    householdRole: "APPLICANT",
    ...said,
  };
}

export function pathway(id: string, personId: string, steps: readonly StepRecord[], said: Partial<PathwayRecord> = {}): PathwayRecord {
  return {
    id,
    personId,
    status: "ACTIVE",
    openedOn: "2025-09-01",
    closedOn: null,
    closureReason: null,
    referentId: "pro-92-referent",
    goals: [],
    steps,
    ...said,
  };
}

export function step(id: string, kind: string, said: Partial<StepRecord> = {}): StepRecord {
  return {
    id,
    kind,
    status: "DONE",
    outcome: "COMPLETED",
    order: 1,
    plannedFor: null,
    startedAt: "2025-10-06T08:00:00.000Z",
    endedAt: "2025-10-06T09:00:00.000Z",
    leadPartnerId: "dept-92",
    actors: [{ professionalId: "pro-92-referent", role: "LEAD" }],
    siteId: "pole-issy",
    referralId: null,
    goalIds: [],
    ...said,
  };
}

const GOAL = {
  id: "g1",
  label: "Garder le logement",
  agreedWithBeneficiary: true,
  coSignedByIds: ["pro-ngo-1"],
  dueOn: "2026-06-30",
  status: "IN_PROGRESS",
  actions: [{ id: "a1", label: "Plan d’apurement", status: "IN_PROGRESS", startsOn: "2025-11-01", dueOn: "2026-04-30" }],
};

export const RICH_STEPS = [
  step("s1", "INTAKE", { order: 1, startedAt: "2025-09-01T08:00:00.000Z", endedAt: "2025-09-01T08:40:00.000Z" }),
  step("s2", "EVALUATION", { order: 2, startedAt: "2025-09-15T08:00:00.000Z", endedAt: "2025-09-22T09:00:00.000Z" }),
  step("s3", "SUPPORT", { order: 3, status: "IN_PROGRESS", outcome: null, endedAt: null, goalIds: ["g1"] }),
  step("s4", "REFERRAL", { order: 4, status: "WAITING", outcome: null, startedAt: "2026-02-10T08:00:00.000Z", endedAt: null, leadPartnerId: "ngo-toit-et-vie", siteId: null, referralId: "r1" }),
  step("s5", "EVICTION_SURVEY", { order: 5, status: "PLANNED", outcome: null, plannedFor: "2026-03-10", startedAt: null, endedAt: null }),
  step("s6", "HOME_VISIT", { order: 6, status: "MISSED", outcome: "NO_SHOW", plannedFor: "2026-01-12", startedAt: null, endedAt: null }),
];

const PEOPLE = [
  person("b1", {
    story: "rich-pathway",
    birthName: "Lefèvre",
    usageName: "N’Diaye-Lefèvre",
    firstNames: ["Aïssata", "Marie"],
    phone: "+33 6 39 98 00 01",
    email: "b1@example.org",
    cafNumber: "9200001",
    publics: ["FAMILIES", "WOMEN"],
    householdId: "h1",
  }),
  person("c1", { story: "family", birthName: "Lefèvre", firstNames: ["Noé"], sex: "M", birthDate: "2020-02-29", householdId: "h1", householdRole: "CHILD" }),
  person("b2", { story: "couple-sharing-a-phone", birthName: "Petit", firstNames: ["Camille"], birthDate: "1990-01-10", phone: "0639980002", cafNumber: "9200002", householdId: "h2" }),
  person("b3", {
    story: "couple-sharing-a-phone",
    sex: "M",
    birthName: "Moreau",
    usageName: "Petit",
    firstNames: ["Camille"],
    birthDate: "1988-11-02",
    phone: "06 39 98 00 02",
    cafNumber: "9200002",
    householdId: "h2",
    householdRole: "PARTNER",
  }),
  person("b2-again", { birthName: "PETIT", firstNames: ["camille"], birthDate: "1990-01-10", phone: "+33639980002", householdId: "h3" }),
  person("b4", { story: "homeless", birthName: "Durand", firstNames: ["Luc"], sex: "M", communeCode: null, homeless: true, departmentCode: "971", householdId: "h4" }),
];

const PATHWAYS = [
  pathway("p1", "b1", RICH_STEPS, { goals: [GOAL] }),
  pathway("p0", "b1", [step("s0", "SUPPORT", { startedAt: "2024-03-01T08:00:00.000Z", endedAt: "2024-03-01T09:00:00.000Z" })], {
    status: "COMPLETED",
    openedOn: "2024-02-01",
    closedOn: "2024-05-31",
    closureReason: "GOALS_MET",
  }),
  pathway("p-child-1", "c1", [
    step("sc1", "CHILD_EVALUATION", { status: "IN_PROGRESS", outcome: null, startedAt: "2025-10-06T08:00:00.000Z", endedAt: null }),
  ]),
];

const REFERRALS: World["referrals"] = [
  {
    ...{ id: "r1", personId: "b1", serviceId: "housing-help", senderId: "dept-92", receiverId: "ngo-toit-et-vie", parentReferralId: null },
    ...{ priority: "ROUTINE", purpose: "Accès au logement", outcome: null },
    transitions: [{ from: null, to: "REQUESTED", at: "2026-02-10T08:00:00.000Z", byPartnerId: "dept-92", reason: null, comment: null }],
  },
];

const HOUSEHOLDS: readonly HouseholdRecord[] = [
  { id: "h1", tenancy: { landlordKind: "SOCIAL", rentArrears: true, hearingDate: "2026-05-12" } },
  ...["h2", "h3", "h4"].map((id) => ({ id, tenancy: null })),
];

const PROFESSIONALS: World["professionals"] = [
  { id: "pro-92-referent", givenName: "R", familyName: "R", profession: "SOCIAL_WORKER", employerId: "dept-92", siteIds: ["pole-issy"], teamId: null },
];

export function world(said: Partial<World> = {}): World {
  return {
    today: TODAY,
    communes: COMMUNES,
    partners: [],
    professionals: PROFESSIONALS,
    sites: [],
    teams: [],
    services: [],
    households: HOUSEHOLDS,
    people: PEOPLE,
    pathways: PATHWAYS,
    referrals: REFERRALS,
    appointments: [],
    ...said,
  } as World;
}

/** Who asks in tests of data, which are not about who may: see `openBeneficiaries`. */
export const READER: Partial<Caller> = { subject: "reader", professionalId: "pro-reader", partnerId: "dept-92", purpose: "SUPPORT" };

/** What a decision stands on: one query for each kind of record, whatever the number of people. */
export const DECIDING = ["find agreements", "find emergencies", "find grants", "find standings"];
/** The same for a further level of people: who asks is known by then. */
export const DECIDING_AGAIN = ["find grants"];
/** People are read by one form of command, whatever the caller's scope keeps out. */
export const READ_PEOPLE = "aggregate people";

/**
 * Questions without a caller are those of `READER`, who is in each care team and opened each file as an emergency, which
 * opens all of it, archived ones and the protection of children included. What else opens it is beneficiaries-decide.test.ts.
 */
export async function openBeneficiaries(seeded: World = world()): Promise<TestSubgraph> {
  const subgraph = await openTestSubgraph(createBeneficiaries({ blindingKey: NIR_KEY, tickets: createTestTickets().issuer }), { at: NOW, world: seeded });
  await openFilesTo(subgraph, seeded.people.map(({ id }) => id));
  return { ...subgraph, commands: subgraph.commands, ask: (query, variables, caller = READER) => subgraph.ask(query, variables, caller) };
}

/** Of the form that is stored; nobody opens it. */
const LOST_KEY = { id: "00000000-0000-4000-8000-000000000000", bytes: Buffer.alloc(32) };
const SEALED_TEXT = sealField(LOST_KEY, "Why", { collection: "emergencies", id: "emergency", path: "text" });

async function openFilesTo({ store: { connection } }: TestSubgraph, personIds: readonly string[]): Promise<void> {
  const professionalId = READER.professionalId ?? "";
  const councils = DEPARTMENTS.map((code) => `dept-${code}`);
  const habilitation = { purposes: ["SUPPORT"], dataCategories: DATA_CATEGORIES, validFrom: "2020-01-01", validTo: null };
  const standing = { partnerId: "dept-92", partnerKind: "DEPARTMENT_COUNCIL", profession: "SOCIAL_WORKER", secrecyBasis: "CASF L.411-3", missions: [], habilitation };
  await connection.model<object>("Standing").create({ _id: professionalId, ...standing });
  await connection.model<object>("Agreement").create({ _id: "agreement-reader", partyIds: councils, purposes: ["SUPPORT"], validFrom: "2020-01-01", validTo: null, suspensions: [] });
  const member = { professionalId, partnerId: "dept-92", role: "CONTRIBUTOR", since: "2020-01-01", until: null };
  await connection.model<object>("Person").updateMany({}, { $push: { team: member } });
  const [openedAt, until, reviewDueAt] = [new Date("2026-03-02T08:30:00Z"), new Date("2026-03-02T09:30:00Z"), new Date("2026-03-05T08:30:00Z")];
  const opened = { professionalId, partnerId: "dept-92", purpose: "SUPPORT", reason: "IMMEDIATE_DANGER", openedAt, until, reviewDueAt };
  const rows = personIds.map((personId) => ({ _id: `emergency-${personId}`, personId, text: SEALED_TEXT, ...opened }));
  await connection.model<object>("Emergency").insertMany(rows);
}

/** Commands by collection, sorted: `find people`. */
export function printCommands(commands: readonly SeenCommand[]): string[] {
  return commands.map(({ name, command }) => `${name} ${String(command[name])}`).sort();
}

/** The stages of the winning plan of a command that MongoDB saw, outermost first. */
export async function explainStages(subgraph: TestSubgraph, seen: SeenCommand): Promise<string[]> {
  const { lsid, $db, $clusterTime, maxTimeMS, txnNumber, ...command } = seen.command;
  const explained: unknown = await subgraph.store.connection.db?.command({ explain: command, verbosity: "queryPlanner" });
  const stages: string[] = [];
  JSON.stringify(explained, (key, value) => {
    if (key === "stage") stages.push(value);
    return key === "rejectedPlans" ? undefined : value;
  });
  return stages;
}

/** Stages that read a whole collection, or sort in memory what an index should have given in order. */
export const SLOW_STAGES = ["COLLSCAN", "SORT"];
