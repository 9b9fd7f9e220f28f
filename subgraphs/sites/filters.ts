// From the arguments of queries to MongoDB filters and pipelines. GraphQL has typed every value; nothing of a client's
// is ever used as a key or an operator.
import { assertIdentifier, clientError, wordsOf } from "../kit/kit.ts";
import { statusFilter, type SiteStatus } from "./status.ts";

export type Filter = Record<string, unknown>;

/** `SiteFilter` of the schema. */
export interface SiteFilter {
  readonly departmentCode?: string | null;
  readonly kinds?: readonly string[] | null;
  readonly status?: SiteStatus | null;
  readonly onDate?: string | null;
  readonly communeCode?: string | null;
  readonly territoryCode?: string | null;
  readonly walkIn?: boolean | null;
  readonly replacedSince?: string | null;
  readonly text?: string | null;
}

/** Throws BAD_USER_INPUT for a malformed code of a département or commune. */
export function siteFilter(filter: SiteFilter, today: string): Filter {
  const { departmentCode, kinds, status, onDate, communeCode, territoryCode, walkIn, replacedSince, text } = filter;
  if (departmentCode != null) assertIdentifier("DEPARTMENT", departmentCode);
  if (communeCode != null) assertIdentifier("COMMUNE", communeCode);
  const terms = text == null ? [] : wordsOf(text);
  const conditions: (Filter | false)[] = [
    // Holds for all: it lets MongoDB count from the index by name where nothing narrower is asked for.
    { nameKey: { $gte: "" } },
    departmentCode != null && { departmentCode },
    kinds != null && { kind: { $in: kinds } },
    status != null && statusFilter(status, onDate ?? today),
    communeCode != null && { communeKeys: communeCode },
    territoryCode != null && { territoryCodes: territoryCode },
    walkIn != null && { walkIn },
    replacedSince != null && { "open.from": { $gte: replacedSince }, "replacesIds.0": { $exists: true } },
    ...terms.map((term) => ({ terms: term })),
  ];
  return { $and: conditions.filter((condition) => condition !== false) };
}

/** Of a person or a step. */
export interface AppointmentFilter {
  readonly from?: Date | null;
  readonly to?: Date | null;
  readonly status?: string | null;
}

/** Throws BAD_USER_INPUT when `from` is after `to`. */
export function appointmentFilter({ from, to, status }: AppointmentFilter, now: Date): Filter {
  if (from != null && to != null && from > to) throw upsideDown(from.toISOString(), to.toISOString());
  const conditions: Filter[] = [];
  if (from != null) conditions.push({ startsAt: { $gte: from } });
  if (to != null) conditions.push({ startsAt: { $lte: to } });
  if (status != null) conditions.push(recordedAs(status, now));
  return conditions.length === 0 ? {} : { $and: conditions };
}

/** The status of an appointment at an instant. */
export function appointmentStatus(row: { readonly status: string; readonly startsAt: Date }, now: Date): string {
  return row.status === "PENDING" && row.startsAt <= now ? "TO_RECORD" : row.status;
}

function recordedAs(status: string, now: Date): Filter {
  if (status === "PENDING") return { status, startsAt: { $gt: now } };
  if (status === "TO_RECORD") return { status: "PENDING", startsAt: { $lte: now } };
  return { status };
}

export function upsideDown(from: string, to: string): Error {
  return clientError("BAD_USER_INPUT", `Expected \`from\` not to be after \`to\`, got from ${from} to ${to}.`);
}

/** An expression on a reach of a travel row, here `$$reach`: whether its place is open on the day. */
export function openOn(day: string): Filter {
  const covers = (span: string) => ({ $and: [{ $lte: [`${span}.from`, day] }, { $gte: [`${span}.to`, day] }] });
  const closed = { $anyElementTrue: [{ $map: { input: "$$reach.closures", as: "closure", in: covers("$$closure") } }] };
  return { $and: [covers("$$reach.open"), { $not: [closed] }] };
}
