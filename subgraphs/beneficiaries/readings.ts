// The log of readings as rows that can be asked by person. The log is what counts: these can be made anew from it.
import type { Appended, Entry, ReadIndex } from "../audit/audit.ts";
import type { Models } from "./models.ts";
import type { AccessEventRow, ReadingOutcome } from "./rows.ts";

export function createReadIndex(models: Pick<Models, "lastReading" | "addReadings" | "forgetReadings">): ReadIndex {
  return {
    last: (origin) => models.lastReading(origin),
    forget: (personId) => models.forgetReadings(personId),
    add: async (origin, appended) => {
      const rows = new Map<string, AccessEventRow>();
      const outcomes: ReadingOutcome[] = [];
      for (const { place, entry } of appended) {
        if (entry.kind === "outcome") addOutcome(outcomeOf(origin, entry, place), { rows, outcomes });
        // Whoever reads their own file is no news to them.
        else if (entry.kind === "deed" && !entry.self) rows.set(`deed/${entry.id}`, toDeedRow(origin, entry, place));
        else if ((entry.kind === "intent" || entry.kind === "refusal") && !entry.self) rows.set(idOf(origin, place), toRow(origin, entry, place));
      }
      if (rows.size + outcomes.length > 0) await models.addReadings([...rows.values()], outcomes);
    },
  };
}

type Of<Kind extends Entry["kind"]> = Extract<Appended["entry"], { readonly kind: Kind }>;

function idOf(origin: string, place: number): string {
  return `${origin}/${place}`;
}

function addOutcome(outcome: ReadingOutcome, { rows, outcomes }: { readonly rows: Map<string, AccessEventRow>; readonly outcomes: ReadingOutcome[] }): void {
  const row = rows.get(outcome._id);
  if (row === undefined) outcomes.push(outcome);
  else rows.set(row._id, { ...row, ...outcome });
}

function outcomeOf(origin: string, { intent, read, bases }: Of<"outcome">, place: number): ReadingOutcome {
  return { _id: idOf(origin, intent), fields: read, bases, place };
}

function toRow(origin: string, entry: Of<"intent"> | Of<"refusal">, place: number): AccessEventRow {
  const { personId, at, professionalId, partnerId, subject, purpose, operationName, asked } = entry;
  const refused = entry.kind === "refusal" ? Object.keys(entry.refused) : null;
  return {
    _id: idOf(origin, place),
    personId,
    at: new Date(at),
    // A partner's program has no professional before it: it is its own name.
    byProfessionalId: professionalId ?? subject ?? "unknown",
    byPartnerId: partnerId ?? "unknown",
    purpose,
    fields: refused ?? asked,
    decision: refused === null ? "ALLOWED" : "DENIED",
    operationName,
    bases: [],
    log: origin,
    place,
  };
}

/** By its own id, so that a deed that is in the log twice, or in two logs, is one. */
function toDeedRow(origin: string, { id, personId, at, professionalId, partnerId, purpose, mutation, bases }: Of<"deed">, place: number): AccessEventRow {
  return {
    _id: `deed/${id}`,
    personId,
    at: new Date(at),
    byProfessionalId: professionalId ?? "unknown",
    byPartnerId: partnerId ?? "unknown",
    purpose,
    fields: [`Mutation.${mutation}`],
    decision: "DONE",
    operationName: null,
    bases,
    log: origin,
    place,
  };
}
