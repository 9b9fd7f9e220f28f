import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { createTestTickets } from "../harness/law.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";
import { at, expectIndexed, NOW, put, putCommunes, room, seen, service } from "./services-small-world.ts";

const tickets = createTestTickets();
const services = createServices(tickets.options);

const LIST = `query ($filter: ServiceFilter!, $near: NearInput, $first: Int, $after: String) {
  services(filter: $filter, near: $near, first: $first, after: $after) {
    totalCount edges { distanceKm cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

let catalogue: TestSubgraph;

interface Listed {
  readonly totalCount: number;
  readonly edges: readonly { readonly distanceKm: number | null; readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string | null };
}

async function list(variables: Record<string, unknown>): Promise<Listed> {
  const { data, errors } = await catalogue.ask(LIST, { filter: {}, ...variables });
  expect(errors).toBeUndefined();
  return (data as unknown as { services: Listed }).services;
}

async function ids(filter: Record<string, unknown>, more: Record<string, unknown> = {}): Promise<string[]> {
  const { edges } = await list({ filter, first: 200, ...more });
  return edges.map(({ node }) => node.id).sort();
}

async function refusal(variables: Record<string, unknown>): Promise<{ code: unknown; message: string }> {
  const { errors } = await catalogue.ask(LIST, { filter: {}, ...variables });
  return { code: errors?.[0]?.extensions["code"], message: errors?.[0]?.message ?? "" };
}

beforeAll(async () => {
  catalogue = await openTestSubgraph(services, { at: NOW });
  await putCommunes(catalogue);
  await put(catalogue, {
    services: [
      service("rent", {
        name: "Éviter l'expulsion",
        description: "Pour rester dans son logement.",
        themes: ["logement-hebergement--se-maintenir-dans-le-logement"],
        areas: ["HOUSING"],
        publics: ["FAMILIES"],
        capacity: room("CAPACITY"),
        qualityScore: 0.9,
      }),
      service("digital", {
        name: "Atelier numérique",
        themes: ["numerique--maitriser-les-fondamentaux-du-numerique"],
        type: "WORKSHOP",
        receptionModes: ["REMOTE"],
        eligibilityZone: [],
        qualityScore: 0.2,
      }),
      service("welcome", { name: "Accueil social", welcome: "UNCONDITIONAL", eligibilityZone: ["92075"] }),
      service("metropole", { name: "Énergie: fonds métropolitain", type: "FINANCIAL_AID", areas: ["ENERGY_POVERTY"], eligibilityZone: ["200054781"] }),
      service("island", { name: "Aide à domicile aux aînés", publics: ["SENIORS"], fee: "PAID", eligibilityZone: ["971"], capacity: room("NO_CAPACITY", undefined, 0) }),
      service("training", { name: "Formation des travailleurs sociaux", audience: "PROFESSIONALS", type: "TRAINING" }),
      service("draft", { status: "DRAFT", name: "Accueil social en projet" }),
    ],
  });
});

afterAll(() => catalogue.close());

describe("The catalogue", () => {
  it("lists active services by name, for which case and accents do not count", async () => {
    const { edges, totalCount } = await list({});
    expect(edges.map(({ node }) => node.id)).toEqual(["welcome", "island", "digital", "metropole", "rent", "training"]);
    expect(totalCount).toBe(6);
  });

  it.each([
    ["words, by their beginning, folded", { text: "EXPULS logement" }, ["rent"]],
    ["words that no service has together", { text: "expulsion numérique" }, []],
    ["a text without words, which asks nothing", { text: " !? " }, ["digital", "island", "metropole", "rent", "training", "welcome"]],
    ["a theme", { themes: ["numerique--maitriser-les-fondamentaux-du-numerique"] }, ["digital"]],
    ["a category of themes or a theme", { themes: ["numerique", "logement-hebergement--se-maintenir-dans-le-logement"] }, ["digital", "rent"]],
    ["types", { types: ["WORKSHOP", "FINANCIAL_AID"] }, ["digital", "metropole"]],
    ["publics, to whom services for all are open, too", { publics: ["SENIORS"], audience: "BENEFICIARIES" }, ["digital", "island", "metropole", "welcome"]],
    ["areas", { areas: ["HOUSING", "ENERGY_POVERTY"] }, ["metropole", "rent"]],
    ["an audience", { audience: "PROFESSIONALS" }, ["training"]],
    ["a commune: its own zone, its EPCI's, its département's and everywhere", { communeCode: "92075" }, ["digital", "metropole", "rent", "training", "welcome"]],
    ["another commune of the EPCI", { communeCode: "92048" }, ["digital", "metropole", "rent", "training"]],
    ["a commune overseas", { communeCode: "97110" }, ["digital", "island"]],
    ["reception modes", { receptionModes: ["REMOTE"] }, ["digital"]],
    ["a fee", { fee: "PAID" }, ["island"]],
    ["room left", { withCapacity: true }, ["rent"]],
    ["no wish for room", { withCapacity: false, fee: "PAID" }, ["island"]],
    ["unconditional reception", { unconditional: true }, ["welcome"]],
    ["a least quality", { minQuality: 0.9 }, ["rent"]],
    ["several criteria at once", { publics: ["FAMILIES"], communeCode: "92048", types: ["SUPPORT"], audience: "BENEFICIARIES" }, ["rent"]],
    ["lists without values, which ask nothing", { themes: [], types: [], publics: [], fee: "PAID" }, ["island"]],
  ])("filters by %s", async (_, filter, expected) => {
    expect(await ids(filter)).toEqual(expected);
    await expectIndexed(catalogue, { sorted: true });
  });

  it("finds a service that is not listed by its id, and nothing by an unknown id", async () => {
    const { data } = await catalogue.ask(`{ draft: service(id: "draft") { status } none: service(id: "nobody") { id } }`);
    expect(data).toEqual({ draft: { status: "DRAFT" }, none: null });
    expect(seen(catalogue)).toEqual(["find services"]);
    await expectIndexed(catalogue);
  });

  it.each([
    ["an unknown theme, naming the nearest", { filter: { themes: ["numerik"] } }, /got "numerik"\. The nearest known one is numerique\./],
    ["a malformed INSEE code", { filter: { communeCode: "9207" } }, /INSEE code/],
    ["a postal code", { filter: { communeCode: "92170" } }, /known commune \(not a postal code\), got "92170"/],
    ["a quality above 1", { filter: { minQuality: 1.5 } }, /`minQuality` between 0 and 1/],
    ["an endless text", { filter: { text: "a".repeat(201) } }, /at most 200 characters/],
    ["a latitude of 100", { near: { lat: 100, lon: 0 } }, /`near.lat` between -90 and 90, got 100/],
    ["a longitude of -181", { near: { lat: 0, lon: -181 } }, /`near.lon` between/],
    ["a radius of 0", { near: { lat: 0, lon: 0, radiusKm: 0 } }, /`near.radiusKm` above 0/],
    ["a radius of 201 km", { near: { lat: 0, lon: 0, radiusKm: 201 } }, /`near.radiusKm` between/],
  ])("refuses %s", async (_, variables, message) => {
    expect(await refusal(variables)).toEqual({ code: "BAD_USER_INPUT", message: expect.stringMatching(message) });
  });

  it("refuses pages over 200 and below 1, and cursors of other lists", async () => {
    expect((await refusal({ first: 100_000 })).code).toBe("PAGE_TOO_LARGE");
    expect((await refusal({ first: 0 })).code).toBe("PAGE_TOO_LARGE");
    expect((await refusal({ after: "nonsense" })).code).toBe("BAD_CURSOR");
    const { pageInfo } = await list({ first: 1 });
    expect((await refusal({ after: pageInfo.endCursor, near: { lat: 0, lon: 0 } })).code).toBe("BAD_CURSOR");
  });

  it("counts only when asked to", async () => {
    await catalogue.ask(`{ services(filter: {}) { nodes { id } } }`);
    expect(seen(catalogue)).toEqual(["find services"]);
  });
});

describe("Hostile input to the catalogue", () => {
  const HOSTILE = ["$where", "$ne", "__proto__", `{"$ne": null}`, `{"$where": "sleep(1000)"}`, ".*", "(a+)+$", "constructor", "\u0000"];

  it.each(HOSTILE)("takes %j for what it is: text", async (value) => {
    expect(await ids({ text: `${value} zzz` })).toEqual([]);
    expect((await refusal({ filter: { themes: [value] } })).code).toBe("BAD_USER_INPUT");
    expect((await refusal({ filter: { communeCode: value } })).code).toBe("BAD_USER_INPUT");
    expect((await refusal({ after: value })).code).toBe("BAD_CURSOR");
    expect((await refusal({ after: Buffer.from(JSON.stringify([{ $ne: null }, value])).toString("base64url") })).code).toBe("BAD_CURSOR");
    const { data } = await catalogue.ask(`query ($id: ID!) { service(id: $id) { id } }`, { id: value });
    expect(data).toEqual({ service: null });
  });

  it.each([{ $ne: null }, { $where: "1" }, { $gt: "" }, JSON.parse(`{"__proto__": {"a": 1}}`)])(
    "is refused by GraphQL when an operator stands where text is expected: %j",
    async (value) => {
      for (const filter of [{ text: value }, { communeCode: value }, { themes: [value] }, { minQuality: value }, { withCapacity: value }, value]) {
        const { data, errors } = await catalogue.ask(LIST, { filter });
        expect(data).toBeUndefined();
        expect(errors?.[0]?.message).toMatch(/got invalid value|not defined|cannot represent/i);
        expect(catalogue.commands).toEqual([]);
      }
    },
  );
});

describe("A search near a point", () => {
  let places: TestSubgraph;
  const VANVES = { lat: 48.8211, lon: 2.2877 };

  async function near(variables: Record<string, unknown>): Promise<Listed> {
    const { data, errors } = await places.ask(LIST, { filter: {}, near: VANVES, ...variables });
    expect(errors).toBeUndefined();
    return (data as unknown as { services: Listed }).services;
  }

  beforeAll(async () => {
    places = await openTestSubgraph(services, { at: NOW });
    await put(places, {
      services: [
        service("here", { positions: at(48.8211, 2.2877) }),
        service("meudon", { positions: at(48.8123, 2.2382) }),
        service("two-sites", { positions: [...at(49.4431, 1.0993), ...at(48.83, 2.29)] }),
        service("rouen", { positions: at(49.4431, 1.0993) }),
        service("both-modes", { positions: at(48.85, 2.35), receptionModes: ["IN_PERSON", "REMOTE"] }),
        service("far-and-remote", { positions: at(16.3, -61.07), receptionModes: ["IN_PERSON", "REMOTE"] }),
        service("remote", { receptionModes: ["REMOTE"] }),
        service("remote-with-an-office-here", { receptionModes: ["REMOTE"], positions: at(48.8211, 2.2877) }),
        service("shelter", { themes: ["famille--surmonter-conflits-separation-violence"] }),
        service("closed", { status: "GONE", positions: at(48.8211, 2.2877) }),
      ],
    });
  });

  afterAll(() => places.close());

  it("gives what is received in person within the radius, nearest first, then the rest, each once", async () => {
    const { edges, totalCount } = await near({});
    expect(edges.map(({ node, distanceKm }) => [node.id, distanceKm])).toEqual([
      ["here", 0],
      ["two-sites", expect.closeTo(1.0, 1)],
      ["meudon", expect.closeTo(3.75, 1)],
      ["both-modes", expect.closeTo(5.57, 1)],
      ["far-and-remote", null],
      ["remote", null],
      ["remote-with-an-office-here", null],
      ["shelter", null],
    ]);
    expect(totalCount).toBe(8);
    await expectIndexed(places);
  });

  it("is one aggregation, and one more for the total", async () => {
    await near({});
    expect(seen(places)).toEqual(["aggregate services", "aggregate services"]);
    await places.ask(`{ services(filter: {}, near: { lat: 48.8, lon: 2.2 }) { nodes { id } } }`);
    expect(seen(places)).toEqual(["aggregate services"]);
  });

  it("widens with the radius", async () => {
    const { edges } = await near({ near: { ...VANVES, radiusKm: 120 } });
    expect(edges.map(({ node }) => node.id)).toContain("rouen");
    const { edges: close } = await near({ near: { ...VANVES, radiusKm: 2 } });
    expect(close.filter(({ distanceKm }) => distanceKm !== null).map(({ node }) => node.id)).toEqual(["here", "two-sites"]);
  });

  it("filters both parts", async () => {
    const { edges, totalCount } = await near({ filter: { themes: ["famille"] } });
    expect(edges.map(({ node }) => node.id)).toEqual(["shelter"]);
    expect(totalCount).toBe(1);
  });

  it("pages over both parts without a gap or a repeat, and says where the end is", async () => {
    const all = (await near({})).edges.map(({ node }) => node.id);
    for (const first of [1, 3, 4, 7]) {
      const paged: string[] = [];
      let after: string | null = null;
      for (let more = true; more; ) {
        const { edges, pageInfo } = await near({ first, after });
        paged.push(...edges.map(({ node }) => node.id));
        after = pageInfo.endCursor;
        more = pageInfo.hasNextPage;
      }
      expect(paged).toEqual(all);
    }
  });
});

describe("Pages of the catalogue", () => {
  it("stay right while services are inserted before and behind them", async () => {
    const shelf = await openTestSubgraph(services, { at: NOW });
    await put(shelf, { services: ["b", "d", "f", "h"].map((id) => service(id, { name: id })) });
    const page = async (after: string | null) => {
      const { data } = await shelf.ask(LIST, { filter: {}, first: 2, after });
      return (data as unknown as { services: Listed }).services;
    };
    const one = await page(null);
    await put(shelf, { services: ["a", "c", "e", "g"].map((id) => service(id, { name: id })) });
    const two = await page(one.pageInfo.endCursor);
    const three = await page(two.pageInfo.endCursor);
    expect([one, two, three].map(({ edges }) => edges.map(({ node }) => node.id))).toEqual([["b", "d"], ["e", "f"], ["g", "h"]]);
    expect([one, two, three].map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([true, true, false]);
    expect([one, two].map(({ pageInfo }) => pageInfo.hasPreviousPage)).toEqual([false, true]);
    await shelf.close();
  });

  it("keep services of one name apart by their id", async () => {
    const shelf = await openTestSubgraph(services, { at: NOW });
    await put(shelf, { services: ["3", "1", "2"].map((id) => service(id, { name: "Même nom" })) });
    const { data } = await shelf.ask(LIST, { filter: {}, first: 1 });
    const { pageInfo } = (data as unknown as { services: Listed }).services;
    const { data: next } = await shelf.ask(LIST, { filter: {}, first: 5, after: pageInfo.endCursor });
    expect((next as unknown as { services: Listed }).services.edges.map(({ node }) => node.id)).toEqual(["2", "3"]);
    await shelf.close();
  });
});
