// The shapes of the subgraph's documents: what MongoDB holds, and what resolvers read. Days are `YYYY-MM-DD`.
import type { Sealed } from "../sealed/sealed.ts";
import type { Span } from "./travel/travel.ts";

export interface SiteRow {
  readonly _id: string;
  readonly name: string;
  /** The name folded: the order of lists. */
  readonly nameKey: string;
  /** Every beginning of every folded word of the name: what a search may say. */
  readonly terms: readonly string[];
  readonly kind: string;
  readonly departmentCode: string;
  /** Open ends are `0000-01-01` and `9999-12-31`, so that one comparison answers for all. */
  readonly open: Span;
  readonly closures: readonly Span[];
  readonly replacesIds: readonly string[];
  readonly replacedByIds: readonly string[];
  readonly parentId: string | null;
  /**
   * A place that must stay secret: the address and what follows it are empty then, and so is whatever is computed from them,
   * so that no search and no distance can be led there. The address itself is a `SecretAddressRow`.
   */
  readonly addressConfidential: boolean;
  readonly address: AddressValue | null;
  readonly banId: string | null;
  readonly servesCommunes: readonly string[];
  /** The communes by which it is found: its own and those that it serves. */
  readonly communeKeys: readonly string[];
  readonly territoryCodes: readonly string[];
  /** The one of `territoryCodes` that its work is organised by. */
  readonly territoryCode: string | null;
  readonly openingHours: string | null;
  readonly walkIn: boolean;
  readonly accessibilityUrl: string | null;
  readonly transport: readonly TransportValue[];
  /** The partner's name as it was when the site was written; *partners* owns it. */
  readonly operator: { readonly id: string; readonly name: string | null };
  readonly hostedPartnerIds: readonly string[];
  readonly units: readonly UnitValue[];
}

export interface AddressValue {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly postalCode: string | null;
  readonly communeCode: string;
  readonly communeName: string;
  readonly lat: number;
  readonly lon: number;
}

/** Where a place is that must stay secret: an `AddressValue` as JSON, sealed under the site's own data key. */
export interface SecretAddressRow {
  /** The site's. */
  readonly _id: string;
  readonly address: Sealed;
}

export interface TransportValue {
  readonly mode: string;
  readonly label: string;
  readonly walkMinutes: number | null;
  readonly availableFrom: string | null;
}

export interface UnitValue {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly domains: readonly string[];
}

export interface StaffPostRow {
  readonly _id: string;
  readonly siteId: string;
  readonly profession: string;
  readonly fullTimeEquivalent: number;
  readonly filled: boolean;
  readonly teamId: string | null;
  readonly professionalId: string | null;
  /** At a place that must stay secret: who holds it works elsewhere too, and near. */
  readonly secret?: boolean;
}

export interface TeamRow {
  readonly _id: string;
  readonly kind: string;
  readonly siteId: string;
  readonly communes: readonly string[];
}

export interface TerritoryRow {
  /** The code. */
  readonly _id: string;
  readonly name: string;
  readonly kind: string;
  readonly parentCode: string | null;
  readonly communes: readonly string[];
  /** An EPCI may lie in two. */
  readonly departmentCodes: readonly string[];
  readonly validFrom: string | null;
  readonly validTo: string | null;
}

export interface AppointmentRow {
  readonly _id: string;
  /** Absent once anonymised. */
  readonly personId?: string;
  /** Once anonymised: whom reports count it for; an id that leads to nobody. */
  readonly countedAs?: string;
  readonly siteId?: string;
  readonly stepId?: string;
  /** Of the site. */
  readonly departmentCode?: string;
  /** The day in France on which it starts. */
  readonly day: string;
  /** The first day of the year of the site's activity that `day` belongs to; see `activity.ts`. */
  readonly activityYear?: string;
  readonly kind: string;
  /** As recorded: TO_RECORD is never stored, it comes with time. */
  readonly status: string;
  readonly startsAt: Date;
  /** Days between the request and `day`. */
  readonly waitDays: number;
  readonly durationMinutes: number;
  readonly professionalIds: readonly string[];
  readonly motive?: string;
  /** Of a pathway that evaluates or protects a child at risk: where and with whom would tell. */
  readonly childProtection?: boolean;
}

/** Where a step of a pathway takes place. */
export interface StepRow {
  readonly _id: string;
  readonly personId: string;
  readonly siteId: string | null;
  /** Those who act on it, and the last day on which they do; null: it goes on. */
  readonly professionalIds: readonly string[];
  readonly until: string | null;
}

export interface CommuneRow {
  /** The INSEE code. */
  readonly _id: string;
  readonly name: string;
  readonly departmentCode: string;
  readonly population: number;
  readonly lat: number;
  readonly lon: number;
}

/** The promise of a département: each alternative is for those whom the ones before it do not reach. */
export interface GuaranteeRow {
  /** The code of the département. */
  readonly _id: string;
  readonly alternatives: readonly Alternative[];
}

export interface Alternative {
  readonly siteKind: string;
  /** Kept when it takes less. */
  readonly maxMinutes: number;
}
