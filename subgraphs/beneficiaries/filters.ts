// Filters for MongoDB, built from checked plain values: the operators in them are written here and nowhere else.
import { escapeRegExp } from "../kit/kit.ts";
import { LONGEST_PREFIX } from "./identity-keys.ts";
import type { BlockingKeys } from "./matching.ts";
import type { AccessEventRow, EmergencyRow } from "./rows.ts";
import type { Filter, RowScope } from "./scope.ts";
import type { SearchCriteria } from "./search.ts";

export interface AccessEventQuery {
  readonly personId: string;
  readonly from: Date;
  /** Included; null: until now. */
  readonly to: Date | null;
  /** Readings of this partner only. */
  readonly byPartnerId?: string;
  /** What the caller must not learn of. */
  readonly held?: Held;
}

export interface Held {
  /** Who protects a child of the home, and who supports the person for another reason; null where nothing is told of a child. */
  readonly protection: Protection | null;
  /** Of whose readings nothing is told. */
  readonly professionalIds: readonly string[];
  /** Of which nothing is told: neither that the file was opened, nor what was read then, nor that it was reviewed. */
  readonly emergencies: readonly HeldEmergency[];
  /** Of what has been read since to protect a child nothing is told, though no child is evaluated yet; null: it is. */
  readonly protectedSince: Date | null;
  /** Of those who read elsewhere; null where all of that is told. */
  readonly elsewhere: Elsewhere | null;
}

/** What other subgraphs' logs say: rows that their parties reach by themselves, on grounds of which this file knows nothing. */
export interface Elsewhere {
  /** Somebody of the home is in danger: who is party to something and not of the own team may be her refuge. */
  readonly endangered: boolean;
  /** Who supports the person. */
  readonly ownIds: readonly string[];
}

export type HeldEmergency = Pick<EmergencyRow, "professionalId" | "purpose" | "openedAt" | "until">;

export interface Protection {
  readonly protectingIds: readonly string[];
  readonly supportingIds: readonly string[];
  /** While a child is evaluated, an evaluation whose ground is not known may be that one. */
  readonly evaluated: boolean;
}

/** Keeps an aggregation over people to a scope; grants are looked up only where they decide, and leave with the answer. */
export function scopeStages({ match, shared }: RowScope): readonly Filter[] {
  if (shared === null) return [{ $match: match }];
  const seen = { _id: 0, basis: 1, status: 1, dataCategories: 1, professionalIds: 1, informedAt: 1, informedException: 1 };
  const lookup = { from: "grants", localField: "_id", foreignField: "personId", pipeline: [{ $match: shared }, { $project: seen }], as: "shared" };
  return [{ $lookup: lookup }, { $match: match }, { $unset: "shared" }];
}

/** A name longer than the stored beginnings is looked up by its beginning and then compared whole. */
export function searchFilter({ nirIndex, localId, name, birthDate, communeCode }: SearchCriteria): Record<string, unknown> {
  return {
    ...(nirIndex !== undefined && { nirIndex }),
    ...(localId !== undefined && { "keys.localIds": localId }),
    ...(name !== undefined && { "keys.prefixes": name.slice(0, LONGEST_PREFIX) }),
    ...(name !== undefined && name.length > LONGEST_PREFIX && { "keys.names": { $regex: `^${escapeRegExp(name)}` } }),
    ...(birthDate !== undefined && { birthDate }),
    ...(communeCode !== undefined && { "residence.communeCode": communeCode }),
  };
}

/** One filter a key, each over an index of its own; a shared name counts with the birth date only. */
export function blockingFilters({ nirIndex, phone, email, caf, names, birthDate }: BlockingKeys): Record<string, unknown>[] {
  return [
    ...(nirIndex === null ? [] : [{ nirIndex }]),
    ...(phone === null ? [] : [{ "keys.phone": phone }]),
    ...(email === null ? [] : [{ "keys.email": email }]),
    ...(caf === null ? [] : [{ "keys.localIds": caf }]),
    ...(names.length === 0 || birthDate === null ? [] : [{ "keys.names": { $in: [...names] }, birthDate }]),
  ];
}

export function accessFilter({ personId, from, to, byPartnerId, held }: AccessEventQuery): Record<string, unknown> {
  return {
    personId,
    at: { $gte: from, ...(to !== null && { $lte: to }) },
    ...(byPartnerId !== undefined && { byPartnerId }),
    ...(held !== undefined && unlessHeld(held)),
  };
}

function unlessHeld({ protection, professionalIds, emergencies, protectedSince, elsewhere }: Held): Record<string, unknown> {
  const hidden = [
    ...(protection === null ? [] : protectingOf(protection)),
    ...(professionalIds.length === 0 ? [] : [{ byProfessionalId: { $in: [...professionalIds] } }]),
    ...(emergencies.length === 0 ? [] : emergenciesOf(emergencies)),
    ...(protectedSince === null ? [] : recentOf(protectedSince, elsewhere)),
    ...(elsewhere?.endangered === true ? [{ elsewhere: true, ...WITHOUT_GROUND, ...byOthers(elsewhere) }] : []),
  ];
  return hidden.length === 0 ? {} : { $nor: hidden };
}

const OF_PROTECTION = [{ purpose: "CHILD_PROTECTION" }, { bases: "CHILD_PROTECTION" }];
const WITHOUT_GROUND = { "bases.0": { $exists: false } };

/** What is read where accesses are reviewed, and by who is told of them. */
export const OF_REVIEWS: readonly string[] = ["Mutation.reviewEmergencyAccess", "Query.emergencyAccesses", "Query.notifications"];
/** What was asked for in the hour may be answered a little after it. */
const ANSWERED_MS = 60_000;
/** By how much another subgraph's clock may differ while tickets hold there. */
const CLOCKS_MS = 600_000;

/** Whether it was read by who opened that access, for what and while it was open; which one it was is not written with a reading. */
export function isReadIn({ professionalId, purpose, openedAt, until }: HeldEmergency, read: Pick<AccessEventRow, "byProfessionalId" | "purpose" | "at">): boolean {
  return read.byProfessionalId === professionalId && read.purpose === purpose && openedAt <= read.at && read.at.getTime() <= until.getTime() + ANSWERED_MS;
}

function emergenciesOf(emergencies: readonly HeldEmergency[]): Record<string, unknown>[] {
  const first = new Date(Math.min(...emergencies.map(({ openedAt }) => openedAt.getTime())));
  const opened = emergencies.map(({ professionalId, purpose, openedAt, until }) => ({
    byProfessionalId: professionalId,
    purpose,
    at: { $gte: openedAt, $lte: new Date(until.getTime() + ANSWERED_MS) },
  }));
  const elsewhere = emergencies.map(({ professionalId, openedAt, until }) => ({
    ...{ elsewhere: true, byProfessionalId: professionalId, bases: "VITAL_INTEREST" },
    at: { $gte: new Date(openedAt.getTime() - CLOCKS_MS), $lte: new Date(until.getTime() + CLOCKS_MS) },
  }));
  return [...opened, ...elsewhere, { fields: { $in: OF_REVIEWS }, at: { $gte: first } }];
}

/** Elsewhere the ground is not known until the reading is over. */
function recentOf(since: Date, elsewhere: Elsewhere | null): Record<string, unknown>[] {
  const protecting = [...OF_PROTECTION, ...(elsewhere === null ? [] : [{ elsewhere: true, over: false, ...byOthers(elsewhere) }])];
  return [{ at: { $gte: since }, $or: protecting }];
}

function byOthers({ ownIds }: Elsewhere): Record<string, unknown> {
  return { byProfessionalId: { $nin: [...ownIds] } };
}

/** The ground is not known until the reading is over, and of a refused one never: it may be the evaluation's. */
function protectingOf({ protectingIds, supportingIds, evaluated }: Protection): Record<string, unknown>[] {
  const byEvaluator = { purpose: "EVALUATION", byProfessionalId: { $in: [...protectingIds] } };
  const byUnknown = { byProfessionalId: { $nin: [...supportingIds] }, $or: [{ purpose: "EVALUATION", ...WITHOUT_GROUND }, { over: false }] };
  return [...OF_PROTECTION, byEvaluator, ...(evaluated ? [byUnknown] : [])];
}

/** More than a person reads; beyond, a shorter period is asked for. */
const GROUP_LIMIT = 400;
const MINUTE_MS = 60_000;

const countOf = (decision: string) => ({ $sum: { $cond: [{ $eq: ["$decision", decision] }, 1, 0] } });
const fieldsOf = (decisions: readonly string[]) => ({ $addToSet: { $cond: [{ $in: ["$decision", [...decisions]] }, "$fields", []] } });
const flatten = (lists: string) => ({ $reduce: { input: lists, initialValue: [], in: { $setUnion: ["$$value", "$$this"] } } });

/**
 * A request counts once, at however many subgraphs it read. A client may choose its id, and could make many requests look like
 * one: so the id counts again with each minute.
 */
export function accessGroupStages(query: AccessEventQuery): object[] {
  const day = { $dateToString: { date: "$at", format: "%Y-%m-%d", timezone: "Europe/Paris" } };
  const of = { day, byPartnerId: "$byPartnerId", purpose: "$purpose" };
  return [
    { $match: accessFilter(query) },
    {
      $group: {
        _id: { ...of, request: { $ifNull: ["$request", "$_id"] }, byProfessionalId: "$byProfessionalId" },
        ...{ allowed: countOf("ALLOWED"), denied: countOf("DENIED") },
        ...{ first: { $min: "$at" }, last: { $max: "$at" } },
        ...{ fields: fieldsOf(["ALLOWED", "DONE"]), refusedFields: fieldsOf(["DENIED"]) },
      },
    },
    { $set: { spans: { $add: [1, { $floor: { $divide: [{ $subtract: ["$last", "$first"] }, MINUTE_MS] } }] } } },
    {
      $group: {
        _id: { day: "$_id.day", byPartnerId: "$_id.byPartnerId", purpose: "$_id.purpose" },
        times: { $sum: { $min: ["$allowed", "$spans"] } },
        // Of a request of which something was read, the rest is no refusal of everything.
        refused: { $sum: { $cond: [{ $eq: ["$allowed", 0] }, { $min: ["$denied", "$spans"] }, 0] } },
        ...{ fields: { $push: "$fields" }, refusedFields: { $push: "$refusedFields" } },
      },
    },
    { $set: { fields: flatten("$fields"), refusedFields: flatten("$refusedFields") } },
    { $sort: { "_id.day": -1, "_id.byPartnerId": 1, "_id.purpose": 1 } },
    { $limit: GROUP_LIMIT },
  ];
}
