// The travel-time promise of a département, kept or not, commune by commune.
import type { Alternative, CommuneRow, GuaranteeRow } from "./rows.ts";

/** Of one commune: the nearest open site of each alternative's kind, in the order of the alternatives. */
export interface NearestRow {
  readonly communeCode: string;
  readonly nearest: readonly (NearestSite | null)[];
}

export interface NearestSite {
  readonly siteId: string;
  readonly kind: string;
  readonly minutes: number;
}

/** `CoverageReport` of the schema. */
export interface Coverage {
  readonly rule: readonly NestedGuarantee[];
  readonly rows: readonly CoverageRow[];
  readonly populationCovered: number;
  readonly populationTotal: number;
  readonly share: number;
}

export interface CoverageRow {
  readonly communeCode: string;
  readonly communeName: string;
  readonly population: number;
  readonly siteId: string | null;
  readonly minutes: number | null;
  readonly kept: boolean;
}

export interface NestedGuarantee extends Alternative {
  readonly orElse: NestedGuarantee | null;
}

/** A commune that `nearest` lacks is one from which nothing can be reached. */
export function toCoverage(guarantee: GuaranteeRow, communes: readonly CommuneRow[], nearest: readonly NearestRow[]): Coverage {
  const byCommune = new Map(nearest.map((row) => [row.communeCode, row.nearest]));
  const rows = communes.map((commune) => coverCommune(guarantee.alternatives, commune, byCommune.get(commune._id) ?? []));
  const populationTotal = sumPopulation(rows);
  const populationCovered = sumPopulation(rows.filter(({ kept }) => kept));
  const rule = nest(guarantee.alternatives);
  return {
    rule: rule === null ? [] : [rule],
    rows,
    populationCovered,
    populationTotal,
    share: populationTotal === 0 ? 0 : populationCovered / populationTotal,
  };
}

/** Whether a site within so many minutes keeps the promise: strictly less than the limit of its kind. */
export function isWithin(guarantee: GuaranteeRow | null, site: { readonly kind: string; readonly minutes: number }): boolean {
  return guarantee?.alternatives.some(({ siteKind, maxMinutes }) => siteKind === site.kind && site.minutes < maxMinutes) ?? false;
}

function coverCommune(alternatives: readonly Alternative[], commune: CommuneRow, nearest: readonly (NearestSite | null)[]): CoverageRow {
  const found = alternatives.flatMap(({ maxMinutes }, index) => {
    const site = nearest[index] ?? null;
    return site === null ? [] : [{ site, kept: site.minutes < maxMinutes }];
  });
  const keeping = found.find(({ kept }) => kept);
  const best = keeping ?? found.toSorted((a, b) => a.site.minutes - b.site.minutes).at(0);
  return {
    communeCode: commune._id,
    communeName: commune.name,
    population: commune.population,
    siteId: best?.site.siteId ?? null,
    minutes: best?.site.minutes ?? null,
    kept: keeping !== undefined,
  };
}

function sumPopulation(rows: readonly CoverageRow[]): number {
  return rows.reduce((sum, { population }) => sum + population, 0);
}

function nest(alternatives: readonly Alternative[]): NestedGuarantee | null {
  return alternatives.reduceRight<NestedGuarantee | null>((orElse, alternative) => ({ ...alternative, orElse }), null);
}
