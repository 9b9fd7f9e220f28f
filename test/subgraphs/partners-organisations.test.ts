// What partners answers about one organisation, its professionals and its département.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { openSmallPartners, refusalOf, SIRETS, type SmallPartners } from "./partners-small-world.ts";

let subgraph: SmallPartners;

beforeAll(async () => {
  subgraph = await openSmallPartners();
});
afterAll(() => subgraph.close());

describe("one organisation", () => {
  it("is found by its id and by its SIRET", async () => {
    const result = await subgraph.ask(`{ byId: partner(id: "dept-92") { id siret } bySiret: partner(siret: "${SIRETS[0]}") { id name } }`);
    expect(result).toEqual({
      data: { byId: { id: "dept-92", siret: SIRETS[0] }, bySiret: { id: "dept-92", name: "Hauts-de-Seine" } },
    });
  });

  it("is null when nobody has the id or the SIRET", async () => {
    const result = await subgraph.ask(`{ byId: partner(id: "nobody") { id } bySiret: partner(siret: "13000548100010") { id } }`);
    expect(result).toEqual({ data: { byId: null, bySiret: null } });
  });

  it("is refused without exactly one of the two", async () => {
    const neither = await subgraph.ask("{ partner { id } }");
    expect(refusalOf(neither)).toEqual(["BAD_USER_INPUT", "Expected exactly one of id and siret, got neither."]);
    const both = await subgraph.ask(`{ partner(id: "dept-92", siret: "${SIRETS[0]}") { id } }`);
    expect(refusalOf(both)).toEqual(["BAD_USER_INPUT", "Expected exactly one of id and siret, got both."]);
  });

  it("is refused by a SIRET that does not pass its check", async () => {
    const result = await subgraph.ask('{ partner(siret: "73282932000079") { id } }');
    expect(refusalOf(result)).toEqual(["BAD_USER_INPUT", 'Expected a SIRET (14 digits, Luhn), got "73282932000079".']);
  });

  it("shows its branches, its parent and what became of it", async () => {
    const { data } = await subgraph.ask(`{
      ft: partner(id: "ft") { parent { id } branches { id parent { id } } }
      old: partner(id: "old") { status successor { id status } }
    }`);
    expect(data).toEqual({
      ft: { parent: null, branches: [{ id: "ft-a", parent: { id: "ft" } }, { id: "ft-b", parent: { id: "ft" } }] },
      old: { status: "MERGED", successor: { id: "ngo", status: "ACTIVE" } },
    });
  });
});

describe("professionals", () => {
  it("are bound to secrecy by the text of their profession, else of their mission, else not at all", async () => {
    const { data } = await subgraph.ask(`{
      partner(id: "dept-92") { professionals { id boundBySecrecy secrecyBasis } }
      ngo: partner(id: "ngo") { professionals { id boundBySecrecy secrecyBasis } }
    }`);
    expect(data).toEqual({
      partner: {
        professionals: [
          { id: "doctor", boundBySecrecy: true, secrecyBasis: "CSP R.4127-4" },
          { id: "educator", boundBySecrecy: true, secrecyBasis: "CASF L.221-6" },
          { id: "lapsed", boundBySecrecy: true, secrecyBasis: "CASF L.411-3" },
          { id: "nurse", boundBySecrecy: true, secrecyBasis: "CSP L.4314-3" },
          { id: "sw", boundBySecrecy: true, secrecyBasis: "CASF L.411-3" },
        ],
      },
      ngo: { professionals: [{ id: "helper", boundBySecrecy: false, secrecyBasis: null }] },
    });
  });

  it("know themselves by the caller's id, and nobody else is `me`", async () => {
    const me = `{ me {
      id displayName employer { id } missions { code label domains communes } habilitation { active validTo purposes }
    } }`;
    expect((await subgraph.ask(me, {}, { professionalId: "lapsed" })).data).toEqual({
      me: {
        id: "lapsed",
        displayName: "Person lapsed",
        employer: { id: "dept-92" },
        missions: [],
        habilitation: { active: false, validTo: "2026-03-01", purposes: ["SUPPORT"] },
      },
    });
    const lastDay = await subgraph.ask("{ me { habilitation { active validTo } } }", {}, { professionalId: "sw" });
    expect(lastDay.data).toEqual({ me: { habilitation: { active: true, validTo: "2026-03-02" } } });
    expect((await subgraph.ask(me)).data).toEqual({ me: null });
    expect((await subgraph.ask(me, {}, { professionalId: "nobody" })).data).toEqual({ me: null });
  });
});

describe("a département", () => {
  it("shows its authority, its priorities in rank with their schemes, and a budget where one is known", async () => {
    const { data } = await subgraph.ask(`{ department(code: "92") {
      leadAuthority { id } priorities { rank label schemes { id partners { id } } }
      socialBudget(year: 2023) { amount currency } unknown: socialBudget(year: 2024) { amount }
    } }`);
    expect(data).toEqual({
      department: {
        leadAuthority: { id: "dept-92" },
        priorities: [
          { rank: 1, label: "First", schemes: [{ id: "s1", partners: [{ id: "dept-92" }, { id: "ngo" }] }] },
          { rank: 2, label: "Second", schemes: [] },
        ],
        socialBudget: { amount: 969_000_000, currency: "EUR" },
        unknown: null,
      },
    });
  });

  it("tells its events of a period, both days included", async () => {
    const events = async (args: string) => subgraph.ask(`{ department(code: "92") { events${args} { id } } }`);
    expect((await events("")).data).toEqual({ department: { events: [{ id: "e1" }, { id: "e2" }] } });
    expect((await events('(from: "2023-10-12", to: "2023-10-12")')).data).toEqual({ department: { events: [{ id: "e1" }] } });
    expect((await events('(from: "2023-10-13")')).data).toEqual({ department: { events: [{ id: "e2" }] } });
    expect(refusalOf(await events('(from: "2023-10-13", to: "2023-10-12")'))[0]).toBe("BAD_USER_INPUT");
  });

  it("is null when unknown and refused when there can be none", async () => {
    expect(await subgraph.ask('{ department(code: "75") { code } }')).toEqual({ data: { department: null } });
    for (const code of ["99", "20", "", "92000", "{$ne:1}"]) {
      expect(refusalOf(await subgraph.ask("query ($c: ID!) { department(code: $c) { code } }", { c: code }))[0]).toBe("BAD_USER_INPUT");
    }
  });
});
