// Decides for the caller of one request, from this subgraph's own records: each kind of record is one query a level.
import { createGroupLoader, createRowLoader, type Caller, type Loader, type RequestFacts } from "../kit/kit.ts";
import { DATA_CATEGORIES, refuse, type DataCategory, type Decision, type Judge, type TicketTerms } from "../law/law.ts";
import { decide, type Asker, type File, type When } from "./decide.ts";
import type { Models } from "./models.ts";
import type { EmergencyRow, GrantRow, PersonRow } from "./rows.ts";

export interface BeneficiariesJudge extends Judge {
  /** Whoever it is about: nothing is decided yet. */
  readonly person: Loader<string, PersonRow | null>;
  readonly grantsOf: Loader<string, GrantRow[]>;
  /** Whether the caller may learn that there is such a person. */
  mayKnowOf(person: PersonRow): Promise<boolean>;
  may(personId: string, category: DataCategory): Promise<boolean>;
  /** All that a ticket says of the person to this caller. */
  decisionsFor(personId: string): Promise<TicketTerms["decisions"]>;
}

export function createJudge(models: Models, { caller, clock }: RequestFacts): BeneficiariesJudge {
  const person = createRowLoader((ids: readonly string[]) => models.peopleByIds(ids), (row) => row._id);
  const grantsOf = createGroupLoader((ids: readonly string[]) => models.grantsOfPeople(ids), ({ personId }: GrantRow) => [personId]);
  const when: When = { now: clock.now(), today: clock.today() };
  const emergenciesOf = createEmergencies(models, caller, when.now);
  let asker: Promise<Asker> | null = null;
  const fileOf = async (personId: string): Promise<File | null> => {
    // Asked for side by side, and for somebody unknown too: who is secret costs what nobody costs.
    const [row, grants, emergencies] = await Promise.all([person.load(personId), grantsOf.load(personId), emergenciesOf(personId)]);
    return row === null ? null : { person: row, grants, emergencies };
  };
  const decideFor = async (personId: string, category: DataCategory): Promise<Decision> => {
    asker ??= readAsker(models, caller);
    const [file, who] = await Promise.all([fileOf(personId), asker]);
    return file === null ? refuse("NO_GRANT") : decide(category, who, file, when);
  };
  const may = async (personId: string, category: DataCategory) => (await decideFor(personId, category)).allowed;
  return {
    person,
    grantsOf,
    may,
    decide: ({ personId }, category) => (personId === null ? refuse("NO_GRANT") : decideFor(personId, category)),
    mayKnowOf: async ({ _id, protectedOnly }) => {
      if (caller.personId !== null) return caller.personId === _id;
      // Decided of everybody, so that a level of people is one query, and who is secret costs what others cost.
      const mayProtect = await may(_id, "CHILD_PROTECTION");
      return !protectedOnly || mayProtect;
    },
    decisionsFor: async (personId) => {
      const decided = await Promise.all(DATA_CATEGORIES.map(async (category) => [category, await decideFor(personId, category)]));
      return Object.fromEntries(decided) as TicketTerms["decisions"];
    },
  };
}

function createEmergencies(models: Models, { professionalId }: Caller, now: Date): (personId: string) => Promise<EmergencyRow[]> {
  if (professionalId === null) return async () => [];
  const loader = createGroupLoader(
    (ids: readonly string[]) => models.emergenciesOf(ids, professionalId, now),
    ({ personId }: EmergencyRow) => [personId],
  );
  return (personId) => loader.load(personId);
}

/** The caller with what *partners* told about them. */
async function readAsker(models: Models, { professionalId, partnerId, personId, purpose, scopes }: Caller): Promise<Asker> {
  const [standing, agreements] = await Promise.all([
    professionalId === null ? null : models.standingOf(professionalId),
    partnerId === null ? [] : models.agreementsOf(partnerId),
  ]);
  return { professionalId, partnerId, personId, purpose, scopes, standing, agreements };
}
