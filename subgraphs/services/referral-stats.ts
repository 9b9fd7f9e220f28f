// Counts of referrals by up to four dimensions: the pipeline and the reading of its answer. Pure.
import { assertStatsColumns, assertWholeYears, clientError, type BlockCell } from "../kit/kit.ts";
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
  readonly first: string;
  readonly last: string;
  readonly units: readonly { readonly id: string; readonly count: number }[];
}

/** Columns that name an organisation or its place: what such a cell tells of it is what the table is asked for. */
const NAMING: ReadonlySet<string> = new Set(["SENDER", "RECEIVER", "SITE"]);

/** Throws BAD_USER_INPUT. */
export function assertStatsArgs({ from, to, groupBy }: StatsArgs): void {
  assertWholeYears(from, to);
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
    { $group: { _id: { year: { $substrBytes: ["$createdOn", 0, 4] }, ...keys, receiver: "$receiverId" }, count: { $sum: 1 }, personIds: { $addToSet: "$personId" } } },
    { $group: { _id: { year: "$_id.year", ...cell }, count: { $sum: "$count" }, units: { $push: { id: "$_id.receiver", count: "$count" } }, lists: { $push: "$personIds" } } },
    { $set: { personIds: { $reduce: { input: "$lists", initialValue: [], in: { $setUnion: ["$$value", "$$this"] } } } } },
    { $project: { count: 1, units: 1, people: { $size: "$personIds" }, first: { $min: "$personIds" }, last: { $max: "$personIds" } } },
  ];
}

/** A block is a year. Cells that name nobody carry the receivers behind them, so that no receiver's business shows through (L16). */
export function toCells(groups: readonly CountedGroup[], groupBy: readonly string[]): BlockCell[] {
  const isNaming = groupBy.some((dimension) => NAMING.has(dimension));
  return groups.map(({ _id, count, people, first, last, units }) => ({
    block: _id["year"] ?? "",
    keys: groupBy.map((_, at) => _id[`k${at}`] ?? NO_VALUE),
    count,
    people,
    first,
    last,
    ...(!isNaming && { units: Object.fromEntries(units.map((unit) => [unit.id, unit.count])) }),
  }));
}
