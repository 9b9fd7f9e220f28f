// The forms in which names and contacts are compared: what people type differently for the same thing is made equal.
import { wordsOf } from "../kit/kit.ts";
import type { PersonKeys } from "./rows.ts";

/** Beginnings of names are stored from two letters on; a longer search is checked against the name itself. */
export const SHORTEST_PREFIX = 2;
export const LONGEST_PREFIX = 12;

export interface IdentityFacts {
  readonly birthName: string;
  readonly usageName: string | null;
  readonly firstNames: readonly string[];
  readonly phone: string | null;
  readonly email: string | null;
}

/**
 * The keys of a person. The beginnings are stored one by one, so that a search by name is an equality and an index
 * gives its rows in the order of their ids; a range over names would have to be sorted for each page.
 */
export function keysOf(facts: IdentityFacts): PersonKeys {
  const { birthName, usageName, firstNames, phone, email } = facts;
  const names = [...new Set([birthName, usageName ?? ""].map(foldName))].filter((name) => name !== "");
  return {
    names,
    prefixes: [...new Set(names.flatMap(prefixesOf))],
    firstName: foldName(firstNames[0] ?? "") || null,
    phone: foldPhone(phone),
    email: email?.trim().toLowerCase() || null,
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
