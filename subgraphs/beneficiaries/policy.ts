// Who may see which rows, and what is said about the rest. Pure. Today one rule by record: a person who asks about
// themself sees their own rows and nobody else's. Scopes are enforced by the gateway and only reported here.
import { meetsScopes, type Caller, type ScopedField } from "../kit/kit.ts";

export interface Withheld {
  /** From `Beneficiary` on. */
  readonly path: string;
  readonly reason: "SCOPE_MISSING" | "OUT_OF_PERIMETER";
}

/** The only person whose rows the caller may see; null: no such limit. */
export function onlyPersonOf(caller: Caller): string | null {
  return caller.personId;
}

/** With `self:read` alone, the log of oneself; with `audit:read` that of everybody but, for a person, of oneself. */
export function mayReadAccessLog(caller: Caller, personId: string): boolean {
  if (caller.personId !== null) return caller.personId === personId;
  return caller.scopes.has("audit:read") || !caller.scopes.has("self:read");
}

/** What the caller does not get of a person's file. Says nothing about whether there is anything to get. */
export function withheldFrom(caller: Caller, fields: readonly ScopedField[]): Withheld[] {
  const scoped = fields.filter((field) => !meetsScopes(field, caller.scopes));
  const withheld = scoped.map(({ path }): Withheld => ({ path, reason: "SCOPE_MISSING" }));
  // Other members of the household have a file of their own, and a right of their own to it.
  return caller.personId === null ? withheld : [...withheld, { path: "household.members", reason: "OUT_OF_PERIMETER" }];
}
