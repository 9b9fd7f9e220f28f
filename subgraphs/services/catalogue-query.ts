// From the arguments of `services` to MongoDB: filters and the pipeline of a search near a point. Pure; every value is a
// string, number or regular expression made here, never an object of a client.
import { clientError, escapeRegExp, wordsOf } from "../kit/kit.ts";
import { readThemes } from "./themes.ts";

/** `ServiceFilter` of the schema. */
export interface ServiceFilter {
  readonly text?: string | null;
  readonly themes?: readonly string[] | null;
  readonly types?: readonly string[] | null;
  readonly publics?: readonly string[] | null;
  readonly areas?: readonly string[] | null;
  readonly audience?: string | null;
  readonly communeCode?: string | null;
  readonly receptionModes?: readonly string[] | null;
  readonly fee?: string | null;
  readonly withCapacity?: boolean | null;
  readonly unconditional?: boolean | null;
  readonly minQuality?: number | null;
}

/** `NearInput` of the schema. */
export interface NearInput {
  readonly lat: number;
  readonly lon: number;
  readonly radiusKm?: number | null;
}

/** A point and a radius that were checked. */
export interface Near {
  readonly lat: number;
  readonly lon: number;
  readonly radiusKm: number;
}

export type MongoFilter = Record<string, unknown>;
export type Stage = Record<string, unknown>;

const DEFAULT_RADIUS_KM = 50;
const MAX_RADIUS_KM = 200;
const MAX_TEXT = 200;
/** The radius with which MongoDB turns a distance into an angle. */
const EARTH_RADIUS_KM = 6378.1;

/**
 * The filter of the listed services. `zones` are those of the filter's commune, null when it names none. Throws
 * BAD_USER_INPUT. A list without values asks nothing.
 */
export function toCatalogueFilter(filter: ServiceFilter, zones: readonly string[] | null): MongoFilter {
  const { themes, publics, withCapacity, unconditional, minQuality } = filter;
  if (minQuality != null && !(minQuality >= 0 && minQuality <= 1)) {
    throw clientError("BAD_USER_INPUT", `Expected \`minQuality\` between 0 and 1, got ${minQuality}.`);
  }
  const words = readWords(filter.text);
  return {
    status: "ACTIVE",
    ...(filter.audience != null && { audience: filter.audience }),
    ...(filter.fee != null && { fee: filter.fee }),
    ...oneOf("type", filter.types),
    ...oneOf("areas", filter.areas),
    ...oneOf("themes", themes == null ? null : readThemes(themes)),
    ...oneOf("publics", publics == null || publics.length === 0 ? null : [...publics, "ALL"]),
    ...oneOf("receptionModes", filter.receptionModes),
    ...oneOf("zones", zones),
    ...(withCapacity === true && { capacity: { $elemMatch: { status: "CAPACITY", available: { $gt: 0 } } } }),
    ...(unconditional === true && { welcome: "UNCONDITIONAL" }),
    ...(minQuality != null && { qualityScore: { $gte: minQuality } }),
    ...(words.length > 0 && { $and: words.map((word) => ({ words: new RegExp(`^${escapeRegExp(word)}`) })) }),
  };
}

/** Checks the point and the radius (kilometres). Throws BAD_USER_INPUT. */
export function readNear({ lat, lon, radiusKm }: NearInput): Near {
  assertBetween("near.lat", lat, [-90, 90]);
  assertBetween("near.lon", lon, [-180, 180]);
  const radius = radiusKm ?? DEFAULT_RADIUS_KM;
  if (!(radius > 0)) throw clientError("BAD_USER_INPUT", `Expected \`near.radiusKm\` above 0, got ${radius}.`);
  assertBetween("near.radiusKm", radius, [0, MAX_RADIUS_KM]);
  return { lat, lon, radiusKm: radius };
}

/**
 * Services received in person within the radius, with `reach` 0 and `distance` in kilometres; then, with `reach` 1 and
 * `distance` 0, those at a distance and those without a known place (at home, in a shelter), so that (reach, distance,
 * _id) orders them. A service with both modes comes once.
 */
export function nearStages(filter: MongoFilter, near: Near, collection: string): Stage[] {
  const center = [near.lon, near.lat];
  const within = { $geoWithin: { $centerSphere: [center, near.radiusKm / EARTH_RADIUS_KM] } };
  const inPerson = { receptionModes: "IN_PERSON" };
  const placeless = { $or: [{ receptionModes: "REMOTE" }, { positions: { $size: 0 } }] };
  const elsewhere = { $and: [filter, placeless], $nor: [{ ...inPerson, "positions.at": within }] };
  return [
    {
      $geoNear: {
        near: { type: "Point", coordinates: center },
        key: "positions.at",
        distanceField: "distance",
        distanceMultiplier: 0.001,
        maxDistance: near.radiusKm * 1000,
        spherical: true,
        query: { $and: [filter, inPerson] },
      },
    },
    { $set: { reach: 0 } },
    { $unionWith: { coll: collection, pipeline: [{ $match: elsewhere }, { $set: { reach: 1, distance: 0 } }] } },
  ];
}

function readWords(text: string | null | undefined): string[] {
  if (text == null) return [];
  if (text.length > MAX_TEXT) {
    throw clientError("BAD_USER_INPUT", `Expected \`text\` of at most ${MAX_TEXT} characters, got ${text.length}.`);
  }
  return wordsOf(text);
}

function oneOf(field: string, values: readonly string[] | null | undefined): MongoFilter {
  return values == null || values.length === 0 ? {} : { [field]: { $in: values } };
}

function assertBetween(name: string, value: number, [low, high]: readonly [number, number]): void {
  if (value >= low && value <= high) return;
  throw clientError("BAD_USER_INPUT", `Expected \`${name}\` between ${low} and ${high}, got ${value}.`);
}
