// `referralStats`: reads its arguments, and builds the pipeline that tells of each referral what it counts under. Pure.
// A release counts (`kit/releases.ts`); a block is a year.
import { assertGrouping, assertWholeYears, clientError, type TableReport } from "../kit/kit.ts";
import type { Stage } from "./catalogue-query.ts";

/**
 * A dimension's field on the referral. `many`: an array, of which each value counts the referral once. THEME is the
 * category of data.inclusion: its 69 codes would leave cells too small to show.
 */
const DIMENSIONS: Readonly<Record<string, { readonly field: string; readonly many?: true }>> = {
  THEME: { field: "themeCategories", many: true },
  SERVICE_TYPE: { field: "serviceType" },
  SENDER: { field: "senderId" },
  RECEIVER: { field: "receiverId" },
  SITE: { field: "siteIds", many: true },
  STATUS: { field: "status" },
  REFUSAL_REASON: { field: "statusReason" },
  MONTH: { field: "createdMonth" },
};

/** The key of referrals without a value in a dimension: not refused, for a service without theme. */
const NO_VALUE = "NONE";

export interface StatsArgs {
  /** Days, `YYYY-MM-DD`, both included. */
  readonly from: string;
  readonly to: string;
  /** `ReferralDimension`. */
  readonly groupBy: readonly string[];
}

/**
 * A cell that names neither a receiver nor its site carries the receivers behind it, so that no receiver's business shows
 * through (L16): receivers are associations and enterprises. Senders are kept by no such rule: to refer somebody is an act
 * of social action, and they are few, a council and some associations a département.
 */
export const REFERRAL_REPORT: TableReport = {
  dimensions: Object.keys(DIMENSIONS),
  combinations: [
    ["RECEIVER", "STATUS", "REFUSAL_REASON"],
    ["THEME", "STATUS", "MONTH"],
    ["THEME", "SERVICE_TYPE", "STATUS"],
    ["SENDER", "RECEIVER", "STATUS"],
    ["RECEIVER", "STATUS", "MONTH"],
    ["SITE", "STATUS"],
    ["SITE", "MONTH"],
    ["SERVICE_TYPE", "MONTH"],
  ],
  naming: new Set(["RECEIVER", "SITE"]),
};

/** Throws BAD_USER_INPUT. */
export function assertStatsArgs({ from, to, groupBy }: StatsArgs): void {
  assertWholeYears(from, to);
  if (groupBy.length === 0) throw clientError("BAD_USER_INPUT", "Expected one dimension in `groupBy` at least, got none.");
  assertGrouping(groupBy, REFERRAL_REPORT);
}

/** Whether a period that passed `assertStatsArgs` takes a block in. */
export function takesIn({ from, to }: StatsArgs, year: string): boolean {
  return year >= from.slice(0, 4) && year <= to.slice(0, 4);
}

/** Of each referral a `TableFact`. Those entered in error are kept, but hidden from counts (domain: state machine of referrals). */
export function referralFactStages(): Stage[] {
  const lists = Object.values(DIMENSIONS).map(({ field, many }) => (many === true ? orNone(`$${field}`) : [{ $ifNull: [`$${field}`, NO_VALUE] }]));
  return [
    { $match: { status: { $ne: "ENTERED_IN_ERROR" } } },
    { $project: { _id: 0, block: { $substrBytes: ["$createdOn", 0, 4] }, person: "$personId", keys: lists, unit: "$receiverId" } },
  ];
}

function orNone(list: string): object {
  return { $cond: [{ $gt: [{ $size: { $ifNull: [list, []] } }, 0] }, list, [NO_VALUE]] };
}
