// Who writes about whom in the tests of mutations: b1's referent in Hauts-de-Seine, an association that has a convention,
// social workers of another département, and child protection.
import { createClock, type Caller, type Clock } from "../../subgraphs/kit/kit.ts";
import type { AlarmRaised } from "../../subgraphs/beneficiaries/writing/writing.ts";
import type { AgreementRow, StandingRow } from "../../subgraphs/beneficiaries/rows.ts";
import { createBeneficiaries, type BeneficiariesOptions } from "../../subgraphs/beneficiaries/subgraph.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph, type TestSubgraph, type TestSubgraphOptions } from "../harness/subgraph.ts";
import { NIR_KEY, NOW, world } from "./beneficiaries-world.ts";

const SUPPORT = ["IDENTITY", "CONTACT", "HOUSEHOLD", "NEEDS", "FINANCE", "EMPLOYMENT", "PATHWAY", "APPOINTMENTS"];
const PURPOSES = ["SUPPORT", "EVALUATION", "REFERRAL"];

function standing(id: string, partnerId: string, said: Partial<StandingRow> = {}): StandingRow {
  return {
    _id: id,
    partnerId,
    partnerKind: "DEPARTMENT_COUNCIL",
    profession: "SOCIAL_WORKER",
    secrecyBasis: "CASF L.411-3",
    missions: ["ACCOMPAGNEMENT"],
    habilitation: { purposes: PURPOSES, dataCategories: SUPPORT, validFrom: "2024-01-01", validTo: null },
    ...said,
  };
}

const STANDINGS = [
  standing("pro-92-referent", "dept-92"),
  standing("pro-92-second", "dept-92"),
  standing("pro-ngo-1", "ngo", { partnerKind: "ASSOCIATION", profession: "OTHER", secrecyBasis: null, missions: ["SOLIDARITE"] }),
  standing("pro-14-one", "dept-14"),
  standing("pro-14-two", "dept-14"),
  standing("pro-14-lapsed", "dept-14", { habilitation: { purposes: PURPOSES, dataCategories: SUPPORT, validFrom: "2024-01-01", validTo: "2026-03-01" } }),
  standing("pro-92-child", "dept-92", {
    missions: ["ASE"],
    habilitation: { purposes: ["CHILD_PROTECTION", "EVALUATION"], dataCategories: ["IDENTITY", "CHILD_PROTECTION", "PATHWAY"], validFrom: "2024-01-01", validTo: null },
  }),
];

const AGREEMENTS: readonly AgreementRow[] = [
  { _id: "agreement-ngo", partyIds: ["dept-92", "ngo"], purposes: ["REFERRAL"], validFrom: "2024-01-01", validTo: null, suspensions: [] },
  { _id: "agreement-work", partyIds: ["dept-92", "france-travail"], purposes: PURPOSES, validFrom: "2024-01-01", validTo: null, suspensions: [] },
];

const SCOPES = new Set(["beneficiary:identity", "consent:write", "emergency:open", "emergency:review", "retention:hold"]);

function professional(professionalId: string, partnerId: string, purpose: Caller["purpose"]): Partial<Caller> {
  return { subject: professionalId, professionalId, partnerId, purpose, scopes: SCOPES };
}

export const REFERENT = professional("pro-92-referent", "dept-92", "SUPPORT");
export const COLLEAGUE = professional("pro-92-second", "dept-92", "SUPPORT");
export const NGO = professional("pro-ngo-1", "ngo", "REFERRAL");
export const FAR_AWAY = professional("pro-14-one", "dept-14", "SUPPORT");
export const FAR_COLLEAGUE = professional("pro-14-two", "dept-14", "SUPPORT");
export const LAPSED = professional("pro-14-lapsed", "dept-14", "SUPPORT");
export const CHILD_WORKER = professional("pro-92-child", "dept-92", "CHILD_PROTECTION");
export const B1: Partial<Caller> = { subject: "person-b1", personId: "b1", purpose: "SELF_ACCESS", scopes: new Set(["self:write", "self:read", "beneficiary:identity"]) };
export const B2: Partial<Caller> = { ...B1, subject: "person-b2", personId: "b2" };

export const CONSENT = { beneficiaryId: "b1", basis: "CONSENT", purpose: "REFERRAL", dataCategories: ["IDENTITY", "NEEDS"], toPartnerIds: ["ngo"], evidence: "Formulaire signé" };
export const GIVE_GRANT = "mutation Give($input: GiveGrantInput!, $key: ID!) { giveGrant(input: $input, idempotencyKey: $key) { grant { id status givenAt } errors { code } } }";

export interface GrantsWorld extends TestSubgraph {
  /** Moves the clock. */
  pass(minutes: number): void;
  readonly alarms: AlarmRaised[];
  rows(collection: string, filter?: object): Promise<Record<string, unknown>[]>;
}

type Said = Pick<BeneficiariesOptions, "openKeys"> & Pick<TestSubgraphOptions, "audit">;

export async function openGrantsWorld({ audit, ...said }: Said = {}): Promise<GrantsWorld> {
  let at = Date.parse(NOW);
  const clock: Clock = { now: () => new Date(at), today: () => createClock(new Date(at).toISOString()).today() };
  const alarms: AlarmRaised[] = [];
  const subgraph = createBeneficiaries({ blindingKey: NIR_KEY, tickets: createTestTickets().issuer, told: (alarm) => void alarms.push(alarm), ...said });
  const opened = await openTestSubgraph(subgraph, { at: NOW, clock, world: world(), ...(audit !== undefined && { audit }) });
  await writeStandings(opened);
  return {
    ...opened,
    alarms,
    pass: (minutes) => void (at += minutes * 60_000),
    rows: async (collection, filter = {}) => (await opened.store.connection.collection(collection).find(filter).toArray()) as Record<string, unknown>[],
  };
}

/** What *partners* told, in the place of what follows from a world that has no partners. */
export async function writeStandings({ store: { connection } }: Pick<TestSubgraph, "store">): Promise<void> {
  await connection.collection("standings").deleteMany({});
  await connection.collection<StandingRow>("standings").insertMany([...STANDINGS]);
  await connection.collection("agreements").deleteMany({});
  await connection.collection<AgreementRow>("agreements").insertMany([...AGREEMENTS]);
  await connection.collection("grants").deleteMany({});
}
