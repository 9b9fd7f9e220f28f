// What *partners* holds about a person: who supports them and who acts on their steps. Nothing is counted by it.
import type { PersonTable } from "../kit/kit.ts";
import type { StepActorsRow } from "./rows.ts";

export const personData: readonly PersonTable[] = [
  { collection: "careTeams", rowsOf: (personId) => ({ _id: personId }) },
  { collection: "stepActors", rowsOf: (personId) => ({ personId }), hides: ({ _id }: StepActorsRow, without) => without.has(_id) },
];
