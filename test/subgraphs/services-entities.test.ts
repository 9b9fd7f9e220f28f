import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { createTestTickets } from "../harness/law.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";
import { expectIndexed, NOW, put, putCommunes, room, seen, service } from "./services-small-world.ts";

const tickets = createTestTickets();
const services = createServices(tickets.options);

const RENT = "logement-hebergement--se-maintenir-dans-le-logement";

let subgraph: TestSubgraph;

async function entities(fragment: string, of: readonly object[]): Promise<unknown[]> {
  const { data, errors } = await subgraph.ask(`query ($of: [_Any!]!) { _entities(representations: $of) { ${fragment} } }`, { of: tickets.carry(of, NOW) });
  expect(errors).toBeUndefined();
  return (data as unknown as { _entities: unknown[] })._entities;
}

beforeAll(async () => {
  subgraph = await openTestSubgraph(services, { at: NOW });
  await putCommunes(subgraph);
  await put(subgraph, {
    services: [
      service("rent", { themes: [RENT], publics: ["FAMILIES"], siteIds: ["pole-issy", "antenne-1"], openingHours: "Mo-Fr 09:00-17:00", capacity: room("WAITLIST") }),
      service("rent-vanves", { themes: [RENT], eligibilityZone: ["92075"], providerId: "ccas-92075", siteIds: ["antenne-1"], capacity: room("CAPACITY") }),
      service("rent-france", { themes: [RENT], eligibilityZone: [], providerId: "national" }),
      service("rent-island", { themes: [RENT], eligibilityZone: ["971"] }),
      service("rent-means", { themes: [RENT], accessConditions: "Ressources sous plafond", qualityScore: 0.9 }),
      service("rent-stale", { themes: [RENT], capacity: room("CAPACITY", "2026-01-01T08:00:00Z"), fee: "PAID" }),
      service("rent-full", { themes: [RENT], capacity: room("NO_CAPACITY", undefined, 0) }),
      service("for-professionals", { themes: [RENT], audience: "PROFESSIONALS", siteIds: ["pole-issy"] }),
      service("archived", { themes: [RENT], status: "ARCHIVED", siteIds: ["pole-issy"], providerId: "ccas-92075" }),
      service("digital", { themes: ["numerique--acquerir-un-equipement"], siteIds: ["pole-issy"] }),
    ],
  });
});

afterAll(() => subgraph.close());

describe("A service", () => {
  it("answers its themes with labels, its provider and sites as references, and how old its capacity is", async () => {
    const { data, errors } = await subgraph.ask(`{
      rent: service(id: "rent") { sourceId themes { code label category } provider { id } sites { id } updatedOn capacity { unit available maximum status waitlist updatedAt stale } }
      stale: service(id: "rent-stale") { capacity { stale } }
    }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      rent: {
        sourceId: "test--rent",
        themes: [{ code: RENT, label: "Se maintenir dans le logement", category: "logement-hebergement" }],
        provider: { id: "dept-92" },
        sites: [{ id: "pole-issy" }, { id: "antenne-1" }],
        updatedOn: "2026-01-01",
        capacity: [{ unit: "places", available: 2, maximum: 10, status: "WAITLIST", waitlist: null, updatedAt: "2026-02-20T08:00:00.000Z", stale: false }],
      },
      stale: { capacity: [{ stale: true }] },
    });
    expect(seen(subgraph)).toEqual(["find services"]);
  });

  it("is resolved by reference, many in one query, null for an unknown one", async () => {
    const of = ["rent", "nobody", "archived", "rent"].map((id) => ({ __typename: "Service", id }));
    expect(await entities("... on Service { id status }", of)).toEqual([
      { id: "rent", status: "ACTIVE" },
      null,
      { id: "archived", status: "ARCHIVED" },
      { id: "rent", status: "ACTIVE" },
    ]);
    expect(seen(subgraph)).toEqual(["find services"]);
    await expectIndexed(subgraph);
  });
});

describe("Services of sites and partners", () => {
  const SITES = ["pole-issy", "antenne-1", "nowhere"].map((id) => ({ __typename: "Site", id }));

  it("are one query for all sites of a level, opening hours included", async () => {
    expect(await entities("... on Site { openingHours services { id } }", SITES)).toEqual([
      { openingHours: "Mo-Fr 09:00-17:00", services: [{ id: "digital" }, { id: "for-professionals" }, { id: "rent" }] },
      { openingHours: "Mo-Fr 09:00-17:00", services: [{ id: "rent" }, { id: "rent-vanves" }] },
      { openingHours: null, services: [] },
    ]);
    expect(seen(subgraph)).toEqual(["find services"]);
    await expectIndexed(subgraph);
  });

  it("are one query more for each filter that differs", async () => {
    const fragment = `... on Site { all: services { id } again: services(filter: {}) { id } rent: services(filter: { themes: ["logement-hebergement"], audience: BENEFICIARIES }) { id } }`;
    expect(await entities(fragment, SITES)).toMatchObject([{ rent: [{ id: "rent" }] }, { rent: [{ id: "rent" }, { id: "rent-vanves" }] }, { rent: [] }]);
    expect(seen(subgraph)).toEqual(["find services", "find services"]);
    await expectIndexed(subgraph);
  });

  it("are filtered by commune with one look at the table of communes", async () => {
    const [issy, antenne] = await entities(`... on Site { services(filter: { communeCode: "92048" }) { id } }`, SITES);
    expect([issy, antenne]).toEqual([{ services: [{ id: "digital" }, { id: "for-professionals" }, { id: "rent" }] }, { services: [{ id: "rent" }] }]);
    expect(seen(subgraph)).toEqual(["find communes", "find services"]);
    await expectIndexed(subgraph);
  });

  it("come in one trip, however many there are", async () => {
    const many = Array.from({ length: 300 }, (_, at) => service(`many-${at}`, { siteIds: ["big-site"], providerId: "big-partner" }));
    await put(subgraph, { services: many });
    const [site] = await entities("... on Site { services { id } }", [{ __typename: "Site", id: "big-site" }]);
    expect((site as { services: unknown[] }).services).toHaveLength(300);
    expect(seen(subgraph)).toEqual(["find services"]);
    await subgraph.store.connection.model("Service").deleteMany({ providerId: "big-partner" });
  });

  it("are one query for all partners of a level", async () => {
    const of = ["ccas-92075", "national", "nobody"].map((id) => ({ __typename: "Partner", id }));
    expect(await entities("... on Partner { services { id } }", of)).toEqual([
      { services: [{ id: "rent-vanves" }] },
      { services: [{ id: "rent-france" }] },
      { services: [] },
    ]);
    expect(seen(subgraph)).toEqual(["find services"]);
    await expectIndexed(subgraph);
  });
});

describe("A database that is away", () => {
  it("takes each field with it alone, and the rest of the answer stays", async () => {
    const away = await openTestSubgraph(services, { at: NOW });
    await away.store.connection.dropDatabase();
    await away.store.close();
    const { data, errors } = await away.ask(
      `query ($of: [_Any!]!) { referral(id: "r1") { id } _entities(representations: $of) { ... on Beneficiary { id referrals { id } eligibleServices { match } } ... on Site { id services { id } } } }`,
      { of: tickets.carry([{ __typename: "Beneficiary", id: "b1", publics: ["ALL"], residence: null }, { __typename: "Site", id: "pole-issy" }], NOW) },
    );
    expect(data).toEqual({ referral: null, _entities: [{ id: "b1", referrals: null, eligibleServices: null }, { id: "pole-issy", services: null }] });
    expect(errors).toHaveLength(4);
  });
});

describe("What a person may get", () => {
  const ELIGIBLE = `... on Beneficiary { eligibleServices(theme: "${RENT}") { match missing service { id } } }`;

  function person(id: string, publics: readonly string[], communeCode: string | null): object {
    return { __typename: "Beneficiary", id, publics, residence: communeCode === null ? null : { communeCode } };
  }

  async function matches(facts: object, fragment = ELIGIBLE): Promise<[string, string][]> {
    const [found] = await entities(fragment, [facts]);
    const { eligibleServices } = found as { eligibleServices: { match: string; service: { id: string } }[] };
    return eligibleServices.map(({ match, service: { id } }) => [id, match]);
  }

  it("is listed best first: right, then room, nearness of the zone and quality", async () => {
    expect(await matches(person("b1", ["FAMILIES"], "92075"))).toEqual([
      ["rent-vanves", "ELIGIBLE"],
      ["rent-stale", "ELIGIBLE"],
      ["rent-france", "ELIGIBLE"],
      ["rent", "ELIGIBLE"],
      ["rent-full", "ELIGIBLE"],
      ["rent-means", "PROBABLE"],
    ]);
  });

  it("leaves out what is not for the person", async () => {
    expect(await matches(person("b2", ["SENIORS"], "92048"))).not.toContainEqual(["rent", expect.anything()]);
    expect(await matches(person("b3", ["FAMILIES"], "97110"))).toEqual([["rent-island", "ELIGIBLE"], ["rent-france", "ELIGIBLE"]]);
  });

  it("says what must be checked", async () => {
    const [found] = await entities(ELIGIBLE, [person("b4", [], "92048")]);
    expect(found).toMatchObject({
      eligibleServices: expect.arrayContaining([
        { match: "TO_CHECK", missing: ["publics: FAMILIES"], service: { id: "rent" } },
        { match: "PROBABLE", missing: ["access conditions: Ressources sous plafond"], service: { id: "rent-means" } },
        { match: "ELIGIBLE", missing: [], service: { id: "rent-full" } },
      ]),
    });
  });

  it("is what is open to all of France when the residence is unknown, and the département's for a commune without a row", async () => {
    expect(await matches(person("b5", ["FAMILIES"], null))).toEqual([["rent-france", "ELIGIBLE"]]);
    expect((await matches(person("b6", ["FAMILIES"], "92999"))).map(([id]) => id)).toContain("rent");
  });

  it("is one query for the services and one for the communes of all people of a level", async () => {
    const of = [person("b1", ["FAMILIES"], "92075"), person("b2", ["SENIORS"], "92048"), person("b3", [], "97110"), person("b5", ["YOUTH"], null)];
    expect(await entities(ELIGIBLE, of)).toHaveLength(4);
    expect(seen(subgraph)).toEqual(["find communes", "find services"]);
    await expectIndexed(subgraph);
  });

  it("is cut at `first`, and for every theme without one", async () => {
    expect(await matches(person("b1", ["FAMILIES"], "92075"), `... on Beneficiary { eligibleServices(first: 1) { match service { id } } }`)).toEqual([["rent-vanves", "ELIGIBLE"]]);
    const all = await matches(person("b1", ["FAMILIES"], "92075"), `... on Beneficiary { eligibleServices(first: 200) { match service { id } } }`);
    expect(all.map(([id]) => id)).toContain("digital");
  });

  it.each([
    { publics: ["FAMILIES"], residence: { communeCode: { $ne: null } } },
    { publics: { $ne: null }, residence: null },
  ])("sends no operator of a representation to the database: %j", async (facts) => {
    const { data, errors } = await subgraph.ask(`query ($of: [_Any!]!) { _entities(representations: $of) { ${ELIGIBLE} } }`, {
      of: tickets.carry([{ __typename: "Beneficiary", id: "b1", ...facts }], NOW),
    });
    expect(data).toEqual({ _entities: [{ eligibleServices: null }] });
    expect(errors).toHaveLength(1);
    expect(subgraph.commands).toEqual([]);
  });

  it("takes ten when `first` is null", async () => {
    const all = await matches(person("b1", ["FAMILIES"], "92075"), `... on Beneficiary { eligibleServices(first: null) { match service { id } } }`);
    expect(all).toHaveLength(7);
  });

  it.each([
    [`theme: "logement"`, "BAD_USER_INPUT"],
    [`theme: "$where"`, "BAD_USER_INPUT"],
    ["first: 201", "PAGE_TOO_LARGE"],
    ["first: 0", "PAGE_TOO_LARGE"],
  ])("refuses %s with %s, and only this field is lost", async (args, code) => {
    const { data, errors } = await subgraph.ask(
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Beneficiary { id referrals { id } eligibleServices(${args}) { match } } } }`,
      { of: tickets.carry([person("b1", [], "92075")], NOW) },
    );
    expect(data).toEqual({ _entities: [{ id: "b1", referrals: [], eligibleServices: null }] });
    expect(errors?.map((error) => error.extensions["code"])).toEqual([code]);
  });
});
