// Decides for the caller of one request, from this subgraph's own records: each kind of record is one query a level.
import { createGroupLoader, createRowLoader, type Caller, type Loader, type RequestFacts } from "../kit/kit.ts";
import { refuse, type DataCategory, type Decision, type Judge, type TicketTerms } from "../law/law.ts";
import { decide, OF_EVALUATIONS, type Asker, type File, type When } from "./decide.ts";
import type { Models } from "./models.ts";
import { TOLD_TO_OTHERS } from "./policy.ts";
import type { GrantRow, PersonRow } from "./rows.ts";
import { knownPeople, reachesSecrets, searchableByHome, searchablePeople, type RowScope, type Standpoint } from "./scope.ts";

export interface BeneficiariesJudge extends Judge {
  /** Whoever it is about: null for somebody unknown, and for somebody of whom the caller may not even know. */
  readonly person: Loader<string, PersonRow | null>;
  readonly grantsOf: Loader<string, GrantRow[]>;
  may(personId: string, category: DataCategory): Promise<boolean>;
  /** All that a ticket says of the person to this caller. */
  decisionsFor(personId: string): Promise<TicketTerms["decisions"]>;
  /** Everybody of whom the caller may know. */
  known(): Promise<RowScope>;
  /** Everybody whose identity the caller may read. */
  searchable(): Promise<RowScope>;
  /** Those of them whose home the caller may read too. */
  searchableByHome(): Promise<RowScope>;
  /** Whether any file about a child at risk could be the caller's to read: to others they do not exist. */
  reachesSecrets(): Promise<boolean>;
}

export function createJudge(models: Models, { caller, clock, audit }: RequestFacts, graceDays: number): BeneficiariesJudge {
  const when: When = { now: clock.now(), today: clock.today(), graceDays };
  const standpoint = once(() => readStandpoint(models, caller, when));
  const known = once(async () => knownPeople(await standpoint()));
  const person = createRowLoader(async (ids: readonly string[]) => models.peopleByIds(ids, await known()), (row) => row._id);
  const grantsOf = createGroupLoader((ids: readonly string[]) => models.grantsOfPeople(ids), ({ personId }: GrantRow) => [personId]);
  const fileOf = memoise(async (personId: string): Promise<File | null> => {
    const { emergencies, evaluations } = await standpoint();
    // Only then their grants: who is secret has some, and reading them would take longer than there being none.
    const row = await person.load(personId);
    if (row === null) return null;
    const grants = await grantsOf.load(personId);
    const isHere = ({ personId: of }: { readonly personId: string }) => of === personId;
    return { person: row, grants, emergencies: emergencies.filter(isHere), evaluations: evaluations.filter(({ householdId }) => householdId === row.householdId) };
  });
  const decideFor = memoise(async (key: `${DataCategory} ${string}`): Promise<Decision> => {
    const at = key.indexOf(" ");
    const [file, { asker }] = await Promise.all([fileOf(key.slice(at + 1)), standpoint()]);
    return file === null ? refuse("NO_GRANT") : decide(key.slice(0, at) as DataCategory, asker, file, when);
  });
  return {
    person,
    grantsOf,
    known,
    searchable: once(async () => searchablePeople("IDENTITY", await standpoint())),
    searchableByHome: once(async () => searchableByHome(await standpoint())),
    reachesSecrets: once(async () => reachesSecrets(await standpoint())),
    may: async (personId, category) => {
      const decision = await decideFor(`${category} ${personId}`);
      if (decision.allowed) audit.ground(personId, decision.basis);
      return decision.allowed;
    },
    decide: ({ personId }, category) => (personId === null ? refuse("NO_GRANT") : decideFor(`${category} ${personId}`)),
    decisionsFor: memoise(async (personId: string) => {
      const decided = await Promise.all(TOLD_TO_OTHERS.map(async (category) => [category, await decideFor(`${category} ${personId}`)]));
      return Object.fromEntries(decided) as TicketTerms["decisions"];
    }),
  };
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | null = null;
  return () => (made ??= make());
}

function memoise<Key, Value>(make: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const made = new Map<Key, Promise<Value>>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}

/** The caller with what *partners* told about them, and with what is open to them by name. */
async function readStandpoint(models: Models, { professionalId, partnerId, personId, purpose, scopes }: Caller, when: When): Promise<Standpoint> {
  const evaluates = professionalId !== null && purpose !== null && OF_EVALUATIONS.purposes.has(purpose);
  const [standing, agreements, emergencies, evaluations] = await Promise.all([
    professionalId === null ? null : models.standingOf(professionalId),
    partnerId === null ? [] : models.agreementsOf(partnerId),
    professionalId === null ? [] : models.emergenciesOf(professionalId, when.now),
    evaluates ? models.evaluationsOf(professionalId, when.now) : [],
  ]);
  const asker: Asker = { professionalId, partnerId, personId, purpose, scopes, standing, agreements };
  return { asker, emergencies, evaluations, when };
}
