// The communes of the five départements: names, population, postal codes, EPCI and a position each.
//
// `communes.json` is made by `geography/make-communes.ts` from open data (see NOTICE). 518 communes stand where GeoNames puts
// their main settlement; 1,290 are estimated from their neighbours. Against points inside the outlines of IGN's Admin
// Express COG 2018 the errors are, median and 95th percentile in kilometres:
//
//                 14          76          77          92          971         all
//   GeoNames      0.7  1.9    0.7  1.7    0.7  1.9    0.4  1.3    3.1  5.4    0.7   2.4
//   estimated     5.7 15.0    5.7 12.5    5.3 12.1    none        2.3  4.7    5.6  13.4
//
// (In Guadeloupe villages lie on the coast and the outlines' points inland.) So travel times from estimated communes are
// indicative; 38, 24, 13, 0 and 10 % of the five départements' inhabitants live in them.
import { readFileSync } from "node:fs";

export interface Commune {
  /** INSEE code, five characters. */
  readonly code: string;
  readonly name: string;
  readonly departmentCode: string;
  /** Inhabitants. */
  readonly population: number;
  /** At least one. */
  readonly postalCodes: readonly string[];
  /** SIREN of the EPCI à fiscalité propre. */
  readonly epciCode: string | null;
  readonly epciName: string | null;
  /** Degrees, WGS 84. */
  readonly lat: number;
  readonly lon: number;
  /** True: not a surveyed place but a mean of its neighbours. */
  readonly estimated: boolean;
}

/** `communes.json`: EPCI as [SIREN, name]; communes as [code, name, population, postal codes, index of EPCI, lat, lon, estimated]. */
interface CommuneFile {
  readonly epci: readonly (readonly [string, string])[];
  readonly communes: readonly (readonly [string, string, number, string, number | null, number, number, 0 | 1])[];
}

/** All 1,808 communes of 14, 76, 77, 92 and 971, by code. */
export function readCommunes(): readonly Commune[] {
  const file = JSON.parse(readFileSync(new URL("./communes.json", import.meta.url), "utf8")) as CommuneFile;
  return file.communes.map(([code, name, population, postalCodes, epciIndex, lat, lon, estimated]) => {
    const epci = epciIndex === null ? undefined : file.epci[epciIndex];
    return {
      code,
      name,
      departmentCode: departmentOf(code),
      population,
      postalCodes: postalCodes.split(" "),
      epciCode: epci?.[0] ?? null,
      epciName: epci?.[1] ?? null,
      lat,
      lon,
      estimated: estimated === 1,
    };
  });
}

/** The département of a commune: two characters, three overseas. */
function departmentOf(communeCode: string): string {
  return communeCode.slice(0, communeCode.startsWith("97") ? 3 : 2);
}
