// The territories of the demonstration world: communes, EPCI and départements from open data, and those by which social
// action is organised: Calvados' areas, Guadeloupe's TIS grouped into TAS, and its islands.
import type { World } from "../world/world.ts";
import type { TerritoryRow } from "./rows.ts";
import { DEPARTMENT_NAMES, LOCAL_AREAS } from "./seed-tables.ts";
import { ISLAND_NAMES, ISLANDS } from "./travel/travel.ts";

type Commune = World["communes"][number];

/** The re-territorialisation of Guadeloupe (conseil départemental: "mise en œuvre à partir de 2018"). */
const TIS_SINCE = "2018-01-01";

export function createTerritories(world: Pick<World, "communes" | "sites" | "teams">): TerritoryRow[] {
  return [
    ...departments(world.communes),
    ...epci(world.communes),
    ...world.communes.map(communeTerritory),
    ...localAreas(world.communes),
    ...interventionTerritories(world),
    ...islands(world.communes),
  ];
}

/** Keeps the territories' communes, départements and validity in one shape. */
function territory(row: Pick<TerritoryRow, "_id" | "name" | "kind" | "parentCode"> & { validFrom?: string }, communes: readonly Commune[]): TerritoryRow {
  return {
    validFrom: null,
    ...row,
    communes: communes.map(({ code }) => code).sort(),
    departmentCodes: [...new Set(communes.map(({ departmentCode }) => departmentCode))].sort(),
    validTo: null,
  };
}

function departments(communes: readonly Commune[]): TerritoryRow[] {
  return [...Map.groupBy(communes, ({ departmentCode }) => departmentCode)].map(([code, members]) =>
    territory({ _id: code, name: DEPARTMENT_NAMES[code] ?? code, kind: "DEPARTMENT", parentCode: null }, members),
  );
}

function epci(communes: readonly Commune[]): TerritoryRow[] {
  const members = Map.groupBy(communes, ({ epciCode }) => epciCode);
  return [...members].flatMap(([code, list]) => {
    if (code === null) return [];
    const within = new Set(list.map(({ departmentCode }) => departmentCode));
    const parentCode = within.size === 1 ? ([...within][0] ?? null) : null;
    return [territory({ _id: code, name: list[0]?.epciName ?? code, kind: "EPCI", parentCode }, list)];
  });
}

function communeTerritory(commune: Commune): TerritoryRow {
  return territory({ _id: commune.code, name: commune.name, kind: "COMMUNE", parentCode: commune.epciCode ?? commune.departmentCode }, [commune]);
}

function localAreas(communes: readonly Commune[]): TerritoryRow[] {
  return LOCAL_AREAS.flatMap(({ code, name, departmentCode, epci: codes }) => {
    const members = communes.filter((commune) => commune.departmentCode === departmentCode && codes.includes(commune.epciCode ?? ""));
    return members.length === 0 ? [] : [territory({ _id: code, name, kind: "LOCAL_AREA", parentCode: departmentCode }, members)];
  });
}

/** A TIS is what the support team at its seat covers; a TAS groups the TIS whose seats lie in one EPCI. */
function interventionTerritories({ communes, sites, teams }: Pick<World, "communes" | "sites" | "teams">): TerritoryRow[] {
  const byCode = new Map(communes.map((commune) => [commune.code, commune]));
  const seats = sites.filter(({ kind }) => kind === "TIS_SEAT").toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const tis = seats.map((seat, index) => {
    const covered = teams.find(({ siteId, kind }) => siteId === seat.id && kind === "COMMUNE_TEAM")?.communes ?? seat.servesCommunes;
    return {
      number: String(index + 1).padStart(2, "0"),
      departmentCode: seat.departmentCode,
      home: byCode.get(seat.communeCode),
      members: covered.flatMap((code) => byCode.get(code) ?? []),
    };
  });
  const groups = [...Map.groupBy(tis, ({ home }) => home?.epciCode ?? "")];
  return groups.flatMap(([, members], index) => {
    const first = members[0];
    if (first === undefined) return [];
    const code = `${first.departmentCode}-TAS-${String(index + 1).padStart(2, "0")}`;
    const tas = { _id: code, name: `TAS ${first.home?.epciName ?? code}`, kind: "TAS", parentCode: first.departmentCode, validFrom: TIS_SINCE };
    return [
      territory(tas, members.flatMap((member) => member.members)),
      ...members.map(({ number, departmentCode, home, members: covered }) =>
        territory({ _id: `${departmentCode}-TIS-${number}`, name: `TIS ${home?.name ?? number}`, kind: "TIS", parentCode: code, validFrom: TIS_SINCE }, covered),
      ),
    ];
  });
}

function islands(communes: readonly Commune[]): TerritoryRow[] {
  const groups = Map.groupBy(communes.filter(({ code }) => code in ISLANDS), ({ code }) => ISLANDS[code] ?? "");
  return [...groups].map(([island, members]) =>
    territory({ _id: `971-ISLAND-${island.toUpperCase()}`, name: ISLAND_NAMES[island] ?? island, kind: "ISLAND", parentCode: "971" }, members),
  );
}
