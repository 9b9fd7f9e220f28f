// Whether a site is planned, open, closed or replaced on a day: once for a row at hand, once as a condition for MongoDB.
import type { SiteRow } from "./rows.ts";
import type { Span } from "./travel/travel.ts";

export type SiteStatus = "PLANNED" | "OPEN" | "TEMPORARILY_CLOSED" | "CLOSED" | "REPLACED";

/** The ends of a site without a known opening or closing day. */
export const ALWAYS: Span = { from: "0000-01-01", to: "9999-12-31" };

/** The day of opening and the last day both count as open. */
export function statusOn(site: Pick<SiteRow, "open" | "closures" | "replacedByIds">, day: string): SiteStatus {
  if (day < site.open.from) return "PLANNED";
  if (day > site.open.to) return site.replacedByIds.length > 0 ? "REPLACED" : "CLOSED";
  return site.closures.some(({ from, to }) => from <= day && day <= to) ? "TEMPORARILY_CLOSED" : "OPEN";
}

/** The filter for the sites that `statusOn` gives this status; test/subgraphs/sites-status.test.ts holds the two together. */
export function statusFilter(status: SiteStatus, day: string): Record<string, unknown> {
  const within = { "open.from": { $lte: day }, "open.to": { $gte: day } };
  const closure = { $elemMatch: { from: { $lte: day }, to: { $gte: day } } };
  switch (status) {
    case "PLANNED":
      return { "open.from": { $gt: day } };
    case "OPEN":
      return { ...within, closures: { $not: closure } };
    case "TEMPORARILY_CLOSED":
      return { ...within, closures: closure };
    case "CLOSED":
      return { "open.from": { $lte: day }, "open.to": { $lt: day }, "replacedByIds.0": { $exists: false } };
    case "REPLACED":
      return { "open.from": { $lte: day }, "open.to": { $lt: day }, "replacedByIds.0": { $exists: true } };
  }
}
