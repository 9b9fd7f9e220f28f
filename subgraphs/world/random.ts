// Chance that repeats itself: a small generator (mulberry32) seeded by a label, so that each part of the world has a stream
// of its own and a change in one part leaves the others as they were.
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  /** Both ends included. */
  int(from: number, to: number): number;
  /** Throws for an empty list. */
  pick<T>(list: readonly T[]): T;
  /** True in this share of the calls, 0 to 1. */
  chance(share: number): boolean;
}

export function createRandom(label: string): Random {
  let state = hash(label);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    int,
    chance: (share) => next() < share,
    pick: (list) => {
      const picked = list[int(0, list.length - 1)];
      if (picked === undefined) throw new Error("Cannot pick from an empty list.");
      return picked;
    },
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
