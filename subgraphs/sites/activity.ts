// What each site did in a period, and what of it may be told.
//
// MongoDB counts, in one aggregation over the index by département and day: per site, kind, outcome and days of waiting.
// The median is read off that histogram here, because `$median` came with MongoDB 7.0 and we run on 6.0 as well.
//
// Counted are events that were due: not those that the person excused or the service revoked, and none in the future.
// Figures from 1 to 10 are suppressed, one by one; a rate or a median goes with the counts that it would give away. Not
// covered: asking for two periods that differ by a day and subtracting. Hence the scope `report:read`.
import { assertIdentifier, STATS_THRESHOLD } from "../kit/kit.ts";
import { upsideDown, type Filter } from "./filters.ts";

export interface ActivityPeriod {
  /** Days, both included. */
  readonly from: string;
  readonly to: string;
  readonly departmentCode?: string | null;
}

/** Events of a site that are alike. */
export interface ActivityCell {
  readonly kind: string;
  readonly status: string;
  readonly waitDays: number;
  readonly count: number;
}

export interface SiteCells {
  readonly _id: string;
  readonly cells: readonly ActivityCell[];
}

/** `SiteActivity` of the schema; a site without any event in the period has none. */
export interface Activity {
  readonly siteId: string;
  readonly appointments: number | null;
  readonly homeVisits: number | null;
  readonly walkIns: number | null;
  readonly noShowRate: number | null;
  readonly medianWaitDays: number | null;
  readonly suppressed: boolean;
}

/** Throws BAD_USER_INPUT for a period upside down or a malformed code. */
export function assertPeriod({ from, to, departmentCode }: ActivityPeriod): void {
  if (from > to) throw upsideDown(from, to);
  if (departmentCode != null) assertIdentifier("DEPARTMENT", departmentCode);
}

export function activityPipeline({ from, to, departmentCode }: ActivityPeriod, now: Date): Filter[] {
  const where = departmentCode == null ? {} : { departmentCode };
  const due = { status: { $nin: ["EXCUSED", "REVOKED"] }, startsAt: { $lte: now }, siteId: { $gt: "" } };
  const alike = { siteId: "$siteId", kind: "$kind", status: "$status", waitDays: "$waitDays" };
  return [
    { $match: { ...where, day: { $gte: from, $lte: to }, ...due } },
    { $group: { _id: alike, count: { $sum: 1 } } },
    { $group: { _id: "$_id.siteId", cells: { $push: { kind: "$_id.kind", status: "$_id.status", waitDays: "$_id.waitDays", count: "$count" } } } },
    { $sort: { _id: 1 } },
  ];
}

export function toActivity({ _id, cells }: SiteCells): Activity {
  const scheduled = cells.filter(({ kind }) => kind !== "HOME_VISIT" && kind !== "WALK_IN");
  const counts = {
    appointments: countOf(scheduled),
    homeVisits: countOf(cells.filter(({ kind }) => kind === "HOME_VISIT")),
    walkIns: countOf(cells.filter(({ kind }) => kind === "WALK_IN")),
  };
  const missed = countOf(scheduled.filter(({ status }) => status === "NO_SHOW"));
  const seen = countOf(scheduled.filter(({ status }) => status === "SEEN"));
  const ratePublishable = missed + seen > 0 && !isSmall(missed) && !isSmall(seen);
  return {
    siteId: _id,
    appointments: publish(counts.appointments),
    homeVisits: publish(counts.homeVisits),
    walkIns: publish(counts.walkIns),
    noShowRate: ratePublishable ? missed / (missed + seen) : null,
    medianWaitDays: counts.appointments >= STATS_THRESHOLD ? medianOf(scheduled) : null,
    suppressed: [...Object.values(counts), missed, seen].some(isSmall),
  };
}

function countOf(cells: readonly ActivityCell[]): number {
  return cells.reduce((sum, { count }) => sum + count, 0);
}

function isSmall(count: number): boolean {
  return count > 0 && count < STATS_THRESHOLD;
}

function publish(count: number): number | null {
  return isSmall(count) ? null : count;
}

/** The middle of a non-empty histogram; of an even number, the mean of the two middles. */
function medianOf(cells: readonly ActivityCell[]): number {
  const sorted = [...cells].sort((a, b) => a.waitDays - b.waitDays);
  const total = countOf(sorted);
  return (at(sorted, Math.floor((total - 1) / 2)) + at(sorted, Math.floor(total / 2))) / 2;
}

/** The wait of the event with this rank, from 0. */
function at(sorted: readonly ActivityCell[], rank: number): number {
  let before = 0;
  for (const { waitDays, count } of sorted) {
    before += count;
    if (rank < before) return waitDays;
  }
  throw new RangeError(`Expected a rank below ${before}, got ${rank}.`);
}
