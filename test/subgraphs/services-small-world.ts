// A small world for the tests of the services subgraph: rows with everything ordinary but what a test says.
import { expect } from "@jest/globals";

import { fold, wordsOf, type StandingCopy } from "../../subgraphs/kit/kit.ts";
import { PURPOSES } from "../../subgraphs/law/law.ts";
import type { ReferralRow, ServiceDocument } from "../../subgraphs/services/rows.ts";
import { storedZones } from "../../subgraphs/services/zones.ts";
import type { SeenCommand, TestSubgraph } from "../harness/subgraph.ts";

export const TODAY = "2026-03-02";
export const NOW = "2026-03-02T09:00:00Z";

/** Vanves and Meudon share an EPCI; La Désirade is an island far away. */
export const COMMUNES = [
  { _id: "92075", epci: "200054781", department: "92" },
  { _id: "92048", epci: "200054781", department: "92" },
  { _id: "97110", epci: "200041507", department: "971" },
];

export function service(_id: string, said: Partial<ServiceDocument> = {}): ServiceDocument {
  const name = said.name ?? `Service ${_id}`;
  const eligibilityZone = said.eligibilityZone ?? ["92"];
  return {
    _id,
    sourceId: `test--${_id}`,
    source: "test",
    name,
    sortName: fold(name),
    description: null,
    type: "SUPPORT",
    audience: "BENEFICIARIES",
    areas: [],
    themes: [],
    publics: ["ALL"],
    publicsNote: null,
    accessConditions: null,
    requiredDocuments: [],
    fee: "FREE",
    feeNote: null,
    receptionModes: ["IN_PERSON"],
    mobilisableBy: [],
    mobilisationModes: [],
    welcome: "PREFERENTIAL",
    eligibilityZone,
    zones: storedZones(eligibilityZone),
    weeklyHours: null,
    weeks: null,
    openingHours: null,
    status: "ACTIVE",
    qualityScore: 0.5,
    updatedOn: "2026-01-01",
    providerId: "dept-92",
    siteIds: [],
    capacity: [],
    words: wordsOf(`${name} ${said.description ?? ""}`),
    positions: [],
    ...said,
  };
}

export function at(lat: number, lon: number): ServiceDocument["positions"] {
  return [{ at: { type: "Point", coordinates: [lon, lat] } }];
}

export function room(status: string, updatedAt = "2026-02-20T08:00:00Z", available = 2): ServiceDocument["capacity"] {
  return [{ unit: "places", available, maximum: 10, status, waitlist: null, updatedAt: new Date(updatedAt) }];
}

export function referral(_id: string, said: Partial<ReferralRow> = {}): ReferralRow {
  const createdAt = said.createdAt ?? new Date("2026-02-01T09:00:00Z");
  const createdOn = createdAt.toISOString().slice(0, 10);
  return {
    _id,
    status: "REQUESTED",
    statusReason: null,
    priority: "ROUTINE",
    purpose: "Maintien dans le logement",
    createdAt,
    createdOn,
    createdMonth: createdOn.slice(0, 7),
    sentAt: createdAt,
    respondedAt: null,
    closedAt: null,
    inStudy: false,
    personId: "b1",
    serviceId: "s1",
    originalServiceName: "Service s1",
    senderId: "dept-92",
    senderName: "Département des Hauts-de-Seine",
    receiverId: "ngo-toit-et-vie",
    receiverName: "Toit et vie",
    parentReferralId: null,
    history: [{ from: null, to: "REQUESTED", at: createdAt, byPartnerId: "dept-92", reason: null, comment: null }],
    outcome: null,
    themeCategories: ["logement-hebergement"],
    serviceType: "SUPPORT",
    siteIds: ["pole-issy"],
    ...said,
  };
}

/** Somebody of each organisation, who is habilitated for everything and bound by secrecy. */
export const STANDINGS: readonly StandingCopy[] = [
  { _id: "pro-92", partnerId: "dept-92" },
  { _id: "pro-14", partnerId: "dept-14" },
  { _id: "pro-ngo", partnerId: "ngo-toit-et-vie" },
  { _id: "pro-caf", partnerId: "caf-92" },
].map((one) => ({ ...one, secrecyBasis: "CASF L.411-3", habilitation: { purposes: [...PURPOSES], validFrom: "2024-01-01", validTo: null } }));

/** As *partners* would tell of them. */
export async function putStandings(subgraph: TestSubgraph, standings: readonly StandingCopy[]): Promise<void> {
  const writes = standings.map((one) => ({ replaceOne: { filter: { _id: one._id }, replacement: one, upsert: true } }));
  await subgraph.store.connection.model<StandingCopy>("Standing").bulkWrite(writes);
}

export async function put(subgraph: TestSubgraph, rows: { services?: readonly ServiceDocument[]; referrals?: readonly ReferralRow[] }): Promise<void> {
  const { connection } = subgraph.store;
  await putStandings(subgraph, STANDINGS);
  await connection.model("Service").insertMany([...(rows.services ?? [])]);
  await connection.model("Referral").insertMany([...(rows.referrals ?? [])]);
}

export async function putCommunes(subgraph: TestSubgraph): Promise<void> {
  await subgraph.store.connection.model("Commune").insertMany(COMMUNES);
}

/** `find services`, `aggregate referrals`…: what MongoDB saw since the last question. */
export function seen(subgraph: TestSubgraph): string[] {
  return subgraph.commands.map(({ name, command }) => `${name} ${String(command[name])}`);
}

/** Asks MongoDB how it answered the last question: every stage of every plan that won. */
export async function stagesSeen(subgraph: TestSubgraph): Promise<Set<string>> {
  const { db } = subgraph.store.connection;
  const stages = new Set<string>();
  for (const seenCommand of [...subgraph.commands]) {
    if (seenCommand.name === "getMore") continue;
    collectStages(winning(await db?.command({ explain: replay(seenCommand), verbosity: "queryPlanner" })), stages);
  }
  return stages;
}

/** No collection is scanned; `sorted` says that no page was sorted in memory either. */
export async function expectIndexed(subgraph: TestSubgraph, { sorted = false } = {}): Promise<void> {
  expect(subgraph.commands.length).toBeGreaterThan(0);
  const stages = await stagesSeen(subgraph);
  expect([...stages]).not.toContain("COLLSCAN");
  expect(stages.has("IXSCAN") || stages.has("IDHACK") || stages.has("GEO_NEAR_2DSPHERE") || stages.has("COUNT_SCAN")).toBe(true);
  if (sorted) expect([...stages]).not.toContain("SORT");
}

/** The command without what belongs to its session. */
function replay({ name, command }: SeenCommand): Record<string, unknown> {
  const kept = ["filter", "sort", "projection", "limit", "skip", "pipeline", "cursor", "collation", "hint", "query", "key"];
  return Object.fromEntries([[name, command[name]], ...kept.filter((key) => key in command).map((key) => [key, command[key]])]);
}

/** Rejected plans may scan and sort as they like. */
function winning(plan: unknown): unknown {
  return JSON.parse(JSON.stringify(plan, (key, value: unknown) => (key === "rejectedPlans" ? undefined : value)));
}

function collectStages(value: unknown, stages: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "stage" && typeof inner === "string") stages.add(inner);
    collectStages(inner, stages);
  }
}
