// What the collections hold. Enumerations are those of schema.graphql; days are `YYYY-MM-DD`, instants `Date`.
// Fields that a GraphQL type shows under the same name are resolved without a resolver. What is `Sealed` opens with the
// person's data key only.
import type { Sealed } from "../sealed/sealed.ts";

/** As it is stored: what tells directly who or where somebody is opens with the person's data key only (`identity-seal.ts`). */
export type PersonRow = PersonFields<Sealed>;

/** As it is written, before it is sealed. */
export type PersonDraft = PersonFields<string>;

interface PersonFields<Secret extends string> {
  readonly _id: string;
  readonly departmentCode: string;
  readonly sex: "F" | "M";
  readonly birthName: string;
  readonly usageName: string | null;
  readonly firstNames: readonly string[];
  readonly birthDate: string | null;
  readonly birthCommuneCode: string | null;
  readonly contact: ContactFields<Secret> | null;
  readonly nir: Secret | null;
  /** Blind index. */
  readonly nirIndex: string | null;
  readonly nirStatus: string;
  readonly localIdentifiers: readonly LocalIdentifierFields<Secret>[];
  readonly residence: ResidenceRow | null;
  readonly publics: readonly string[];
  readonly needs: readonly NeedRow[];
  readonly householdId: string | null;
  readonly householdRole: string;
  readonly householdSince: string | null;
  readonly householdUntil: string | null;
  readonly lastContactAt: Date | null;
  /** Of what protects a child, which is told to nobody else (CASF L.226-2-2). */
  readonly lastProtectionContactAt: Date | null;
  readonly litigationHold: boolean;
  /** After how many months without contact its holder archives the file, as *partners* told; null: as the law says. */
  readonly retentionMonths: number | null;
  readonly anonymisedOn: string | null;
  /** Who supports the person, as *partners* told. */
  readonly team: readonly TeamMemberRow[];
  /** Nothing but a child's protection made the person known: outsiders must not even learn that (CASF L.226-2-2). */
  readonly protectedOnly: boolean;
  /** What searching and matching look at. */
  readonly keys: SearchKeys;
}

/** `until` is the last day. */
export interface Membership {
  readonly professionalId: string;
  readonly partnerId: string;
  readonly role: string;
  readonly since: string;
  readonly until: string | null;
}

export interface TeamMemberRow extends Membership {
  /** For the child's protection: of that, nobody is told who does not read it (CASF L.226-2-2). */
  readonly childProtection: boolean;
}

/** Names folded, and their beginnings; blind indexes of the rest, which compare and cannot be turned back. */
export interface SearchKeys {
  readonly names: readonly string[];
  readonly prefixes: readonly string[];
  readonly firstName: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  /** Of all local identifiers, and of the CAF's among them. */
  readonly localIds: readonly string[];
  readonly caf: string | null;
}

interface ContactFields<Secret extends string> {
  readonly phone: Secret | null;
  readonly email: Secret | null;
  readonly preferred: string;
  readonly safeToContact: boolean;
  readonly language: string | null;
}

interface LocalIdentifierFields<Secret extends string> {
  readonly system: string;
  readonly value: Secret;
}

export interface ResidenceRow {
  readonly communeCode: string;
  readonly lat: number | null;
  readonly lon: number | null;
  readonly inPriorityDistrict: boolean | null;
  readonly homeless: boolean | null;
}

export interface NeedRow {
  readonly _id: string;
  readonly theme: string;
  readonly description: string | null;
  readonly severity: string;
  readonly status: string;
  readonly identifiedAt: string;
  readonly closedAt: string | null;
}

export interface HouseholdRow {
  readonly _id: string;
  readonly tenancy: { readonly landlordKind: string | null; readonly rentArrears: boolean | null; readonly hearingDate: string | null } | null;
}

export interface AssessmentRow {
  readonly _id: string;
  readonly personId: string;
  readonly kind: string;
  readonly requestedBy: string | null;
  readonly requestedAt: Date;
  readonly dueAt: Date | null;
  readonly completedAt: Date | null;
  readonly needIds: readonly string[];
  readonly conclusion: string | null;
  /** Of a pathway that evaluates or protects a child at risk. */
  readonly childProtection: boolean;
}

export interface PathwayRow {
  readonly _id: string;
  readonly personId: string;
  readonly status: string;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly closureReason: string | null;
  readonly referent: { readonly professionalId: string; readonly since: string; readonly until: string | null } | null;
  readonly goals: readonly GoalRow[];
  /** It evaluates or protects a child at risk. */
  readonly childProtection: boolean;
}

export interface GoalRow {
  readonly _id: string;
  readonly label: string;
  readonly agreedWithBeneficiary: boolean;
  readonly coSignedByIds: readonly string[];
  readonly dueOn: string | null;
  readonly status: string;
  readonly actions: readonly { readonly _id: string; readonly label: string; readonly status: string; readonly startsOn: string | null; readonly dueOn: string | null }[];
}

/** The last block is where and when the step counts in statistics: as things stood then, not as they stand today. */
export interface StepRow {
  readonly _id: string;
  readonly pathwayId: string;
  readonly personId: string;
  readonly kind: string;
  readonly status: string;
  readonly order: number;
  readonly plannedFor: string | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly outcome: string | null;
  readonly withoutAppointment: boolean;
  readonly onlineProcedures: readonly string[];
  readonly assessmentId: string | null;
  readonly referralId: string | null;
  /** Who sent and, once it was sent, who received the referral, as *services* told; of a step that led to none, nobody. */
  readonly referralPartnerIds: readonly string[];
  readonly goalIds: readonly string[];
  /** Its pathway evaluates or protects a child at risk. */
  readonly childProtection: boolean;

  /** The day of its end, else of its beginning, else the planned one. */
  readonly countedOn: string;
  readonly departmentCode: string;
  readonly communeCode: string | null;
  readonly territoryCode: string | null;
  /** Ids of other subgraphs, opaque here. */
  readonly siteId: string | null;
  readonly leadPartnerId: string;
  /** Only once the person is gone: what statistics knew of them on that day. */
  readonly counted?: CountedFacts;
}

export interface CountedFacts {
  readonly ageBand: string;
  readonly publics: readonly string[];
  /** First parts of the themes of the needs that were open. */
  readonly themes: readonly string[];
}

/** As it is stored: what is said in free text opens with the person's data key only. */
export type GrantRow = GrantFields<Sealed>;

/** As it is written, before it is sealed. Decisions ask only whether there is a text. */
export type GrantDraft = GrantFields<string>;

interface GrantFields<Secret extends string> {
  readonly _id: string;
  readonly personId: string;
  readonly basis: string;
  readonly status: string;
  readonly purpose: string;
  readonly dataCategories: readonly string[];
  readonly toPartnerIds: readonly string[];
  readonly givenAt: Date;
  readonly expiresAt: Date | null;
  readonly withdrawnAt: Date | null;
  /** Of an objection, which stays OPPOSED for ever: since when the person objects no more. */
  readonly liftedAt: Date | null;
  readonly informedAt: Date | null;
  /** Why the person was not informed beforehand, where that would harm a child (CASF L.226-2-2). */
  readonly informedException: Secret | null;
  /** Those to whom alone it is given; empty: to whoever acts for the partner. */
  readonly professionalIds: readonly string[];
  readonly evidence: Secret | null;
}

/** What *partners* told of a professional: a copy, so that a decision here asks nobody. */
export interface StandingRow {
  readonly _id: string;
  readonly partnerId: string;
  readonly partnerKind: string;
  readonly profession: string;
  /** The text that binds to secrecy; null when none does. */
  readonly secrecyBasis: string | null;
  /** Codes. */
  readonly missions: readonly string[];
  readonly habilitation: {
    readonly purposes: readonly string[];
    readonly dataCategories: readonly string[];
    readonly validFrom: string;
    /** The last day. */
    readonly validTo: string | null;
  } | null;
}

/** What *partners* told of a convention to share. */
export interface AgreementRow {
  readonly _id: string;
  readonly partyIds: readonly string[];
  readonly purposes: readonly string[];
  readonly validFrom: string;
  /** The last day. */
  readonly validTo: string | null;
  readonly suspensions: readonly { readonly from: string; readonly until: string | null }[];
}

/** An access that a professional opened to save a life: one person, one purpose, an hour (GDPR art. 6.1.d). */
export interface EmergencyRow {
  readonly _id: string;
  readonly personId: string;
  readonly professionalId: string;
  readonly purpose: string;
  readonly openedAt: Date;
  readonly until: Date;
}

/** Who evaluates whether a child is at risk, and in which home; `_id` is the step's. */
export interface EvaluationRow {
  readonly _id: string;
  /** The child. */
  readonly personId: string;
  readonly householdId: string;
  /** The step's actors, as *partners* told. */
  readonly professionalIds: readonly string[];
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly informedAt: Date | null;
  /** Why the family was not informed beforehand (CASF L.226-2-2). */
  readonly informedException: string | null;
}

/** An emergency with why, and what a second professional says of it. */
export interface EmergencyAccessRow extends EmergencyRow {
  /** For which the professional acted. */
  readonly partnerId: string;
  readonly reason: string;
  readonly text: Sealed;
  /** It tells that a child is protected: only reviewers bound by secrecy find it (CASF L.226-2-2). */
  readonly secret: boolean;
  readonly reviewDueAt: Date;
  /** Neither reviewed, nor was anybody told that it is late. */
  readonly tellWhenLate: boolean;
  readonly review: EmergencyReviewRow | null;
}

export interface EmergencyReviewRow {
  readonly byProfessionalId: string;
  readonly at: Date;
  readonly verdict: string;
  readonly comment: Sealed | null;
}

export interface AccessEventRow {
  readonly _id: string;
  readonly personId: string;
  readonly at: Date;
  readonly byProfessionalId: string;
  readonly byPartnerId: string;
  /** Null: none was given, and none was needed. */
  readonly purpose: string | null;
  readonly fields: readonly string[];
  readonly decision: string;
  readonly operationName: string | null;
  readonly bases: readonly string[];
  /** Of the client's request: its readings are one. Null where it is not known. */
  readonly request?: string | null;
  /** False until it is known what was read, and on which grounds. */
  readonly over?: boolean;
  /** Read at another subgraph. */
  readonly elsewhere?: boolean;
  /** Name of the log that it was taken from, and its place there; null where there was none. */
  readonly log: string | null;
  readonly place: number | null;
}

/** What came of a reading whose row is there already. */
export interface ReadingOutcome {
  readonly _id: string;
  readonly fields: readonly string[];
  readonly bases: readonly string[];
}

/** Of a part of a log. */
export interface ToldReadings {
  /** The log's origin. */
  readonly log: string;
  /** Up to where it was told with this. */
  readonly place: number;
  readonly rows: readonly AccessEventRow[];
  readonly outcomes: readonly ReadingOutcome[];
  /** Of whom rows are kept; missing: of everybody. */
  readonly peopleIds?: ReadonlySet<string>;
}

/** Requests of one day by one partner for one purpose. */
export interface AccessGroupRow {
  readonly _id: { readonly day: string; readonly byPartnerId: string; readonly purpose: string | null };
  readonly times: number;
  readonly refused: number;
  /** Read or done. */
  readonly fields: readonly (readonly string[])[];
  readonly refusedFields: readonly (readonly string[])[];
}

/** What somebody decided about two files; `_id` is `pairId` of matching.ts. */
export interface MatchDecisionRow {
  readonly _id: string;
  /** Both. */
  readonly personIds: readonly string[];
  readonly decision: "CONFIRMED" | "REJECTED" | "UNDONE";
}

/** Everything, for bulk writes. */
export type Documents = DocumentsOf<PersonRow, GrantRow>;

/** The same before it is sealed. */
export type Drafts = DocumentsOf<PersonDraft, GrantDraft>;

interface DocumentsOf<Person, Grant> {
  readonly people: readonly Person[];
  readonly households: readonly HouseholdRow[];
  readonly assessments: readonly AssessmentRow[];
  readonly pathways: readonly PathwayRow[];
  readonly steps: readonly StepRow[];
  readonly grants: readonly Grant[];
  readonly accessEvents: readonly AccessEventRow[];
  readonly matchDecisions: readonly MatchDecisionRow[];
  readonly standings: readonly StandingRow[];
  readonly agreements: readonly AgreementRow[];
  readonly emergencies: readonly EmergencyAccessRow[];
  readonly evaluations: readonly EvaluationRow[];
}
