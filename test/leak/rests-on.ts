// Which field about a person rests on which category of data, and which scopes the gateway asks for it: read from
// domain.md §3 for the tests, type by type, and from no policy. A field that is new in a schema must be put here first.

import { careTeamsOf, createWorld } from "../../subgraphs/world/world.ts";
import { TEST_TODAY } from "../harness/stack.ts";

/** Fields that are refused with their category. What is about a person and not here is read with the object that it stands on. */
export const RESTS_ON: Readonly<Record<string, string>> = {
  // L1: who somebody is; their age is of that.
  "Beneficiary.identity": "IDENTITY",
  "Beneficiary.ageBand": "IDENTITY",
  "Beneficiary.lifeStage": "IDENTITY",
  "Identity.contact": "CONTACT",
  // L13: nobody reads a NIR.
  "Identity.nir": "NOBODY",
  // L2, L3: what was found, and who acts on it.
  "Beneficiary.publics": "NEEDS",
  "Beneficiary.needs": "NEEDS",
  "Beneficiary.residence": "HOUSEHOLD",
  "Beneficiary.household": "HOUSEHOLD",
  "Beneficiary.assessments": "PATHWAY",
  // L3: that there is a pathway, and how it stands, is the most that a mayor's services are told.
  "Beneficiary.pathways": "COORDINATION",
  "Beneficiary.grants": "PATHWAY",
  "Beneficiary.retention": "PATHWAY",
  "Beneficiary.referrals": "PATHWAY",
  "Beneficiary.careTeam": "PATHWAY",
  "Beneficiary.eligibleServices": "NEEDS",
  "Beneficiary.appointments": "APPOINTMENTS",
  "Beneficiary.nearestSites": "HOUSEHOLD",
  // L6: rent and arrears.
  "Household.tenancy": "FINANCE",
  "Assessment.needs": "NEEDS",
  "Assessment.conclusion": "NEEDS",
  "Pathway.closureReason": "PATHWAY",
  "Pathway.goals": "PATHWAY",
  "Pathway.steps": "PATHWAY",
  "Pathway.timeline": "PATHWAY",
  "Pathway.referent": "PATHWAY",
  "SupportStep.goals": "PATHWAY",
  ...Object.fromEntries(
    ["PathwayStep", "IntakeStep", "AssessmentStep", "SupportStep", "ReferralStep"].flatMap((type) => [
      [`${type}.site`, "PATHWAY"],
      [`${type}.actors`, "PATHWAY"],
      [`${type}.leadPartner`, "PATHWAY"],
      [`${type}.appointments`, "APPOINTMENTS"],
    ]),
  ),
};

/** L2 (CSP L.1110-4 II): fields that lead to an exchange between two, which is known to them and to the person. */
export const OF_TWO: ReadonlySet<string> = new Set(["ReferralStep.referral"]);

/** Id of a referral → who exchanges: who sends and, unless it is a draft yet, who receives. */
export const PARTIES: ReadonlyMap<string, readonly string[]> = new Map(
  createWorld(TEST_TODAY).referrals.map(({ id, senderId, receiverId, transitions }) => [id, transitions.some(({ to }) => to === "REQUESTED") ? [senderId, receiverId] : [senderId]]),
);

type Row = Readonly<Record<string, unknown>>;

/** Lists whose rows are of several categories; null: of the field's own. */
export const ROWS_REST_ON: Readonly<Record<string, (row: Row, ownerId: string) => string | null>> = {
  // L7: what tells of health, RQTH included, is health.
  "Beneficiary.needs": ofNeed,
  "Beneficiary.publics": (row) => (String(row) === "DISABLED_PEOPLE" ? "HEALTH" : null),
  // L4: who acts for a child's protection, which their being there would tell.
  "Beneficiary.careTeam": (row, ownerId) => (PROTECTING.has(printMember(ownerId, row)) ? "CHILD_PROTECTION" : null),
  // L4: the ground on which a child is protected tells that one is.
  "Beneficiary.grants": ({ basis, dataCategories }) => (basis === "CHILD_PROTECTION" || (dataCategories as readonly string[]).includes("CHILD_PROTECTION") ? "CHILD_PROTECTION" : null),
  "Assessment.needs": ofNeed,
  "Beneficiary.assessments": ofAssessment,
  // L4: where and with whom a child is evaluated.
  ...Object.fromEntries(["Beneficiary", "PathwayStep", "IntakeStep", "AssessmentStep", "SupportStep", "ReferralStep"].map((type) => [`${type}.appointments`, ofAppointment])),
  // L4: what evaluates a child at risk.
  "Beneficiary.pathways": (row) => (isOfChildProtection(row) ? "CHILD_PROTECTION" : "COORDINATION"),
  "Pathway.steps": (row) => (isOfChildProtection(row) ? "CHILD_PROTECTION" : "PATHWAY"),
  "Pathway.timeline": ({ stepId }) => (isOfChildProtection({ id: stepId }) ? "CHILD_PROTECTION" : null),
  "AssessmentStep.assessment": ofAssessment,
};

/** Alternatives of scopes that the gateway asks for. */
export const SCOPES: Readonly<Record<string, readonly string[]>> = {
  "Beneficiary.identity": ["beneficiary:identity"],
  "Beneficiary.assessments": ["assessment:read"],
  "AssessmentStep.assessment": ["assessment:read"],
  "Assessment.conclusion": ["assessment:content"],
  "Identity.nir": ["nir:read"],
  ...Object.fromEntries(["Beneficiary", "PathwayStep", "IntakeStep", "AssessmentStep", "SupportStep", "ReferralStep"].map((type) => [`${type}.appointments`, ["agenda:read"]])),
  "Professional.displayName": ["professional:read"],
  "Query.possibleDuplicates": ["identity:merge"],
  "Query.accessLog": ["audit:read", "self:read"],
  "Query.referralInbox": ["referral:read"],
  "Query.referral": ["referral:read", "self:read"],
};

/** Root fields that lead to a person. */
export const ENTRANCES = ["beneficiary", "beneficiarySearch", "possibleDuplicates", "pathway", "accessLog", "referral", "referralInbox"] as const;

/** Types with nobody in them, or with professionals and organisations in their function; all others are about a person. */
export const ABOUT_NOBODY: ReadonlySet<string> = new Set(
  (
    "PageInfo StatsTable StatsRow Withheld MutationError Service Theme Capacity ServiceConnection ServiceEdge CatalogueIssue Site Address TransportLink Unit StaffPost Team Territory " +
    "CoverageReport AccessGuarantee CoverageRow SiteActivity SiteConnection SiteEdge Partner FormerName PartnerConnection PartnerEdge SharingAgreement Department " +
    "DepartmentPriority Scheme SchemeEvaluation ProfessionalEvent Money Professional Mission Habilitation"
  ).split(" "),
);

function ofNeed({ theme }: Row): string | null {
  return /^(sante|handicap)(--|$)/.test(String(theme)) ? "HEALTH" : null;
}

export function ofAppointment({ id }: Row): string | null {
  return PROTECTED_APPOINTMENTS.has(String(id)) ? "CHILD_PROTECTION" : null;
}

function ofAssessment({ id, kind }: Row): string | null {
  if (PROTECTED.has(String(id))) return "CHILD_PROTECTION";
  const known: Readonly<Record<string, string>> = { CHILD_AT_RISK: "CHILD_PROTECTION", EVICTION_SURVEY: "FINANCE", AUTONOMY: "HEALTH", EMPLOYMENT: "EMPLOYMENT" };
  return known[String(kind)] ?? "NEEDS";
}

/** What stands in a pathway that evaluates or protects a child at risk is of that protection, whatever its kind (L4). */
export function isOfChildProtection({ id }: Row): boolean {
  return PROTECTED.has(String(id));
}

/** Members of teams, by person, professional, role and first day. Who is there in both ways is so twice. */
const PROTECTING: ReadonlySet<string> = new Set(
  careTeamsOf(onlyProtecting(createWorld(TEST_TODAY))).flatMap(({ personId, members }) => members.map(({ professionalId, role, since }) => printMember(personId, { professional: { id: professionalId }, role, since }))),
);

function onlyProtecting<World extends Pick<ReturnType<typeof createWorld>, "pathways">>(world: World): World {
  return { ...world, pathways: world.pathways.filter(({ steps }) => steps.some(({ kind }) => kind === "CHILD_EVALUATION")) };
}

function printMember(personId: string, { professional, role, since }: Row): string {
  return [personId, (professional as { readonly id: string }).id, role, since].join(" ");
}

/** Ids of pathways, their steps and their assessments. */
const PROTECTED: ReadonlySet<string> = new Set(
  createWorld(TEST_TODAY)
    .pathways.filter(({ steps }) => steps.some(({ kind }) => kind === "CHILD_EVALUATION"))
    .flatMap(({ id, steps }) => [id, ...steps.flatMap((step) => [step.id, `assessment-${step.id}`])]),
);

const PROTECTED_APPOINTMENTS: ReadonlySet<string> = new Set(createWorld(TEST_TODAY).appointments.flatMap(({ id, stepId }) => (stepId !== null && PROTECTED.has(stepId) ? [id] : [])));
