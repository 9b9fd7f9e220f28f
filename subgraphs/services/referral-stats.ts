// Counts of referrals by up to four dimensions: the pipeline and the reading of its answer. Pure.
import { assertStatsColumns, clientError, type StatsCell } from "../kit/kit.ts";
import type { MongoFilter, Stage } from "./catalogue-query.ts";

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

/** What `statsStages` answers for a group of referrals. */
export interface CountedGroup {
  readonly _id: Readonly<Record<string, string | null>>;
  readonly count: number;
  readonly people: number;
}

/** Throws BAD_USER_INPUT. Whole months only, so that two tables cannot be subtracted down to the days between them. */
export function assertStatsArgs({ from, to, groupBy }: StatsArgs): void {
  if (from > to || !from.endsWith("-01") || !isLastOfMonth(to)) {
    throw clientError("BAD_USER_INPUT", `Expected whole months, from the first day of one to the last day of one, got ${from} to ${to}.`);
  }
  if (groupBy.length === 0) throw clientError("BAD_USER_INPUT", "Expected one dimension in `groupBy` at least, got none.");
  assertStatsColumns(groupBy);
}

/** Referrals entered in error are kept, but hidden from counts (domain: state machine of referrals). */
export function statsStages({ from, to, groupBy }: StatsArgs, scope: MongoFilter): Stage[] {
  const columns = groupBy.map((dimension) => DIMENSIONS[dimension]).filter((column) => column !== undefined);
  const keys = Object.fromEntries(columns.map(({ field }, at) => [`k${at}`, { $ifNull: [`$${field}`, null] }]));
  const cell = Object.fromEntries(columns.map((_, at) => [`k${at}`, `$_id.k${at}`]));
  return [
    { $match: { ...scope, createdOn: { $gte: from, $lte: to }, status: { $ne: "ENTERED_IN_ERROR" } } },
    ...columns
      .filter(({ many }) => many === true)
      .map(({ field }) => ({ $unwind: { path: `$${field}`, preserveNullAndEmptyArrays: true } })),
    { $group: { _id: { ...keys, person: "$personId" }, count: { $sum: 1 } } },
    { $group: { _id: cell, count: { $sum: "$count" }, people: { $sum: 1 } } },
  ];
}

export function toCells(groups: readonly CountedGroup[], columnCount: number): StatsCell[] {
  return groups.map(({ _id, count, people }) => ({
    keys: Array.from({ length: columnCount }, (_, at) => _id[`k${at}`] ?? NO_VALUE),
    count,
    people,
  }));
}

function isLastOfMonth(day: string): boolean {
  return new Date(Date.parse(day) + 86_400_000).getUTCDate() === 1;
}
