// What was held back from a person goes out when its reason has ended: they are safe to contact again, and nobody of their
// home is endangered, and no child of it evaluated or protected, any more (CASF L.226-2-2).
import { dayInFrance } from "../../kit/kit.ts";
import { addMonths } from "../calendar.ts";
import { endangeredBeside } from "../danger.ts";
import type { EvaluationRow, GrantRow, PersonRow } from "../rows.ts";
import type { Tables } from "../tables.ts";
import { EVALUATION_MONTHS, stateFor, type NotificationRow, type openWritingTables } from "../writing/writing.ts";

export interface HeldTables extends Pick<Tables, "people" | "grants" | "evaluations"> {
  readonly notifications: ReturnType<typeof openWritingTables>["notifications"];
}

/** Looked at in one round, those that were looked at longest ago first. */
const MOST_AT_ONCE = 100;
const LOOK_AGAIN_MS = 3_600_000;

/** How many go out now. Each is looked at every hour. */
export async function releaseHeld(tables: HeldTables, now: Date): Promise<number> {
  const { notifications } = tables;
  const due = { state: "HELD", nextAt: { $lte: now } };
  const held = await notifications.find(due).sort({ nextAt: 1, _id: 1 }).limit(MOST_AT_ONCE).lean<NotificationRow[]>().exec();
  if (held.length === 0) return 0;
  const free = await readFree(tables, held, now);
  const ids = held.filter((row) => isFree(row, free, now)).map(({ _id }) => _id);
  const sending = { $set: { state: "TO_SEND", nextAt: now, attempts: 0 } };
  const { modifiedCount } = await notifications.updateMany({ _id: { $in: ids }, ...due }, sending).exec();
  const others = held.filter(({ _id }) => !ids.includes(_id)).map(({ _id }) => _id);
  await notifications.updateMany({ _id: { $in: others }, ...due }, { $set: { nextAt: new Date(now.getTime() + LOOK_AGAIN_MS) } }).exec();
  return modifiedCount;
}

/** Ids of people. */
interface Free {
  readonly safe: ReadonlySet<string>;
  /** In whose home a child is evaluated or protected. */
  readonly protecting: ReadonlySet<string>;
}

function isFree({ toPersonId, secret, at }: NotificationRow, { safe, protecting }: Free, now: Date): boolean {
  if (toPersonId === null || !safe.has(toPersonId)) return false;
  return !secret || (!protecting.has(toPersonId) && dayInFrance(now) > addMonths(dayInFrance(at), EVALUATION_MONTHS));
}

async function readFree({ people, grants, evaluations }: HeldTables, held: readonly NotificationRow[], now: Date): Promise<Free> {
  const ids = held.flatMap(({ toPersonId }) => toPersonId ?? []);
  const told = await people.find({ _id: { $in: ids } }, { contact: 1, householdId: 1 }).lean<PersonRow[]>().exec();
  const homes = told.flatMap(({ householdId }) => householdId ?? []);
  const members = await people.find({ householdId: { $in: homes } }, { contact: 1, householdId: 1 }).lean<PersonRow[]>().exec();
  const all = [...told, ...members];
  const personId = { $in: all.map(({ _id }) => _id) };
  const lasts = (end: string) => ({ personId, $or: [{ [end]: null }, { [end]: { $gt: now } }] });
  const inForce = { ...lasts("expiresAt"), basis: "CHILD_PROTECTION", status: "ACTIVE" };
  const grounds = await grants.find(inForce, { personId: 1 }).lean<GrantRow[]>().exec();
  const going = await evaluations.find(lasts("closedAt"), { personId: 1 }).lean<EvaluationRow[]>().exec();
  const children = new Set([...grounds, ...going].map((row) => row.personId));
  const protectingHomes = new Set(all.flatMap(({ _id, householdId }) => (children.has(_id) && householdId !== null ? [householdId] : [])));
  const isProtecting = ({ _id, householdId }: PersonRow): boolean => children.has(_id) || (householdId !== null && protectingHomes.has(householdId));
  const warns = (person: PersonRow): boolean => endangeredBeside(person, members.filter(({ householdId }) => householdId === person.householdId)).length > 0;
  return {
    safe: new Set(told.filter((person) => stateFor(person) === "TO_SEND" && !warns(person)).map(({ _id }) => _id)),
    protecting: new Set(told.filter(isProtecting).map(({ _id }) => _id)),
  };
}
