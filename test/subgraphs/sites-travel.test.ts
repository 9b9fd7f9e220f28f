import { describe, expect, it } from "@jest/globals";

import { landmassOf } from "../../subgraphs/sites/travel/islands.ts";
import { crowKm, minutesBetween, type Origin, type TravelMode } from "../../subgraphs/sites/travel/journey.ts";
import { createTravelRows, type TravelPlace } from "../../subgraphs/sites/travel/travel.ts";

const MODES: readonly TravelMode[] = ["CAR", "WALK", "PUBLIC_TRANSPORT", "BOAT", "MIXED"];

const CAEN = origin("14118", 49.18, -0.37);
const BAYEUX = origin("14047", 49.28, -0.7);
const GOSIER = origin("97113", 16.21, -61.49);
const DESIRADE = origin("97110", 16.3, -61.08);
const TERRE_DE_HAUT = origin("97131", 15.87, -61.58);
const TERRE_DE_BAS = origin("97130", 15.86, -61.63);
const MARIE_GALANTE = origin("97112", 15.89, -61.31);
const TROIS_RIVIERES = origin("97132", 15.97, -61.65);

describe("a journey on land", () => {
  it("measures the crow's way in kilometres: Caen to Bayeux is about 26", () => {
    expect(crowKm(CAEN, BAYEUX)).toBeCloseTo(26.4, 0);
  });

  it("takes plausible times: Caen to Bayeux by car in half an hour to three quarters", () => {
    expect(minutesBetween(CAEN, BAYEUX, "CAR")).toBeGreaterThan(30);
    expect(minutesBetween(CAEN, BAYEUX, "CAR")).toBeLessThan(45);
  });

  it.each(MODES)("takes as long there as back by %s between communes of one size", (mode) => {
    expect(minutesBetween(CAEN, BAYEUX, mode)).toBeCloseTo(minutesBetween(BAYEUX, CAEN, mode) ?? NaN, 6);
  });

  it.each(MODES)("never takes less for a longer way by %s", (mode) => {
    const times = Array.from({ length: 80 }, (_, step) => minutesBetween(CAEN, { ...CAEN, lon: CAEN.lon + step * 0.01 }, mode) ?? NaN);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("takes some time even to a place in the middle of the own commune, because residents live around it", () => {
    expect(minutesBetween(CAEN, CAEN, "WALK")).toBeGreaterThan(5);
    expect(minutesBetween({ ...CAEN, innerKm: 0 }, CAEN, "WALK")).toBe(0);
  });

  it("waits longer for a bus where fewer people live", () => {
    const place = { ...CAEN, lon: CAEN.lon + 0.1 };
    const [city, town, village] = [120_000, 5_000, 300].map((population) => minutesBetween({ ...CAEN, population }, place, "PUBLIC_TRANSPORT") ?? NaN);
    expect(city).toBeLessThan(town ?? NaN);
    expect(town).toBeLessThan(village ?? NaN);
  });

  it("goes on foot where that beats waiting for the bus", () => {
    const near = { ...CAEN, lon: CAEN.lon + 0.005 };
    const village = { ...CAEN, population: 300 };
    expect(minutesBetween(village, near, "PUBLIC_TRANSPORT")).toBe(minutesBetween(village, near, "WALK"));
  });
});

describe("a journey over the sea", () => {
  it.each(["CAR", "WALK", "PUBLIC_TRANSPORT"] as const)("does not exist by %s: no road joins the islands", (mode) => {
    expect(minutesBetween(GOSIER, DESIRADE, mode)).toBeNull();
    expect(minutesBetween(TERRE_DE_BAS, TERRE_DE_HAUT, mode)).toBeNull();
  });

  it("joins Grande-Terre and Basse-Terre by road", () => {
    expect(minutesBetween(GOSIER, TROIS_RIVIERES, "CAR")).not.toBeNull();
  });

  it("takes the wait and the crossing and the ways to and from the quay", () => {
    expect(minutesBetween(DESIRADE, GOSIER, "MIXED")).toBeGreaterThan(20 + 45);
    expect(minutesBetween(DESIRADE, GOSIER, "MIXED")).toBeLessThan(130);
  });

  it("joins the two islands of Les Saintes by their own boat, not by way of Basse-Terre", () => {
    expect(minutesBetween(TERRE_DE_BAS, TERRE_DE_HAUT, "MIXED")).toBeLessThan(60);
  });

  it("takes several boats where no line is direct: from Terre-de-Bas to Marie-Galante", () => {
    expect(minutesBetween(TERRE_DE_BAS, MARIE_GALANTE, "MIXED")).toBeGreaterThan(80 + 20);
  });

  it("is never slower by car than on foot at both ends", () => {
    expect(minutesBetween(DESIRADE, GOSIER, "MIXED")).toBeLessThan(minutesBetween(DESIRADE, GOSIER, "BOAT") ?? NaN);
  });

  it("equals the land journey on one's own island", () => {
    expect(minutesBetween(GOSIER, TROIS_RIVIERES, "MIXED")).toBe(minutesBetween(GOSIER, TROIS_RIVIERES, "CAR"));
    expect(minutesBetween(GOSIER, TROIS_RIVIERES, "BOAT")).toBe(minutesBetween(GOSIER, TROIS_RIVIERES, "WALK"));
  });

  it("has no way between Guadeloupe and the mainland of France, nor to another overseas département", () => {
    expect(minutesBetween(GOSIER, CAEN, "MIXED")).toBeNull();
    expect(minutesBetween(GOSIER, { ...CAEN, landmass: landmassOf("97209") }, "MIXED")).toBeNull();
  });
});

describe("the rows of a département", () => {
  const communes = [
    { code: "97113", departmentCode: "971", population: 27_000, lat: 16.21, lon: -61.49 },
    { code: "97110", departmentCode: "971", population: 1_300, lat: 16.3, lon: -61.08 },
  ];
  const seat: TravelPlace = { id: "seat", kind: "TIS_SEAT", communeCode: "97113", lat: 16.22, lon: -61.48, open: { from: "2018-01-01", to: "9999-12-31" }, closures: [] };

  it("hold each mode apart where there are boats", () => {
    expect(createTravelRows(communes, [seat]).map(({ _id }) => _id.split(":")[1])).toEqual([...MODES, ...MODES]);
  });

  it("let one row stand for two modes where there are none", () => {
    const caen = { code: "14118", departmentCode: "14", population: 108_000, lat: 49.18, lon: -0.37 };
    expect(createTravelRows([caen], []).map(({ modes }) => modes)).toEqual([["CAR", "MIXED"], ["WALK", "BOAT"], ["PUBLIC_TRANSPORT"]]);
  });

  it("leave out what is more than two hours away, and what no way leads to", () => {
    const rows = createTravelRows(communes, [seat]);
    expect(rows.find(({ _id }) => _id === "97113:WALK")?.reach).toHaveLength(1);
    expect(rows.find(({ _id }) => _id === "97110:CAR")?.reach).toEqual([]);
    expect(rows.find(({ _id }) => _id === "97110:BOAT")?.reach).toEqual([]);
    expect(rows.find(({ _id }) => _id === "97110:MIXED")?.reach).toHaveLength(1);
  });

  it("name the nearest place first", () => {
    const rows = createTravelRows(communes, [{ ...seat, id: "far", lon: -61.3 }, seat]);
    expect(rows.find(({ _id }) => _id === "97113:CAR")?.reach.map(({ siteId }) => siteId)).toEqual(["seat", "far"]);
  });
});

function origin(communeCode: string, lat: number, lon: number): Origin {
  return { lat, lon, landmass: landmassOf(communeCode), innerKm: 1, population: 10_000 };
}
