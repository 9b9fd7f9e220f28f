// The rows of partners' six collections, as they lie in MongoDB and as the resolvers see them. Days are `YYYY-MM-DD`.
// A field that a row may lack is optional, never null: sparse indexes stand on that.

/** An organisation. */
export interface PartnerRow {
  readonly _id: string;
  /** The organisation at the top of its branch: its data is kept together. */
  readonly tenantId: string;
  readonly name: string;
  /** The folded name: the order of pages. */
  readonly sortName: string;
  /** Each beginning of each folded word of the name and the former names: what a search finds by equality, hence by index. */
  readonly beginnings: readonly string[];
  readonly formerNames: readonly { readonly name: string; readonly until?: string }[];
  readonly kind: string;
  readonly siret?: string;
  readonly siren?: string;
  readonly finess?: string;
  readonly rna?: string;
  readonly networks: readonly string[];
  readonly departmentCode?: string;
  readonly communeCode?: string;
  readonly phone?: string;
  readonly email?: string;
  readonly website?: string;
  readonly parentId?: string;
  readonly successorId?: string;
  readonly status: "ACTIVE" | "SUSPENDED" | "CLOSED" | "MERGED";
  /** 1 to 36. */
  readonly retentionMonths?: number;
  readonly slaDays?: number;
}

/** A person who works for a partner. */
export interface ProfessionalRow {
  readonly _id: string;
  readonly displayName: string;
  readonly profession: string;
  readonly employerId: string;
  readonly missions: readonly MissionRow[];
  readonly habilitation?: HabilitationRow;
}

export interface MissionRow {
  readonly code: string;
  readonly label: string;
  readonly domains: readonly string[];
  /** INSEE codes. */
  readonly communes: readonly string[];
}

export interface HabilitationRow {
  readonly grantedBy: string;
  readonly purposes: readonly string[];
  readonly dataCategories: readonly string[];
  readonly validFrom: string;
  readonly validTo?: string;
}

/** A convention between two parties or more to share data. */
export interface AgreementRow {
  readonly _id: string;
  readonly partyIds: readonly string[];
  readonly purposes: readonly string[];
  readonly dataCategories: readonly string[];
  readonly legalBasis: string;
  readonly signedOn: string;
  readonly validFrom: string;
  /** The last day on which it holds. */
  readonly validTo?: string;
  /** `until` is the last day of the suspension. */
  readonly suspensions: readonly { readonly from: string; readonly until?: string }[];
  readonly dpiaReference?: string;
}

/** A département: its priorities, schemes, budget and events. `_id` is its code. */
export interface DepartmentRow {
  readonly _id: string;
  readonly name: string;
  readonly leadAuthorityId: string;
  readonly areasOfWork: readonly string[];
  readonly priorities: readonly PriorityRow[];
  readonly schemes: readonly SchemeRow[];
  /** In euros. */
  readonly budgets: readonly { readonly year: number; readonly amount: number }[];
  readonly events: readonly EventRow[];
}

export interface PriorityRow {
  readonly rank: number;
  readonly label: string;
  readonly publics: readonly string[];
  readonly schemeIds: readonly string[];
}

export interface SchemeRow {
  readonly id: string;
  readonly label: string;
  readonly startedOn?: string;
  readonly endedOn?: string;
  readonly partnerIds: readonly string[];
  readonly evaluations: readonly {
    readonly year: number;
    readonly conclusions: readonly string[];
    readonly decidedChanges: readonly string[];
  }[];
}

export interface EventRow {
  readonly id: string;
  readonly name: string;
  readonly edition?: number;
  readonly heldOn: string;
  readonly communeCode: string;
  readonly attendees?: number;
  readonly programme: readonly string[];
}

/** Who acts on a step of a pathway. `_id` is the step's id in *beneficiaries*. */
export interface StepActorsRow {
  readonly _id: string;
  readonly personId: string;
  readonly leadPartnerId: string;
  readonly actors: readonly { readonly professionalId: string; readonly partnerId: string; readonly role: StepRole }[];
}

/** Who supports a person. `_id` is the person's id in *beneficiaries*. */
export interface CareTeamRow {
  readonly _id: string;
  readonly members: readonly CareTeamMemberRow[];
}

export interface CareTeamMemberRow {
  readonly professionalId: string;
  readonly partnerId: string;
  readonly role: StepRole;
  readonly since: string;
  /** The last day. */
  readonly until?: string;
  /** For the child's protection, as the pathway says. */
  readonly childProtection: boolean;
}

export type StepRole = "LEAD" | "CO_LEAD" | "CONTRIBUTOR" | "OBSERVER";

/** Everything that partners keeps. */
export interface PartnersRows {
  readonly partners: readonly PartnerRow[];
  readonly professionals: readonly ProfessionalRow[];
  readonly agreements: readonly AgreementRow[];
  readonly departments: readonly DepartmentRow[];
  readonly stepActors: readonly StepActorsRow[];
  readonly careTeams: readonly CareTeamRow[];
}
