// Access in an emergency: opened by one professional on one person for one purpose and one hour, told to the referent and
// then to the person, and judged by a second professional within three days (GDPR art. 6.1.d, 5.2; CSP L.1110-4).
import { randomUUID } from "node:crypto";

import { readPage, toConnection, type OrderField, type PageArgs } from "../../kit/kit.ts";
import { endangeredBeside } from "../danger.ts";
import { isBound } from "../decide.ts";
import type { EmergencyAccessRow, EmergencyReviewRow, PersonRow, StandingRow } from "../rows.ts";
import { withholdAll, type Withholding } from "../withholding.ts";
import { readRescuer, readReviewer, type ActingProfessional } from "./authority.ts";
import type { Keyed, WriteOptions } from "./grants.ts";
import { PERSON_WAITS_MS, stateFor, toPerson, toReferents } from "./notifications.ts";
import { once, type Done } from "./once.ts";
import { notAllowed, readText, refusedToNull, WriteRefused } from "./refusal.ts";
import type { NotificationRow } from "./rows.ts";
import type { EmergencyQuery, Unit } from "./store.ts";
import { PLACES } from "./texts.ts";

export interface OpenEmergencyInput {
  readonly beneficiaryId: string;
  readonly reason: string;
  readonly text: string;
}

export interface ReviewEmergencyInput {
  readonly emergencyAccessId: string;
  readonly verdict: "JUSTIFIED" | "NOT_JUSTIFIED";
  readonly comment?: string | null;
}

export type EmergencyState = "TO_REVIEW" | "OVERDUE" | "REVIEWED";

export interface EmergencyAccessesArgs extends PageArgs {
  readonly state?: EmergencyState | null;
}

/** Something stands out. The row is in the database; who listens may miss it. Ids of nobody. */
export interface AlarmRaised {
  readonly event: "emergency-alarm";
  readonly kind: "EMERGENCY_RATE" | "EMERGENCY_NOT_JUSTIFIED";
  readonly alarmId: string;
  readonly partnerId: string;
}

export interface EmergencyOptions extends WriteOptions {
  readonly told: (alarm: AlarmRaised) => void;
}

const OPEN_MS = 60 * 60_000;
const REVIEW_MS = 72 * 3_600_000;
/** More than so many in a week are no emergencies any more: somebody looks. They are never refused, since one may be real. */
const MOST_A_WEEK = 3;
const WEEK_MS = 7 * 86_400_000;

export async function openEmergency(options: EmergencyOptions, { input, idempotencyKey }: Keyed<OpenEmergencyInput>): Promise<EmergencyAccessRow> {
  const raised: AlarmRaised[] = [];
  const may = (unit: Unit) => readRescuer(unit, input.beneficiaryId, options);
  const run = async (unit: Unit, rescuer: ActingProfessional) => {
    // A transaction that begins again has raised nothing.
    raised.length = 0;
    return open(unit, options, { input, rescuer, raise: (alarm) => void raised.push(alarm) });
  };
  const row = await once(options, { mutation: "openEmergencyAccess", idempotencyKey, input, may, run });
  raised.forEach(options.told);
  return row;
}

interface Opening {
  readonly input: OpenEmergencyInput;
  readonly rescuer: ActingProfessional;
  readonly raise: (alarm: AlarmRaised) => void;
}

async function open(unit: Unit, options: EmergencyOptions, { input, rescuer: { person, standing }, raise }: Opening): Promise<Done<EmergencyAccessRow>> {
  const { now, seal, caller } = options;
  const text = readText(input.text, "text");
  const _id = `emergency-${randomUUID()}`;
  const row: EmergencyAccessRow = {
    _id,
    personId: person._id,
    professionalId: standing._id,
    partnerId: standing.partnerId,
    purpose: caller.purpose ?? "",
    reason: input.reason,
    text: await seal(text, { personId: person._id, place: PLACES.emergency(_id) }),
    secret: person.protectedOnly || isForChild({ purpose: caller.purpose ?? "", reason: input.reason }),
    openedAt: now,
    until: new Date(now.getTime() + OPEN_MS),
    reviewDueAt: new Date(now.getTime() + REVIEW_MS),
    tellWhenLate: true,
    review: null,
  };
  await unit.add("emergencies", row);
  const home = person.householdId === null ? [] : await unit.home(person.householdId);
  await unit.add("notifications", ...toNotifications(row, { person, home }, options.when.today));
  const count = await unit.tally(standing._id, now, new Date(now.getTime() - WEEK_MS));
  if (count > MOST_A_WEEK) raise(await addAlarm(unit, "EMERGENCY_RATE", { row, now }));
  return { personId: person._id, subjectId: _id, answer: row };
}

interface AtHome {
  readonly person: PersonRow;
  readonly home: readonly PersonRow[];
}

/**
 * The referents first; then the person, where no message endangers them, nor warns who endangers somebody of the home or who is
 * with a child at risk (CASF L.226-2-2).
 */
function toNotifications(row: EmergencyAccessRow, { person, home }: AtHome, today: string): NotificationRow[] {
  const { _id, professionalId, openedAt, secret } = row;
  const base = { kind: "EMERGENCY_OPENED", subjectId: _id, secret, personId: person._id, at: openedAt, attempts: 0, claim: null } as const;
  const first = toReferents(person, today, professionalId);
  const own = isForChild(row) || endangeredBeside(person, home).length > 0 ? "HELD" : stateFor(person);
  return [
    ...first.map((to) => ({ ...base, ...to, _id: `notification-${randomUUID()}`, order: 1, state: "TO_SEND", nextAt: openedAt }) as const),
    { ...base, ...toPerson(person), _id: `notification-${randomUUID()}`, order: 2, state: own, nextAt: new Date(openedAt.getTime() + PERSON_WAITS_MS) },
  ];
}

/** So long an evaluation takes at most (CASF D.226-2-4): before, it may not have begun. */
export const EVALUATION_MONTHS = 3;

/** Opened to protect a child: the family learns of it from those who protect the child. */
export function isForChild({ purpose, reason }: Pick<EmergencyAccessRow, "purpose" | "reason">): boolean {
  return purpose === "CHILD_PROTECTION" || reason === "CHILD_IN_DANGER";
}

interface Alarming {
  readonly row: Pick<EmergencyAccessRow, "_id" | "professionalId" | "partnerId">;
  readonly now: Date;
}

async function addAlarm(unit: Unit, kind: AlarmRaised["kind"], { row, now }: Alarming): Promise<AlarmRaised> {
  const alarmId = `alarm-${randomUUID()}`;
  const { _id, professionalId, partnerId } = row;
  await unit.add("alarms", { _id: alarmId, kind, professionalId, partnerId, emergencyId: _id, at: now, state: "TO_SEND", nextAt: now, attempts: 0, claim: null });
  return { event: "emergency-alarm", kind, alarmId, partnerId };
}

export async function reviewEmergency(options: EmergencyOptions, { input, idempotencyKey }: Keyed<ReviewEmergencyInput>): Promise<EmergencyAccessRow> {
  const raised: AlarmRaised[] = [];
  const may = (unit: Unit) => readReviewable(unit, options, input.emergencyAccessId);
  const run = async (unit: Unit, reviewable: Reviewable) => {
    raised.length = 0;
    return review(unit, options, { input, reviewable, raise: (alarm) => void raised.push(alarm) });
  };
  const row = await once(options, { mutation: "reviewEmergencyAccess", idempotencyKey, input, may, run });
  raised.forEach(options.told);
  return row;
}

interface Reviewable {
  readonly row: EmergencyAccessRow;
  readonly reviewer: StandingRow;
}

/** Of the reviewer's partner; what tells that a child is protected, for who is bound by secrecy. Throws NOT_ALLOWED, SELF_REVIEW. */
async function readReviewable(unit: Unit, options: EmergencyOptions, id: string): Promise<Reviewable> {
  const reviewer = await readReviewer(unit, options);
  const row = await unit.emergency(id);
  if (row === null || row.partnerId !== reviewer.partnerId || (row.secret && !isBound(reviewer))) throw notAllowed();
  if (row.professionalId === reviewer._id) {
    throw new WriteRefused("SELF_REVIEW", null, "Cannot review the access because a second professional has to.");
  }
  return { row, reviewer };
}

interface Reviewing {
  readonly input: ReviewEmergencyInput;
  readonly reviewable: Reviewable;
  readonly raise: (alarm: AlarmRaised) => void;
}

async function review(unit: Unit, options: EmergencyOptions, { input, reviewable: { row, reviewer }, raise }: Reviewing): Promise<Done<EmergencyAccessRow>> {
  const { now, seal } = options;
  const words = input.comment == null ? null : readText(input.comment, "comment");
  const comment = words === null ? null : await seal(words, { personId: row.personId, place: PLACES.comment(row._id) });
  const { verdict } = input;
  const said: EmergencyReviewRow = { byProfessionalId: reviewer._id, at: now, verdict, comment };
  // What was not justified ends at once.
  const until = verdict === "NOT_JUSTIFIED" && now < row.until ? now : row.until;
  if (!(await unit.review(row._id, said, until))) {
    throw new WriteRefused("STATE_CONFLICT", "emergencyAccessId", "Cannot review the access because it was reviewed already.");
  }
  if (verdict === "NOT_JUSTIFIED") raise(await addAlarm(unit, "EMERGENCY_NOT_JUSTIFIED", { row, now }));
  return { personId: row.personId, subjectId: row._id, answer: { ...row, until, review: said } };
}

export function stateOn({ review: said, reviewDueAt }: Pick<EmergencyAccessRow, "review" | "reviewDueAt">, now: Date): EmergencyState {
  if (said !== null) return "REVIEWED";
  return reviewDueAt <= now ? "OVERDUE" : "TO_REVIEW";
}

/** What is due first comes first. */
const ORDER: readonly OrderField[] = [
  { field: "reviewDueAt", kind: "date" },
  { field: "_id", kind: "string" },
];

const NONE: EmergencyQuery = { partnerId: "", secrets: false, reviewed: null, dueBefore: null, dueFrom: null };

/** Those of the caller's partner, for whoever reviews; what tells that a child is protected, for those bound by secrecy. */
export async function listEmergencies({ store, caller, when, now }: WriteOptions, args: EmergencyAccessesArgs): Promise<Withholding<EmergencyAccessRow>> {
  const page = readPage(args, ORDER);
  const reviewer = await store.transact((unit) => readReviewer(unit, { caller, when })).catch(refusedToNull);
  if (reviewer === null) return withholdAll(toConnection<EmergencyAccessRow>(page, [], async () => 0), "NOT_HABILITATED");
  const query = { ...NONE, partnerId: reviewer.partnerId, secrets: isBound(reviewer), ...filterOf(args.state ?? null, now) };
  return withholdAll(toConnection(page, await store.emergencies(query, page), () => store.countEmergencies(query)), null);
}

function filterOf(state: EmergencyState | null, now: Date): Partial<EmergencyQuery> {
  switch (state) {
    case null:
      return {};
    case "REVIEWED":
      return { reviewed: true };
    case "OVERDUE":
      // Due at this instant is over: `stateOn`.
      return { reviewed: false, dueBefore: new Date(now.getTime() + 1) };
    case "TO_REVIEW":
      return { reviewed: false, dueFrom: new Date(now.getTime() + 1) };
  }
}
