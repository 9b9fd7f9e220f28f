// What was written about people, for the log of readings: who did what on whom, with the ground of the right that it is about.
import type { Deed, DeedSource } from "../audit/audit.ts";
import type { Models } from "./models.ts";
import type { DeedRow } from "./writing/writing.ts";

export function createDeedSource({ writing, grantsByIds }: Pick<Models, "writing" | "grantsByIds">): DeedSource {
  return {
    unlogged: async (limit) => {
      const rows = await writing.unloggedDeeds(limit);
      const grants = rows.length === 0 ? [] : await grantsByIds(rows.map(({ subjectId }) => subjectId));
      const bases = new Map(grants.map(({ _id, basis }) => [_id, basis]));
      return rows.map((row) => toDeed(row, bases.get(row.subjectId)));
    },
    markLogged: (ids) => writing.markLogged(ids),
    onWritten: (listener) => writing.onWritten(listener),
  };
}

function toDeed({ _id, at, personId, byProfessionalId, byPartnerId, byPersonId, purpose, mutation, subjectId }: DeedRow, basis: string | undefined): Deed {
  return {
    id: _id,
    at: at.toISOString(),
    personId,
    professionalId: byProfessionalId,
    partnerId: byPartnerId,
    self: byPersonId === personId,
    purpose,
    mutation,
    subjectId,
    bases: basis === undefined ? [] : [basis],
  };
}
