// Who reads what of a person's file. One line for each type and field of the schema, read next to the law; what has no
// line keeps the subgraph from starting.
import type { Caller, RequestFacts } from "../kit/kit.ts";
import { category, never, open, part, publicType, reserved, withheld, type DataCategory, type FieldRule, type Policy } from "../law/law.ts";
import { mayContact } from "./danger.ts";
import type { AssessmentRow, NeedRow, PathwayRow, PersonRow, StepRow } from "./rows.ts";

/** Themes of needs that tell of health, RQTH included (CASF L.263-4-1 in the reading of CNIL 2023-005). */
const HEALTH_THEMES = /^(sante|handicap)(--|$)/;

const OF_ASSESSMENTS: Readonly<Record<string, DataCategory>> = { CHILD_AT_RISK: "CHILD_PROTECTION", EVICTION_SURVEY: "FINANCE", AUTONOMY: "HEALTH", EMPLOYMENT: "EMPLOYMENT" };
const OF_STEPS: Readonly<Record<string, DataCategory>> = { CHILD_EVALUATION: "CHILD_PROTECTION" };

export function categoryOfNeed({ theme }: Pick<NeedRow, "theme">): DataCategory | null {
  return HEALTH_THEMES.test(theme) ? "HEALTH" : null;
}

export function categoryOfAssessment({ kind }: Pick<AssessmentRow, "kind">): DataCategory {
  return OF_ASSESSMENTS[kind] ?? "NEEDS";
}

export function categoryOfStep({ kind }: Pick<StepRow, "kind">): DataCategory {
  return OF_STEPS[kind] ?? "PATHWAY";
}

export function categoryOfPathway({ childProtection }: Pick<PathwayRow, "childProtection">): DataCategory {
  return childProtection ? "CHILD_PROTECTION" : "PATHWAY";
}

/** With `self:read` alone, the log of oneself; with `audit:read` that of everybody but, for a person, of oneself. */
export function mayReadAccessLog(caller: Caller, personId: string): boolean {
  if (caller.personId !== null) return caller.personId === personId;
  return caller.scopes.has("audit:read") || !caller.scopes.has("self:read");
}

const ofPerson = ({ _id }: PersonRow) => ({ personId: _id });
const ofOwner = ({ personId }: { readonly personId: string }) => ({ personId });

/** Fields that the other three add, by what they rest on; a test compares them with their policies. */
export const OTHERS = {
  referrals: { category: "PATHWAY" },
  eligibleServices: { category: "NEEDS" },
  appointments: { category: "APPOINTMENTS", scopes: [["agenda:read"]] },
  nearestSites: { category: "HOUSEHOLD" },
  careTeam: { category: "PATHWAY" },
} as const satisfies Parameters<typeof withheld>[0];

const STEP_FIELDS: Readonly<Record<string, FieldRule>> = {
  id: open("opaque"),
  kind: open("read with the step"),
  status: open("read with the step"),
  order: open("read with the step"),
  plannedFor: open("read with the step"),
  startedAt: open("read with the step"),
  endedAt: open("read with the step"),
  outcome: open("read with the step"),
  sharingTicket: open("says what this policy decides; no client sees it"),
};

/** For somebody whom a message could endanger. */
const OF_REFERENT = reserved(
  { reason: "CONFIDENTIAL_ADDRESS", isOpen: (person: PersonRow, { caller, clock }: RequestFacts) => mayContact(person, caller, clock.today()) },
  "L2",
  "CSP L.1110-4: what is strictly necessary",
);

const STEP_ROWS = "Of pathways that are read; an evaluation of a child at risk by CHILD_PROTECTION alone (L4, CASF L.226-2-2).";

export const policy: Policy = {
  Query: {
    kind: "root",
    fields: {
      beneficiary: "Anybody but those whom only a child's protection made known (L4); each field is decided below.",
      beneficiarySearch: "People whose identity the caller may read for the purpose, in the query itself, so that nobody learns who else matches (L1, L13).",
      possibleDuplicates: "The own département's files, for whoever keeps them accurate (L14, GDPR art. 5.1.d).",
      pathway: "By PATHWAY, one about a child at risk by CHILD_PROTECTION; others are not found (L3, L4).",
      accessLog: "The person's own; whoever audits reads all (L14, GDPR art. 15; L11, CASF R.262-107).",
      pathwayStats: "Counts, of nobody (L16).",
    },
  },
  Beneficiary: {
    kind: "person",
    rows: "See Query; households and pathways lead to nobody else.",
    subject: ofPerson,
    fields: {
      id: open("opaque"),
      pseudonym: open("another one for each organisation (L7)"),
      identity: category("IDENTITY", "L1", "code pénal 226-13"),
      ageBand: category("IDENTITY", "L1", "code pénal 226-13"),
      lifeStage: category("IDENTITY", "L1", "code pénal 226-13"),
      publics: category("NEEDS", "L2", "CSP L.1110-4"),
      residence: category("HOUSEHOLD", "L2", "CSP L.1110-4"),
      household: category("HOUSEHOLD", "L3", "CASF L.121-6-2"),
      needs: category("NEEDS", "L2", "CSP L.1110-4", { categoryOf: categoryOfNeed }),
      assessments: category("PATHWAY", "L2", "CSP L.1110-4", { categoryOf: categoryOfAssessment, secret: true }),
      pathways: category("PATHWAY", "L3", "CASF L.121-6-2", { categoryOf: categoryOfPathway, secret: true }),
      grants: category("PATHWAY", "L15", "GDPR art. 6"),
      retention: category("PATHWAY", "L8", "CASF R.263-8"),
      withheld: withheld(OTHERS),
      sharingTicket: open("says what this policy decides; no client sees it"),
    },
  },
  Identity: {
    kind: "person",
    rows: "Of a person whose identity is read.",
    subject: ofPerson,
    inside: "Beneficiary.identity",
    fields: {
      birthName: open("read with the identity"),
      usageName: open("read with the identity"),
      firstNames: open("read with the identity"),
      birthDate: open("read with the identity"),
      birthCommuneCode: open("read with the identity"),
      contact: category("CONTACT", "L2", "CSP L.1110-4"),
      nir: never("L13", "décret 2019-341"),
      nirStatus: open("read with the identity"),
      localIdentifiers: open("read with the identity"),
    },
  },
  Contact: {
    kind: "person",
    rows: "Of a person whose contact is read.",
    subject: ofPerson,
    inside: "Identity.contact",
    fields: {
      phone: OF_REFERENT,
      email: OF_REFERENT,
      preferred: open("read with the contact: VIA_REFERENT says how to reach somebody in danger"),
      safeToContact: open("read with the contact"),
      language: open("read with the contact"),
    },
  },
  LocalIdentifier: part("Identity.localIdentifiers", "system", "value"),
  Residence: part("Beneficiary.residence", "communeCode", "lat", "lon", "inPriorityDistrict", "homeless"),
  Household: {
    kind: "person",
    rows: "Of a person whose household is read.",
    subject: ofOwner,
    fields: { id: open("opaque"), members: open("read with the household"), tenancy: category("FINANCE", "L6", "décret 2021-8") },
  },
  HouseholdMember: part("Household.members", "beneficiary", "role", "since", "until"),
  Tenancy: part("Household.tenancy", "landlordKind", "rentArrears", "hearingDate"),
  Need: part("Beneficiary.needs", "id", "theme", "description", "severity", "status", "identifiedAt", "closedAt"),
  Assessment: {
    kind: "person",
    rows: "Of people and steps that are read, by kind: a child at risk, an eviction, autonomy each have their category.",
    subject: ofOwner,
    fields: {
      id: open("opaque"),
      kind: open("read with the assessment"),
      requestedBy: open("read with the assessment"),
      requestedAt: open("read with the assessment"),
      dueAt: open("read with the assessment"),
      completedAt: open("read with the assessment"),
      overdue: open("read with the assessment"),
      needs: category("NEEDS", "L2", "CSP L.1110-4", { categoryOf: categoryOfNeed }),
      conclusion: category("NEEDS", "L4", "CASF L.226-2-2"),
    },
  },
  Pathway: {
    kind: "person",
    rows: "By PATHWAY, one about a child at risk by CHILD_PROTECTION.",
    subject: ofOwner,
    fields: {
      id: open("opaque"),
      beneficiary: open("each field of the person is decided for itself"),
      status: open("read with the pathway"),
      openedAt: open("read with the pathway"),
      closedAt: open("read with the pathway"),
      closureReason: category("PATHWAY", "L3", "CASF L.121-6-2"),
      goals: category("PATHWAY", "L17", "CASF L.311-3"),
      steps: category("PATHWAY", "L3", "CASF L.121-6-2", { categoryOf: categoryOfStep, secret: true }),
      timeline: category("PATHWAY", "L3", "CASF L.121-6-2"),
      referent: category("PATHWAY", "L3", "CASF L.121-6-2"),
      withheld: withheld(),
    },
  },
  Referent: part("Pathway.referent", "professional", "since", "until"),
  Professional: publicType("a stub: *partners* decides about who works there"),
  Goal: part("Pathway.goals", "id", "label", "agreedWithBeneficiary", "coSignedBy", "dueOn", "status", "actions"),
  Action: part("Goal.actions", "id", "label", "status", "startsOn", "dueOn"),
  IntakeStep: { kind: "person", rows: STEP_ROWS, subject: ofOwner, fields: { ...STEP_FIELDS, withoutAppointment: open("read with the step"), onlineProcedures: open("read with the step") } },
  AssessmentStep: { kind: "person", rows: STEP_ROWS, subject: ofOwner, fields: { ...STEP_FIELDS, assessment: open("by kind, in the query") } },
  SupportStep: { kind: "person", rows: STEP_ROWS, subject: ofOwner, fields: { ...STEP_FIELDS, goals: category("PATHWAY", "L17", "CASF L.311-3") } },
  ReferralStep: { kind: "person", rows: STEP_ROWS, subject: ofOwner, fields: { ...STEP_FIELDS, referral: category("PATHWAY", "L2", "CSP L.1110-4") } },
  Referral: publicType("a stub: *services* decides, by who sent and received it"),
  TimelineEvent: part("Pathway.timeline", "at", "kind", "label", "stepId", "byPartnerId"),
  SharingGrant: part("Beneficiary.grants", "id", "basis", "status", "purpose", "dataCategories", "toPartnerIds", "givenAt", "expiresAt", "withdrawnAt", "informedAt", "evidence"),
  Withheld: publicType("says that something is hidden, and why, never what"),
  RetentionStatus: part("Beneficiary.retention", "state", "lastContactAt", "archiveOn", "destroyOn", "litigationHold"),
  AccessEvent: part("Query.accessLog", "at", "byProfessionalId", "byPartnerId", "purpose", "fields", "decision", "operationName"),
  AccessEventConnection: part("Query.accessLog", "edges", "nodes", "pageInfo", "totalCount"),
  AccessEventEdge: part("Query.accessLog", "cursor", "node"),
  IdentityMatch: part("Query.possibleDuplicates", "candidate", "score", "matchedOn", "conflictsOn", "decision"),
  BeneficiaryConnection: part("Query.beneficiarySearch", "edges", "nodes", "pageInfo", "totalCount"),
  BeneficiaryEdge: part("Query.beneficiarySearch", "cursor", "node"),
  PageInfo: publicType("of a page, not of its rows"),
  StatsTable: publicType("counts"),
  StatsRow: publicType("counts"),
};
