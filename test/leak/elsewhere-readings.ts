// Readings that the logs of other subgraphs told of people, made up so that each rule of what is held has some on either side:
// by whom, for what, on which ground, over or not, and when.
import type { toDocuments } from "../../subgraphs/beneficiaries/seed.ts";

type Drafts = ReturnType<typeof toDocuments>;
export type ElsewhereEvent = Drafts["accessEvents"][number];

/** Before and after an evaluation that goes before it would have ended. */
const DAYS = ["2026-02-20", "2025-10-10"];
const PURPOSES = ["SUPPORT", "EVALUATION", "CHILD_PROTECTION"];
const ENDS = [
  { bases: [], over: false },
  { bases: [], over: true },
  { bases: ["CONSENT"], over: true },
  { bases: ["CHILD_PROTECTION"], over: true },
];

export function madeUpElsewhere({ people }: Drafts, ids: readonly string[]): ElsewhereEvent[] {
  return ids.flatMap((personId) => {
    const self = people.find(({ _id }) => _id === personId);
    const home = people.filter(({ _id, householdId }) => _id === personId || (householdId !== null && householdId === self?.householdId));
    const readers = [memberOf(self === undefined ? [] : [self], false), memberOf(home, true), { professionalId: "pro-of-a-refuge", partnerId: "ngo-refuge" }].flatMap((one) => one ?? []);
    const rows = DAYS.flatMap((day) => readers.flatMap((reader) => PURPOSES.flatMap((purpose) => ENDS.map((end) => ({ day, reader, purpose, end })))));
    return rows.map(({ day, reader, purpose, end }, index) => ({
      _id: `made-up-elsewhere-${personId}-${index}`,
      personId,
      at: new Date(`${day}T${String(8 + Math.floor(index / 60)).padStart(2, "0")}:${String(index % 60).padStart(2, "0")}:00.000Z`),
      byProfessionalId: reader.professionalId,
      byPartnerId: reader.partnerId,
      purpose,
      fields: ["Referral.status"],
      decision: "ALLOWED",
      operationName: null,
      elsewhere: true,
      log: null,
      place: null,
      ...end,
    }));
  });
}

function memberOf(people: Drafts["people"], protecting: boolean): { readonly professionalId: string; readonly partnerId: string } | undefined {
  return people.flatMap(({ team }) => team).find(({ childProtection }) => childProtection === protecting);
}
