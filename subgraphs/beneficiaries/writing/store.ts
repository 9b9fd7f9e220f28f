// The one way in which rights are written: a transaction that is durable on a majority before anybody is answered.
import { Schema, type ClientSession, type Connection, type Model } from "mongoose";

import { afterFilter, fetchSize, sortOf, type Page } from "../../kit/kit.ts";
import type { AgreementRow, EmergencyAccessRow, EmergencyReviewRow, GrantRow, PersonRow, StandingRow } from "../rows.ts";
import { SEALED, SEALED_OR_NULL, type Tables } from "../tables.ts";
import type { AlarmRow, DeedRow, NotificationRow, RectificationAnswerRow, RectificationExtensionRow, RectificationRow, RectificationState, TallyRow, WriteRow } from "./rows.ts";

/** What can be added in a transaction. */
export interface Added {
  readonly writes: WriteRow;
  readonly deeds: DeedRow;
  readonly grants: GrantRow;
  readonly emergencies: EmergencyAccessRow;
  readonly notifications: NotificationRow;
  readonly alarms: AlarmRow;
  readonly rectifications: RectificationRow;
}

/** One transaction: what it reads is of one instant, and it is done whole or not at all. */
export interface Unit {
  write(id: string): Promise<WriteRow | null>;
  person(id: string): Promise<PersonRow | null>;
  /** Whoever lives, or lived, in that home. */
  home(householdId: string): Promise<PersonRow[]>;
  standings(professionalIds: readonly string[]): Promise<StandingRow[]>;
  /** Conventions of any of these partners. */
  agreementsOf(partnerIds: readonly string[]): Promise<AgreementRow[]>;
  grant(id: string): Promise<GrantRow | null>;
  grantsOf(personId: string): Promise<GrantRow[]>;
  emergency(id: string): Promise<EmergencyAccessRow | null>;
  /** Two writes about one person do not overlap: the second begins again after the first. */
  takeTurn(personId: string): Promise<void>;
  add<Name extends keyof Added>(name: Name, ...rows: Added[Name][]): Promise<void>;
  /** False where one of them has another status by now. */
  changeGrants(seen: readonly SeenGrant[], change: Partial<GrantRow>): Promise<boolean>;
  /** False where it is reviewed already. `until`: the access ends then. */
  review(id: string, review: EmergencyReviewRow, until: Date): Promise<boolean>;
  rectification(id: string): Promise<RectificationRow | null>;
  /** False where it is answered already. */
  answer(id: string, state: RectificationState, answer: RectificationAnswerRow): Promise<boolean>;
  extend(id: string, dueAt: Date, extension: RectificationExtensionRow): Promise<void>;
  hold(personId: string, litigationHold: boolean): Promise<void>;
  /** Counts one more opening, and answers how many there were since. */
  tally(professionalId: string, at: Date, since: Date): Promise<number>;
}

/** A grant in the status in which somebody saw it. */
export interface SeenGrant {
  readonly id: string;
  readonly status: string;
}

/** Of a partner's accesses: those that tell of a child's protection for reviewers bound by secrecy. Dates compare with when their review is due. */
export interface EmergencyQuery {
  readonly partnerId: string;
  readonly secrets: boolean;
  readonly reviewed: boolean | null;
  readonly dueBefore: Date | null;
  readonly dueFrom: Date | null;
}

/** Whose. A person's are theirs once they were sent, or should have been by `since`, those of emergencies where nobody is warned by them; an organisation's that tell of a child's protection, of those bound by secrecy there. */
export type NotificationQuery =
  | { readonly toPersonId: string; readonly since: Date; readonly emergencies: boolean }
  | { readonly toProfessionalId: string; readonly toPartnerId: string | null; readonly secrets: boolean };

/** Of the person themself, or of a holder: those that tell of a child's protection for whoever protects children. */
export type RectificationQuery = { readonly state: RectificationState | null } & ({ readonly personId: string } | { readonly holderId: string; readonly secrets: boolean });

export interface WritingStore {
  transact<Result>(work: (unit: Unit) => Promise<Result>): Promise<Result>;
  /** As the majority has it now. */
  write(id: string): Promise<WriteRow | null>;
  emergencies(query: EmergencyQuery, page: Page): Promise<EmergencyAccessRow[]>;
  countEmergencies(query: EmergencyQuery): Promise<number>;
  notifications(query: NotificationQuery, page: Page): Promise<NotificationRow[]>;
  countNotifications(query: NotificationQuery): Promise<number>;
  rectifications(query: RectificationQuery, page: Page): Promise<RectificationRow[]>;
  countRectifications(query: RectificationQuery): Promise<number>;
  /** Deeds that are not in the log of readings, in the order in which they were written. */
  unloggedDeeds(limit: number): Promise<DeedRow[]>;
  markLogged(ids: readonly string[]): Promise<void>;
  /** Told after each transaction that stays. */
  onWritten(listener: () => void): void;
}

/** A client that asks again after this finds the answer, or the work not begun. */
const TRANSACTION_MS = 10_000;
const TRANSACTION = {
  readPreference: "primary",
  readConcern: { level: "snapshot" },
  writeConcern: { w: "majority", journal: true },
  timeoutMS: TRANSACTION_MS,
} as const;

const DURABLE = { w: "majority", j: true } as const;

/** Clients retry for minutes; the answer is kept much longer than that, and not for ever, since it holds what was written. */
const WRITE_DAYS = 30;

const TEXT = { type: String, required: true };
const TEXT_OR_NULL = { type: String, default: null };
const INSTANT = { type: Date, required: true };

const write = new Schema(
  {
    _id: TEXT,
    mutation: TEXT,
    fingerprint: TEXT,
    personId: TEXT,
    at: INSTANT,
    answer: Schema.Types.Mixed,
    // By the server's own clock, which is the one that MongoDB's expiry reads: a request's may stand on another day.
    storedAt: { type: Date, default: () => new Date() },
  },
  { collection: "writes", versionKey: false, minimize: false },
)
  .index({ storedAt: 1 }, { expireAfterSeconds: WRITE_DAYS * 86_400 })
  .index({ personId: 1 });

const deed = new Schema(
  {
    _id: TEXT,
    mutation: TEXT,
    at: INSTANT,
    personId: TEXT,
    subjectId: TEXT,
    byProfessionalId: TEXT_OR_NULL,
    byPartnerId: TEXT_OR_NULL,
    byPersonId: TEXT_OR_NULL,
    purpose: TEXT_OR_NULL,
    text: SEALED_OR_NULL,
    unlogged: { type: Date, default: () => new Date() },
  },
  { collection: "deeds", versionKey: false },
)
  .index({ personId: 1, at: 1, _id: 1 })
  .index({ unlogged: 1, _id: 1 }, { partialFilterExpression: { unlogged: { $exists: true } } });

const SENDING = { state: TEXT, nextAt: INSTANT, attempts: { type: Number, default: 0 }, claim: TEXT_OR_NULL };

const notification = new Schema(
  {
    _id: TEXT,
    kind: TEXT,
    subjectId: TEXT,
    personId: TEXT,
    toProfessionalId: TEXT_OR_NULL,
    toPartnerId: TEXT_OR_NULL,
    toPersonId: TEXT_OR_NULL,
    secret: { type: Boolean, default: true },
    order: { type: Number, required: true },
    at: INSTANT,
    ...SENDING,
  },
  { collection: "notifications", versionKey: false },
)
  .index({ state: 1, nextAt: 1, _id: 1 })
  .index({ subjectId: 1, order: 1 })
  .index({ toProfessionalId: 1, at: -1, _id: -1 })
  .index({ toPartnerId: 1, at: -1, _id: -1 })
  .index({ toPersonId: 1, at: -1, _id: -1 })
  .index({ personId: 1 });

const alarm = new Schema(
  { _id: TEXT, kind: TEXT, professionalId: TEXT, partnerId: TEXT, emergencyId: TEXT, at: INSTANT, ...SENDING },
  { collection: "alarms", versionKey: false },
)
  .index({ state: 1, nextAt: 1, _id: 1 })
  .index({ partnerId: 1, at: 1, _id: 1 })
  .index({ emergencyId: 1 });

const rectification = new Schema(
  {
    ...{ _id: TEXT, personId: TEXT, category: TEXT, statement: SEALED, askedAt: INSTANT, dueAt: INSTANT, state: TEXT },
    ...{ holderId: TEXT, byPersonId: TEXT_OR_NULL, secret: { type: Boolean, required: true } },
    extension: { type: new Schema({ at: INSTANT, byProfessionalId: TEXT, reason: SEALED }, { _id: false }), default: null },
    answer: { type: new Schema({ at: INSTANT, byProfessionalId: TEXT, reason: SEALED_OR_NULL }, { _id: false }), default: null },
  },
  { collection: "rectifications", versionKey: false },
)
  .index({ personId: 1, dueAt: 1, _id: 1 })
  .index({ holderId: 1, dueAt: 1, _id: 1 })
  .index({ holderId: 1, state: 1, dueAt: 1, _id: 1 });

const tally = new Schema({ _id: TEXT, openedAt: [Date] }, { collection: "emergencyTallies", versionKey: false });
const turn = new Schema({ _id: TEXT, count: { type: Number, default: 0 } }, { collection: "turns", versionKey: false });

type WritingTables = ReturnType<typeof openWritingTables>;

export function openWritingTables(connection: Connection) {
  return {
    writes: connection.model("Write", write),
    deeds: connection.model("Deed", deed),
    notifications: connection.model("Notification", notification),
    alarms: connection.model("Alarm", alarm),
    rectifications: connection.model("Rectification", rectification),
    tallies: connection.model("EmergencyTally", tally),
    turns: connection.model("Turn", turn),
  };
}

export function openWritingStore(connection: Connection, tables: Tables): WritingStore {
  const all = { ...tables, ...openWritingTables(connection) };
  const listeners: (() => void)[] = [];
  return {
    transact: async (work) => {
      const session = await connection.startSession();
      try {
        const result = await session.withTransaction(() => work(openUnit(all, session)), TRANSACTION);
        for (const listener of listeners) listener();
        return result;
      } finally {
        await session.endSession();
      }
    },
    write: (id) => all.writes.findById(id).read("primary").readConcern("linearizable").lean<WriteRow>().exec(),
    emergencies: (query, page) => readRows(all.emergencies, emergencyFilter(query), page),
    countEmergencies: (query) => all.emergencies.countDocuments(emergencyFilter(query)).exec(),
    notifications: (query, page) => readRows(all.notifications, notificationFilter(query), page),
    countNotifications: (query) => all.notifications.countDocuments(notificationFilter(query)).exec(),
    rectifications: (query, page) => readRows(all.rectifications, rectificationFilter(query), page),
    countRectifications: (query) => all.rectifications.countDocuments(rectificationFilter(query)).exec(),
    unloggedDeeds: (limit) => all.deeds.find({ unlogged: { $exists: true } }).sort({ unlogged: 1, _id: 1 }).limit(limit).read("primary").lean<DeedRow[]>().exec(),
    markLogged: async (ids) => void (await all.deeds.updateMany({ _id: { $in: [...ids] } }, { $unset: { unlogged: "" } }, { writeConcern: DURABLE }).exec()),
    onWritten: (listener) => void listeners.push(listener),
  };
}

/** One page and one row more, by which the page knows whether another follows. */
function readRows<Row>(table: { find(filter: object): ReturnType<Model<object>["find"]> }, filter: object, page: Page): Promise<Row[]> {
  return table.find({ $and: [filter, afterFilter(page)] }).sort(sortOf(page)).limit(fetchSize(page)).lean<Row[]>().exec();
}

function emergencyFilter({ partnerId, secrets, reviewed, dueBefore, dueFrom }: EmergencyQuery): Record<string, unknown> {
  return {
    partnerId,
    ...(!secrets && { secret: false }),
    ...(reviewed !== null && { review: reviewed ? { $ne: null } : null }),
    ...((dueBefore ?? dueFrom) !== null && { reviewDueAt: { ...(dueBefore !== null && { $lt: dueBefore }), ...(dueFrom !== null && { $gte: dueFrom }) } }),
  };
}

function notificationFilter(query: NotificationQuery): Record<string, unknown> {
  if ("toPersonId" in query) return { toPersonId: query.toPersonId, ...(!query.emergencies && { kind: { $ne: "EMERGENCY_OPENED" } }), $or: [{ state: "SENT" }, { state: "TO_SEND", at: { $lte: query.since } }] };
  const { toProfessionalId, toPartnerId, secrets } = query;
  return { $or: [{ toProfessionalId }, ...(toPartnerId === null ? [] : [{ toPartnerId, ...(!secrets && { secret: false }) }])] };
}

function rectificationFilter({ state, ...whose }: RectificationQuery): Record<string, unknown> {
  const inState = state === null ? {} : { state };
  // What somebody else asked for about a child's protection is no part of anybody's own file.
  if ("personId" in whose) return { personId: whose.personId, ...inState, $or: [{ secret: false }, { byPersonId: whose.personId }] };
  return { holderId: whose.holderId, ...inState, secret: { $in: whose.secrets ? [true, false] : [false] } };
}

function openUnit(tables: Tables & WritingTables, session: ClientSession): Unit {
  return { ...openReads(tables, session), ...openChanges(tables, session) };
}

type Reads = "write" | "person" | "home" | "standings" | "agreementsOf" | "grant" | "grantsOf" | "emergency" | "rectification";

function openReads({ writes, people, standings, agreements, grants, emergencies, rectifications }: Tables & WritingTables, session: ClientSession): Pick<Unit, Reads> {
  return {
    write: (id) => writes.findById(id).session(session).lean<WriteRow>().exec(),
    person: (id) => people.findById(id).session(session).lean<PersonRow>().exec(),
    home: (householdId) => people.find({ householdId }).session(session).lean<PersonRow[]>().exec(),
    standings: (ids) => standings.find({ _id: { $in: [...ids] } }).session(session).lean<StandingRow[]>().exec(),
    agreementsOf: (partnerIds) => agreements.find({ partyIds: { $in: [...partnerIds] } }).session(session).lean<AgreementRow[]>().exec(),
    grant: (id) => grants.findById(id).session(session).lean<GrantRow>().exec(),
    grantsOf: (personId) => grants.find({ personId }).sort({ givenAt: 1, _id: 1 }).session(session).lean<GrantRow[]>().exec(),
    emergency: (id) => emergencies.findById(id).session(session).lean<EmergencyAccessRow>().exec(),
    rectification: (id) => rectifications.findById(id).session(session).lean<RectificationRow>().exec(),
  };
}

function openChanges(tables: Tables & WritingTables, session: ClientSession): Omit<Unit, Reads> {
  const { people, grants, emergencies, rectifications, tallies, turns } = tables;
  return {
    takeTurn: async (personId) => void (await turns.updateOne({ _id: personId }, { $inc: { count: 1 } }, { upsert: true, session }).exec()),
    add: async (name, ...rows) => void (await (tables[name] as unknown as Model<object>).insertMany(rows, { session })),
    changeGrants: async (seen, change) => {
      const filter = { $or: seen.map(({ id, status }) => ({ _id: id, status })) };
      return (await grants.updateMany(filter, { $set: change }, { session, runValidators: true }).exec()).matchedCount === seen.length;
    },
    review: async (id, review, until) =>
      (await emergencies.updateOne({ _id: id, review: null }, { $set: { review, until, tellWhenLate: false } }, { session, runValidators: true }).exec()).matchedCount === 1,
    answer: async (id, state, answer) =>
      (await rectifications.updateOne({ _id: id, state: "OPEN" }, { $set: { state, answer } }, { session, runValidators: true }).exec()).matchedCount === 1,
    extend: async (id, dueAt, extension) => void (await rectifications.updateOne({ _id: id }, { $set: { dueAt, extension } }, { session, runValidators: true }).exec()),
    hold: async (personId, litigationHold) => void (await people.updateOne({ _id: personId }, { $set: { litigationHold } }, { session }).exec()),
    tally: async (professionalId, at, since) => {
      await tallies.updateOne({ _id: professionalId }, { $pull: { openedAt: { $lte: since } } }, { session }).exec();
      const row = await tallies
        .findOneAndUpdate({ _id: professionalId }, { $push: { openedAt: at } }, { upsert: true, returnDocument: "after", session })
        .lean<TallyRow>()
        .exec();
      return row?.openedAt.length ?? 0;
    },
  };
}
