// What is wrong in a file is asked to be put right, and answered by who keeps the file (GDPR art. 12.3, 12.4, 16, 19).
import { randomUUID } from "node:crypto";

import { readPage, toConnection, type OrderField, type PageArgs } from "../../kit/kit.ts";
import type { DataCategory } from "../../law/law.ts";
import { withholdAll, type Withholding } from "../withholding.ts";
import { holderOf } from "../decide.ts";
import { answerDueOn } from "../rights-clock.ts";
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

export interface RectificationsArgs extends PageArgs {
  readonly state?: RectificationState | null;
}

export function requestRectification(options: WriteOptions, { input, idempotencyKey }: Keyed<RectificationInput>): Promise<RectificationRow> {
  const { now, when, seal, caller } = options;
  return once(options, {
    mutation: "requestRectification",
    idempotencyKey,
    input,
    run: async (unit) => {
      const statement = readText(input.statement, "statement");
      const { person } = await readParty(unit, input.beneficiaryId, options);
      const _id = `rectification-${randomUUID()}`;
      const dueOn = answerDueOn({ receivedOn: when.today, departmentCode: person.departmentCode });
      const row: RectificationRow = {
        _id,
        personId: person._id,
        category: input.category,
        statement: await seal(statement, { personId: person._id, place: PLACES.rectification(_id) }),
        holderId: holderOf(person),
        byPersonId: caller.personId,
        secret: person.protectedOnly || input.category === "CHILD_PROTECTION",
        askedAt: now,
        dueAt: new Date(`${dueOn}${now.toISOString().slice(10)}`),
        state: "OPEN",
        answer: null,
      };
      await unit.add("rectifications", row);
      return { personId: person._id, subjectId: _id, answer: row };
    },
  });
}

export function answerRectification(options: WriteOptions, { input, idempotencyKey }: Keyed<AnswerRectificationInput>): Promise<RectificationRow> {
  return once(options, { mutation: "answerRectification", idempotencyKey, input, run: (unit) => answer(unit, options, input) });
}

async function answer(unit: Unit, options: WriteOptions, { requestId, verdict, reason: said }: AnswerRectificationInput): Promise<Done<RectificationRow>> {
  const { now, seal } = options;
  const row = await unit.rectification(requestId);
  const holding = await readHolder(unit, row?.personId ?? "", options);
  if (row === null || (row.secret && !protectsChildren(holding.standing))) throw notAllowed();
  if (verdict === "REFUSED" && said == null) throw new WriteRefused("BAD_USER_INPUT", "reason", "Expected why it is refused, got nothing.");
  const words = said == null ? null : readText(said, "reason");
  const reason = words === null ? null : await seal(words, { personId: row.personId, place: PLACES.answer(row._id) });
  const given = { at: now, byProfessionalId: holding.standing._id, reason };
  if (!(await unit.answer(row._id, verdict, given))) {
    throw new WriteRefused("STATE_CONFLICT", "requestId", "Cannot answer the request because it was answered already.");
  }
  const answered = { ...row, state: verdict, answer: given };
  await unit.add("notifications", ...toNotifications(answered, holding, options));
  return { personId: row.personId, subjectId: row._id, answer: answered };
}

/** The person; where a message endangers her, the referents find a way. And whom the wrong data were opened to (GDPR art. 19). */
function toNotifications(row: RectificationRow, { person, grants, standing }: Holding, { now, when }: WriteOptions): NotificationRow[] {
  const { _id, personId, byPersonId, secret, category, state } = row;
  const to = (kind: NotificationRow["kind"], recipient: Recipient, may: NotificationRow["state"] = "TO_SEND"): NotificationRow => ({
    ...{ _id: `notification-${randomUUID()}`, kind, subjectId: _id, personId, secret, ...recipient },
    ...{ order: 1, state: may, at: now, nextAt: now, attempts: 0, claim: null },
  });
  // What somebody else asked for about a child's protection would tell of it.
  const isTheirs = !secret || byPersonId === personId;
  const own = stateFor(person);
  const instead = isTheirs && own === "HELD" ? toReferents(person, when.today, standing._id) : [];
  const opened = grants.filter((grant) => grant.dataCategories.includes(category) && statusOn(grant, now) === "ACTIVE").flatMap(({ toPartnerIds }) => toPartnerIds);
  const others = state === "DONE" ? [...new Set(opened)].filter((id) => id !== holderOf(person)) : [];
  return [
    ...(isTheirs ? [to("RECTIFICATION_ANSWERED", toPerson(person), own)] : []),
    ...instead.map((recipient) => to("RECTIFICATION_ANSWERED", recipient)),
    ...others.map((id) => to("RECTIFICATION_DONE", toPartner(id))),
  ];
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
