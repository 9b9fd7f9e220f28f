// What the travel-time model takes for granted: every figure of it, with its reason. Minutes, kilometres, km/h.

/** A stretch of a journey: this speed until so many kilometres from the start, then the next band. */
export interface SpeedBand {
  readonly upToKm: number;
  readonly kmh: number;
}

export interface LandAssumptions {
  /** Way on the ground ÷ way of the crow. */
  readonly detour: number;
  /** Minutes of each journey, however short. */
  readonly fixedMinutes: number;
  readonly bands: readonly SpeedBand[];
}

/** The ways to go on land. */
export type LandMode = "CAR" | "WALK" | "PUBLIC_TRANSPORT";

export const LAND: Readonly<Record<LandMode, LandAssumptions>> = {
  CAR: {
    // Studies of road networks find 1.2 to 1.4; we take the middle.
    detour: 1.3,
    // To the car, to a place to park, and from it.
    fixedMinutes: 3,
    // Streets of the own commune, then roads through communes, then main roads. Below the limits of 50, 80 and 110 km/h,
    // because of crossings and bends: ten kilometres of road take a quarter of an hour.
    bands: [
      { upToKm: 3, kmh: 25 },
      { upToKm: 15, kmh: 45 },
      { upToKm: Infinity, kmh: 70 },
    ],
  },
  WALK: {
    // Paths and passages make it shorter than by road.
    detour: 1.2,
    fixedMinutes: 0,
    // Slower than the 5 km/h of a healthy adult: many come with a child or with a stick.
    bands: [{ upToKm: Infinity, kmh: 4.5 }],
  },
  PUBLIC_TRANSPORT: {
    detour: 1.3,
    // On foot to the stop and from the stop, 250 m each.
    fixedMinutes: 7,
    // City buses make 12 to 15 km/h and tramways 18 to 20; coaches and trains follow on longer ways.
    bands: [
      { upToKm: 10, kmh: 18 },
      { upToKm: Infinity, kmh: 35 },
    ],
  },
};

/**
 * How long one waits for a bus: half the interval, as it goes with the size of the commune that one leaves. The last
 * figure is a bus every hour; where none runs at all the model is too kind.
 */
export const PUBLIC_TRANSPORT_WAITS: readonly { readonly minPopulation: number; readonly minutes: number }[] = [
  { minPopulation: 20_000, minutes: 4 },
  { minPopulation: 2_000, minutes: 12 },
  { minPopulation: 0, minutes: 30 },
];

/**
 * Land of a mean commune, km²: the département's area ÷ its communes (INSEE). From it follows how far residents live
 * from the middle. A commune's own area would be better; the open data of the demonstration world does not give it.
 */
export const MEAN_COMMUNE_AREAS_KM2: Readonly<Record<string, number>> = {
  "14": 10.5,
  "76": 8.9,
  "77": 11.7,
  "92": 4.9,
  "971": 50.9,
};

/** Of a département that the table lacks: the mean of France. */
export const COMMUNE_AREA_KM2 = 15;

/** Residents are taken to live within half the radius of their commune's disc: homes gather around the middle. */
export const SETTLED_RADIUS_SHARE = 0.5;

/** Journeys above this are not kept: no promise comes near it, and the table stays small. */
export const LONGEST_MINUTES = 120;
