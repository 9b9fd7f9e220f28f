// What waits to be sent, in the database: each row is in one hand at a time, for as long as its lease lasts.
import { randomUUID } from "node:crypto";

import type { Store } from "../../kit/kit.ts";
import { endangeredBeside } from "../danger.ts";
import { holderOf } from "../decide.ts";
import type { EmergencyAccessRow, PersonRow } from "../rows.ts";
import { openTables } from "../tables.ts";
import { openWritingTables, stateFor, type AlarmRow, type NotificationRow } from "../writing/writing.ts";
import { releaseHeld } from "./held.ts";

export type Waiting = { readonly in: "notifications"; readonly row: NotificationRow } | { readonly in: "alarms"; readonly row: AlarmRow };

export interface Outbox {
  /** At most so many that are due. Nobody else takes them until the lease ends. A message that would endanger somebody by now is held instead. */
  take(now: Date, leaseUntil: Date): Promise<Waiting[]>;
  /** False where somebody else took it meanwhile, because the lease had ended. */
  markSent(one: Waiting, now: Date): Promise<boolean>;
  putBack(one: Waiting, nextAt: Date): Promise<void>;
  /** For each access of which a review is late: its organisation and the file's holder are told, once. */
  tellOfLateReviews(now: Date): Promise<number>;
  /** What was held back and may go out by now: so many. */
  release(now: Date): Promise<number>;
}

const MOST_AT_ONCE = 20;
const MOST_LATE = 100;

export function openOutbox(connection: Store["connection"]): Outbox {
  const { people, emergencies, grants, evaluations } = openTables(connection);
  const tables = openWritingTables(connection);
  return {
    take: async (now, leaseUntil) => {
      const notifications = await takeFrom<NotificationRow>(tables.notifications, now, leaseUntil);
      const alarms = await takeFrom<AlarmRow>(tables.alarms, now, leaseUntil);
      const safe = await holdEndangering({ people, notifications: tables.notifications }, notifications);
      return [...safe.map((row) => ({ in: "notifications", row }) as const), ...alarms.map((row) => ({ in: "alarms", row }) as const)];
    },
    markSent: async ({ in: name, row: { _id, claim } }, now) => {
      const { matchedCount } = await tableOf(tables, name).updateOne({ _id, claim }, { $set: { state: "SENT" } }).exec();
      if (matchedCount === 1 && name === "notifications") await letPersonKnow(tables.notifications, _id, now);
      return matchedCount === 1;
    },
    putBack: async ({ in: name, row: { _id, claim } }, nextAt) => {
      await tableOf(tables, name).updateOne({ _id, claim, state: "TO_SEND" }, { $set: { nextAt } }).exec();
    },
    release: (now) => releaseHeld({ people, grants, evaluations, notifications: tables.notifications }, now),
    tellOfLateReviews: async (now) => {
      const late = await emergencies.find({ tellWhenLate: true, reviewDueAt: { $lte: now } }).sort({ reviewDueAt: 1 }).limit(MOST_LATE).lean<EmergencyAccessRow[]>().exec();
      if (late.length === 0) return 0;
      const ids = late.map(({ personId }) => personId);
      const found = await people.find({ _id: { $in: ids } }, { departmentCode: 1 }).lean<Pick<PersonRow, "_id" | "departmentCode">[]>().exec();
      const holders = new Map(found.map((person) => [person._id, holderOf(person)]));
      const rows = late.flatMap((one) => toLateNotices(one, holders.get(one.personId) ?? null, now));
      // By their ids, which the access gives: who was killed before the mark below writes nothing twice.
      await tables.notifications.bulkWrite(rows.map(({ _id, ...row }) => ({ updateOne: { filter: { _id }, update: { $setOnInsert: row }, upsert: true } })));
      await emergencies.updateMany({ _id: { $in: late.map(({ _id }) => _id) } }, { $set: { tellWhenLate: false } }).exec();
      return rows.length;
    },
  };
}

type WritingTables = ReturnType<typeof openWritingTables>;
type Notifications = WritingTables["notifications"];

/** Both have what sending needs. */
function tableOf(tables: WritingTables, name: Waiting["in"]): Notifications {
  return name === "notifications" ? tables.notifications : (tables.alarms as unknown as Notifications);
}

async function takeFrom<Row>(table: Notifications | WritingTables["alarms"], now: Date, leaseUntil: Date): Promise<Row[]> {
  const rows = table as Notifications;
  const claim = randomUUID();
  const due = { state: "TO_SEND", nextAt: { $lte: now } };
  const found = await rows.find(due, { _id: 1 }).sort({ nextAt: 1, _id: 1 }).limit(MOST_AT_ONCE).lean<{ readonly _id: string }[]>().exec();
  if (found.length === 0) return [];
  const ids = found.map(({ _id }) => _id);
  // Whoever comes second finds them due no longer.
  await rows.updateMany({ _id: { $in: ids }, ...due }, { $set: { claim, nextAt: leaseUntil }, $inc: { attempts: 1 } }).exec();
  return rows.find({ _id: { $in: ids }, claim }).lean<Row[]>().exec();
}

interface Reached {
  readonly people: ReturnType<typeof openTables>["people"];
  readonly notifications: Notifications;
}

/** What was safe when it was written may not be any more. */
async function holdEndangering({ people, notifications }: Reached, rows: readonly NotificationRow[]): Promise<NotificationRow[]> {
  const ids = rows.flatMap(({ toPersonId }) => toPersonId ?? []);
  if (ids.length === 0) return [...rows];
  const found = await people.find({ _id: { $in: ids } }, SEEN).lean<Seen[]>().exec();
  const homes = found.flatMap(({ householdId }) => householdId ?? []);
  const members = await people.find({ householdId: { $in: homes } }, SEEN).lean<Seen[]>().exec();
  const safe = new Set(found.filter((person) => stateFor(person) === "TO_SEND").map(({ _id }) => _id));
  const warned = new Set(found.filter((person) => endangeredBeside(person, homeOf(person, members)).length > 0).map(({ _id }) => _id));
  const isSafe = ({ toPersonId, kind }: NotificationRow): boolean =>
    toPersonId === null || (safe.has(toPersonId) && !(kind === "EMERGENCY_OPENED" && warned.has(toPersonId)));
  const held = rows.filter((row) => !isSafe(row)).map(({ _id }) => _id);
  if (held.length > 0) await notifications.updateMany({ _id: { $in: held } }, { $set: { state: "HELD" } }).exec();
  return rows.filter(isSafe);
}

type Seen = Pick<PersonRow, "_id" | "contact" | "householdId">;
const SEEN = { contact: 1, householdId: 1 };

function homeOf({ householdId }: Seen, members: readonly Seen[]): Seen[] {
  return members.filter((member) => householdId !== null && member.householdId === householdId);
}

/** Who comes second is due as soon as all who come first were told; else when their hour has passed. */
async function letPersonKnow(notifications: Notifications, sentId: string, now: Date): Promise<void> {
  const sent = await notifications.findById(sentId).lean<NotificationRow>().exec();
  if (sent === null || sent.order !== 1) return;
  const { subjectId } = sent;
  if ((await notifications.exists({ subjectId, order: 1, state: "TO_SEND" }).exec()) !== null) return;
  await notifications.updateMany({ subjectId, order: 2, state: "TO_SEND", attempts: 0, nextAt: { $gt: now } }, { $set: { nextAt: now } }).exec();
}

function toLateNotices({ _id, personId, partnerId, secret }: EmergencyAccessRow, holderId: string | null, now: Date): NotificationRow[] {
  const told = [...new Set([partnerId, ...(holderId === null ? [] : [holderId])])];
  const sending = { order: 1, state: "TO_SEND", at: now, nextAt: now, attempts: 0, claim: null } as const;
  return told.map((toPartnerId) => ({
    ...{ _id: `notification-late-${_id}-${toPartnerId}`, kind: "EMERGENCY_REVIEW_OVERDUE", subjectId: _id, personId, secret },
    ...{ toProfessionalId: null, toPartnerId, toPersonId: null, ...sending },
  }));
}
