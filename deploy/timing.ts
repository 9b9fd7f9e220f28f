// Whether two things can be told apart by how long they take: asked in pairs, in each of which chance says which of the two
// comes first, so that neither what drifts nor what repeats strikes one of them more; and compared by ranks.
//
// The test is Mann–Whitney's U, two-sided, at the level of 0.01: it minds neither outliers nor the form of the distribution.
// That the two cannot be told apart means that so many pairs show no difference at that level, and no more: one run in a
// hundred says otherwise where there is none. What an onlooker could gain is told by the share: 0.5 is a coin.

export interface Comparison {
  readonly pairs: number;
  /** Milliseconds. */
  readonly medians: readonly [number, number];
  /** How often the second takes longer than the first, ties half: 0.5 where nothing tells them apart. */
  readonly share: number;
  /** Probability of ranks at least this different if there were no difference. */
  readonly p: number;
  readonly canBeToldApart: boolean;
}

/** The level of the test. */
export const SIGNIFICANT = 0.01;

type Timed = () => Promise<number>;

export interface Pairs {
  readonly pairs: number;
  /** 0 to 1; below a half, `one` is asked first. */
  readonly chance?: () => number;
}

/** Each answers how many milliseconds it took. */
export async function compareTimes(one: Timed, other: Timed, { pairs, chance = Math.random }: Pairs): Promise<Comparison> {
  const times: [number[], number[]] = [[], []];
  for (let pair = 0; pair < pairs; pair++) {
    const order = chance() < 0.5 ? ([0, 1] as const) : ([1, 0] as const);
    for (const which of order) times[which].push(await (which === 0 ? one : other)());
  }
  return compareSamples(...times);
}

/** Two-sided, by the normal approximation with ties corrected: for samples of twenty and more. */
export function compareSamples(one: readonly number[], other: readonly number[]): Comparison {
  const all = [...one.map((time) => ({ time, of: 0 })), ...other.map((time) => ({ time, of: 1 }))].sort((a, b) => a.time - b.time);
  const [n, m, total] = [one.length, other.length, all.length];
  let [rankSum, ties] = [0, 0];
  for (let from = 0; from < total; ) {
    let to = from;
    while (to < total && all[to]?.time === all[from]?.time) to += 1;
    const [rank, size] = [(from + 1 + to) / 2, to - from];
    rankSum += rank * all.slice(from, to).filter(({ of }) => of === 1).length;
    ties += size ** 3 - size;
    from = to;
  }
  const u = rankSum - (m * (m + 1)) / 2;
  const deviation = Math.sqrt(((n * m) / 12) * (total + 1 - ties / (total * (total - 1))));
  const p = deviation === 0 ? 1 : 2 * upperTail(Math.abs(u - (n * m) / 2) / deviation);
  return { pairs: Math.min(n, m), medians: [medianOf(one), medianOf(other)], share: u / (n * m), p, canBeToldApart: p < SIGNIFICANT };
}

/** Of the normal distribution, by Abramowitz and Stegun 26.2.17: wrong by less than 7.5e-8. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

function medianOf(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
