// What each site did, and what of it may be told.
//
// A site's activity is cut once and for all into its *years*, which begin on the day of the year on which it opened (on
// 1 January where that is not known): a house that opened on 27 January is measured by whole years of its own. A period
// that is asked for takes in the years that begin in it; no two periods thus differ by less than a year, and none is
// partly in another. A year of a site is a block of a release (`kit/releases.ts`). Each figure of it is rounded and, where
// few people are behind it, suppressed, as in `kit/published-stats.ts`. No rule of dominance (L16): each figure is of one
// site, hence of one partner, by name, and that is what the report is asked for.
//
// Counted are events that were due: not those that the person excused or the service revoked, and none in the future. An
// event without a person (a workshop, who walked in) is somebody's of its own. A rate is that of shown figures. A median
// goes with the figure that it would give away; it is that of several years at once, hence each year keeps its waits in
// *groups*: in order, each of as many people as the threshold at least, of which only the middle and the size are kept.
import { assertIdentifier, type Counted, type Disclosure } from "../kit/kit.ts";
import { upsideDown, type Filter } from "./filters.ts";

export interface ActivityPeriod {
  /** Days, both included. */
  readonly from: string;
  readonly to: string;
  readonly departmentCode?: string | null;
}

/** One event. Its block is `14 2025-01-27 mds-caen-1`: département, first day of the year, site. */
export interface ActivityFact extends Counted {
  readonly kind: string;
  readonly status: string;
  readonly waitDays: number;
}

/** What is told of one year of one site; null what must not be told. */
export interface SiteYear {
  readonly siteId: string;
  /** The first day. */
  readonly year: string;
  readonly figures: Figures;
  /** Of scheduled events, shortest first. */
  readonly waits: readonly WaitGroup[];
}

export type Figures = Readonly<Record<"appointments" | "homeVisits" | "walkIns" | "missed" | "seen", number | null>>;

interface WaitGroup {
  readonly middle: number;
  readonly count: number;
}

/** `SiteActivity` of the schema; a site of which no year is published in the period has none. */
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
  /** The day of the release. */
  readonly asOf: string;
}

/** The one table of the report. */
export const ACTIVITY_TABLE = "ACTIVITY";

/** Throws BAD_USER_INPUT for a period upside down or a malformed code. */
export function assertPeriod({ from, to, departmentCode }: ActivityPeriod): void {
  if (from > to) throw upsideDown(from, to);
  if (departmentCode != null) assertIdentifier("DEPARTMENT", departmentCode);
}

/** Whether a period takes a block in. */
export function takesIn({ from, to, departmentCode }: ActivityPeriod, block: string): boolean {
  const { year, departmentCode: where } = readBlock(block);
  return year >= from && year <= to && (departmentCode == null || where === departmentCode);
}

/** Of each event that was due an `ActivityFact`. */
export function activityFactStages(now: Date): Filter[] {
  const block = { $concat: [{ $ifNull: ["$departmentCode", ""] }, " ", "$activityYear", " ", "$siteId"] };
  return [
    { $match: { activityYear: { $gt: "" }, status: { $nin: ["EXCUSED", "REVOKED"] }, startsAt: { $lte: now }, siteId: { $gt: "" } } },
    { $project: { _id: 0, block, person: { $ifNull: ["$personId", "$countedAs", "$_id"] }, kind: 1, status: 1, waitDays: 1 } },
  ];
}

/** The first day of the year of a site's activity that a day belongs to; `opensOn` is null where it is not known. */
export function activityYearOf(day: string, opensOn: string | null): string {
  const anchor = opensOn === null ? "01-01" : opensOn.slice(5) === "02-29" ? "03-01" : opensOn.slice(5);
  const year = Number(day.slice(0, 4)) - (day.slice(5) < anchor ? 1 : 0);
  return `${year}-${anchor}`;
}

/** The facts are all of one block. */
export function* publishActivity(facts: readonly ActivityFact[], disclosure: Disclosure): Generator<readonly [string, SiteYear]> {
  const { year, siteId } = readBlock(facts[0]?.block ?? "");
  const scheduled = facts.filter(isScheduled);
  const publish = (figure: keyof Figures, counted: readonly ActivityFact[]): number | null =>
    publishFigure(counted, JSON.stringify([siteId, year, figure, facts.length]), disclosure);
  const missed = publish("missed", scheduled.filter(({ status }) => status === "NO_SHOW"));
  const seen = publish("seen", scheduled.filter(({ status }) => status === "SEEN"));
  // Told by their rate only, hence both or none: appointments less those kept would tell those missed.
  const isRated = missed !== null && seen !== null;
  const figures = {
    appointments: publish("appointments", scheduled),
    homeVisits: publish("homeVisits", facts.filter(({ kind }) => kind === "HOME_VISIT")),
    walkIns: publish("walkIns", facts.filter(({ kind }) => kind === "WALK_IN")),
    missed: isRated ? missed : null,
    seen: isRated ? seen : null,
  };
  yield [ACTIVITY_TABLE, { siteId, year, figures, waits: figures.appointments === null ? [] : groupWaits(scheduled, disclosure.threshold) }];
}

/** One for each site, in order of their ids. */
export function toActivities(years: readonly SiteYear[], asOf: string): Activity[] {
  const bySite = Map.groupBy(years, ({ siteId }) => siteId);
  return [...bySite.keys()].sort().map((siteId) => toActivity(siteId, bySite.get(siteId) ?? [], asOf));
}

function readBlock(block: string): { readonly departmentCode: string; readonly year: string; readonly siteId: string } {
  const [departmentCode = "", year = "", ...siteId] = block.split(" ");
  return { departmentCode, year, siteId: siteId.join(" ") };
}

function publishFigure(counted: readonly ActivityFact[], records: string, { threshold, round }: Disclosure): number | null {
  if (counted.length === 0) return 0;
  const rounded = round(counted.length, records);
  return peopleOf(counted) < threshold || rounded < threshold ? null : rounded;
}

/** An odd number of groups, as equal as can be, so that the middle one's middle is the middle of all. */
function groupWaits(facts: readonly ActivityFact[], threshold: number): WaitGroup[] {
  const sorted = [...facts].sort((a, b) => a.waitDays - b.waitDays);
  for (let most = Math.floor(sorted.length / threshold), number = most - 1 + (most % 2); number > 1; number -= 2) {
    const start = (at: number) => startOf(at, number, sorted.length);
    const groups = Array.from({ length: number }, (_, at) => sorted.slice(start(at), start(at + 1)));
    if (groups.every((group) => peopleOf(group) >= threshold)) return groups.map(toGroup);
  }
  return sorted.length === 0 ? [] : [toGroup(sorted)];
}

/** Symmetric: the groups after the middle one are as long as those before it. */
function startOf(group: number, groups: number, length: number): number {
  const half = (groups + 1) / 2;
  return group < half ? Math.floor((group * length) / groups) : length - Math.floor(((groups - group) * length) / groups);
}

function toGroup(group: readonly ActivityFact[]): WaitGroup {
  return { middle: medianOf(group.map(({ waitDays }) => ({ middle: waitDays, count: 1 }))), count: group.length };
}

function toActivity(siteId: string, years: readonly SiteYear[], asOf: string): Activity {
  const total = (figure: keyof Figures) => sum(years.map(({ figures }) => figures[figure]));
  const [appointments, homeVisits, walkIns, missed, seen] = [total("appointments"), total("homeVisits"), total("walkIns"), total("missed"), total("seen")];
  const starts = years.map(({ year }) => year).sort();
  return {
    siteId,
    from: starts[0] ?? "",
    to: lastDayOf(starts.at(-1) ?? ""),
    appointments,
    homeVisits,
    walkIns,
    noShowRate: missed !== null && seen !== null && missed + seen > 0 ? missed / (missed + seen) : null,
    medianWaitDays: appointments === null || appointments === 0 ? null : medianOf(years.flatMap(({ waits }) => waits)),
    suppressed: [appointments, homeVisits, walkIns, missed, seen].includes(null),
    asOf,
  };
}

function isScheduled({ kind }: ActivityFact): boolean {
  return kind !== "HOME_VISIT" && kind !== "WALK_IN";
}

function peopleOf(facts: readonly ActivityFact[]): number {
  return new Set(facts.map(({ person }) => person)).size;
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

/** The middle of a non-empty histogram; of an even number, the mean of the two middles. */
function medianOf(groups: readonly WaitGroup[]): number {
  const sorted = [...groups].sort((a, b) => a.middle - b.middle);
  const total = sorted.reduce((length, { count }) => length + count, 0);
  return (at(sorted, Math.floor((total - 1) / 2)) + at(sorted, Math.floor(total / 2))) / 2;
}

/** The wait of the event with this rank, from 0. */
function at(sorted: readonly WaitGroup[], rank: number): number {
  let before = 0;
  for (const { middle, count } of sorted) {
    before += count;
    if (rank < before) return middle;
  }
  throw new RangeError(`Expected a rank below ${before}, got ${rank}.`);
}
