// What partners asks of MongoDB, on which indexes, and what it refuses to write.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import type { PartnerRow } from "../../subgraphs/partners/rows.ts";
import { agreement, carry, cursorOf, openSmallPartners, partner, SIRETS, type SmallPartners } from "./partners-small-world.ts";

let subgraph: SmallPartners;

beforeAll(async () => {
  subgraph = await openSmallPartners();
});
afterAll(() => subgraph.close());
beforeEach(() => subgraph.remove(["none-1", "none-2"]));

describe("what MongoDB is asked", () => {
  it("is one query a type and level, whatever the number of keys", async () => {
    const levels: readonly (readonly [selection: string, read: readonly string[]])[] = [
      ["parent { id } successor { id }", ["partners", "partners"]],
      ["branches { id }", ["partners", "partners"]],
      ["department { code leadAuthority { id } }", ["departments", "partners", "partners"]],
      ["professionals { id employer { id } }", ["partners", "partners", "professionals"]],
      ["agreements { id parties { id } }", ["agreements", "partners", "partners"]],
    ];
    for (const [selection, read] of levels) {
      await subgraph.ask(`{ partners(filter: {}) { nodes { id ${selection} } } }`);
      expect([selection, subgraph.finds()]).toEqual([selection, read]);
    }
  });

  it("stands on an index, without a sort in memory, for each shape of page", async () => {
    const filters = [
      {},
      { departmentCode: "92" },
      { network: "france-travail" },
      { text: "pole emploi" },
      { text: "pole" },
      { departmentCode: "92", text: "france" },
      { departmentCode: "92", status: "ACTIVE" },
      { status: "ACTIVE" },
      { kinds: ["ASSOCIATION"] },
      { kinds: ["ASSOCIATION", "FRANCE_TRAVAIL"], departmentCode: "92" },
    ];
    const query = `query ($f: PartnerFilter!, $a: String) {
      partners(filter: $f, first: 1, after: $a) { nodes { id } pageInfo { endCursor } }
    }`;
    for (const f of filters) {
      const first = await subgraph.ask(query, { f });
      expect([f, await subgraph.stages()]).toEqual([f, expect.not.arrayContaining(["COLLSCAN", "SORT"])]);
      await subgraph.ask(query, { f, a: cursorOf(first) });
      expect([f, await subgraph.stages()]).toEqual([f, expect.not.arrayContaining(["COLLSCAN", "SORT"])]);
    }
  });

  it("stands on an index for each other shape", async () => {
    await subgraph.ask(`{
      bySiret: partner(siret: "${SIRETS[0]}") { branches { id } professionals { id } agreements { parties { id } } department { code } }
    }`);
    expect(await subgraph.stages()).toEqual(expect.not.arrayContaining(["COLLSCAN"]));
    const entities = `query ($r: [_Any!]!) { _entities(representations: $r) {
      ... on PathwayStep { actors { role } } ... on Beneficiary { careTeam { role } } ... on Referral { agreementInForce { id } } ... on Partner { name }
    } }`;
    await subgraph.ask(entities, {
      r: carry([
        { __typename: "PathwayStep", id: "step-1" },
        { __typename: "Beneficiary", id: "p1" },
        { __typename: "Referral", id: "r", sender: { id: "dept-92" }, receiver: { id: "ngo" }, createdAt: "2025-01-01T00:00:00Z" },
        { __typename: "Partner", id: "ngo" },
        { __typename: "Partner", siret: SIRETS[0] },
      ]),
    });
    expect(subgraph.finds()).toEqual(["agreements", "careTeams", "partners", "stepActors"]);
    expect(await subgraph.stages()).toEqual(expect.not.arrayContaining(["COLLSCAN"]));
  });
});

describe("writing", () => {
  it("refuses identifiers that do not pass their checks, and writes nothing of such a batch", async () => {
    const bad: readonly Partial<PartnerRow>[] = [
      { siret: "73282932000079" },
      { siren: "404833047" },
      { rna: "W12" },
      { finess: "750712185" },
      { departmentCode: "99" },
      { communeCode: "20001" },
      { retentionMonths: 37 },
    ];
    for (const fields of bad) {
      const rows = [partner({ _id: "fine", name: "Fine" }), partner({ _id: "bad", name: "Bad", ...fields })];
      await expect(subgraph.insert({ partners: rows })).rejects.toThrow(/Expected|maximum/);
    }
    expect((await subgraph.ask('{ partner(id: "fine") { id } }')).data).toEqual({ partner: null });
  });

  it("refuses a second partner with a SIRET, and any number without one", async () => {
    const twin = partner({ _id: "twin", name: "Twin", siret: SIRETS[0] });
    await expect(subgraph.insert({ partners: [twin] })).rejects.toThrow(/E11000/);
    await subgraph.insert({ partners: [partner({ _id: "none-1", name: "None" }), partner({ _id: "none-2", name: "None" })] });
    expect((await subgraph.ask('{ a: partner(id: "none-1") { siret } }')).data).toEqual({ a: { siret: null } });
  });

  it("refuses a convention with one party", async () => {
    const agreements = [agreement("alone", { partyIds: ["ngo", "ngo"], validFrom: "2025-01-01" })];
    await expect(subgraph.insert({ agreements })).rejects.toThrow("Expected two parties or more.");
  });
});
