// Searching, matching, logging and counting in *beneficiaries*: pages, hostile input, indexes.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { inventNir } from "../../subgraphs/beneficiaries/seed.ts";
import { completeNir } from "../../subgraphs/kit/kit.ts";
import type { TestSubgraph } from "../harness/subgraph.ts";
import { DECIDING, explainStages, openBeneficiaries, pathway, READ_PEOPLE, person, printCommands, SLOW_STAGES, step, world } from "./beneficiaries-world.ts";

let subgraph: TestSubgraph;
beforeAll(async () => void (subgraph = await openBeneficiaries()));
afterAll(() => subgraph.close());

const SEARCH = `query ($input: BeneficiarySearchInput!, $first: Int, $after: String) {
  beneficiarySearch(input: $input, first: $first, after: $after) {
    totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

async function expectIndexed(asked: TestSubgraph): Promise<void> {
  const seen = [...asked.commands];
  expect(seen).not.toEqual([]);
  for (const command of seen) {
    const stages = await explainStages(asked, command);
    expect(stages.filter((stage) => /^(IXSCAN|COUNT_SCAN|IDHACK)$/.test(stage))).not.toEqual([]);
    expect(stages.filter((stage) => SLOW_STAGES.includes(stage))).toEqual([]);
  }
}

async function find(input: Record<string, unknown>, page: Record<string, unknown> = {}) {
  const { data, errors } = await subgraph.ask(SEARCH, { input: { purpose: "SUPPORT", ...input }, ...page });
  const connection = JSON.parse(JSON.stringify(data ?? null))?.beneficiarySearch;
  return { connection, ids: connection?.nodes.map(({ id }: { id: string }) => id), errors: errors?.map(({ message, extensions }) => `${String(extensions["code"])}: ${message}`) };
}

describe("a search", () => {
  it.each([
    [{ name: "pet" }, ["b2", "b2-again", "b3"]],
    [{ name: "PÉTIT" }, ["b2", "b2-again", "b3"]],
    [{ name: "lefevre" }, ["b1", "c1"]],
    [{ name: "n'diaye lef" }, ["b1"]],
    [{ name: "n diaye lefevr" }, ["b1"]],
    [{ name: "n diaye lefevrx" }, []],
    [{ name: "etit" }, []],
    [{ name: ".*petit$" }, ["b2", "b2-again", "b3"]],
    [{ birthDate: "1990-01-10" }, ["b2", "b2-again"]],
    [{ localId: "9200002" }, ["b2", "b3"]],
    [{ communeCode: "92075", name: "moreau" }, ["b3"]],
    [{ communeCode: "97110" }, []],
    [{ name: "petit", birthDate: "1988-11-02" }, ["b3"]],
  ])("for %j finds %j", async (input, ids) => {
    expect(await find(input)).toMatchObject({ ids, connection: { totalCount: ids.length } });
  });

  it("for a NIR finds who has it, with or without the key", async () => {
    const people = world().people;
    const index = people.findIndex(({ id }) => id === "b1");
    const [b1] = people.slice(index);
    const nir = b1 === undefined ? "" : inventNir(b1, index);
    expect((await find({ nir })).ids).toEqual(["b1"]);
    expect((await find({ nir: completeNir(nir) })).ids).toEqual(["b1"]);
    expect((await find({ nir: "2951099126111" })).ids).toEqual([]);
  });

  it.each([
    [{}, /one of nir, localId, name, birthDate or communeCode beside the purpose, got none/],
    [{ name: "a" }, /Expected 2 letters of a name or more in `name`, got 1/],
    [{ name: "  ’ - " }, /got 0/],
    [{ name: "^.*" }, /got 0/],
    [{ localId: "  " }, /Expected a local identifier/],
    [{ communeCode: "Vanves" }, /Expected an INSEE code/],
    [{ nir: "295109912611194" }, /Expected a NIR/],
    [{ birthDate: "1990-02-30" }, /Expected a date as YYYY-MM-DD/],
  ])("for %j is refused", async (input, message) => {
    const { errors = [], connection } = await find(input);
    expect(connection ?? null).toBeNull();
    expect(errors[0]).toMatch(/^(BAD_USER_INPUT: |undefined: Variable)/);
    expect(errors[0]).toMatch(message);
    expect(subgraph.commands).toEqual([]);
  });

  it.each([201, 50_000])("for a name of %d letters is refused, without asking for anybody", async (length) => {
    const message = `BAD_USER_INPUT: Expected 200 letters of a name or fewer in \`name\`, got ${length}.`;
    expect(await find({ name: "m".repeat(length) })).toMatchObject({ connection: null, errors: [message] });
    expect(subgraph.commands).toEqual([]);
  });

  it("never repeats a NIR, not even a wrong one or one in another argument (L13)", async () => {
    for (const input of [{ nir: "295109912611194" }, { communeCode: "295109912611193" }]) {
      expect((await find(input)).errors?.[0]).not.toContain("2951099");
    }
  });

  it("needs a purpose", async () => {
    const { errors } = await subgraph.ask('{ beneficiarySearch(input: { name: "petit" }) { totalCount } }');
    expect(errors?.[0]?.message).toContain('"BeneficiarySearchInput.purpose"');
  });

  it.each(['{"$ne":null}', "$where", "{ $where: 'sleep(1000)' }", "__proto__", "constructor", "pe.it", "petit|moreau"])(
    "takes %s for text, in every criterion",
    async (hostile) => {
      expect((await find({ name: hostile })).ids).toEqual([]);
      expect((await find({ localId: hostile })).ids).toEqual([]);
      expect((await find({ nir: hostile })).errors?.[0]).toMatch(/^BAD_USER_INPUT: Expected a NIR/);
      expect((await find({ communeCode: hostile })).errors?.[0]).toMatch(/^BAD_USER_INPUT: Expected an INSEE code/);
      for (const query of ["query ($id: ID!) { beneficiary(id: $id) { id } }", "query ($id: ID!) { pathway(id: $id) { id } }"]) {
        expect(Object.values((await subgraph.ask(query, { id: hostile })).data ?? {})).toEqual([null]);
      }
      const log = await subgraph.ask("query ($id: ID!) { accessLog(beneficiaryId: $id) { totalCount } possibleDuplicates(of: $id) { score } }", { id: hostile });
      expect(JSON.parse(JSON.stringify(log))).toEqual({ data: { accessLog: { totalCount: 0 }, possibleDuplicates: null } });
    },
  );

  it.each([{ $ne: null }, { $where: "1" }, JSON.parse('{"__proto__": {"a": 1}}'), ["petit"]])("refuses the object %j before any query", async (hostile) => {
    for (const input of [{ name: hostile }, { localId: hostile }, { nir: hostile }, { communeCode: hostile }, { birthDate: hostile }]) {
      const { errors } = await find(input);
      expect(errors).toHaveLength(1);
      expect(subgraph.commands).toEqual([]);
    }
    expect((await find({ name: "petit" }, { after: hostile })).errors).toHaveLength(1);
  });

  it("runs over an index and is never sorted in memory", async () => {
    for (const input of [{ name: "petit" }, { name: "n diaye lefevr" }, { birthDate: "1990-01-10" }, { localId: "9200002" }, { communeCode: "92075" }, { nir: "2951099126111" }]) {
      await find(input);
      await expectIndexed(subgraph);
    }
  });
});

describe("pages of a search", () => {
  it("follow each other without a gap, and say where they are", async () => {
    const first = await find({ communeCode: "92075" }, { first: 2 });
    expect(first).toMatchObject({ ids: ["b1", "b2"], connection: { totalCount: 5, pageInfo: { hasNextPage: true, hasPreviousPage: false } } });
    const second = await find({ communeCode: "92075" }, { first: 2, after: first.connection.pageInfo.endCursor });
    expect(second).toMatchObject({ ids: ["b2-again", "b3"], connection: { totalCount: 5, pageInfo: { hasNextPage: true, hasPreviousPage: true } } });
    const last = await find({ communeCode: "92075" }, { first: 2, after: second.connection.edges[1].cursor });
    expect(last).toMatchObject({ ids: ["c1"], connection: { pageInfo: { hasNextPage: false } } });
  });

  it("hold no name, date or number in their cursors", async () => {
    const { connection } = await find({ name: "petit" });
    const cursors = connection.edges.map(({ cursor }: { cursor: string }) => Buffer.from(cursor, "base64url").toString());
    expect(cursors).toEqual(['["b2"]', '["b2-again"]', '["b3"]']);
  });

  it("count only where somebody asks", async () => {
    await subgraph.ask('{ beneficiarySearch(input: { name: "petit", purpose: SUPPORT }) { nodes { id } } }');
    expect(printCommands(subgraph.commands)).toEqual([READ_PEOPLE, "find agreements", "find emergencies", "find standings"]);
  });

  it.each([
    [{ first: 0 }, "PAGE_TOO_LARGE"],
    [{ first: 201 }, "PAGE_TOO_LARGE"],
    [{ first: 100_000 }, "PAGE_TOO_LARGE"],
    [{ after: "nonsense" }, "BAD_CURSOR"],
    [{ after: Buffer.from('[{"$gt":""}]').toString("base64url") }, "BAD_CURSOR"],
    [{ after: Buffer.from('["b1","b2"]').toString("base64url") }, "BAD_CURSOR"],
  ])("refuse %j with %s", async (page, code) => {
    expect((await find({ name: "petit" }, page)).errors?.[0]).toMatch(new RegExp(`^${code}: Expected`));
    expect(subgraph.commands).toEqual([]);
  });
});

describe("possible duplicates", () => {
  const query = "query ($id: ID!, $minScore: Float) { possibleDuplicates(of: $id, minScore: $minScore) { score matchedOn conflictsOn decision candidate { id } } }";
  const ask = async (variables: Record<string, unknown>) => JSON.parse(JSON.stringify(await subgraph.ask(query, variables)));

  it("find the person entered twice, and not the partner with the same telephone, CAF number and first name", async () => {
    const { data } = await ask({ id: "b2", minScore: 0.3 });
    expect(data.possibleDuplicates.map(({ candidate }: { candidate: { id: string } }) => candidate.id)).toEqual(["b2-again"]);
    expect(data.possibleDuplicates[0]).toMatchObject({ matchedOn: expect.arrayContaining(["BIRTH_DATE", "NAME", "FIRST_NAME", "PHONE"]), decision: "SUGGESTED" });
  });

  it("show the partner with what speaks against it, and what a steward decided, to who asks for low scores", async () => {
    const { data } = await ask({ id: "b2", minScore: 0 });
    const partner = data.possibleDuplicates.find(({ candidate }: { candidate: { id: string } }) => candidate.id === "b3");
    expect(partner).toMatchObject({ conflictsOn: expect.arrayContaining(["BIRTH_DATE", "HOUSEHOLD_ROLE"]), decision: "REJECTED" });
  });

  it("take three queries beside the decision, over indexes, whatever the number of candidates", async () => {
    await ask({ id: "b2", minScore: 0 });
    expect(printCommands(subgraph.commands)).toEqual([...DECIDING, "find matchDecisions", READ_PEOPLE, READ_PEOPLE].sort());
    await expectIndexed(subgraph);
  });

  it("are none for somebody who shares nothing, and null for somebody unknown", async () => {
    expect((await ask({ id: "b4", minScore: 0 })).data.possibleDuplicates).toEqual([]);
    expect((await ask({ id: "nobody" })).data.possibleDuplicates).toBeNull();
  });

  it.each([-0.1, 1.1])("refuse the score %d", async (minScore) => {
    const { errors } = await ask({ id: "b2", minScore });
    expect(errors[0].message).toBe(`Expected \`minScore\` between 0 and 1, got ${minScore}.`);
  });
});

describe("the access log", () => {
  const query = `query ($id: ID!, $from: DateTime, $to: DateTime, $first: Int, $after: String) {
    accessLog(beneficiaryId: $id, from: $from, to: $to, first: $first, after: $after) {
      totalCount nodes { at byProfessionalId byPartnerId purpose fields decision operationName } pageInfo { hasNextPage endCursor }
    }
  }`;
  const STEWARD = { partnerId: "dept-92", professionalId: "steward", scopes: new Set(["audit:read", "identity:merge"]) };
  const ask = async (variables: Record<string, unknown>, caller: object = STEWARD) => JSON.parse(JSON.stringify((await subgraph.ask(query, variables, caller)).data))?.accessLog;

  it("tells who read what and why, newest first, in pages", async () => {
    const all = await ask({ id: "b1" });
    const instants = all.nodes.map(({ at }: { at: string }) => at);
    // Of 24: four evaluations are on a ground that no row has, while her child is evaluated, which no steward reads of (L4).
    expect(all.totalCount).toBe(20);
    expect(instants).toEqual([...instants].sort().reverse());
    expect(all.nodes[0]).toMatchObject({ byProfessionalId: "pro-92-referent", byPartnerId: "dept-92", operationName: expect.any(String) });
    expect(all.nodes[0].fields.length).toBeGreaterThan(0);
    const first = await ask({ id: "b1", first: 10 });
    const second = await ask({ id: "b1", first: 20, after: first.pageInfo.endCursor });
    expect([...first.nodes, ...second.nodes]).toEqual(all.nodes);
  });

  it("keeps to the instants that are asked for", async () => {
    const from = "2025-09-01T00:00:00Z";
    const to = "2025-12-31T23:59:59Z";
    const { nodes, totalCount } = await ask({ id: "b1", from, to });
    expect(nodes.length).toBeGreaterThan(0);
    expect(totalCount).toBe(nodes.length);
    for (const { at } of nodes) expect(at >= "2025-09-01" && at < "2026").toBe(true);
  });

  it("shows nothing older than twelve months (L11)", async () => {
    const events = subgraph.store.connection.collection("accessEvents");
    await events.insertOne({ _id: "old" as never, personId: "b4", at: new Date("2025-03-01T12:00:00Z"), byProfessionalId: "p", byPartnerId: "p", purpose: "SUPPORT", fields: [], decision: "ALLOWED", operationName: null });
    expect(await ask({ id: "b4", from: "2020-01-01T00:00:00Z" })).toMatchObject({ totalCount: 0, nodes: [] });
  });

  it("looks the same for a refusal, an empty log and an unknown person (L14)", async () => {
    const self = { personId: "c1", scopes: new Set(["self:read"]) };
    const refused = await ask({ id: "b1" }, self);
    expect(refused).toEqual(await ask({ id: "nobody" }, self));
    expect(refused).toEqual(await ask({ id: "nobody" }));
    expect(refused).toMatchObject({ totalCount: 0, nodes: [] });
    // Of 24: her child is evaluated, and four evaluations are by somebody who does not support her, on a ground that no row has (L4).
    expect((await ask({ id: "b1" }, { personId: "b1", scopes: new Set(["self:read"]) })).totalCount).toBe(20);
  });

  it("runs over its index and is never sorted in memory", async () => {
    await ask({ id: "b1", from: "2025-09-01T00:00:00Z", to: "2025-12-31T23:59:59Z", after: Buffer.from('["2025-11-01T00:00:00.000Z","x"]').toString("base64url") });
    await expectIndexed(subgraph);
  });

  it("refuses an instant without an offset", async () => {
    const { errors } = await subgraph.ask(query, { id: "b1", from: "2025-09-01" });
    expect(errors?.[0]?.message).toContain("Expected an instant as ISO 8601");
  });
});

describe("every list under a person or a pathway", () => {
  it("is read over an index, and so is what decides on it", async () => {
    await subgraph.ask(`{ beneficiary(id: "b1") {
      household { members { role } } assessments { id } grants { id } pathways { steps { id ... on AssessmentStep { assessment { id } } } }
    } }`);
    const rows = ["assessments", "assessments", "households", "pathways", "steps"].map((name) => `find ${name}`);
    expect(printCommands(subgraph.commands)).toEqual([...rows, READ_PEOPLE, READ_PEOPLE, ...DECIDING].sort());
    await expectIndexed(subgraph);
  });
});

describe("counts of steps", () => {
  let counted: TestSubgraph;
  beforeAll(async () => void (counted = await openBeneficiaries(countedWorld())));
  afterAll(() => counted.close());

  const query = `query ($filter: StatsFilter!, $groupBy: [StatsDimension!]!) {
    pathwayStats(filter: $filter, groupBy: $groupBy) { columns rows { keys value suppressed } threshold suppressedCells generatedAt }
  }`;
  const YEAR = { departmentCode: "92", from: "2025-01-01", to: "2025-12-31" };
  const ask = async (groupBy: readonly string[], filter: Record<string, unknown> = YEAR) => {
    const { data, errors } = await counted.ask(query, { filter, groupBy });
    return { table: JSON.parse(JSON.stringify(data))?.pathwayStats, errors };
  };
  const print = (table: { rows: { keys: string[]; value: number | null }[] }) => table.rows.map(({ keys, value }) => `${keys.join(" ")} ${value ?? "—"}`);

  it.each([
    [["STEP_KIND"], ["INTAKE 20", "SUPPORT 40"]],
    [["OUTCOME"], ["COMPLETED 40", "NONE 20"]],
    [["MONTH"], ["2025-05 20", "2025-10 40"]],
    [["SITE"], ["NONE 20", "pole-issy 40"]],
    [["PARTNER"], ["dept-92 40", "ngo-toit-et-vie 20"]],
    [["COMMUNE"], ["92075 60"]],
    [["TERRITORY"], ["200054781 60"]],
    [["AGE_BAND"], ["A0_2 —", "A18_25 —", "A40_59 —"]],
    [["PUBLIC"], ["FAMILIES 60", "WOMEN 60"]],
    [[], [" 60"]],
    [["STEP_KIND", "MONTH"], ["INTAKE 2025-05 20", "INTAKE 2025-10 —", "SUPPORT 2025-05 —", "SUPPORT 2025-10 40"]],
  ])("by %j are %j", async (groupBy, expected) => {
    const { table, errors } = await ask(groupBy);
    expect(errors).toBeUndefined();
    expect(table).toMatchObject({ columns: groupBy, threshold: 11, generatedAt: "2026-03-02T09:00:00.000Z" });
    expect(print(table)).toEqual(expected);
    expect(table.suppressedCells).toBe(table.rows.filter(({ suppressed }: { suppressed: boolean }) => suppressed).length);
  });

  it("by THEME count a step under each need that was open on the day", async () => {
    const { table } = await ask(["THEME"]);
    const themes = table.rows.map(({ keys }: { keys: string[] }) => keys[0]);
    expect(themes).toContain("difficultes-administratives-ou-juridiques");
    for (const { value } of table.rows) expect(value === null || (value >= 11 && value <= 60)).toBe(true);
  });

  it("leave out other départements and other years", async () => {
    expect(print((await ask([], { ...YEAR, departmentCode: "971" })).table)).toEqual([]);
    expect(print((await ask([], { from: "2024-01-01", to: "2025-12-31" })).table)).toEqual([" 60"]);
    expect(print((await ask(["STEP_KIND"], { from: "2026-01-01", to: "2026-12-31" })).table)).toEqual([]);
  });

  it("are one read of the release, with or without what is the person's", async () => {
    for (const groupBy of [["STEP_KIND"], ["AGE_BAND", "THEME", "PUBLIC"]]) {
      await ask(groupBy);
      expect(printCommands(counted.commands)).toEqual(["find release_tables"]);
      await expectIndexed(counted);
    }
  });

  it.each([
    [["SERVICE_TYPE"], YEAR, /Expected dimensions that steps of pathways have \(SITE, COMMUNE, .*MONTH\), got SERVICE_TYPE/],
    [["SITE", "SITE"], YEAR, /each dimension of `groupBy` once/],
    [["SITE", "MONTH", "OUTCOME", "THEME"], YEAR, /at most 3 dimensions/],
    [["SITE", "AGE_BAND"], YEAR, /told together \(TERRITORY × THEME × OUTCOME, .*\), got SITE × AGE_BAND\./],
    [["SITE"], { ...YEAR, departmentCode: '{"$ne":1}' }, /Expected a code of a département/],
    [["SITE"], { from: "2025-01-02", to: "2025-12-31" }, /Expected whole calendar years, .* got 2025-01-02 to 2025-12-31/],
    [["SITE"], { from: "2025-01-01", to: "2025-12-30" }, /Expected whole calendar years/],
    [["SITE"], { from: "2025-12-01", to: "2025-01-31" }, /Expected whole calendar years/],
  ])("by %j over %j are refused", async (groupBy, filter, message) => {
    const { errors } = await ask(groupBy, filter);
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT" });
    expect(errors?.[0]?.message).toMatch(message);
    expect(counted.commands).toEqual([]);
  });
});

/** Twenty people of Vanves, three steps each; of them one was a baby and two were young on the day. */
function countedWorld() {
  const births: Readonly<Record<number, string>> = { 0: "2024-01-01", 1: "2004-05-20", 2: "2004-05-20" };
  const ids = [...Array(20).keys()];
  return world({
    people: ids.map((index) => person(`x${index}`, { birthDate: births[index] ?? "1980-01-01", publics: ["FAMILIES", "WOMEN"] })),
    households: ids.map((index) => ({ id: `h-x${index}`, tenancy: null })),
    pathways: ids.map((index) =>
      pathway(`q${index}`, `x${index}`, [
        step(`q${index}-1`, "INTAKE", { startedAt: "2025-05-05T08:00:00.000Z", endedAt: "2025-05-05T09:00:00.000Z" }),
        step(`q${index}-2`, "SUPPORT"),
        step(`q${index}-3`, "SUPPORT", { outcome: null, endedAt: null, siteId: null, leadPartnerId: "ngo-toit-et-vie" }),
      ], { openedOn: "2025-05-01" }),
    ),
  });
}
