// Who may write about whom. What is needed to decide is read in the transaction of the write, and in the same order for
// somebody unknown, so that refusals cost the same.
import { DATA_CATEGORIES, whyNotHabilitated, type DataCategory } from "../../law/law.ts";
import type { Caller } from "../../kit/kit.ts";
import { decide, GROUNDS, holderOf, isBound, isCovered, isInTeamOf, type Asker, type When } from "../decide.ts";
import { categoryOfGrant } from "../policy.ts";
import type { GrantRow, PersonRow, StandingRow } from "../rows.ts";
import { notAllowed } from "./refusal.ts";
import type { Unit } from "./store.ts";

/** Who acts, and on whom. */
export type Party = PersonThemself | ActingProfessional;

export interface PersonThemself {
  readonly kind: "person";
  readonly person: PersonRow;
  readonly grants: readonly GrantRow[];
}

export interface ActingProfessional {
  readonly kind: "professional";
  readonly person: PersonRow;
  readonly grants: readonly GrantRow[];
  readonly standing: StandingRow;
  /** What they may read of the person, an opened access aside: nobody shares what they may not read. */
  readonly readable: ReadonlySet<DataCategory>;
}

export interface Acting {
  readonly caller: Caller;
  readonly when: When;
}

/**
 * The person, or a professional of the care team or of the file's holder who reads the file. Who left the team reads on for
 * some days to hand the file over, and decides nothing any more (L2, CSP L.1110-4: who takes part). Throws NOT_ALLOWED.
 */
export async function readParty(unit: Unit, personId: string, { caller, when: { now, today } }: Acting): Promise<Party> {
  const when: When = { now, today, graceDays: 0 };
  const { person, grants, asker } = await readFacts(unit, personId, caller);
  if (person === null || person.anonymisedOn !== null) throw notAllowed();
  if (caller.personId !== null) {
    if (caller.personId !== personId || !caller.scopes.has("self:write")) throw notAllowed();
    return { kind: "person", person, grants: grants.filter((grant) => isShown(grant, NOTHING)) };
  }
  const { standing } = asker;
  if (standing === null || !caller.scopes.has("consent:write")) throw notAllowed();
  if (standing.partnerId !== holderOf(person) && !isInTeamOf(person, standing, when)) throw notAllowed();
  const file = { person, grants, emergencies: [], evaluations: [] };
  const readable = new Set(DATA_CATEGORIES.filter((category) => decide(category, asker, file, when).allowed));
  // Who is known by a child's protection alone stays unknown to whoever may not read of it, as when it is read (CASF L.226-2-2).
  if (readable.size === 0 || (person.protectedOnly && !readable.has("CHILD_PROTECTION"))) throw notAllowed();
  return { kind: "professional", person, grants: grants.filter((grant) => isShown(grant, readable)), standing, readable };
}

const NOTHING: ReadonlySet<DataCategory> = new Set();

/** What protects a child is no grant to whoever may not read of it: neither to change nor to be told the state of. */
function isShown(grant: GrantRow, readable: ReadonlySet<DataCategory>): boolean {
  return categoryOfGrant(grant) === null || readable.has("CHILD_PROTECTION");
}

/** A habilitated professional in an emergency, of whatever organisation and place (code pénal 223-6). Throws NOT_ALLOWED. */
export async function readRescuer(unit: Unit, personId: string, { caller, when }: Acting): Promise<ActingProfessional> {
  const { person, grants, asker } = await readFacts(unit, personId, caller);
  const { standing } = asker;
  if (person === null || person.anonymisedOn !== null || standing === null) throw notAllowed();
  if (!caller.scopes.has("emergency:open") || whyNotHabilitated(asker, when) !== null) throw notAllowed();
  // Who is known by a child's protection alone stays unknown to whoever is not bound by secrecy (CASF L.226-2-2).
  if (person.protectedOnly && !isBound(standing)) throw notAllowed();
  return { kind: "professional", person, grants, standing, readable: new Set() };
}

/** A second professional for the same partner. Throws NOT_ALLOWED. */
export async function readReviewer(unit: Unit, { caller, when }: Acting): Promise<StandingRow> {
  const asker = await readAsker(unit, caller);
  if (asker.standing === null || !caller.scopes.has("emergency:review") || whyNotHabilitated(asker, when) !== null) throw notAllowed();
  return asker.standing;
}

interface Receiver {
  readonly toProfessionalId: string;
  readonly toPartnerId: string | null;
  /** Those that tell of a child's protection too. */
  readonly secrets: boolean;
}

/** Whose notifications a professional finds: their own, and those of their organisation where they review. Throws NOT_ALLOWED. */
export async function readReceiver(unit: Unit, { caller, when }: Acting): Promise<Receiver> {
  const asker = await readAsker(unit, caller);
  const { standing, scopes } = asker;
  if (standing === null || standing.partnerId !== caller.partnerId) throw notAllowed();
  const reviews = scopes.has("emergency:review") && whyNotHabilitated(asker, when) === null;
  return { toProfessionalId: standing._id, toPartnerId: reviews ? standing.partnerId : null, secrets: isBound(standing) };
}

/** Who keeps a file, and the file. */
export interface Holding {
  readonly person: PersonRow;
  readonly grants: readonly GrantRow[];
  readonly standing: StandingRow;
}

/** A habilitated professional of the file's holder: in archive too, since a litigation may begin then. Throws NOT_ALLOWED. */
export async function readHolder(unit: Unit, personId: string, { caller, when }: Acting): Promise<Holding> {
  const { person, grants, asker } = await readFacts(unit, personId, caller);
  const { standing } = asker;
  if (person === null || person.anonymisedOn !== null || standing === null || !caller.scopes.has("retention:hold")) throw notAllowed();
  const isOfHolder = asker.partnerId === holderOf(person) && whyNotHabilitated(asker, when) === null && isCovered(asker, { category: "IDENTITY", departmentCode: person.departmentCode, when });
  if (!isOfHolder || (person.protectedOnly && !protectsChildren(standing))) throw notAllowed();
  return { person, grants, standing };
}

/** Whose requests the caller answers: those about files that their council keeps. Throws NOT_ALLOWED. */
export async function readKeeper(unit: Unit, { caller, when }: Acting): Promise<StandingRow> {
  const asker = await readAsker(unit, caller);
  if (asker.standing === null || !caller.scopes.has("retention:hold") || whyNotHabilitated(asker, when) !== null) throw notAllowed();
  return asker.standing;
}

/** Of those who carry out the protection of children, bound by secrecy (CASF L.226-2-2). */
export function protectsChildren(standing: StandingRow): boolean {
  return GROUNDS.CHILD_PROTECTION.asker(standing, "CHILD_PROTECTION");
}

interface Facts {
  readonly person: PersonRow | null;
  readonly grants: readonly GrantRow[];
  readonly asker: Asker;
}

async function readFacts(unit: Unit, personId: string, caller: Caller): Promise<Facts> {
  await unit.takeTurn(personId);
  const person = await unit.person(personId);
  const grants = await unit.grantsOf(personId);
  return { person, grants, asker: await readAsker(unit, caller) };
}

async function readAsker(unit: Unit, { professionalId, partnerId, personId, purpose, scopes }: Caller): Promise<Asker> {
  const [standing = null] = professionalId === null ? [] : await unit.standings([professionalId]);
  const agreements = partnerId === null ? [] : await unit.agreementsOf([partnerId]);
  return { professionalId, partnerId, personId, purpose, scopes, standing, agreements };
}
