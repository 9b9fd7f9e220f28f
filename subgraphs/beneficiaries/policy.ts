// Who reads what of a person's file. One line for each type and field of the schema, read next to the law; what has no
// line keeps the subgraph from starting.
import type { Caller, RequestFacts } from "../kit/kit.ts";
import { category, connection, isOfExchange, never, open, part, publicType, reserved, withheld, type DataCategory, type FieldRule, type Judge, type Policy, type Purpose, type WithheldReason } from "../law/law.ts";
import { mayContact } from "./danger.ts";
import { OF_EVALUATIONS } from "./decide.ts";
import type { AssessmentRow, GrantRow, NeedRow, PathwayRow, PersonRow, StepRow } from "./rows.ts";
import type { TimelineEvent } from "./timeline.ts";

/** A recognised disability (RQTH) is data about health (CASF L.263-4-1 in the reading of CNIL 2023-005). */
const HEALTH_PUBLIC = "DISABLED_PEOPLE";

export function categoryOfPublic(name: string): DataCategory | null {
  return name === HEALTH_PUBLIC ? "HEALTH" : null;
}

/** Themes of needs that tell of health, RQTH included. */
const HEALTH_THEMES = /^(sante|handicap)(--|$)/;

const OF_ASSESSMENTS: Readonly<Record<string, DataCategory>> = { CHILD_AT_RISK: "CHILD_PROTECTION", EVICTION_SURVEY: "FINANCE", AUTONOMY: "HEALTH", EMPLOYMENT: "EMPLOYMENT" };
const OF_STEPS: Readonly<Record<string, DataCategory>> = { CHILD_EVALUATION: "CHILD_PROTECTION" };

export function categoryOfNeed({ theme }: Pick<NeedRow, "theme">): DataCategory | null {
  return HEALTH_THEMES.test(theme) ? "HEALTH" : null;
}

/** What stands in a pathway that protects a child is of that protection, whatever its kind. */
export function categoryOfAssessment({ kind, childProtection }: Pick<AssessmentRow, "kind" | "childProtection">): DataCategory {
  if (childProtection) return "CHILD_PROTECTION";
  return OF_ASSESSMENTS[kind] ?? "NEEDS";
}

export function categoryOfStep({ kind, childProtection }: Pick<StepRow, "kind" | "childProtection">): DataCategory {
  return childProtection ? "CHILD_PROTECTION" : (OF_STEPS[kind] ?? "PATHWAY");
}

/** What happened in a step tells of it. */
function categoryOfEvent({ step }: TimelineEvent): DataCategory | null {
  return step && categoryOfStep(step);
}

/** That there is one, its state and its dates: the most that a mayor's services learn (CASF L.121-6-2). */
export function categoryOfPathway({ childProtection }: Pick<PathwayRow, "childProtection">): DataCategory {
  return childProtection ? "CHILD_PROTECTION" : "COORDINATION";
}

/** That there is such a ground tells that a child is protected; the others are of the field's own category. */
export function categoryOfGrant({ basis, dataCategories }: Pick<GrantRow, "basis" | "dataCategories">): DataCategory | null {
  return basis === "CHILD_PROTECTION" || dataCategories.includes("CHILD_PROTECTION") ? "CHILD_PROTECTION" : null;
}

const ofPerson = ({ _id }: PersonRow) => ({ personId: _id });
/** Of a household as somebody's, or of them themself. */
const ofMember = ({ _id, personId = _id }: Pick<PersonRow, "_id"> & { readonly personId?: string }) => ({ personId });
const ofOwner = ({ personId }: { readonly personId: string }) => ({ personId });

/** Fields that the other three add, by what they rest on; a test compares them with their policies. */
export const OTHERS = {
  referrals: { category: "PATHWAY" },
  eligibleServices: { category: "NEEDS" },
  appointments: { category: "APPOINTMENTS", scopes: [["agenda:read"]] },
  nearestSites: { category: "HOUSEHOLD" },
  careTeam: { category: "PATHWAY" },
} as const satisfies Parameters<typeof withheld>[0];

/**
 * By what the other three decide, rows of a list included: a ticket says this and no more (GDPR art. 5.1.c), whatever else was
 * decided. A test compares it with their policies.
 */
export const TOLD_TO_OTHERS: readonly DataCategory[] = ["HOUSEHOLD", "NEEDS", "PATHWAY", "APPOINTMENTS", "CHILD_PROTECTION"];

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

/** Even the number of the others could tell of somebody secret: it is said whether there are any or not. */
function onlyOneself(_: unknown, { caller }: RequestFacts): WithheldReason | null {
  return caller.personId === null ? null : "NO_GRANT";
}

interface AssessmentContext {
  readonly judge: Judge;
  /** Of the assessment that a step leads to; null where there is none. */
  readonly data: { categoryOfAssessmentIn(step: StepRow): Promise<DataCategory | null> };
}

/** As the query decides. That one is about a child at risk is not even told as something hidden (CASF L.226-2-2). */
async function whyNoAssessment(step: StepRow, { judge, data }: AssessmentContext): Promise<WithheldReason | null> {
  const about = await data.categoryOfAssessmentIn(step);
  if (about === null || about === "CHILD_PROTECTION") return null;
  const decision = await judge.decide({ personId: step.personId }, about);
  return decision.allowed ? null : decision.reason;
}

/** As `referralScope` of *services* has it, which is asked next: what it would not answer is told here. */
const OF_PARTIES = reserved(
  { reason: (step: StepRow, { caller }: RequestFacts) => (isPartyToReferral(step, caller) ? "PURPOSE_NOT_COVERED" : "NO_GRANT"), isOpen: readsReferral },
  "L2",
  "CSP L.1110-4 II: an exchange is known to the two who exchange, and to the person",
);

function readsReferral(step: StepRow, { caller }: RequestFacts): boolean {
  if (step.referralId === null) return true;
  if (caller.personId !== null) return caller.personId === step.personId;
  return isPartyToReferral(step, caller) && isForReferral(step, caller.purpose);
}

function isPartyToReferral({ referralPartnerIds }: StepRow, { partnerId }: Caller): boolean {
  return partnerId !== null && referralPartnerIds.includes(partnerId);
}

/** What is exchanged to protect a child is read to protect or evaluate one (L4, CASF L.226-2-2). */
function isForReferral({ childProtection }: StepRow, purpose: Purpose | null): boolean {
  return childProtection ? purpose !== null && OF_EVALUATIONS.purposes.has(purpose) : isOfExchange(purpose);
}

const STEP_ROWS = "Of pathways that are read; an evaluation of a child at risk by CHILD_PROTECTION alone (L4, CASF L.226-2-2).";

export const policy: Policy = {
  Query: {
    kind: "root",
    fields: {
      beneficiary: "Anybody but those whom only a child's protection made known (L4), and a person nobody but themself; each field is decided below.",
      beneficiarySearch: "People whose identity, and home where it is searched by, the caller may read for the purpose, in the query itself, so that nobody learns who else matches (L1, L13).",
      possibleDuplicates: "The own département's files, for whoever keeps them accurate, acts for it and says a purpose that helps somebody (L14, GDPR art. 5.1.d; L7, CASF L.263-4-1).",
      pathway: "By COORDINATION, one about a child at risk by CHILD_PROTECTION; others are not found (L3, L4).",
      accessLog: "The person's own, but for what would warn somebody they are protected from (L4); whoever audits, what their own partner read; the file's stewards, all; of a child's protection, who may read of it (L14, GDPR art. 15; L11, CASF R.262-107; L4, CASF L.226-2-2).",
      pathwayStats: "Counts, of nobody (L16).",
      rectificationRequests: "The person's own; of the files that the caller's organisation keeps, for whoever answers there; of a child's protection, for those who carry it out (L14, GDPR art. 16; L4, CASF L.226-2-2).",
      notifications: "The caller's own, ids and kinds; of their organisation for whoever reviews; a person's unless a message endangers them (L12, GDPR art. 5.2; L14, GDPR art. 12, 34).",
      emergencyAccesses: "Those of the caller's own partner, for whoever reviews them; what tells that a child is protected, for those bound by secrecy (L12, GDPR art. 5.2; L4, CASF L.226-2-2).",
    },
  },
  Mutation: {
    kind: "root",
    fields: {
      giveGrant: "The person, for a consent; a professional of the team or the holder, what they may read themself, on a ground whose conditions are met (L2, CSP L.1110-4; L4; L7; L15).",
      acceptGrant: "The person; a professional who shows how the consent is known (L2, CSP L.1110-4 III).",
      refuseGrant: "The person, or a professional of the team or the holder who passes it on (L15, GDPR art. 7).",
      withdrawGrant: "As refuseGrant; never what protects a child or carries out a text (L15, GDPR art. 7.3; L4, CASF L.226-2-2).",
      opposeSharing: "As refuseGrant, where the law knows an objection (L7, CASF L.263-4-1; L2, CSP L.1110-4 IV; L14, GDPR art. 21).",
      liftOpposition: "As opposeSharing; a professional says how the person's word is known (L2, CSP L.1110-4 IV; L14, GDPR art. 21).",
      openEmergencyAccess: "Any habilitated professional, one person, one purpose, an hour; told, counted and reviewed (L1, code pénal 223-6; L14, GDPR art. 6.1.d).",
      reviewEmergencyAccess: "A second professional of the same partner, bound by secrecy where it tells that a child is protected (L12, GDPR art. 5.2; L4, CASF L.226-2-2).",
      requestRectification: "The person, or a professional of the team or the holder for her (L14, GDPR art. 16).",
      answerRectification: "A habilitated professional of the file's holder; of a child's protection, one who carries it out (L14, GDPR art. 12.3, 12.4, 16, 19; L4).",
      extendRectification: "As answerRectification, once and within the first month, with why (L14, GDPR art. 12.3; L4).",
      setLitigationHold: "A habilitated professional of the file's holder (L8, CASF R.263-8).",
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
      publics: category("NEEDS", "L2", "CSP L.1110-4", { categoryOf: categoryOfPublic, secret: true }),
      residence: category("HOUSEHOLD", "L2", "CSP L.1110-4"),
      household: category("HOUSEHOLD", "L3", "CASF L.121-6-2"),
      needs: category("NEEDS", "L2", "CSP L.1110-4", { categoryOf: categoryOfNeed }),
      assessments: category("PATHWAY", "L2", "CSP L.1110-4", { categoryOf: categoryOfAssessment, secret: "CHILD_PROTECTION" }),
      pathways: category("COORDINATION", "L3", "CASF L.121-6-2", { categoryOf: categoryOfPathway, secret: true }),
      grants: category("PATHWAY", "L15", "GDPR art. 6", { categoryOf: categoryOfGrant, secret: true }),
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
    subject: ofMember,
    inside: "Beneficiary.household",
    fields: { id: open("opaque"), members: open("read with the household: the person sees herself", onlyOneself), tenancy: category("FINANCE", "L6", "décret 2021-8") },
  },
  HouseholdMember: part("Household.members", "beneficiary", "role", "since", "until"),
  Tenancy: part("Household.tenancy", "landlordKind", "rentArrears", "hearingDate"),
  Need: part("Beneficiary.needs", "id", "theme", "description", "severity", "status", "identifiedAt", "closedAt"),
  Assessment: {
    kind: "person",
    rows: "Of people and steps that are read, by kind: a child at risk, an eviction, autonomy each have their category.",
    subject: ofOwner,
    among: "Beneficiary.assessments",
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
    rows: "By COORDINATION, which whoever reads PATHWAY has and a mayor's services at most; one about a child at risk by CHILD_PROTECTION.",
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
      timeline: category("PATHWAY", "L3", "CASF L.121-6-2", { categoryOf: categoryOfEvent, secret: true }),
      referent: category("PATHWAY", "L3", "CASF L.121-6-2"),
      withheld: withheld(),
    },
  },
  Referent: part("Pathway.referent", "professional", "since", "until"),
  Professional: publicType("a stub: *partners* decides about who works there"),
  Goal: part("Pathway.goals", "id", "label", "agreedWithBeneficiary", "coSignedBy", "dueOn", "status", "actions"),
  Action: part("Goal.actions", "id", "label", "status", "startsOn", "dueOn"),
  IntakeStep: { kind: "person", rows: STEP_ROWS, subject: ofOwner, fields: { ...STEP_FIELDS, withoutAppointment: open("read with the step"), onlineProcedures: open("read with the step") } },
  AssessmentStep: { kind: "person", rows: STEP_ROWS, subject: ofOwner, among: "Pathway.steps", fields: { ...STEP_FIELDS, assessment: open("by kind, in the query", whyNoAssessment) } },
  SupportStep: { kind: "person", rows: STEP_ROWS, subject: ofOwner, fields: { ...STEP_FIELDS, goals: category("PATHWAY", "L17", "CASF L.311-3") } },
  ReferralStep: { kind: "person", rows: STEP_ROWS, subject: ofOwner, among: "Pathway.steps", fields: { ...STEP_FIELDS, referral: OF_PARTIES } },
  Referral: publicType("a stub: *services* decides, by who sent and received it"),
  TimelineEvent: part("Pathway.timeline", "at", "kind", "label", "stepId", "byPartnerId"),
  SharingGrant: part("Beneficiary.grants", "id", "basis", "status", "purpose", "dataCategories", "toPartnerIds", "givenAt", "expiresAt", "withdrawnAt", "liftedAt", "informedAt", "evidence"),
  Withheld: publicType("says that something is hidden, and why, never what"),
  RetentionStatus: part("Beneficiary.retention", "state", "lastContactAt", "archiveOn", "destroyOn", "litigationHold"),
  GrantPayload: part("Mutation.giveGrant", "grant", "errors"),
  OppositionPayload: part("Mutation.opposeSharing", "grants", "errors"),
  EmergencyAccessPayload: part("Mutation.openEmergencyAccess", "emergencyAccess", "errors"),
  RectificationPayload: part("Mutation.requestRectification", "request", "errors"),
  LitigationHoldPayload: part("Mutation.setLitigationHold", "retention", "errors"),
  MutationError: publicType("why a mutation was not done, without a value of the record"),
  EmergencyAccess: part("Query.emergencyAccesses", "id", "beneficiary", "byProfessional", "purpose", "reason", "text", "openedAt", "until", "reviewDueAt", "state", "review"),
  EmergencyReview: part("EmergencyAccess.review", "byProfessional", "at", "verdict", "comment"),
  EmergencyAccessConnection: connection("Query.emergencyAccesses", "EmergencyAccess"),
  EmergencyAccessEdge: part("Query.emergencyAccesses", "cursor", "node"),
  Notification: part("Query.notifications", "id", "kind", "subjectId", "beneficiary", "at"),
  NotificationConnection: connection("Query.notifications", "Notification"),
  NotificationEdge: part("Query.notifications", "cursor", "node"),
  RectificationRequest: part("Query.rectificationRequests", "id", "beneficiary", "category", "statement", "state", "askedAt", "dueAt", "overdue", "extension", "answer"),
  RectificationExtension: part("RectificationRequest.extension", "at", "reason"),
  RectificationAnswer: part("RectificationRequest.answer", "at", "text"),
  RectificationRequestConnection: connection("Query.rectificationRequests", "RectificationRequest"),
  RectificationRequestEdge: part("Query.rectificationRequests", "cursor", "node"),
  AccessEvent: part("Query.accessLog", "at", "byProfessionalId", "byPartnerId", "purpose", "fields", "decision", "operationName", "basis"),
  AccessEventConnection: connection("Query.accessLog", "AccessEvent", "groups"),
  AccessGroup: part("Query.accessLog", "day", "byPartnerId", "purpose", "times", "refused", "fields", "text"),
  AccessEventEdge: part("Query.accessLog", "cursor", "node"),
  IdentityMatch: part("Query.possibleDuplicates", "candidate", "score", "matchedOn", "conflictsOn", "decision"),
  BeneficiaryConnection: connection("Query.beneficiarySearch", "Beneficiary"),
  BeneficiaryEdge: part("Query.beneficiarySearch", "cursor", "node"),
  PageInfo: publicType("of a page, not of its rows"),
  StatsTable: publicType("counts"),
  StatsRow: publicType("counts"),
};
