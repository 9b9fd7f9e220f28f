// The logs of readings as rows that can be asked by person. The logs are what counts: these can be made anew from them.
import type { LoggedDeed, Outcome, Reading, ReadIndex, Readings } from "../audit/audit.ts";
import type { Models } from "./models.ts";
import type { AccessEventRow, ReadingOutcome } from "./rows.ts";

type IndexModels = Pick<Models, "lastReading" | "addReadings" | "forgetReadings" | "forgetReadingsOf" | "purgeReadings" | "peopleWithFile">;

/** Of the own log. A file that ends here ends whoever read it. */
export function createReadIndex(models: Pick<IndexModels, "lastReading" | "addReadings" | "forgetReadings" | "purgeReadings">): ReadIndex {
  return {
    last: (origin) => models.lastReading(origin),
    forget: (_origin, personId) => models.forgetReadings([personId]),
    purge: (oldest) => models.purgeReadings(new Date(`${oldest}T00:00:00Z`)),
    add: async (origin, told) => {
      const { readings, outcomes, deeds } = told;
      const rows = [...readings.map((one) => toRow(origin, one, false)), ...deeds.map((one) => toDeedRow(origin, one))];
      await models.addReadings({ log: origin, place: lastPlaceOf(told), rows, outcomes: outcomes.map((one) => toOutcome(origin, one)) });
    },
  };
}

/**
 * Of the log of another subgraph, which may come late: of whom there is no file, or one that ends, nothing is kept. A file
 * can end while rows are written, so that it is looked for once more afterwards; one that ends later than that takes the
 * rows with it. The commands and the answer are the same whether there is a file or not: a sender may ask about anybody.
 */
export function createReceivedIndex(models: IndexModels): ReadIndex {
  return {
    last: (origin) => models.lastReading(origin),
    forget: (origin, personId) => models.forgetReadingsOf(origin, personId),
    add: async (origin, told) => {
      const { readings, outcomes } = told;
      const ids = [...new Set(readings.map(({ personId }) => personId))];
      const known = new Set(await models.peopleWithFile(ids));
      const rows = readings.map((one) => toRow(origin, one, true));
      await models.addReadings({ log: origin, place: lastPlaceOf(told), rows, outcomes: outcomes.map((one) => toOutcome(origin, one)), peopleIds: known });
      const still = new Set(await models.peopleWithFile(ids));
      const gone = [...known].filter((id) => !still.has(id));
      if (gone.length > 0) await models.forgetReadings(gone);
    },
  };
}

function lastPlaceOf({ readings, outcomes, deeds }: Readings): number {
  return [...readings, ...outcomes, ...deeds].reduce((last, { place }) => Math.max(last, place), -1);
}

function idOf(origin: string, place: number): string {
  return `${origin}/${place}`;
}

function toOutcome(origin: string, { intent, fields, bases }: Outcome): ReadingOutcome {
  return { _id: idOf(origin, intent), fields, bases };
}

function toRow(origin: string, { place, at, refused, ...said }: Reading, elsewhere: boolean): AccessEventRow {
  const decision = refused ? "DENIED" : "ALLOWED";
  return { _id: idOf(origin, place), ...said, at: new Date(at), decision, bases: [], over: refused, elsewhere, log: origin, place };
}

/** By its own id, so that a deed that is in the log twice, or in two logs, is one. */
function toDeedRow(origin: string, { place, deed }: LoggedDeed): AccessEventRow {
  const { id, personId, at, professionalId, partnerId, purpose, mutation, bases } = deed;
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
