// The forms in which names and contacts are compared: what people type differently for the same thing is made equal.
//
// Contacts and identifiers are stored as blind indexes, which answer "is it the same?" and nothing else. Names stay
// readable: search finds them by their beginning, and a blind index of each beginning would be undone by counting, since
// the distribution of French names is public (code pénal 226-13 asks for secrecy, not for the look of it).
import { wordsOf } from "../kit/kit.ts";
import type { Blinding } from "./blinding.ts";
import type { PersonDraft, SearchKeys } from "./rows.ts";

/** Beginnings of names are stored from two letters on; a longer search is checked against the name itself. */
export const SHORTEST_PREFIX = 2;
export const LONGEST_PREFIX = 12;

export interface IdentityFacts {
  readonly birthName: string;
  readonly usageName: string | null;
  readonly firstNames: readonly string[];
  readonly phone: string | null;
  readonly email: string | null;
  readonly localIdentifiers: PersonDraft["localIdentifiers"];
}

const CAF = "caf";

/**
 * The keys of a person. The beginnings are stored one by one, so that a search by name is an equality and an index
 * gives its rows in the order of their ids; a range over names would have to be sorted for each page.
 */
export function keysOf(facts: IdentityFacts, { contactIndex, localIdIndex }: Pick<Blinding, "contactIndex" | "localIdIndex">): SearchKeys {
  const { birthName, usageName, firstNames, localIdentifiers } = facts;
  const names = [...new Set([birthName, usageName ?? ""].map(foldName))].filter((name) => name !== "");
  const [phone, email] = [foldPhone(facts.phone), facts.email?.trim().toLowerCase() || null];
  const caf = localIdentifiers.find(({ system }) => system === CAF)?.value ?? null;
  return {
    names,
    prefixes: [...new Set(names.flatMap(prefixesOf))],
    firstName: foldName(firstNames[0] ?? "") || null,
    phone: phone === null ? null : contactIndex("phone", phone),
    email: email === null ? null : contactIndex("email", email),
    localIds: localIdentifiers.map(({ value }) => localIdIndex(value)),
    caf: caf === null ? null : localIdIndex(caf),
  };
}

/** `"L'Hénaff-Le Goff"` → `"l henaff le goff"`. */
export function foldName(name: string): string {
  return wordsOf(name).join(" ");
}

function prefixesOf(name: string): string[] {
  const last = Math.min(name.length, LONGEST_PREFIX);
  return Array.from({ length: Math.max(0, last - SHORTEST_PREFIX + 1) }, (_, index) => name.slice(0, SHORTEST_PREFIX + index));
}

/** The last nine digits: with +33, 0033, +590 or 0 before them it is one number. */
function foldPhone(phone: string | null): string | null {
  const digits = phone?.replace(/\D/g, "") ?? "";
  return digits.length < 9 ? null : digits.slice(-9);
}
