// Facts for tests of `decide()`: somebody who may read everything of a care team, and what a test changes about it.
import { decide, type Asker, type File, type When } from "../../subgraphs/beneficiaries/decide.ts";
import type { AgreementRow, GrantDraft, StandingRow } from "../../subgraphs/beneficiaries/rows.ts";
import { DATA_CATEGORIES, type DataCategory, type SharingBasis } from "../../subgraphs/law/law.ts";

export const WHEN: When = { now: new Date("2026-03-02T09:00:00Z"), today: "2026-03-02", graceDays: 30 };

/** A social worker of the département that keeps the file, habilitated for everything. */
export const STANDING: StandingRow = {
  _id: "pro",
  partnerId: "dept-92",
  partnerKind: "DEPARTMENT_COUNCIL",
  profession: "SOCIAL_WORKER",
  secrecyBasis: "CASF L.411-3",
  missions: ["ACCOMPAGNEMENT"],
  habilitation: {
    purposes: ["SUPPORT", "REFERRAL", "EVALUATION", "CHILD_PROTECTION", "EVICTION_PREVENTION"],
    dataCategories: DATA_CATEGORIES,
    validFrom: "2024-01-01",
    validTo: null,
  },
};

export const AGREEMENT: AgreementRow = { _id: "a", partyIds: ["dept-92", "ngo"], purposes: ["SUPPORT", "REFERRAL"], validFrom: "2025-01-01", validTo: null, suspensions: [] };

export const MEMBER = { professionalId: "pro", partnerId: "dept-92", role: "LEAD", since: "2025-01-01", until: null };

const PERSON: File["person"] = {
  _id: "b1",
  birthDate: "1990-01-01",
  householdId: "h1",
  householdUntil: null,
  departmentCode: "92",
  protectedOnly: false,
  team: [],
  lastContactAt: new Date("2026-02-01T09:00:00Z"),
  litigationHold: false,
  anonymisedOn: null,
};

/** What a test says of the facts; the rest is ordinary, and nothing is granted. */
export interface Facts {
  readonly asker?: Partial<Omit<Asker, "standing">>;
  readonly standing?: Partial<StandingRow> | null;
  readonly habilitation?: Partial<NonNullable<StandingRow["habilitation"]>> | null;
  readonly person?: Partial<File["person"]>;
  readonly grants?: readonly GrantDraft[];
  readonly emergencies?: File["emergencies"];
  readonly evaluations?: File["evaluations"];
  readonly when?: When;
}

export function grant(basis: SharingBasis, said: Partial<GrantDraft> = {}): GrantDraft {
  return {
    _id: `grant-${basis}`,
    personId: "b1",
    basis,
    status: "ACTIVE",
    purpose: "SUPPORT",
    dataCategories: DATA_CATEGORIES,
    toPartnerIds: ["dept-92"],
    givenAt: new Date("2025-06-01T09:00:00Z"),
    expiresAt: null,
    withdrawnAt: null,
    liftedAt: null,
    informedAt: null,
    informedException: null,
    professionalIds: [],
    evidence: null,
    ...said,
  };
}

/** `SAME_CARE_TEAM` or `not NO_GRANT`. */
export function decideOn(category: DataCategory, facts: Facts): string {
  const decision = decide(category, askerOf(facts), fileOf(facts), facts.when ?? WHEN);
  return decision.allowed ? decision.basis : `not ${decision.reason}`;
}

export function askerOf({ asker, standing, habilitation }: Facts): Asker {
  const own = habilitation === null ? null : { ...STANDING.habilitation, ...habilitation };
  return {
    professionalId: "pro",
    partnerId: standing?.partnerId ?? "dept-92",
    personId: null,
    purpose: "SUPPORT",
    scopes: new Set(),
    agreements: [],
    standing: standing === null ? null : { ...STANDING, ...standing, habilitation: own as StandingRow["habilitation"] },
    ...asker,
  };
}

export function fileOf({ person, grants = [], emergencies = [], evaluations = [] }: Facts): File {
  return { person: { ...PERSON, ...person }, grants, emergencies, evaluations };
}
