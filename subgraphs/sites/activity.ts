// What each site did, and what of it may be told.
//
// A site's activity is cut once and for all into its *years*, which begin on the day of the year on which it opened (on
// 1 January where that is not known): a house that opened on 27 January is measured by whole years of its own. A period
// that is asked for takes in the years that begin in it; no two periods thus differ by less than a year, and none is
// partly in another. Each figure of a year is rounded and, where small, suppressed, as in `kit/published-stats.ts`.
//
// MongoDB counts, in one aggregation over the index by département and year: per site, year, kind, outcome and days of
// waiting. The median is read off that histogram here, because `$median` came with MongoDB 7.0 and we run on 6.0 as well.
//
// Counted are events that were due: not those that the person excused or the service revoked, and none in the future. A
// rate is that of shown figures; a median goes with the figure that it would give away.
import { assertIdentifier, type Disclosure } from "../kit/kit.ts";
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

/** One year of one site. */
export interface SiteCells {
  readonly _id: { readonly siteId: string; readonly year: string };
  readonly cells: readonly ActivityCell[];
}

/** `SiteActivity` of the schema; a site without any event in the period has none. */
export interface Activity {
  readonly siteId: string;
  /** The days that are counted, both included. */
  readonly from: string;
  readonly to: string;
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
  const alike = { siteId: "$siteId", year: "$activityYear", kind: "$kind", status: "$status", waitDays: "$waitDays" };
  return [
    { $match: { ...where, activityYear: { $gte: from, $lte: to }, ...due } },
    { $group: { _id: alike, count: { $sum: 1 } } },
    { $group: { _id: { siteId: "$_id.siteId", year: "$_id.year" }, cells: { $push: { kind: "$_id.kind", status: "$_id.status", waitDays: "$_id.waitDays", count: "$count" } } } },
    { $sort: { _id: 1 } },
  ];
}

/** The first day of the year of a site's activity that a day belongs to; `opensOn` is null where it is not known. */
export function activityYearOf(day: string, opensOn: string | null): string {
  const anchor = opensOn === null ? "01-01" : opensOn.slice(5) === "02-29" ? "03-01" : opensOn.slice(5);
  const year = Number(day.slice(0, 4)) - (day.slice(5) < anchor ? 1 : 0);
  return `${year}-${anchor}`;
}

/** One for each site. */
export function toActivities(years: readonly SiteCells[], disclosure: Disclosure): Activity[] {
  return [...Map.groupBy(years, ({ _id }) => _id.siteId)].map(([siteId, ofSite]) => toActivity(siteId, ofSite, disclosure));
}

function toActivity(siteId: string, years: readonly SiteCells[], disclosure: Disclosure): Activity {
  const figures = years.map((year) => figuresOf(year, disclosure));
  const total = (figure: keyof Figures) => sum(figures.map((year) => year[figure]));
  const [appointments, homeVisits, walkIns, missed, seen] = [total("appointments"), total("homeVisits"), total("walkIns"), total("missed"), total("seen")];
  const starts = years.map(({ _id }) => _id.year).sort();
  return {
    siteId,
    from: starts[0] ?? "",
    to: lastDayOf(starts.at(-1) ?? ""),
    appointments,
    homeVisits,
    walkIns,
    noShowRate: missed !== null && seen !== null && missed + seen > 0 ? missed / (missed + seen) : null,
    medianWaitDays: appointments === null || appointments === 0 ? null : medianOf(years.flatMap(({ cells }) => cells.filter(isScheduled))),
    suppressed: [appointments, homeVisits, walkIns, missed, seen].includes(null),
  };
}

/** Of one year; null what must not be told. */
type Figures = Readonly<Record<"appointments" | "homeVisits" | "walkIns" | "missed" | "seen", number | null>>;

function figuresOf({ _id: { siteId, year }, cells }: SiteCells, { threshold, round }: Disclosure): Figures {
  const publish = (figure: keyof Figures, counted: readonly ActivityCell[]): number | null => {
    const count = countOf(counted);
    if (count === 0) return 0;
    const rounded = round(count, JSON.stringify([siteId, year, figure, countOf(cells)]));
    return count < threshold || rounded < threshold ? null : rounded;
  };
  const scheduled = cells.filter(isScheduled);
  return {
    appointments: publish("appointments", scheduled),
    homeVisits: publish("homeVisits", cells.filter(({ kind }) => kind === "HOME_VISIT")),
    walkIns: publish("walkIns", cells.filter(({ kind }) => kind === "WALK_IN")),
    missed: publish("missed", scheduled.filter(({ status }) => status === "NO_SHOW")),
    seen: publish("seen", scheduled.filter(({ status }) => status === "SEEN")),
  };
}

function isScheduled({ kind }: ActivityCell): boolean {
  return kind !== "HOME_VISIT" && kind !== "WALK_IN";
}

/** Null as soon as one part is not told. */
function sum(parts: readonly (number | null)[]): number | null {
  return parts.reduce((total, part) => (total === null || part === null ? null : total + part), 0);
}

/** Of the year that begins on `start`. */
function lastDayOf(start: string): string {
  const next = `${Number(start.slice(0, 4)) + 1}${start.slice(4)}`;
  return new Date(Date.parse(next) - 86_400_000).toISOString().slice(0, 10);
}

function countOf(cells: readonly ActivityCell[]): number {
  return cells.reduce((total, { count }) => total + count, 0);
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
