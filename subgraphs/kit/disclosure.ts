// How figures are blurred before they leave: the threshold under which nothing is told, and rounding that stays the same.
//
// Suppression alone closes one table; it cannot close the hundreds that the dimensions and filters of a report make, each
// of which shares sums with the others. Statistical offices that let readers build their own tables therefore blur every
// figure a little and always in the same way (the cell-key method of the ABS and of the European census of 2021). Here:
//   - A figure is rounded up or down to a multiple of `step`. Where between two multiples it tips over is secret, and
//     differs from figure to figure; what is a multiple already stays as it is.
//   - The tipping point hangs on the records behind the figure, by the first and the last of them, and not on the question:
//     the same records under another name (a site, and the site with its commune) have the same one. Who asks in many ways
//     thus learns nothing by averaging.
//   - It hangs also on how many records there are around it (`published-stats.ts`: in the block). When somebody comes, every
//     figure of the block tips anew, and not only those that she is in; else the figures that moved between two releases
//     would be her portrait. Nobody averages over these draws: a block is drawn anew only when many people changed in it
//     (`release.ts`).
// A shown figure n stands for any count between n − step and n + step, both excluded, and `step` is such that this is at
// least as wide as the threshold.
import { createHmac } from "node:crypto";

export interface Disclosure {
  /** The fewest people that a figure may stand for. */
  readonly threshold: number;
  /** What shown figures are multiples of. */
  readonly step: number;
  /** `records` names the records that are counted; the same text and count give the same figure. */
  round(count: number, records: string): number;
  /** A whole number below 2³² that only who has the key can work out. */
  fingerprint(text: string): number;
}

/** "Persons: never fewer than 11" (loi 51-711, tax data). */
export const STATS_THRESHOLD = 11;

/** Below it no report may go (domain: L16). */
export const LEAST_THRESHOLD = 5;

const KEY_BYTES = 32;

/** `key` is kept outside of the database: who knows it can undo the rounding. Throws RangeError for a threshold below 5 or a key that is not of 32 bytes. */
export function createDisclosure({ threshold, key }: { readonly threshold: number; readonly key: Uint8Array }): Disclosure {
  if (threshold < LEAST_THRESHOLD) throw new RangeError(`Expected a threshold of ${LEAST_THRESHOLD} at least, got ${threshold}.`);
  if (key.length !== KEY_BYTES) throw new RangeError(`Expected a key of ${KEY_BYTES} bytes for the rounding of figures, got ${key.length}.`);
  const step = stepFor(threshold);
  return {
    threshold,
    step,
    round: (count, records) => step * Math.floor((count + offsetOf(key, records, step)) / step),
    fingerprint: (text) => createHmac("sha256", key).update(`fingerprint ${text}`).digest().readUInt32BE(0),
  };
}

/** The least multiple of 5 whose rounding interval, 2 (step − 1), is as wide as the threshold. */
function stepFor(threshold: number): number {
  return 5 * Math.ceil((threshold / 2 + 1) / 5);
}

/** From 0 up to, not including, `step`; uniform, so that rounding errs in neither direction over many figures. */
function offsetOf(key: Uint8Array, records: string, step: number): number {
  return createHmac("sha256", key).update(records).digest().readUIntBE(0, 6) % step;
}

/** For the demonstration and for tests: protects invented people only. */
export const DEMONSTRATION_DISCLOSURE: Disclosure = createDisclosure({ threshold: STATS_THRESHOLD, key: Buffer.alloc(KEY_BYTES, "demonstration") });
