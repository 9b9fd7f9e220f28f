// Guadeloupe's islands, their quays and the boats between them. Grande-Terre and Basse-Terre are one landmass (bridges
// over the Rivière Salée); Les Saintes are two islands with people on them, a boat apart.

/** Commune → island, for those that no road joins to the main landmass. */
export const ISLANDS: Readonly<Record<string, string>> = {
  "97108": "marie-galante",
  "97112": "marie-galante",
  "97126": "marie-galante",
  "97110": "la-desirade",
  "97130": "terre-de-bas",
  "97131": "terre-de-haut",
};

/** Names of the islands, for people. */
export const ISLAND_NAMES: Readonly<Record<string, string>> = {
  "marie-galante": "Marie-Galante",
  "la-desirade": "La Désirade",
  "terre-de-bas": "Terre-de-Bas (Les Saintes)",
  "terre-de-haut": "Terre-de-Haut (Les Saintes)",
};

const GUADELOUPE = "guadeloupe";

export interface Quay {
  readonly id: string;
  readonly landmass: string;
  /** Degrees, to about half a kilometre. */
  readonly lat: number;
  readonly lon: number;
}

export interface Crossing {
  readonly between: readonly [string, string];
  readonly sailMinutes: number;
  /** Timetable-less: boats go two to six times a day and people go to meet them, so this is being early and boarding. */
  readonly waitMinutes: number;
}

export const QUAYS: readonly Quay[] = [
  { id: "pointe-a-pitre", landmass: GUADELOUPE, lat: 16.243, lon: -61.542 },
  { id: "saint-francois", landmass: GUADELOUPE, lat: 16.252, lon: -61.269 },
  { id: "trois-rivieres", landmass: GUADELOUPE, lat: 15.967, lon: -61.647 },
  { id: "grand-bourg", landmass: "marie-galante", lat: 15.883, lon: -61.317 },
  { id: "saint-louis", landmass: "marie-galante", lat: 15.957, lon: -61.316 },
  { id: "la-desirade", landmass: "la-desirade", lat: 16.304, lon: -61.078 },
  { id: "terre-de-bas", landmass: "terre-de-bas", lat: 15.856, lon: -61.623 },
  { id: "terre-de-haut", landmass: "terre-de-haut", lat: 15.867, lon: -61.583 },
];

/** Usual durations of the lines, rounded to five minutes; the same in both directions. */
export const CROSSINGS: readonly Crossing[] = [
  { between: ["pointe-a-pitre", "grand-bourg"], sailMinutes: 60, waitMinutes: 20 },
  { between: ["pointe-a-pitre", "saint-louis"], sailMinutes: 60, waitMinutes: 20 },
  { between: ["pointe-a-pitre", "terre-de-haut"], sailMinutes: 60, waitMinutes: 20 },
  { between: ["saint-francois", "la-desirade"], sailMinutes: 45, waitMinutes: 20 },
  { between: ["trois-rivieres", "terre-de-haut"], sailMinutes: 20, waitMinutes: 20 },
  { between: ["trois-rivieres", "terre-de-bas"], sailMinutes: 25, waitMinutes: 20 },
  { between: ["terre-de-bas", "terre-de-haut"], sailMinutes: 10, waitMinutes: 10 },
];

/** The landmass of a commune: places on different ones have no road between them. */
export function landmassOf(communeCode: string): string {
  const island = ISLANDS[communeCode];
  if (island !== undefined) return island;
  if (communeCode.startsWith("971")) return GUADELOUPE;
  return communeCode.startsWith("97") ? `overseas-${communeCode.slice(0, 3)}` : "metropolitan-france";
}
