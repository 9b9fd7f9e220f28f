// Variety that repeats itself: a number from an id and a word, so that a row stays what it is when others are added.
import { createHash } from "node:crypto";

/** 0 to `below` - 1. */
export function numberOf(id: string, what: string, below: number): number {
  return createHash("sha256").update(`${what}\0${id}`).digest().readUInt32BE(0) % below;
}

/** Throws for an empty list. */
export function choose<T>(id: string, what: string, list: readonly T[]): T {
  const chosen = list[numberOf(id, what, Math.max(1, list.length))];
  if (chosen === undefined) throw new TypeError("Expected a list with something in it, got an empty one.");
  return chosen;
}
