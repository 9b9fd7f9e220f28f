// What the demonstration world is made of: records that hang together by their ids, each owned by one subgraph.

/** An organisation. Owned by *partners*. */
export interface PartnerRecord {
  readonly id: string;
  readonly name: string;
  /** `PartnerKind` of the partners schema. */
  readonly kind: string;
  readonly siret: string | null;
  /** Null: national. */
  readonly departmentCode: string | null;
  readonly communeCode: string | null;
  readonly parentId: string | null;
  /** Réseaux porteurs of data.inclusion v1. */
  readonly networks: readonly string[];
}

/** A professional of a partner. Owned by *partners*; *sites* knows where they work. */
export interface ProfessionalRecord {
  readonly id: string;
  readonly givenName: string;
  readonly familyName: string;
  /** `Profession` of the sites schema. */
  readonly profession: string;
  readonly employerId: string;
  readonly siteIds: readonly string[];
  readonly teamId: string | null;
}

/** A place. Owned by *sites*. The seat of territory `971-TIS-NN` has the id `tis-NN` and serves the territory's communes. */
export interface SiteRecord {
  readonly id: string;
  readonly name: string;
  /** `SiteKind` of the sites schema. */
  readonly kind: string;
  readonly departmentCode: string;
  readonly communeCode: string;
  readonly lat: number;
  readonly lon: number;
  readonly opensOn: string | null;
  readonly closesOn: string | null;
  /** Ids of the sites that this one took over from. */
  readonly replacesIds: readonly string[];
  readonly parentId: string | null;
  readonly operatorId: string;
  readonly hostedPartnerIds: readonly string[];
  readonly servesCommunes: readonly string[];
}

/** A team at a site. Owned by *sites*; its members are the professionals who name it. */
export interface TeamRecord {
  readonly id: string;
  /** `TeamKind` of the sites schema. */
  readonly kind: string;
  readonly siteId: string;
  /** INSEE codes. */
  readonly communes: readonly string[];
}

/** An entry of the catalogue. Owned by *services*. */
export interface ServiceRecord {
  readonly id: string;
  readonly name: string;
  readonly providerId: string;
  readonly siteIds: readonly string[];
  readonly departmentCode: string;
  /** Codes of data.inclusion v1; may be empty. */
  readonly themes: readonly string[];
  /** `ServiceType` of the services schema. */
  readonly type: string | null;
  /** `ServiceAudience` of the services schema. */
  readonly audience: string;
  /** `AreaOfWork` of the services schema. */
  readonly areas: readonly string[];
  /** `TargetPublic` of the services schema. */
  readonly publics: readonly string[];
}

/** A household. Owned by *beneficiaries*. */
export interface HouseholdRecord {
  readonly id: string;
  readonly tenancy: { readonly landlordKind: string | null; readonly rentArrears: boolean; readonly hearingDate: string | null } | null;
}

/** A story tells what is special about a person's file. */
export type Story =
  | "rich-pathway"
  | "family"
  | "couple-sharing-a-phone"
  | "child-under-protection"
  | "homeless"
  | "consent-withdrawn"
  | "elderly"
  | "island"
  | "job-seeker"
  | "eviction"
  | "violence"
  | "ordinary";

/** A person. Owned by *beneficiaries*. */
export interface PersonRecord {
  readonly id: string;
  readonly story: Story;
  readonly sex: "F" | "M";
  readonly birthName: string;
  readonly usageName: string | null;
  readonly firstNames: readonly string[];
  readonly birthDate: string;
  readonly birthCommuneCode: string;
  readonly phone: string | null;
  readonly email: string | null;
  /** CAF file number; a couple shares one. */
  readonly cafNumber: string | null;
  readonly departmentCode: string;
  /** Null: unknown. */
  readonly communeCode: string | null;
  readonly homeless: boolean;
  readonly inPriorityDistrict: boolean;
  /** `TargetPublic` of the beneficiaries schema. */
  readonly publics: readonly string[];
  readonly householdId: string;
  /** `HouseholdRole` of the beneficiaries schema. */
  readonly householdRole: string;
}

/** A pathway and its steps. Owned by *beneficiaries*; *partners* knows who acts on a step, *sites* where. */
export interface PathwayRecord {
  readonly id: string;
  readonly personId: string;
  /** `PathwayStatus` of the beneficiaries schema. */
  readonly status: string;
  readonly openedOn: string;
  readonly closedOn: string | null;
  readonly closureReason: string | null;
  /** Professional. */
  readonly referentId: string;
  readonly goals: readonly GoalRecord[];
  readonly steps: readonly StepRecord[];
}

export interface GoalRecord {
  readonly id: string;
  readonly label: string;
  readonly agreedWithBeneficiary: boolean;
  /** Professionals. */
  readonly coSignedByIds: readonly string[];
  readonly dueOn: string | null;
  readonly status: string;
  readonly actions: readonly {
    readonly id: string;
    readonly label: string;
    readonly status: string;
    readonly startsOn: string | null;
    readonly dueOn: string | null;
  }[];
}

export interface StepRecord {
  readonly id: string;
  /** `StepKind`, `StepStatus` and `StepOutcome` of the beneficiaries schema. */
  readonly kind: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly order: number;
  readonly plannedFor: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly leadPartnerId: string;
  /** `role` is a `StepRole` of the partners schema. */
  readonly actors: readonly { readonly professionalId: string; readonly role: string }[];
  readonly siteId: string | null;
  /** For kind REFERRAL. */
  readonly referralId: string | null;
  /** For kinds SUPPORT, HOME_VISIT, COLLECTIVE_ACTION and FINANCIAL_AID: goals of the pathway. */
  readonly goalIds: readonly string[];
}

/** A referral. Owned by *services*. */
export interface ReferralRecord {
  readonly id: string;
  readonly personId: string;
  readonly serviceId: string;
  readonly senderId: string;
  readonly receiverId: string;
  readonly parentReferralId: string | null;
  /** `Priority` of the services schema. */
  readonly priority: string;
  readonly purpose: string;
  /** Oldest first, one at least; the last `to` is the status. Instants are ISO 8601 in UTC. */
  readonly transitions: readonly {
    readonly from: string | null;
    readonly to: string;
    readonly at: string;
    readonly byPartnerId: string;
    readonly reason: string | null;
    readonly comment: string | null;
  }[];
  /** `ReferralOutcome` of the services schema. */
  readonly outcome: string | null;
}

/** An appointment of a person. Owned by *sites*. */
export interface AppointmentRecord {
  readonly id: string;
  readonly personId: string;
  readonly siteId: string | null;
  readonly stepId: string | null;
  /** `AppointmentKind` and `AppointmentStatus` of the sites schema. */
  readonly kind: string;
  readonly status: string;
  readonly requestedAt: string;
  readonly startsAt: string;
  readonly durationMinutes: number;
  readonly professionalIds: readonly string[];
}

/** A convention between two parties or more to share data. Kept by *partners*; *beneficiaries* holds a copy. */
export interface AgreementRecord {
  readonly id: string;
  readonly partyIds: readonly string[];
  /** `Purpose` and `DataCategory` of the beneficiaries schema. */
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

/** What a professional is there for, and what of people's files they are habilitated to read. */
export interface HabilitationRecord {
  readonly professionalId: string;
  readonly missions: readonly MissionRecord[];
  /** Null: reads nobody's file. */
  readonly habilitation: {
    readonly grantedBy: string;
    readonly purposes: readonly string[];
    readonly dataCategories: readonly string[];
    readonly validFrom: string;
    readonly validTo?: string;
  } | null;
}

export interface MissionRecord {
  readonly code: string;
  readonly label: string;
  /** `AreaOfWork` of the services schema. */
  readonly domains: readonly string[];
  /** INSEE codes. */
  readonly communes: readonly string[];
}

/** Who supports a person. `role` is a `StepRole` of the partners schema. */
export interface CareTeamRecord {
  readonly personId: string;
  readonly members: readonly CareTeamMemberRecord[];
}

export interface CareTeamMemberRecord {
  readonly professionalId: string;
  readonly partnerId: string;
  readonly role: string;
  readonly since: string;
  /** The last day. */
  readonly until?: string;
  /** For the child's protection: who is in the team for another reason too is in it twice. */
  readonly childProtection: boolean;
}
