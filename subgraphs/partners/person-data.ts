// What *partners* holds about a person: who supports them and who acts on their steps. Nothing is counted by it.
import type { PersonTable } from "../kit/kit.ts";
import type { CareTeamRow, StepActorsRow } from "./rows.ts";

export const personData: readonly PersonTable[] = [
  {
    collection: "careTeams",
    rowsOf: (personId) => ({ _id: personId }),
    // Who protects a child would tell that one is protected, and is no part of anybody's own file (CASF L.226-2-2).
    opened: () => (row: CareTeamRow) => ({ ...row, members: row.members.filter(({ childProtection }) => !childProtection) }),
  },
  { collection: "stepActors", rowsOf: (personId) => ({ personId }), hides: ({ _id }: StepActorsRow, without) => without.has(_id) },
];
