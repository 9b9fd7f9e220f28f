// Whether replaying a plan is worth its while. A plan whose answers are different each time pays for comparing and keeping and
// gets nothing back: it is left alone for a while, and then tried again, briefly.

export interface Credit {
  /** Whether to leave the plan alone. */
  isSpent(): boolean;
  /** All answers were as expected. */
  gain(): void;
  /** Answers were different, or nothing was known for these variables. Answers whether this was once too often. */
  pay(why: "different" | "unknown"): boolean;
}

/** So many runs with different answers in a row are too many, */
const DIFFERENT_IN_A_ROW = 16;
/** and so many with variables that were not known: those cost less, and traces of many variables take a while to gather. */
const UNKNOWN_IN_A_ROW = 1_024;
/** As a part of those above: what a plan gets that is tried again. */
const SECOND_CHANCE = 0.25;
const REST_MS = 10_000;

export function createCredit(now: () => number): Credit {
  let credit = 1;
  let restsUntil = Number.NEGATIVE_INFINITY;
  return {
    isSpent: () => restsUntil > now(),
    gain: () => void (credit = 1),
    pay: (why) => {
      credit -= 1 / (why === "different" ? DIFFERENT_IN_A_ROW : UNKNOWN_IN_A_ROW);
      if (credit > 0) return false;
      credit = SECOND_CHANCE;
      restsUntil = now() + REST_MS;
      return true;
    },
  };
}
