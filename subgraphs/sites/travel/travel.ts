// The travel-time model: how many minutes every commune of a département is from every place of it. The door of this
// folder.
//
// The promise is kept or broken in minutes ("less than 20 minutes to a pole, or else 15 to an antenna"; "less than 30
// minutes from home, by land or boat"), for every resident and on any day. A route planner over a road network would
// give the best figures, but it needs a road network: gigabytes, a build, a service that may be down. This model needs
// positions only, is reproducible, and can be read and argued about; its figures are indicative, and a département
// that has measured ones can write them into the same rows.
//
// - *Where people start*: at their commune's point, moved away by `innerKm`, for nobody lives on the point. A commune is
//   taken as a disc of the mean area of its département's communes, its homes within half the radius.
// - *On land*: distance of the crow × detour ÷ speeds by band of distance, plus fixed minutes (`assumptions.ts`).
// - *Over the sea*: quays and crossings with a wait, no timetable (`islands.ts`). Landmasses are joined by boats only.
// - *Modes*: CAR, WALK and PUBLIC_TRANSPORT stay on their landmass; BOAT is boats and walking, MIXED boats and driving.
//
// The rows are computed for a whole département when its places change, not when somebody asks: one row a commune and
// mode, holding the places within two hours, nearest first, each with the days on which it is open. So an answer for any
// day is one indexed read, and the nearest place for a level of people is one as well. Where no boats go, MIXED is CAR
// and BOAT is WALK, and one row stands for both.
import { COMMUNE_AREA_KM2, MEAN_COMMUNE_AREAS_KM2, LONGEST_MINUTES, SETTLED_RADIUS_SHARE } from "./assumptions.ts";
import { ISLANDS, landmassOf } from "./islands.ts";
import { minutesBetween, type Origin, type Point, type TravelMode } from "./journey.ts";

export { ISLAND_NAMES, ISLANDS } from "./islands.ts";
export type { TravelMode } from "./journey.ts";

/** Days, `YYYY-MM-DD`, both included. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

export interface TravelCommune {
  readonly code: string;
  readonly departmentCode: string;
  readonly population: number;
  readonly lat: number;
  readonly lon: number;
}

export interface TravelPlace {
  readonly id: string;
  readonly kind: string;
  readonly communeCode: string;
  readonly lat: number;
  readonly lon: number;
  readonly open: Span;
  readonly closures: readonly Span[];
}

/** A place that can be reached, and when it is there. */
export interface Reach {
  readonly siteId: string;
  readonly kind: string;
  /** From door to door, to a tenth of a minute. */
  readonly minutes: number;
  readonly open: Span;
  readonly closures: readonly Span[];
}

export interface TravelRow {
  readonly _id: string;
  readonly communeCode: string;
  readonly departmentCode: string;
  /** The modes for which these minutes hold. */
  readonly modes: readonly TravelMode[];
  /** Nearest first. */
  readonly reach: readonly Reach[];
}

/** All rows of one département. */
export function createTravelRows(communes: readonly TravelCommune[], places: readonly TravelPlace[]): TravelRow[] {
  const modeGroups = communes.some(({ code }) => code in ISLANDS) ? WITH_BOATS : WITHOUT_BOATS;
  const targets = places.map((place) => ({ place, point: { lat: place.lat, lon: place.lon, landmass: landmassOf(place.communeCode) } }));
  return communes.flatMap((commune) => {
    const origin = originOf(commune);
    return modeGroups.map(([mode, ...same]) => ({
      _id: `${commune.code}:${mode}`,
      communeCode: commune.code,
      departmentCode: commune.departmentCode,
      modes: [mode, ...same],
      reach: reachOf(origin, targets, mode),
    }));
  });
}

type ModeGroup = readonly [TravelMode, ...TravelMode[]];

const WITH_BOATS: readonly ModeGroup[] = [["CAR"], ["WALK"], ["PUBLIC_TRANSPORT"], ["BOAT"], ["MIXED"]];
const WITHOUT_BOATS: readonly ModeGroup[] = [["CAR", "MIXED"], ["WALK", "BOAT"], ["PUBLIC_TRANSPORT"]];

function originOf(commune: TravelCommune): Origin {
  const areaKm2 = MEAN_COMMUNE_AREAS_KM2[commune.departmentCode] ?? COMMUNE_AREA_KM2;
  return {
    lat: commune.lat,
    lon: commune.lon,
    landmass: landmassOf(commune.code),
    // The mean distance of a disc's points from its centre is two thirds of the radius.
    innerKm: (2 / 3) * SETTLED_RADIUS_SHARE * Math.sqrt(areaKm2 / Math.PI),
    population: commune.population,
  };
}

function reachOf(origin: Origin, targets: readonly { place: TravelPlace; point: Point }[], mode: TravelMode): Reach[] {
  const reached = targets.flatMap(({ place, point }) => {
    const minutes = minutesBetween(origin, point, mode);
    if (minutes === null || minutes > LONGEST_MINUTES) return [];
    const { id, kind, open, closures } = place;
    return [{ siteId: id, kind, minutes: Math.round(minutes * 10) / 10, open, closures }];
  });
  return reached.sort((a, b) => a.minutes - b.minutes || (a.siteId < b.siteId ? -1 : 1));
}
