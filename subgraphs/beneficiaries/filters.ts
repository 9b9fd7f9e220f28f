// Filters for MongoDB, built from checked plain values: the operators in them are written here and nowhere else.
import { escapeRegExp } from "../kit/kit.ts";
import { LONGEST_PREFIX } from "./identity-keys.ts";
import type { BlockingKeys } from "./matching.ts";
import type { SearchCriteria } from "./search.ts";

export interface AccessEventQuery {
  readonly personId: string;
  readonly from: Date;
  /** Included; null: until now. */
  readonly to: Date | null;
}

/** The one person whose rows the caller may see; null: no such limit. */
export function onlyId(only: string | null): { _id?: string } {
  return only === null ? {} : { _id: only };
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

export function accessFilter({ personId, from, to }: AccessEventQuery): Record<string, unknown> {
  return { personId, at: { $gte: from, ...(to !== null && { $lte: to }) } };
}
