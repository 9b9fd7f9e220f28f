// What an index is told of a log's entries: who read what about whom, and no more of it than the person is shown. Whoever reads
// their own file is no news to them, and is left out.
import type { Deed, Entry } from "./entry.ts";
import type { Appended } from "./log.ts";

/** Of one request about one person. */
export interface Reading {
  /** In its log. */
  readonly place: number;
  readonly personId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly byProfessionalId: string;
  readonly byPartnerId: string;
  readonly purpose: string | null;
  readonly operationName: string | null;
  /** The same for all readings of one client's request, in whichever log; null: not known. */
  readonly request: string | null;
  /** Asked for, or refused. */
  readonly fields: readonly string[];
  /** Of everything. */
  readonly refused: boolean;
}

/** What came of a reading. */
export interface Outcome {
  /** Of the reading. */
  readonly intent: number;
  /** Of the outcome. */
  readonly place: number;
  readonly fields: readonly string[];
  readonly bases: readonly string[];
}

export interface LoggedDeed {
  readonly place: number;
  readonly deed: Deed;
}

/** Of a part of a log, each in the log's order. */
export interface Readings {
  readonly readings: readonly Reading[];
  readonly outcomes: readonly Outcome[];
  readonly deeds: readonly LoggedDeed[];
}

export function toReadings(appended: readonly Appended[]): Readings {
  const readings: Reading[] = [];
  const outcomes: Outcome[] = [];
  const deeds: LoggedDeed[] = [];
  for (const { place, entry } of appended) {
    if (entry.kind === "outcome") outcomes.push({ intent: entry.intent, place, fields: entry.read, bases: entry.bases });
    else if (entry.kind === "deed" && !entry.self) deeds.push({ place, deed: entry });
    else if ((entry.kind === "intent" || entry.kind === "refusal") && !entry.self) readings.push(toReading(entry, place));
  }
  return { readings, outcomes, deeds };
}

export function isEmpty({ readings, outcomes, deeds }: Readings): boolean {
  return readings.length + outcomes.length + deeds.length === 0;
}

type Asking = Extract<Entry, { readonly kind: "intent" | "refusal" }>;

function toReading(entry: Asking, place: number): Reading {
  const { personId, at, professionalId, partnerId, subject, purpose, operationName, request, asked } = entry;
  return {
    place,
    personId,
    at,
    // A partner's program has no professional before it: it is its own name.
    byProfessionalId: professionalId ?? subject ?? "unknown",
    byPartnerId: partnerId ?? "unknown",
    purpose,
    operationName,
    request: request ?? null,
    fields: entry.kind === "refusal" ? Object.keys(entry.refused) : asked,
    refused: entry.kind === "refusal",
  };
}
