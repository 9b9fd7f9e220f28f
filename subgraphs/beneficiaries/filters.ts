// Filters for MongoDB, built from checked plain values: the operators in them are written here and nowhere else.
import { escapeRegExp } from "../kit/kit.ts";
import { LONGEST_PREFIX } from "./identity-keys.ts";
import type { BlockingKeys } from "./matching.ts";
import type { EmergencyRow } from "./rows.ts";
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
    ...(held !== undefined && held.protection !== null && unlessProtecting(held.protection)),
    ...(held !== undefined && held.professionalIds.length > 0 && { byProfessionalId: { $nin: [...held.professionalIds] } }),
    ...(held !== undefined && { $and: [unlessInEmergency(held.emergencies), unlessProtectedSince(held.protectedSince)] }),
  };
}

function unlessProtectedSince(since: Date | null): Record<string, unknown> {
  return since === null ? {} : { $nor: [{ at: { $gte: since }, $or: [{ purpose: "CHILD_PROTECTION" }, { bases: "CHILD_PROTECTION" }] }] };
}

const OF_REVIEWS = ["Mutation.reviewEmergencyAccess", "Query.emergencyAccesses"];
/** What was asked for in the hour may be answered a little after it. */
const ANSWERED_MS = 60_000;

function unlessInEmergency(emergencies: readonly HeldEmergency[]): Record<string, unknown> {
  if (emergencies.length === 0) return {};
  const first = new Date(Math.min(...emergencies.map(({ openedAt }) => openedAt.getTime())));
  const opened = emergencies.map(({ professionalId, purpose, openedAt, until }) => ({
    byProfessionalId: professionalId,
    purpose,
    at: { $gte: openedAt, $lte: new Date(until.getTime() + ANSWERED_MS) },
  }));
  return { $nor: [...opened, { fields: { $in: OF_REVIEWS }, at: { $gte: first } }] };
}

/** The ground is not known until the reading is over, and of a refused one never: it may be the evaluation's. */
function unlessProtecting({ protectingIds, supportingIds, evaluated }: Protection): Record<string, unknown> {
  const byEvaluator = { byProfessionalId: { $in: [...protectingIds] } };
  const byUnknown = { "bases.0": { $exists: false }, byProfessionalId: { $nin: [...supportingIds] } };
  const protecting = { purpose: { $ne: "CHILD_PROTECTION" }, bases: { $ne: "CHILD_PROTECTION" } };
  return { ...protecting, $nor: [{ purpose: "EVALUATION", $or: [byEvaluator, ...(evaluated ? [byUnknown] : [])] }] };
}

/** More than a person reads; beyond, a shorter period is asked for. */
const GROUP_LIMIT = 400;

export function accessGroupStages(query: AccessEventQuery): object[] {
  const countOf = (decision: string) => ({ $sum: { $cond: [{ $eq: ["$decision", decision] }, 1, 0] } });
  const day = { $dateToString: { date: "$at", format: "%Y-%m-%d", timezone: "Europe/Paris" } };
  return [
    { $match: accessFilter(query) },
    {
      $group: {
        _id: { day, byPartnerId: "$byPartnerId", purpose: "$purpose" },
        times: countOf("ALLOWED"),
        refused: countOf("DENIED"),
        fields: { $addToSet: "$fields" },
      },
    },
    { $sort: { "_id.day": -1, "_id.byPartnerId": 1, "_id.purpose": 1 } },
    { $limit: GROUP_LIMIT },
  ];
}
