// From rows to the graph: one line a field, over the request's data access.
import { readReferenceKey, type PageArgs, type SubgraphContext } from "../kit/kit.ts";
import { ageBandOf, ageOn, lifeStageOf } from "./ages.ts";
import type { AccessLogArgs } from "./access-log.ts";
import type { Data, DuplicatesArgs, SearchArgs } from "./loaders.ts";
import type { AccessEventRow, AssessmentRow, EmergencyAccessRow, EmergencyReviewRow, GoalRow, GrantRow, NeedRow, PathwayRow, PersonRow, StepRow } from "./rows.ts";
import type { StepStatsArgs } from "./step-stats.ts";
import { timelineOf, type Period } from "./timeline.ts";
import { statusOn, type EmergencyAccessesArgs, type NotificationRow, type RectificationRow, type RectificationsArgs } from "./writing/writing.ts";

type Context = SubgraphContext<Data>;
type ById = { readonly id: string };

const STEP_TYPES: Readonly<Record<string, string>> = {
  INTAKE: "IntakeStep",
  EVALUATION: "AssessmentStep",
  EVICTION_SURVEY: "AssessmentStep",
  CHILD_EVALUATION: "AssessmentStep",
  SUPPORT: "SupportStep",
  HOME_VISIT: "SupportStep",
  COLLECTIVE_ACTION: "SupportStep",
  FINANCIAL_AID: "SupportStep",
  REFERRAL: "ReferralStep",
};

const MUTATIONS = [
  "giveGrant",
  "acceptGrant",
  "refuseGrant",
  "withdrawGrant",
  "opposeSharing",
  "openEmergencyAccess",
  "reviewEmergencyAccess",
  "liftOpposition",
  "requestRectification",
  "answerRectification",
  "extendRectification",
  "setLitigationHold",
] as const;

const id = (row: { readonly _id: string }) => row._id;
const sharingTicket = (step: StepRow, _: unknown, { data }: Context) => data.ticketOfStep(step);

export const resolvers = {
  Query: {
    beneficiary: (_: unknown, args: ById, { data }: Context) => data.person.load(args.id),
    beneficiarySearch: (_: unknown, args: SearchArgs, { data }: Context) => data.search(args),
    possibleDuplicates: (_: unknown, args: DuplicatesArgs, { data }: Context) => data.duplicates(args),
    pathway: (_: unknown, args: ById, { data }: Context) => data.pathway.load(args.id),
    accessLog: (_: unknown, args: AccessLogArgs, { data }: Context) => data.accessLog(args),
    pathwayStats: (_: unknown, args: StepStatsArgs, { data }: Context) => data.stepStats(args),
    emergencyAccesses: (_: unknown, args: EmergencyAccessesArgs, { data }: Context) => data.writing.emergencyAccesses(args),
    rectificationRequests: (_: unknown, args: RectificationsArgs, { data }: Context) => data.writing.rectificationRequests(args),
    notifications: (_: unknown, args: PageArgs, { data }: Context) => data.writing.notifications(args),
  },
  Mutation: Object.fromEntries(MUTATIONS.map((name) => [name, (_: unknown, args: never, { data }: Context) => data.writing[name](args)])),
  Beneficiary: {
    __resolveReference: async (reference: object, { data }: Context) => data.person.load(readReferenceKey(reference, "id")),
    id,
    pseudonym: (person: PersonRow, _: unknown, { data }: Context) => data.pseudonymOf(person),
    identity: (person: PersonRow) => person,
    ageBand: (person: PersonRow, _: unknown, { clock }: Context) => ageBandOf(ageOn(person.birthDate, clock.today())),
    lifeStage: (person: PersonRow, _: unknown, { clock }: Context) => lifeStageOf(ageOn(person.birthDate, clock.today())),
    household: ({ _id, householdId }: PersonRow, _: unknown, { data }: Context) => (householdId === null ? null : data.householdOf(_id, householdId)),
    needs: (person: PersonRow, args: { status?: string | null }) => person.needs.filter(hasStatus(args.status)),
    assessments: (person: PersonRow, _: unknown, { data }: Context) => data.assessmentsOf.load(person._id),
    pathways: async (person: PersonRow, args: { status?: string | null }, { data }: Context) =>
      (await data.pathwaysOf.load(person._id)).filter(hasStatus(args.status)),
    grants: (person: PersonRow, _: unknown, { data }: Context) => data.grantsOf.load(person._id),
    sharingTicket: (person: PersonRow, _: unknown, { data }: Context) => data.ticketOfPerson(person),
    retention: (person: PersonRow, _: unknown, { data }: Context) => data.retentionOf(person),
  },
  Identity: {
    contact: (person: PersonRow) => (person.contact === null ? null : person),
    nir: (person: PersonRow, _: unknown, { data }: Context) => data.nirOf(person),
    localIdentifiers: (person: PersonRow, _: unknown, { data }: Context) => data.localIdentifiersOf(person),
  },
  Contact: {
    phone: (person: PersonRow, _: unknown, { data }: Context) => data.phoneOf(person),
    email: (person: PersonRow, _: unknown, { data }: Context) => data.emailOf(person),
    preferred: ({ contact }: PersonRow) => contact?.preferred,
    safeToContact: ({ contact }: PersonRow) => contact?.safeToContact,
    language: ({ contact }: PersonRow) => contact?.language,
  },
  Household: {
    id,
    members: (household: { _id: string }, _: unknown, { data }: Context) => data.membersOf.load(household._id),
  },
  HouseholdMember: {
    beneficiary: (person: PersonRow) => person,
    role: (person: PersonRow) => person.householdRole,
    since: (person: PersonRow) => person.householdSince,
    until: (person: PersonRow) => person.householdUntil,
  },
  Need: { id },
  Assessment: {
    id,
    overdue: ({ dueAt, completedAt }: AssessmentRow, _: unknown, { clock }: Context) => dueAt !== null && (completedAt ?? clock.now()) > dueAt,
    needs: async ({ personId, needIds }: AssessmentRow, _: unknown, { data }: Context) => pick((await data.person.load(personId))?.needs, needIds),
  },
  Pathway: {
    __resolveReference: async (reference: object, { data }: Context) => data.pathway.load(readReferenceKey(reference, "id")),
    id,
    beneficiary: ({ personId }: PathwayRow, _: unknown, { data }: Context) => data.person.load(personId),
    steps: async (pathway: PathwayRow, args: { kind?: string | null; status?: string | null }, { data }: Context) =>
      (await data.stepsOf.load(pathway._id)).filter(hasStatus(args.status)).filter(({ kind }) => args.kind == null || kind === args.kind),
    timeline: async (pathway: PathwayRow, period: Period, { data }: Context) => timelineOf(pathway, await data.stepsOf.load(pathway._id), period),
  },
  Referent: { professional: ({ professionalId }: { professionalId: string }) => ({ id: professionalId }) },
  Goal: { id, coSignedBy: ({ coSignedByIds }: GoalRow) => coSignedByIds.map((professionalId) => ({ id: professionalId })) },
  Action: { id },
  PathwayStep: {
    __resolveType: (step: StepRow) => STEP_TYPES[step.kind],
    __resolveReference: async (reference: object, { data }: Context) => data.step.load(readReferenceKey(reference, "id")),
  },
  IntakeStep: { __resolveReference: stepOfType("IntakeStep"), id, sharingTicket },
  AssessmentStep: {
    __resolveReference: stepOfType("AssessmentStep"),
    id,
    sharingTicket,
    assessment: ({ assessmentId }: StepRow, _: unknown, { data }: Context) => (assessmentId === null ? null : data.assessment.load(assessmentId)),
  },
  SupportStep: {
    __resolveReference: stepOfType("SupportStep"),
    id,
    sharingTicket,
    goals: async ({ pathwayId, goalIds }: StepRow, _: unknown, { data }: Context) => pick((await data.pathway.load(pathwayId))?.goals, goalIds),
  },
  ReferralStep: {
    __resolveReference: stepOfType("ReferralStep"),
    id,
    sharingTicket,
    referral: ({ referralId }: StepRow) => (referralId === null ? null : { id: referralId }),
  },
  SharingGrant: {
    id,
    status: (grant: GrantRow, _: unknown, { clock }: Context) => statusOn(grant, clock.now()),
    evidence: (grant: GrantRow, _: unknown, { data }: Context) => data.writing.evidenceOf(grant),
  },
  EmergencyAccess: {
    id,
    beneficiary: ({ personId }: EmergencyAccessRow, _: unknown, { data }: Context) => data.person.load(personId),
    byProfessional: ({ professionalId }: EmergencyAccessRow) => ({ id: professionalId }),
    text: (row: EmergencyAccessRow, _: unknown, { data }: Context) => data.writing.textOfEmergency(row),
    state: (row: EmergencyAccessRow, _: unknown, { data }: Context) => data.writing.stateOfEmergency(row),
    review: (row: EmergencyAccessRow) => row.review && { ...row.review, access: row },
  },
  EmergencyReview: {
    byProfessional: ({ byProfessionalId }: EmergencyReviewRow) => ({ id: byProfessionalId }),
    comment: ({ access }: { access: EmergencyAccessRow }, _: unknown, { data }: Context) => data.writing.commentOnEmergency(access),
  },
  Notification: { id, beneficiary: ({ personId }: NotificationRow, _: unknown, { data }: Context) => data.person.load(personId) },
  RectificationRequest: {
    id,
    beneficiary: ({ personId }: RectificationRow, _: unknown, { data }: Context) => data.person.load(personId),
    statement: (row: RectificationRow, _: unknown, { data }: Context) => data.writing.statementOf(row),
    overdue: (row: RectificationRow, _: unknown, { data }: Context) => data.writing.isLate(row),
    extension: ({ extension = null, ...row }: RectificationRow) => extension && { at: extension.at, request: { ...row, extension } },
    answer: (row: RectificationRow) => row.answer && { at: row.answer.at, request: row },
  },
  RectificationExtension: { reason: ({ request }: { request: RectificationRow }, _: unknown, { data }: Context) => data.writing.reasonOfExtension(request) },
  RectificationAnswer: { text: ({ request }: { request: RectificationRow }, _: unknown, { data }: Context) => data.writing.answerOf(request) },
  AccessEvent: { basis: ({ bases }: AccessEventRow) => bases ?? [] },
};

/** A step whose id is known and whose kind is of another type is no step of this type. */
function stepOfType(type: string) {
  return async (reference: object, { data }: Context) => {
    const step = await data.step.load(readReferenceKey(reference, "id"));
    return step !== null && STEP_TYPES[step.kind] === type ? step : null;
  };
}

function hasStatus(status: string | null | undefined): (row: { readonly status: string }) => boolean {
  return (row) => status == null || row.status === status;
}

function pick<Row extends NeedRow | GoalRow>(rows: readonly Row[] | undefined, ids: readonly string[]): Row[] {
  return (rows ?? []).filter((row) => ids.includes(row._id));
}
