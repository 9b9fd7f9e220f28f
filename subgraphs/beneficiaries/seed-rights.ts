// The demonstration's rights to share and traces of reading: who may see what of a person on which basis, and who did.
import type { PersonRecord } from "../world/world.ts";
import { addDays, addMonths } from "./calendar.ts";
import type { AccessEventRow, GrantDraft } from "./rows.ts";
import { choose, numberOf } from "./seed-chance.ts";
import { stepsOf, type SeedFile } from "./seed-file.ts";
import { READINGS } from "./seed-tables.ts";

type Terms = Pick<GrantDraft, "basis" | "purpose" | "dataCategories" | "toPartnerIds"> & Partial<GrantDraft>;

/** A consent holds a year and is renewed while the pathway goes on. */
const CONSENT_MONTHS = 12;

/** All that is strictly necessary to decide and act together, health excepted (CASF L.121-6-2). */
const COORDINATION_DATA = ["IDENTITY", "CONTACT", "HOUSEHOLD", "NEEDS", "FINANCE", "EMPLOYMENT", "PATHWAY", "APPOINTMENTS"];

export function createGrants(file: SeedFile): GrantDraft[] {
  const [first] = file.pathways;
  if (first === undefined) return [];
  const { person } = file;
  const council = `dept-${person.departmentCode}`;
  const partners = [...new Set(stepsOf(file).map((step) => step.leadPartnerId))].sort();
  const others = partners.filter((id) => id !== council);
  const terms: Terms[] = [
    { basis: "SOCIAL_ACTION_COORDINATION", purpose: "SUPPORT", dataCategories: COORDINATION_DATA, toPartnerIds: [council] },
    ...(others.length === 0 ? [] : [consent(file, others)]),
    ...(person.publics.includes("JOB_SEEKERS") ? [insertion(person)] : []),
    ...legalBases(file, council),
    ...(person.story === "rich-pathway" && person.communeCode !== null ? [toMayor(person.communeCode)] : []),
  ];
  return terms.map((one, index) => toGrant(file, first.openedOn, one, index));
}

function consent(file: SeedFile, toPartnerIds: readonly string[]): Terms {
  const base: Terms = { basis: "CONSENT", purpose: "REFERRAL", dataCategories: ["IDENTITY", "CONTACT", "NEEDS", "PATHWAY"], toPartnerIds, evidence: "Formulaire signé" };
  const { person, pathways, today } = file;
  if (person.story === "consent-withdrawn") return { ...base, status: "WITHDRAWN", withdrawnAt: at(addDays(today, -20)) };
  const isOpen = pathways.some((pathway) => pathway.closedOn === null);
  const opened = pathways.at(-1)?.openedOn ?? today;
  const renewed = addDays(today, -30 - numberOf(person.id, "consent", 60));
  const given = isOpen && renewed > opened ? renewed : opened;
  const expires = addMonths(given, CONSENT_MONTHS);
  return { ...base, givenAt: at(given), expiresAt: at(expires), status: expires <= today ? "EXPIRED" : "ACTIVE" };
}

/** An insertion network shares without consent, and the person may object (CASF L.263-4-1). */
function insertion(person: PersonRecord): Terms {
  const objects = numberOf(person.id, "objection", 8) === 0 && person.story !== "rich-pathway";
  return {
    basis: "INSERTION_NETWORK",
    purpose: "SUPPORT",
    dataCategories: ["IDENTITY", "CONTACT", "EMPLOYMENT"],
    toPartnerIds: ["france-travail"],
    status: objects ? "OPPOSED" : "ACTIVE",
  };
}

/** Where several act for one person, the mayor is told that they do (CASF L.121-6-2). */
function toMayor(communeCode: string): Terms {
  return { basis: "SOCIAL_ACTION_COORDINATION", purpose: "SUPPORT", dataCategories: ["COORDINATION"], toPartnerIds: [`commune-${communeCode}`] };
}

function legalBases(file: SeedFile, council: string): Terms[] {
  const kinds = new Set(stepsOf(file).map((step) => step.kind));
  const child: Terms = { basis: "CHILD_PROTECTION", purpose: "CHILD_PROTECTION", dataCategories: ["IDENTITY", "HOUSEHOLD", "NEEDS", "CHILD_PROTECTION", "PATHWAY", "APPOINTMENTS"], toPartnerIds: [council] };
  const eviction: Terms = { basis: "LEGAL_OBLIGATION", purpose: "EVICTION_PREVENTION", dataCategories: ["HOUSEHOLD", "FINANCE"], toPartnerIds: [council] };
  return [...(kinds.has("CHILD_EVALUATION") ? [child] : []), ...(kinds.has("EVICTION_SURVEY") ? [eviction] : [])];
}

function toGrant(file: SeedFile, openedOn: string, terms: Terms, index: number): GrantDraft {
  return {
    _id: `grant-${file.person.id}-${index + 1}`,
    personId: file.person.id,
    status: "ACTIVE",
    givenAt: at(openedOn),
    expiresAt: null,
    withdrawnAt: null,
    liftedAt: null,
    informedAt: at(openedOn),
    informedException: null,
    professionalIds: [],
    evidence: null,
    ...terms,
  };
}

/** Readings of the last year: by those who act in the steps, some refused. */
export function createAccessEvents(file: SeedFile, employers: ReadonlyMap<string, string>): AccessEventRow[] {
  const { person, pathways, today } = file;
  const actors = stepsOf(file).flatMap((step) => step.actors.map((actor) => actor.professionalId));
  const readers = [...new Set([...pathways.map((pathway) => pathway.referentId), ...actors])].filter((id) => employers.has(id)).sort();
  const count = readers.length === 0 ? 0 : person.story === "rich-pathway" ? 24 : numberOf(person.id, "readings", 5);
  return Array.from({ length: count }, (_, index) => {
    const _id = `access-${person.id}-${String(index + 1).padStart(3, "0")}`;
    const reader = choose(_id, "reader", readers);
    const reading = choose(_id, "reading", READINGS);
    const day = addDays(today, -1 - Math.floor(((index + numberOf(_id, "day", 100) / 100) * 350) / count));
    return {
      _id,
      personId: person.id,
      at: new Date(`${day}T${String(8 + numberOf(_id, "hour", 9)).padStart(2, "0")}:${String(numberOf(_id, "minute", 60)).padStart(2, "0")}:00.000Z`),
      byProfessionalId: reader,
      byPartnerId: employers.get(reader) ?? "",
      ...reading,
      decision: numberOf(_id, "decision", 10) === 0 ? "DENIED" : "ALLOWED",
      bases: [],
      log: null,
      place: null,
    };
  });
}

function at(day: string): Date {
  return new Date(`${day}T09:00:00.000Z`);
}
