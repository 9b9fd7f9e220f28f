// Age in whole years on a day, and the bands in which reports and partners see it instead of the birth date.

/** Band → the first age that is no longer in it; in ascending order. */
export const AGE_BANDS = [
  ["A0_2", 3],
  ["A3_5", 6],
  ["A6_10", 11],
  ["A11_17", 18],
  ["A18_25", 26],
  ["A26_39", 40],
  ["A40_59", 60],
  ["A60_74", 75],
  ["A75_PLUS", Infinity],
] as const;

const LIFE_STAGES = [
  ["CHILDHOOD", 18],
  ["YOUTH", 26],
  ["ADULTHOOD", 60],
  ["OLD_AGE", Infinity],
] as const;

export type AgeBand = (typeof AGE_BANDS)[number][0] | "UNKNOWN";
export type LifeStage = (typeof LIFE_STAGES)[number][0] | "UNKNOWN";

/**
 * Days as `YYYY-MM-DD`; null when the birth date is unknown or still to come. Who was born on 29 February is a year
 * older on 1 March of other years: the day on which the birthday is over in every reading of the law.
 */
export function ageOn(birthDate: string | null, day: string): number | null {
  if (birthDate === null || birthDate > day) return null;
  const years = Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return day.slice(5) >= birthDate.slice(5) ? years : years - 1;
}

export function ageBandOf(age: number | null): AgeBand {
  return bandOf(AGE_BANDS, age);
}

export function lifeStageOf(age: number | null): LifeStage {
  return bandOf(LIFE_STAGES, age);
}

function bandOf<Name extends string>(bands: readonly (readonly [Name, number])[], age: number | null): Name | "UNKNOWN" {
  if (age === null) return "UNKNOWN";
  return bands.find(([, end]) => age < end)?.[0] ?? "UNKNOWN";
}
