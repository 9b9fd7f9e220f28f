// One journey: minutes from a commune's residents to a place, on land or over the sea.
import { CROSSINGS, QUAYS, type Crossing, type Quay } from "./islands.ts";
import { LAND, PUBLIC_TRANSPORT_WAITS, type LandAssumptions, type LandMode } from "./assumptions.ts";

/** `TravelMode` of the schema. */
export type TravelMode = LandMode | "BOAT" | "MIXED";

export interface Point {
  /** Degrees, WGS 84. */
  readonly lat: number;
  readonly lon: number;
  readonly landmass: string;
}

/** Where a journey begins: a commune, standing for all who live in it. */
export interface Origin extends Point {
  /** How far its residents live from that point, on average. */
  readonly innerKm: number;
  readonly population: number;
}

/** Minutes from door to door; null when there is no way. BOAT goes on foot to the quay and from it, MIXED by car. */
export function minutesBetween(origin: Origin, place: Point, mode: TravelMode): number | null {
  switch (mode) {
    case "CAR":
      return byLand(origin, place, drive);
    case "WALK":
      return byLand(origin, place, walk);
    case "PUBLIC_TRANSPORT":
      return byLand(origin, place, (km) => Math.min(ride(km, origin.population), walk(km)));
    case "BOAT":
      return fastest(byLand(origin, place, walk), bySea(origin, place, WALKED));
    case "MIXED":
      return fastest(byLand(origin, place, drive), bySea(origin, place, DRIVEN));
  }
}

/** Kilometres as the crow flies (sphere of 6,371 km: within 0.5 % of the ellipsoid). */
export function crowKm(a: { readonly lat: number; readonly lon: number }, b: { readonly lat: number; readonly lon: number }): number {
  const radians = Math.PI / 180;
  const dLat = ((b.lat - a.lat) * radians) / 2;
  const dLon = ((b.lon - a.lon) * radians) / 2;
  const h = Math.sin(dLat) ** 2 + Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * Math.sin(dLon) ** 2;
  return 2 * 6_371 * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Minutes for a way of so many kilometres as the crow flies. */
type Leg = (crowKm: number) => number;

const drive: Leg = (km) => onLand(km, LAND.CAR);
const walk: Leg = (km) => onLand(km, LAND.WALK);

function ride(km: number, population: number): number {
  const wait = PUBLIC_TRANSPORT_WAITS.find(({ minPopulation }) => population >= minPopulation)?.minutes ?? 0;
  return wait + onLand(km, LAND.PUBLIC_TRANSPORT);
}

function onLand(km: number, { detour, fixedMinutes, bands }: LandAssumptions): number {
  const way = km * detour;
  let minutes = fixedMinutes;
  let from = 0;
  for (const { upToKm, kmh } of bands) {
    if (way <= from) break;
    minutes += ((Math.min(way, upToKm) - from) / kmh) * 60;
    from = upToKm;
  }
  return minutes;
}

function byLand(origin: Origin, place: Point, leg: Leg): number | null {
  return origin.landmass === place.landmass ? leg(fromHomeKm(origin, place)) : null;
}

/** Residents live around the commune's point: the mean distance is never below `innerKm`, and far away it no longer counts. */
function fromHomeKm(origin: Origin, place: Point): number {
  return Math.hypot(crowKm(origin, place), origin.innerKm);
}

/** Between quays, with the changes in between, for one way of going on land. */
interface SeaTable {
  readonly leg: Leg;
  readonly minutes: ReadonlyMap<Quay, ReadonlyMap<Quay, number>>;
}

function bySea(origin: Origin, place: Point, { leg, minutes }: SeaTable): number | null {
  if (origin.landmass === place.landmass) return null;
  let best: number | null = null;
  for (const [from, row] of minutes) {
    if (from.landmass !== origin.landmass) continue;
    for (const [to, between] of row) {
      if (to.landmass !== place.landmass) continue;
      best = fastest(best, leg(fromHomeKm(origin, from)) + between + leg(crowKm(to, place)));
    }
  }
  return best;
}

/** All pairs by Floyd and Warshall: eight quays, so the plainest algorithm will do. */
function createSeaTable(leg: Leg): SeaTable {
  const minutes = new Map(QUAYS.map((a) => [a, new Map(QUAYS.map((b) => [b, stretch(a, b, leg)]))]));
  const read = (a: Quay, b: Quay) => minutes.get(a)?.get(b) ?? Infinity;
  for (const via of QUAYS) {
    for (const a of QUAYS) for (const b of QUAYS) minutes.get(a)?.set(b, Math.min(read(a, b), read(a, via) + read(via, b)));
  }
  for (const row of minutes.values()) for (const [to, value] of row) if (value === Infinity) row.delete(to);
  return { leg, minutes };
}

function stretch(a: Quay, b: Quay, leg: Leg): number {
  if (a === b) return 0;
  if (a.landmass === b.landmass) return leg(crowKm(a, b));
  const crossing = CROSSINGS.find((candidate) => joins(candidate, a, b));
  return crossing === undefined ? Infinity : crossing.waitMinutes + crossing.sailMinutes;
}

function joins({ between }: Crossing, a: Quay, b: Quay): boolean {
  return between.includes(a.id) && between.includes(b.id);
}

function fastest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

const WALKED = createSeaTable(walk);
const DRIVEN = createSeaTable(drive);
