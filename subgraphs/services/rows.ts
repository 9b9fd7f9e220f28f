// The rows of this subgraph as MongoDB holds them, plain and immutable.
import type { CatalogueIssue } from "./validation.ts";

export interface ServiceRow {
  readonly _id: string;
  readonly sourceId: string;
  readonly source: string;
  readonly name: string;
  /** The name folded, by which lists are ordered. */
  readonly sortName: string;
  readonly description: string | null;
  readonly type: string | null;
  readonly audience: string;
  readonly areas: readonly string[];
  /** Codes of data.inclusion v1. */
  readonly themes: readonly string[];
  readonly publics: readonly string[];
  readonly publicsNote: string | null;
  readonly accessConditions: string | null;
  readonly requiredDocuments: readonly string[];
  readonly fee: string | null;
  readonly feeNote: string | null;
  readonly receptionModes: readonly string[];
  readonly mobilisableBy: readonly string[];
  readonly mobilisationModes: readonly string[];
  readonly welcome: string;
  readonly eligibilityZone: readonly string[];
  /** `eligibilityZone` for matching: `france` instead of an empty list. */
  readonly zones: readonly string[];
  readonly weeklyHours: number | null;
  readonly weeks: number | null;
  /** OpenStreetMap opening_hours. */
  readonly openingHours: string | null;
  readonly status: string;
  /** 0 to 1. */
  readonly qualityScore: number | null;
  /** `YYYY-MM-DD`. */
  readonly updatedOn: string;
  readonly providerId: string;
  readonly siteIds: readonly string[];
  readonly capacity: readonly CapacityRow[];
}

export interface CapacityRow {
  readonly unit: string;
  readonly available: number;
  readonly maximum: number | null;
  readonly status: string;
  readonly waitlist: number | null;
  readonly updatedAt: Date;
}

/** What is stored beside a row and never answered. */
export interface ServiceDocument extends ServiceRow {
  /** Folded words of name and description. */
  readonly words: readonly string[];
  /** Where it is received in person, [longitude, latitude]; confidential places are left out. */
  readonly positions: readonly { readonly at: { readonly type: "Point"; readonly coordinates: readonly [number, number] } }[];
}

/** A row of a search near a point: 0 within the radius, at `distance` kilometres; 1 at a distance. */
export interface NearServiceRow extends ServiceRow {
  readonly reach: 0 | 1;
  readonly distance: number;
}

export interface ReferralRow {
  readonly _id: string;
  readonly status: string;
  readonly statusReason: string | null;
  readonly priority: string;
  readonly purpose: string;
  readonly createdAt: Date;
  /** The day in France, `YYYY-MM-DD`, and its month, `YYYY-MM`: what reports ask for. */
  readonly createdOn: string;
  readonly createdMonth: string;
  readonly sentAt: Date | null;
  readonly respondedAt: Date | null;
  readonly closedAt: Date | null;
  readonly inStudy: boolean;
  readonly personId: string;
  readonly serviceId: string;
  readonly originalServiceName: string;
  readonly senderId: string;
  readonly senderName: string;
  readonly receiverId: string;
  readonly receiverName: string;
  readonly parentReferralId: string | null;
  /** Oldest first. */
  readonly history: readonly TransitionRow[];
  readonly outcome: string | null;
  /** Of the service when it was referred to, for reports: categories of its themes, its type, its sites. */
  readonly themeCategories: readonly string[];
  readonly serviceType: string | null;
  readonly siteIds: readonly string[];
  /** Of a pathway that evaluates or protects a child at risk: to whom and for what would tell. */
  readonly childProtection?: boolean;
}

export interface TransitionRow {
  readonly from: string | null;
  readonly to: string;
  readonly at: Date;
  readonly byPartnerId: string;
  readonly reason: string | null;
  readonly comment: string | null;
}

export type CatalogueIssueRow = CatalogueIssue & { readonly _id: string };
