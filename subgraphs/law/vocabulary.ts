// The words in which the law speaks about sharing: for what, of which kind, on which ground, and why not. Enumerations of
// the schemas bear the same names (`../../shared` domain model: Purpose, DataCategory, SharingBasis, WithheldReason).

export const PURPOSES = ["SUPPORT", "REFERRAL", "EVALUATION", "CHILD_PROTECTION", "EVICTION_PREVENTION", "STATISTICS", "SELF_ACCESS"] as const;
/** For what somebody reads; each request has one. */
export type Purpose = (typeof PURPOSES)[number];

/**
 * For which two who exchange about somebody read what they exchanged: to help them (CASF L.263-4-1). Counting has tables of
 * its own, and SELF_ACCESS is the person's.
 */
const OF_EXCHANGES: ReadonlySet<Purpose> = new Set<Purpose>(["SUPPORT", "REFERRAL", "EVALUATION", "CHILD_PROTECTION", "EVICTION_PREVENTION"]);

export const DATA_CATEGORIES = [
  "IDENTITY",
  "CONTACT",
  "HOUSEHOLD",
  "NEEDS",
  "HEALTH",
  "JUSTICE",
  "CHILD_PROTECTION",
  "FINANCE",
  "EMPLOYMENT",
  "PATHWAY",
  "APPOINTMENTS",
  "COORDINATION",
] as const;
export type DataCategory = (typeof DATA_CATEGORIES)[number];

export const SHARING_BASES = [
  "CONSENT",
  "SAME_CARE_TEAM",
  "NAMED_EXCHANGE",
  "SOCIAL_ACTION_COORDINATION",
  "CHILD_PROTECTION",
  "INSERTION_NETWORK",
  "LEGAL_OBLIGATION",
  "VITAL_INTEREST",
] as const;
/** The ground on which professionals share. */
export type SharingBasis = (typeof SHARING_BASES)[number];

/** From what stops the caller first to what stops them last: the one that is told is the first that applies. */
export const WITHHELD_REASONS = [
  "NOT_HABILITATED",
  "PURPOSE_NOT_COVERED",
  "NOT_IN_MISSION",
  "ARCHIVED",
  "OPPOSED",
  "SECRECY_NOT_BOUND",
  "GRANT_EXPIRED",
  "NO_GRANT",
  "CONFIDENTIAL_ADDRESS",
  "PARTNER_UNAVAILABLE",
] as const;
export type WithheldReason = (typeof WITHHELD_REASONS)[number];

export function isPurpose(value: unknown): value is Purpose {
  return PURPOSES.includes(value as Purpose);
}

export function isOfExchange(purpose: Purpose | null): boolean {
  return purpose !== null && OF_EXCHANGES.has(purpose);
}

export function isDataCategory(value: unknown): value is DataCategory {
  return DATA_CATEGORIES.includes(value as DataCategory);
}
