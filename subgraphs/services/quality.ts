// The quality score of a catalogue entry, as data.inclusion counts it: the mean of ten criteria from 0 to 1, of which those
// that do not apply to the entry are left out. Rewritten from gip-inclusion/data-inclusion-schema v1, `score_qualite`.

export interface QualityFacts {
  readonly description: string | null;
  readonly receptionModes: readonly string[];
  readonly mobilisationModes: readonly string[];
  readonly publics: readonly string[];
  readonly themes: readonly string[];
  readonly fee: string | null;
  readonly feeNote: string | null;
  /** `YYYY-MM-DD`. */
  readonly updatedOn: string;
  readonly hasAddress: boolean;
  readonly hasPhone: boolean;
  readonly hasEmail: boolean;
  readonly hasLink: boolean;
}

const DAY_MS = 86_400_000;
const FRESH_DAYS = 182.5;
const OUTDATED_DAYS = 730;
const DESCRIPTION_POOR = 200;
const DESCRIPTION_GOOD = 400;

/** 0 to 1 with two decimals, on the day `today` (`YYYY-MM-DD`). */
export function qualityOf(facts: QualityFacts, today: string): number {
  const values = CRITERIA.map((criterion) => criterion(facts, today)).filter((value) => value !== null);
  return round(values.reduce((sum, value) => sum + round(value), 0) / values.length);
}

/** A criterion gives null where it does not apply. */
type Criterion = (facts: QualityFacts, today: string) => number | null;

const CRITERIA: readonly Criterion[] = [
  (facts) => (isInPerson(facts) ? Number(facts.hasAddress) : null),
  (facts) => (facts.mobilisationModes.includes("PHONE") ? Number(facts.hasPhone) : null),
  (facts) => (facts.mobilisationModes.includes("EMAIL") ? Number(facts.hasEmail) : null),
  (facts) => Number(facts.mobilisationModes.length > 0),
  (facts) => Number(facts.publics.length > 0),
  (facts) => Number(facts.themes.length > 0),
  (facts) => Number(facts.hasPhone || facts.hasEmail || facts.hasLink),
  (facts, today) => slope(daysBetween(facts.updatedOn, today), OUTDATED_DAYS, FRESH_DAYS),
  feeOf,
  (facts) => slope(facts.description?.length ?? 0, DESCRIPTION_POOR, DESCRIPTION_GOOD),
];

function isInPerson(facts: QualityFacts): boolean {
  return facts.receptionModes.includes("IN_PERSON") || facts.mobilisationModes.includes("WALK_IN");
}

function feeOf({ fee, feeNote }: QualityFacts): number {
  if (fee === null) return 0;
  return fee === "PAID" && feeNote === null ? 0.5 : 1;
}

/** 0 at `zero` and beyond, 1 at `one` and beyond, straight between them. */
function slope(value: number, zero: number, one: number): number {
  return Math.min(1, Math.max(0, (value - zero) / (one - zero)));
}

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
