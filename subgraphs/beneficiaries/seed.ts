// This subgraph's part of the demonstration world: the world's people and pathways, and what only this subgraph knows of
// them (needs, assessments, rights to share, who read the file, blind indexes). The same world gives the same rows.
import { directoryOf } from "../directory/directory.ts";
import { completeNir } from "../kit/kit.ts";
import type { KeyStore } from "../sealed/sealed.ts";
import {
  careTeamsOf,
  retentionMonthsOf,
  type CareTeamMemberRecord,
  type PathwayRecord,
  type PersonRecord,
  type StepRecord,
  type World,
} from "../world/world.ts";
import type { Blinding } from "./blinding.ts";
import { addDays, addMonths, addWorkingDays } from "./calendar.ts";
import { keysOf } from "./identity-keys.ts";
import { sealPerson } from "./identity-seal.ts";
import { pairId } from "./matching.ts";
import type { Models } from "./models.ts";
import type { AssessmentRow, Drafts, EvaluationRow, MatchDecisionRow, NeedRow, PathwayRow, PersonDraft, StepRow } from "./rows.ts";
import { choose, numberOf } from "./seed-chance.ts";
import { stepsOf, type SeedFile } from "./seed-file.ts";
import { createAccessEvents, createGrants } from "./seed-rights.ts";
import { sealGrant } from "./writing/writing.ts";
import { CONCLUSIONS, ISLAND_LANGUAGES, LANGUAGES, NEEDS_OF_CHILD, NEEDS_OF_STORY, ONLINE_PROCEDURES, REQUESTED_BY } from "./seed-tables.ts";

export interface SeedStores {
  readonly models: Models;
  readonly keys: Pick<KeyStore, "make">;
}

/** Writes everything into empty collections. */
export async function seed({ models, keys }: SeedStores, world: World, blinding: Blinding): Promise<void> {
  const drafts = toDocuments(world, blinding);
  const made = await keys.make(drafts.people.map(({ _id }) => _id));
  const keyOf = (personId: string) => {
    const key = made.get(personId);
    if (key === undefined) throw new Error("Cannot write a person because their data key was destroyed.");
    return key;
  };
  const people = drafts.people.map((person) => sealPerson(person, keyOf(person._id)));
  const grants = drafts.grants.map((grant) => sealGrant(grant, keyOf(grant.personId)));
  await models.insert({ ...drafts, people, grants });
}

/** Pure; exported for tests of the demonstration world. */
export function toDocuments(world: World, blinding: Blinding): Drafts {
  const pathways = Map.groupBy(world.pathways, (pathway) => pathway.personId);
  const files = world.people.map((person): SeedFile => {
    const own = [...(pathways.get(person.id) ?? [])].sort((a, b) => (a.openedOn < b.openedOn ? -1 : 1));
    return { person, pathways: own, today: world.today };
  });
  const employers = new Map(world.professionals.map((professional) => [professional.id, professional.employerId]));
  const teams = new Map(careTeamsOf(world).map(({ personId, members }) => [personId, members]));
  const communes = new Map(world.communes.map((commune) => [commune.code, commune]));
  const directory = directoryOf(world);
  const referralParties = new Map(world.referrals.map((referral) => [referral.id, partiesOf(referral)]));
  return {
    people: files.map((file, index) => toPerson({ file, index, team: teams.get(file.person.id) ?? [], communes, blinding })),
    households: world.households.map(({ id, tenancy }) => ({ _id: id, tenancy })),
    assessments: files.flatMap((file) => file.pathways.flatMap((pathway) => pathway.steps.flatMap((step) => toAssessments(file, pathway, step)))),
    pathways: files.flatMap((file) => file.pathways.map(toPathway)),
    steps: files.flatMap((file) => file.pathways.flatMap((pathway) => pathway.steps.map((step) => toStep({ file, pathway, step, communes, referralParties })))),
    grants: files.flatMap((file) => createGrants(file)),
    accessEvents: files.flatMap((file) => createAccessEvents(file, employers)),
    matchDecisions: toDecisions(world.people),
    standings: directory.standings.map(({ id, ...standing }) => ({ _id: id, ...standing })),
    agreements: directory.agreements.map(({ id, ...agreement }) => ({ _id: id, ...agreement })),
    emergencies: [],
    evaluations: files.flatMap((file) => stepsOf(file).flatMap((step) => toEvaluations(file, step))),
  };
}

/** A draft is the sender's own. */
function partiesOf({ senderId, receiverId, transitions }: World["referrals"][number]): string[] {
  return [senderId, ...(transitions.some(({ to }) => to === "REQUESTED") ? [receiverId] : [])];
}

interface PersonFacts {
  readonly file: SeedFile;
  readonly team: readonly CareTeamMemberRecord[];
  /** Place in the world's list; makes the NIR unique. */
  readonly index: number;
  readonly communes: ReadonlyMap<string, World["communes"][number]>;
  readonly blinding: Blinding;
}

function toPerson({ file, index, team, communes, blinding }: PersonFacts): PersonDraft {
  const { person } = file;
  const { phone, email, birthName, usageName, firstNames } = person;
  const nirStatus = nirStatusOf(person);
  const nir = nirStatus === "ABSENT" ? null : completeNir(inventNir(person, index));
  const localIdentifiers = toLocalIdentifiers(person, index);
  return {
    _id: person.id,
    departmentCode: person.departmentCode,
    sex: person.sex,
    birthName,
    usageName,
    firstNames,
    birthDate: person.birthDate,
    birthCommuneCode: person.birthCommuneCode,
    contact: toContact(person),
    nir,
    nirIndex: nir === null ? null : blinding.nirIndex(nir),
    nirStatus,
    localIdentifiers,
    residence: toResidence(person, communes),
    publics: person.publics,
    needs: toNeeds(file),
    householdId: person.householdId,
    householdRole: person.householdRole,
    householdSince: person.householdRole === "CHILD" ? person.birthDate : null,
    householdUntil: null,
    ...contactsOf(file),
    litigationHold: person.story === "eviction" && numberOf(person.id, "litigation", 3) === 0,
    // The holder is the council of the département.
    retentionMonths: retentionMonthsOf("DEPARTMENT_COUNCIL"),
    anonymisedOn: null,
    team: team.map(({ until = null, ...member }) => ({ ...member, until })),
    protectedOnly: file.pathways.length > 0 && file.pathways.every(isChildProtection),
    keys: keysOf({ birthName, usageName, firstNames, phone, email, localIdentifiers }, blinding),
  };
}

function toContact({ id, story, phone, email, departmentCode }: PersonRecord): PersonDraft["contact"] {
  const isEndangered = story === "violence";
  const preferred = phone === null ? (email === null ? "POST" : "EMAIL") : choose(id, "preferred", ["PHONE", "SMS", "SMS"]);
  const languages = departmentCode === "971" ? ISLAND_LANGUAGES : LANGUAGES;
  return { phone, email, preferred: isEndangered ? "VIA_REFERENT" : preferred, safeToContact: !isEndangered, language: choose(id, "language", languages) };
}

function toResidence({ communeCode, inPriorityDistrict, homeless }: PersonRecord, communes: PersonFacts["communes"]): PersonDraft["residence"] {
  if (communeCode === null) return null;
  const commune = communes.get(communeCode);
  return { communeCode, lat: commune?.lat ?? null, lon: commune?.lon ?? null, inPriorityDistrict, homeless };
}

/** Nobody's is verified: the numbers are invented. */
function nirStatusOf({ id, story }: PersonRecord): "TEMPORARY" | "DECLARED" | "ABSENT" {
  if (story === "homeless") return "ABSENT";
  if (story === "rich-pathway") return "TEMPORARY";
  return choose(id, "nir", ["TEMPORARY", "TEMPORARY", "TEMPORARY", "DECLARED", "DECLARED", "ABSENT"]);
}

/** A NIR of the right form that nobody can have: no département numbers a commune 990 or above. */
export function inventNir({ sex, birthDate, birthCommuneCode }: PersonRecord, index: number): string {
  const commune = 990 + Math.floor(index / 1000);
  if (commune > 999) throw new RangeError(`Expected 10,000 people at most, got number ${index + 1}.`);
  const order = String(index % 1000).padStart(3, "0");
  return `${sex === "F" ? 2 : 1}${birthDate.slice(2, 4)}${birthDate.slice(5, 7)}${birthCommuneCode.slice(0, 2)}${commune}${order}`;
}

function toLocalIdentifiers({ id, departmentCode, cafNumber }: PersonRecord, index: number): PersonDraft["localIdentifiers"] {
  const file = { system: `dept-${departmentCode}`, value: `D${departmentCode}-${String(index + 1).padStart(6, "0")}` };
  const franceTravail = { system: "france-travail", value: `${String(9_000_000 + index)}X` };
  return [
    file,
    ...(cafNumber === null ? [] : [{ system: "caf", value: cafNumber }]),
    ...(numberOf(id, "france-travail", 3) === 0 ? [franceTravail] : []),
  ];
}

/** The needs of the person's story: found in the first weeks, met or not by the time the last pathway closed. */
function toNeeds(file: SeedFile): NeedRow[] {
  const { person, pathways } = file;
  const [first] = pathways;
  if (first === undefined) return [];
  const entries = person.householdRole === "CHILD" ? NEEDS_OF_CHILD : NEEDS_OF_STORY[person.story];
  const count = person.story === "rich-pathway" ? entries.length : 2 + numberOf(person.id, "needs", entries.length - 1);
  return entries.slice(0, count).map((entry, index) => {
    const _id = `need-${person.id}-${index + 1}`;
    const found = addDays(first.openedOn, 3 + numberOf(_id, "found", 20));
    const identifiedAt = found > file.today ? first.openedOn : found;
    return { _id, ...entry, ...needStatusOf(file, _id, index), identifiedAt };
  });
}

function needStatusOf({ person, pathways }: SeedFile, needId: string, index: number): Pick<NeedRow, "status" | "closedAt"> {
  const closedAt = pathways.every((pathway) => pathway.closedOn !== null) ? (pathways.at(-1)?.closedOn ?? null) : null;
  if (closedAt !== null) return { status: choose(needId, "closed", ["MET", "MET", "UNMET", "WITHDRAWN"]), closedAt };
  if (person.story === "consent-withdrawn" && index > 0) return { status: "WITHDRAWN", closedAt };
  return { status: index % 2 === 0 ? "IDENTIFIED" : "IN_PROGRESS", closedAt };
}

/** The last time a step brought the person and a professional together, for a child's protection apart from all else. */
function contactsOf(file: SeedFile): Pick<PersonDraft, "lastContactAt" | "lastProtectionContactAt"> {
  const [protecting = [], others = []] = [isChildProtection, (one: PathwayRecord) => !isChildProtection(one)].map((isOf) => file.pathways.filter(isOf));
  // The opening of the file when no step did yet; of a child without a pathway of its own, a contact with the home.
  const opening = others.at(-1)?.openedOn ?? addDays(file.today, -30 - numberOf(file.person.id, "contact", 300));
  const lastProtectionContactAt = protecting.length === 0 ? null : lastContactIn(protecting, file.today);
  return { lastContactAt: lastContactIn(others, file.today) ?? new Date(`${opening}T09:00:00.000Z`), lastProtectionContactAt };
}

function lastContactIn(pathways: readonly PathwayRecord[], today: string): Date | null {
  const end = `${today}T23:59:59.999Z`;
  const contacts = pathways.flatMap(({ steps }) => steps).flatMap(({ startedAt, endedAt }) => [startedAt, endedAt].flatMap((at) => (at !== null && at <= end ? [at] : [])));
  return toInstant(contacts.sort().at(-1) ?? null);
}

/** A pathway that evaluates a child at risk is about that as a whole. */
function isChildProtection({ steps }: PathwayRecord): boolean {
  return steps.some(({ kind }) => kind === "CHILD_EVALUATION");
}

function toPathway(pathway: PathwayRecord): PathwayRow {
  const { id, personId, status, openedOn, closedOn, closureReason, referentId, goals } = pathway;
  return {
    _id: id,
    personId,
    status,
    openedAt: openedOn,
    closedAt: closedOn,
    closureReason,
    referent: { professionalId: referentId, since: openedOn, until: closedOn },
    goals: goals.map(({ id: goalId, actions, ...goal }) => ({
      _id: goalId,
      ...goal,
      actions: actions.map(({ id: actionId, ...action }) => ({ _id: actionId, ...action })),
    })),
    childProtection: isChildProtection(pathway),
  };
}

interface StepFacts extends Pick<PersonFacts, "communes"> {
  readonly file: SeedFile;
  readonly pathway: PathwayRecord;
  readonly step: StepRecord;
  readonly referralParties: ReadonlyMap<string, readonly string[]>;
}

function toStep({ file, pathway, step, communes, referralParties }: StepFacts): StepRow {
  const { person } = file;
  const isIntake = step.kind === "INTAKE";
  const procedures = ONLINE_PROCEDURES.filter((_, index) => (numberOf(step.id, "procedures", 64) & (1 << index)) !== 0).slice(0, 3);
  return {
    _id: step.id,
    pathwayId: pathway.id,
    personId: person.id,
    kind: step.kind,
    status: step.status,
    order: step.order,
    plannedFor: step.plannedFor,
    startedAt: toInstant(step.startedAt),
    endedAt: toInstant(step.endedAt),
    outcome: step.outcome,
    withoutAppointment: isIntake && (person.departmentCode === "971" || step.plannedFor === null),
    onlineProcedures: isIntake ? (procedures.length > 0 ? procedures : ONLINE_PROCEDURES.slice(0, 1)) : [],
    assessmentId: ASSESSMENT_OF_STEP[step.kind] === undefined ? null : assessmentIdOf(step),
    referralId: step.referralId,
    referralPartnerIds: referralParties.get(step.referralId ?? "") ?? [],
    goalIds: step.goalIds,
    childProtection: isChildProtection(pathway),
    countedOn: (step.endedAt ?? step.startedAt)?.slice(0, 10) ?? step.plannedFor ?? pathway.openedOn,
    departmentCode: person.departmentCode,
    communeCode: person.communeCode,
    territoryCode: communes.get(person.communeCode ?? "")?.epciCode ?? null,
    siteId: step.siteId,
    leadPartnerId: step.leadPartnerId,
  };
}

/** `StepKind` → `AssessmentKind`; an EVALUATION is of the kind that the person's story asks for. */
const ASSESSMENT_OF_STEP: Readonly<Record<string, string>> = {
  EVALUATION: "GLOBAL",
  EVICTION_SURVEY: "EVICTION_SURVEY",
  CHILD_EVALUATION: "CHILD_AT_RISK",
};
const EVALUATION_OF_STORY: Partial<Record<PersonRecord["story"], string>> = { "job-seeker": "EMPLOYMENT", elderly: "AUTONOMY" };

function toAssessments(file: SeedFile, pathway: PathwayRecord, step: StepRecord): AssessmentRow[] {
  const ofStep = ASSESSMENT_OF_STEP[step.kind];
  if (ofStep === undefined) return [];
  const kind = (step.kind === "EVALUATION" ? EVALUATION_OF_STORY[file.person.story] : undefined) ?? ofStep;
  const began = (step.startedAt ?? step.endedAt)?.slice(0, 10) ?? step.plannedFor ?? file.today;
  const requested = [addDays(began, -2 - numberOf(step.id, "requested", 8)), addDays(file.today, -1)].sort()[0] ?? began;
  const completedAt = step.status === "DONE" ? toInstant(step.endedAt) : null;
  const needs = toNeeds(file);
  return [
    {
      _id: assessmentIdOf(step),
      personId: file.person.id,
      kind,
      requestedBy: REQUESTED_BY[kind] ?? null,
      requestedAt: new Date(`${requested}T08:00:00.000Z`),
      dueAt: toInstant(dueDayOf(kind, requested, file.person.departmentCode)),
      completedAt,
      needIds: needs.filter((_, index) => index === 0 || numberOf(step.id, `need ${index}`, 4) > 0).map(({ _id }) => _id),
      conclusion: completedAt === null ? null : (CONCLUSIONS[kind] ?? null),
      childProtection: isChildProtection(pathway),
    },
  ];
}

/** A family is informed on the day on which the evaluation begins. */
function toEvaluations({ person }: SeedFile, step: StepRecord): EvaluationRow[] {
  const { id, kind, startedAt, endedAt, actors } = step;
  if (kind !== "CHILD_EVALUATION" || startedAt === null) return [];
  const openedAt = new Date(startedAt);
  const professionalIds = actors.map(({ professionalId }) => professionalId);
  return [{ _id: id, personId: person.id, householdId: person.householdId, professionalIds, openedAt, closedAt: toInstant(endedAt), informedAt: openedAt, informedException: null }];
}

/**
 * The last instant of the legal deadline, in UTC. CHILD_AT_RISK: three months from the day of receipt (CASF D.226-2-4);
 * EVICTION_SURVEY: an interview within fifteen working days (décret 2021-8). The other kinds have no legal deadline.
 */
function dueDayOf(kind: string, requestedOn: string, departmentCode: string): string | null {
  if (kind === "CHILD_AT_RISK") return `${addMonths(requestedOn, 3)}T21:59:59.000Z`;
  if (kind === "EVICTION_SURVEY") return `${addWorkingDays(requestedOn, 15, departmentCode)}T21:59:59.000Z`;
  return null;
}

function assessmentIdOf(step: StepRecord): string {
  return `assessment-${step.id}`;
}

/** Couples who look alike were looked at by a steward, who said that they are two people. */
function toDecisions(people: readonly PersonRecord[]): MatchDecisionRow[] {
  const couples = Map.groupBy(
    people.filter(({ story, householdRole }) => story === "couple-sharing-a-phone" && householdRole !== "CHILD"),
    ({ householdId }) => householdId,
  );
  return [...couples.values()].flatMap(([one, other]): MatchDecisionRow[] =>
    one === undefined || other === undefined ? [] : [{ _id: pairId(one.id, other.id), personIds: [one.id, other.id], decision: "REJECTED" }],
  );
}

function toInstant(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
