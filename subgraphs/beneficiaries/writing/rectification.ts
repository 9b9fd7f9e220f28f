// What is wrong in a file is asked to be put right, and answered by who keeps the file (GDPR art. 12.3, 12.4, 16, 19).
import { randomUUID } from "node:crypto";

import { dayInFrance, readPage, toConnection, type OrderField, type PageArgs } from "../../kit/kit.ts";
import type { DataCategory } from "../../law/law.ts";
import { withholdAll, type Withholding } from "../withholding.ts";
import { holderOf } from "../decide.ts";
import { answerDueOn, type RightsRequest } from "../rights-clock.ts";
import { protectsChildren, readHolder, readKeeper, readParty, type Holding } from "./authority.ts";
import { statusOn } from "./grant-states.ts";
import type { Keyed, WriteOptions } from "./grants.ts";
import { stateFor, toPartner, toPerson, toReferents, type Recipient } from "./notifications.ts";
import { once, type Done } from "./once.ts";
import { notAllowed, readText, refusedToNull, WriteRefused } from "./refusal.ts";
import type { NotificationRow, RectificationRow, RectificationState } from "./rows.ts";
import type { RectificationQuery, Unit } from "./store.ts";
import { PLACES, type Texts } from "./texts.ts";

export interface RectificationInput {
  readonly beneficiaryId: string;
  readonly category: DataCategory;
  readonly statement: string;
}

export interface AnswerRectificationInput {
  readonly requestId: string;
  readonly verdict: Exclude<RectificationState, "OPEN">;
  readonly reason?: string | null;
}

export interface ExtendRectificationInput {
  readonly requestId: string;
  readonly reason: string;
}

export interface RectificationsArgs extends PageArgs {
  readonly state?: RectificationState | null;
}

export function requestRectification(options: WriteOptions, { input, idempotencyKey }: Keyed<RectificationInput>): Promise<RectificationRow> {
  const { now, when, seal, caller } = options;
  return once(options, {
    mutation: "requestRectification",
    idempotencyKey,
    input,
    may: (unit) => readParty(unit, input.beneficiaryId, options),
    run: async (unit, { person }) => {
      const statement = readText(input.statement, "statement");
      const _id = `rectification-${randomUUID()}`;
      const row: RectificationRow = {
        _id,
        personId: person._id,
        category: input.category,
        statement: await seal(statement, { personId: person._id, place: PLACES.rectification(_id) }),
        holderId: holderOf(person),
        byPersonId: caller.personId,
        secret: person.protectedOnly || input.category === "CHILD_PROTECTION",
        askedAt: now,
        dueAt: dueAtOf({ askedAt: now, receivedOn: when.today, departmentCode: person.departmentCode }),
        state: "OPEN",
        extension: null,
        answer: null,
      };
      await unit.add("rectifications", row);
      return { personId: person._id, subjectId: _id, answer: row };
    },
  });
}

interface Due extends RightsRequest {
  readonly askedAt: Date;
}

/** The hour at which it was asked, of the last day. */
function dueAtOf({ askedAt, ...request }: Due): Date {
  return new Date(`${answerDueOn(request)}${askedAt.toISOString().slice(10)}`);
}

export function answerRectification(options: WriteOptions, { input, idempotencyKey }: Keyed<AnswerRectificationInput>): Promise<RectificationRow> {
  return once(options, { mutation: "answerRectification", idempotencyKey, input, may: (unit) => readRequest(unit, input.requestId, options), run: (unit, asked) => answer(unit, asked, { options, input }) });
}

interface Answering<Input> {
  readonly options: WriteOptions;
  readonly input: Input;
}

async function answer(unit: Unit, { row, ...holding }: Requested, { options, input }: Answering<AnswerRectificationInput>): Promise<Done<RectificationRow>> {
  const { now, seal } = options;
  const { verdict, reason: said } = input;
  if (verdict === "REFUSED" && said == null) throw new WriteRefused("BAD_USER_INPUT", "reason", "Expected why it is refused, got nothing.");
  const words = said == null ? null : readText(said, "reason");
  const reason = words === null ? null : await seal(words, { personId: row.personId, place: PLACES.answer(row._id) });
  const given = { at: now, byProfessionalId: holding.standing._id, reason };
  if (!(await unit.answer(row._id, verdict, given))) {
    throw new WriteRefused("STATE_CONFLICT", "requestId", "Cannot answer the request because it was answered already.");
  }
  const answered = { ...row, state: verdict, answer: given };
  await unit.add("notifications", ...tellAsker("RECTIFICATION_ANSWERED", answered, { ...holding, options }), ...tellOthers(answered, { ...holding, options }));
  return { personId: row.personId, subjectId: row._id, answer: answered };
}

interface Requested extends Holding {
  readonly row: RectificationRow;
}

/** Of a file that the caller's organisation keeps; of a child's protection, for who carries it out. Throws NOT_ALLOWED. */
async function readRequest(unit: Unit, requestId: string, options: WriteOptions): Promise<Requested> {
  const row = await unit.rectification(requestId);
  const holding = await readHolder(unit, row?.personId ?? "", options);
  if (row === null || (row.secret && !protectsChildren(holding.standing))) throw notAllowed();
  return { ...holding, row };
}

interface Telling extends Holding {
  readonly options: WriteOptions;
}

/** The person; where a message endangers her, the referents find a way. */
function tellAsker(kind: NotificationRow["kind"], row: RectificationRow, { person, standing, options: { now, when } }: Telling): NotificationRow[] {
  // What somebody else asked for about a child's protection would tell of it.
  if (row.secret && row.byPersonId !== row.personId) return [];
  const state = stateFor(person);
  const instead = state === "HELD" ? toReferents(person, when.today, standing._id) : [];
  return [toNotification({ kind, row, state, now }, toPerson(person)), ...instead.map((recipient) => toNotification({ kind, row, now }, recipient))];
}

/** Whom data were opened to that have been put right (GDPR art. 19). */
function tellOthers(row: RectificationRow, { person, grants, options: { now } }: Telling): NotificationRow[] {
  if (row.state !== "DONE") return [];
  const opened = grants.filter((grant) => grant.dataCategories.includes(row.category) && statusOn(grant, now) === "ACTIVE").flatMap(({ toPartnerIds }) => toPartnerIds);
  const others = [...new Set(opened)].filter((id) => id !== holderOf(person));
  return others.map((id) => toNotification({ kind: "RECTIFICATION_DONE", row, now }, toPartner(id)));
}

interface Told {
  readonly kind: NotificationRow["kind"];
  readonly row: RectificationRow;
  readonly state?: NotificationRow["state"];
  readonly now: Date;
}

function toNotification({ kind, row: { _id, personId, secret }, state = "TO_SEND", now }: Told, recipient: Recipient): NotificationRow {
  return {
    ...{ _id: `notification-${randomUUID()}`, kind, subjectId: _id, personId, secret, ...recipient },
    ...{ order: 1, state, at: now, nextAt: now, attempts: 0, claim: null },
  };
}

/** Two months more, once, told with why within the first (GDPR art. 12.3). */
export function extendRectification(options: WriteOptions, { input, idempotencyKey }: Keyed<ExtendRectificationInput>): Promise<RectificationRow> {
  return once(options, { mutation: "extendRectification", idempotencyKey, input, may: (unit) => readRequest(unit, input.requestId, options), run: (unit, asked) => extend(unit, asked, { options, input }) });
}

async function extend(unit: Unit, { row, ...holding }: Requested, { options, input }: Answering<ExtendRectificationInput>): Promise<Done<RectificationRow>> {
  const { now, seal } = options;
  const words = readText(input.reason, "reason");
  const why = whyNotToExtend(row, now);
  if (why !== null) throw new WriteRefused("STATE_CONFLICT", "requestId", `Cannot extend the time for an answer because ${why}.`);
  const { _id, personId, askedAt } = row;
  const reason = await seal(words, { personId, place: PLACES.extension(_id) });
  const extension = { at: now, byProfessionalId: holding.standing._id, reason };
  const dueAt = dueAtOf({ askedAt, receivedOn: dayInFrance(askedAt), departmentCode: holding.person.departmentCode, extended: true });
  // It was seen in this transaction, so that a write in between would end it.
  await unit.extend(_id, dueAt, extension);
  const extended = { ...row, dueAt, extension };
  await unit.add("notifications", ...tellAsker("RECTIFICATION_EXTENDED", extended, { ...holding, options }));
  return { personId, subjectId: _id, answer: extended };
}

function whyNotToExtend({ state, extension = null, dueAt }: RectificationRow, now: Date): string | null {
  if (state !== "OPEN") return "the request was answered already";
  if (extension !== null) return "it was extended already";
  return now > dueAt ? "the month within which the person must be told of it is over" : null;
}

/** Not answered by the time that it was due, or answered after it. */
export function isLate({ dueAt, answer: given }: Pick<RectificationRow, "dueAt" | "answer">, now: Date): boolean {
  return (given?.at ?? now) > dueAt;
}

/** What is due first comes first. */
const ORDER: readonly OrderField[] = [
  { field: "dueAt", kind: "date" },
  { field: "_id", kind: "string" },
];

/** The person's own; of the files that the caller's organisation keeps for whoever answers there. */
export async function listRectifications({ store, caller, when }: WriteOptions, args: RectificationsArgs): Promise<Withholding<RectificationRow>> {
  const page = readPage(args, ORDER);
  const state = args.state ?? null;
  const { personId } = caller;
  const keeper = personId === null ? await store.transact((unit) => queryOfKeeper(unit, { caller, when, state })).catch(refusedToNull) : null;
  const query: RectificationQuery | null = personId === null ? keeper : { personId, state };
  if (query === null) return withholdAll(toConnection<RectificationRow>(page, [], async () => 0), "NOT_HABILITATED");
  return withholdAll(toConnection(page, await store.rectifications(query, page), () => store.countRectifications(query)), null);
}

interface Listing extends Pick<WriteOptions, "caller" | "when"> {
  readonly state: RectificationState | null;
}

async function queryOfKeeper(unit: Unit, { state, ...acting }: Listing): Promise<RectificationQuery> {
  const standing = await readKeeper(unit, acting);
  return { holderId: standing.partnerId, secrets: protectsChildren(standing), state };
}

/** In the words that the person reads. Null until it is given, and once why it was given so is erased. */
export async function readAnswer(row: RectificationRow, texts: Pick<Texts, "ofAnswer">): Promise<string | null> {
  if (row.answer === null) return null;
  const reason = await texts.ofAnswer(row);
  return reason === null && row.answer.reason !== null ? null : printAnswer(row.state, reason);
}

/** What the person reads: a refusal says why, and where to complain (GDPR art. 12.4). */
function printAnswer(state: RectificationState, reason: string | null): string {
  const why = reason === null ? "" : ` ${reason}`;
  if (state === "DONE") return `Votre demande a été acceptée et votre dossier corrigé.${why}`;
  return `Votre demande de rectification n’a pas été acceptée.${why} ${COMPLAINT}`;
}

const COMPLAINT =
  "Vous pouvez introduire une réclamation auprès de la CNIL (3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, www.cnil.fr/plaintes) " +
  "et former un recours devant le juge (RGPD, articles 12.4, 77 et 79).";
