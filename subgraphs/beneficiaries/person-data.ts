// What *beneficiaries* holds about a person, what is left of it when the file ends, and what an export leaves out.
//
// Of a file that was counted the steps stay: each says what it counts under (as `step-stats.ts` counts), its days are
// rounded to the month, and what they led to is cut. They share one new person's id, because statistics count people and
// not only steps; nothing else bears that id.
import type { Ending, PersonTable } from "../kit/kit.ts";
import { ageBandOf, ageOn } from "./ages.ts";
import { categoryOfAssessment, categoryOfPathway, categoryOfStep } from "./policy.ts";
import type { AssessmentRow, CountedFacts, GrantRow, HouseholdRow, PathwayRow, PersonRow, StepRow } from "./rows.ts";

const ofPerson = (personId: string) => ({ personId });
/** What protects a child may speak of others, and is no part of anybody's own file (CASF L.226-2-2): see `decide.ts`. */
const PROTECTED = "CHILD_PROTECTION";

export const personData: readonly PersonTable[] = [
  {
    collection: "people",
    rowsOf: (personId) => ({ _id: personId }),
    notExported: {
      nirIndex: "Empreinte à clé du NIR, qui ne se relit pas (décret 2019-341).",
      keys: "Formes dérivées du nom et des coordonnées, pour la recherche seulement.",
      protectedOnly: "Réglage interne de protection (CASF L.226-2-2).",
    },
  },
  {
    collection: "households",
    rowsOf: (_, { people = [] }) => ({ _id: { $in: people.flatMap(({ householdId }) => householdId ?? []) } }),
    keep: async (row: HouseholdRow, { personId, exists }) => ((await exists("people", { householdId: row._id, _id: { $ne: personId } })) ? row : null),
  },
  { collection: "assessments", rowsOf: ofPerson, hides: (row: AssessmentRow) => categoryOfAssessment(row) === PROTECTED },
  { collection: "pathways", rowsOf: ofPerson, hides: (row: PathwayRow) => categoryOfPathway(row) === PROTECTED },
  { collection: "steps", rowsOf: ofPerson, keep: toCountedStep, hides: (row: StepRow, without) => categoryOfStep(row) === PROTECTED || without.has(row.pathwayId) },
  { collection: "grants", rowsOf: ofPerson, hides: ({ basis, dataCategories }: GrantRow) => basis === PROTECTED || dataCategories.includes(PROTECTED) },
  { collection: "emergencies", rowsOf: ofPerson },
  { collection: "accessEvents", rowsOf: ofPerson, hides: ({ purpose }: { readonly purpose: string }) => purpose === PROTECTED },
  {
    collection: "matchDecisions",
    rowsOf: (personId) => ({ personIds: personId }),
    hides: () => true,
    notExported: { _id: "Nomme une autre personne.", personIds: "Nomme une autre personne.", decision: "Comparaison avec une autre personne." },
  },
];

function toCountedStep(step: StepRow, { counts, rows, newId }: Ending): StepRow | null {
  const { _id, kind, status, outcome, countedOn, departmentCode, communeCode, territoryCode, siteId, leadPartnerId } = step;
  const person = rows["people"]?.[0] as PersonRow | undefined;
  if (!counts || person === undefined) return null;
  return {
    ...{ _id: newId(`step ${_id}`), pathwayId: newId(`pathway ${_id}`), personId: newId("person") },
    ...{ kind, status, outcome, departmentCode, communeCode, territoryCode, siteId, leadPartnerId },
    ...{ order: 0, plannedFor: null, startedAt: null, endedAt: null, withoutAppointment: false, onlineProcedures: [] },
    ...{ assessmentId: null, referralId: null, goalIds: [] },
    // Tables are of whole months.
    countedOn: `${countedOn.slice(0, 7)}-01`,
    counted: countedFactsOf(person, countedOn),
  };
}

/** As the aggregation of `step-stats.ts` finds them while the person is there. */
function countedFactsOf({ birthDate, publics, needs }: PersonRow, day: string): CountedFacts {
  const open = needs.filter(({ identifiedAt, closedAt }) => identifiedAt <= day && (closedAt ?? "9999") >= day);
  const themes = [...new Set(open.map(({ theme }) => theme.split("--")[0] ?? theme))].sort();
  return { ageBand: ageBandOf(ageOn(birthDate, day)), publics, themes };
}
