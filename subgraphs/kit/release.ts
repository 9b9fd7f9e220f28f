// When figures are published, and which blocks are then published anew. Pure.
//
// Whoever may ask at any time sees two answers that differ by whoever came in between. Statistical offices therefore
// publish on days that are known beforehand, and revise by a rule and not by the minute (European Statistics Code of
// Practice, principles 6 and 13; Eurostat keeps one pattern of suppression over periods, since a figure of another period
// is a good guess at a hidden one). So here: figures are fixed on the first day of a month or a quarter (in France) and
// answered from what was fixed until the next one; a month is what the départements' boards work by, and a shorter period
// would only wait longer for the rule below.
//
// Even two such days may have one person between them. The rule: **a block (a year of a département, of a site…) is
// published anew as a whole, all of its tables together, once the records of at least `threshold` people in it have come,
// gone or changed since it was last published; until then it stays byte for byte what it was.** A cell by cell rule ("keep
// the figure unless it moved by 11") was weighed and is wrong: kept and new cells of one table do not add up, and the
// differences of its totals give the cell that was kept. A block that is new is a change from nothing by the same rule, so
// one of fewer people than the threshold is not published at all: its mere rows would be their portrait.
// The price: the last few changes of an ended year may never be told.
//
// Who changed is seen by a *sketch* of the block: its people are spread over buckets, and each bucket holds one number, the
// sum of keyed hashes of what is counted of each. It names nobody and says of nobody what is counted; what differs between
// two sketches is at most two buckets a person (one who leaves and comes back under another id, as after the end of a
// file), hence half of them, rounded up, is never more than the people that there were.
import type { Disclosure } from "./disclosure.ts";

export const RELEASE_PERIODS = ["monthly", "quarterly"] as const;
export type ReleasePeriod = (typeof RELEASE_PERIODS)[number];

/** Something that is counted. */
export interface Counted {
  /** Blocks have no record in common. */
  readonly block: string;
  /** The id of who is behind it. */
  readonly person: string;
}

/** What a block was when it was published; `null` before. */
export type Sketch = Uint32Array;

/** `anew`: computed from what is there now · `kept`: as it was last published · `none`: not published. */
export type Publication = "anew" | "kept" | "none";

const BUCKETS_PER_PERSON = 16;

/** The day, `YYYY-MM-DD`, whose release is answered from on a day. */
export function releaseDayOf(today: string, period: ReleasePeriod): string {
  const month = Number(today.slice(5, 7));
  const first = period === "monthly" ? month : month - ((month - 1) % 3);
  return `${today.slice(0, 4)}-${String(first).padStart(2, "0")}-01`;
}

/** Of one block. The same for the same facts in any order. */
export function sketchOf(facts: readonly Counted[], { threshold, fingerprint }: Disclosure): Sketch {
  const sketch = new Uint32Array(BUCKETS_PER_PERSON * threshold);
  for (const [person, ofPerson] of Map.groupBy(facts, (fact) => fact.person)) {
    const bucket = fingerprint(`bucket ${person}`) % sketch.length;
    const counted = ofPerson.map((fact) => JSON.stringify(fact)).sort();
    sketch[bucket] = ((sketch[bucket] ?? 0) + fingerprint(`facts ${JSON.stringify(counted)}`)) >>> 0;
  }
  return sketch;
}

/** What becomes of a block that was published with one sketch and has these facts now. */
export function decidePublication(published: Sketch | null, facts: readonly Counted[], disclosure: Disclosure): Publication {
  const { threshold } = disclosure;
  if (published !== null && leastTouched(published, sketchOf(facts, disclosure)) < threshold) return "kept";
  return new Set(facts.map(({ person }) => person)).size < threshold ? "none" : "anew";
}

/** Of how many people at least the records came, went or changed. */
function leastTouched(before: Sketch, after: Sketch): number {
  if (before.length !== after.length) throw new RangeError(`Expected sketches of one length, got ${before.length} and ${after.length}.`);
  return Math.ceil(before.filter((sum, bucket) => sum !== after[bucket]).length / 2);
}
