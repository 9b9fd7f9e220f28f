// The directory of partners: search by words and criteria, pages, and input that is meant to harm.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { cursorOf, nodesOf, openSmallPartners, partner, refusalOf, SIRETS, type SmallPartners } from "./partners-small-world.ts";

let subgraph: SmallPartners;

beforeAll(async () => {
  subgraph = await openSmallPartners();
});
afterAll(() => subgraph.close());
beforeEach(() => subgraph.remove(["page-0", "page-1", "page-2", "page-3", "page-before", "page-after"]));

describe("the directory", () => {
  const query = `query ($f: PartnerFilter!, $n: Int, $a: String) {
    partners(filter: $f, first: $n, after: $a) { nodes { id } totalCount pageInfo { hasNextPage endCursor } }
  }`;
  const search = async (filter: object, args: object = {}) => subgraph.ask(query, { f: filter, ...args });
  const ids = async (filter: object) => nodesOf(await search(filter)).map(({ id }) => id);

  it("finds by words of the name or of a former name, without case and accents", async () => {
    for (const text of ["Pôle emploi", "POLE EMPLOI", "emploi pôle", "pole emp", "france travail"]) {
      expect(await ids({ text })).toContain("ft");
    }
    expect(await ids({ text: "pôle" })).toEqual(["ft", "ft-a", "ft-b"]);
    expect(await ids({ text: "emploi nowhere" })).toEqual([]);
    expect(await ids({ text: "mploi" })).toEqual([]);
  });

  it("narrows by every criterion that is given", async () => {
    expect(await ids({ departmentCode: "92" })).toEqual(["ft-a", "dept-92", "ngo", "old"]);
    expect(await ids({ departmentCode: "92", kinds: ["ASSOCIATION"] })).toEqual(["ngo", "old"]);
    expect(await ids({ departmentCode: "92", kinds: ["ASSOCIATION", "FRANCE_TRAVAIL"], status: "ACTIVE" })).toEqual(["ft-a", "ngo"]);
    expect(await ids({ status: "MERGED" })).toEqual(["old"]);
    expect(await ids({ network: "france-travail" })).toEqual(["ft", "ft-a", "ft-b"]);
    expect(await ids({ network: "france-travail", text: "nanterre" })).toEqual(["ft-b"]);
    expect(await ids({ siret: SIRETS[1] })).toEqual(["ngo"]);
    expect(await ids({ siret: SIRETS[1], departmentCode: "14" })).toEqual([]);
    expect(await ids({ kinds: [] })).toEqual([]);
    expect(await ids({ departmentCode: null, kinds: null, status: null, text: null, siret: null, network: null })).toHaveLength(6);
  });

  it("counts all that match, and only when asked", async () => {
    const result = await search({ departmentCode: "92" }, { n: 1 });
    expect(result.data).toMatchObject({ partners: { totalCount: 4, pageInfo: { hasNextPage: true } } });
    await subgraph.ask("{ partners(filter: {}) { nodes { id } } }");
    expect(subgraph.commands.map(({ name }) => name)).toEqual(["find"]);
  });

  it("pages through each once, also when others are inserted before the cursor", async () => {
    const first = await search({ departmentCode: "14" }, { n: 2 });
    expect(nodesOf(first)).toEqual([]);
    const names = ["Beta", "Delta", "Zeta", "delta"];
    await subgraph.insert({ partners: names.map((name, at) => partner({ _id: `page-${at}`, name, departmentCode: "14" })) });
    const one = await search({ departmentCode: "14" }, { n: 2 });
    expect(nodesOf(one).map(({ id }) => id)).toEqual(["page-0", "page-1"]);
    const later = { "page-before": "Alpha", "page-after": "Omega" };
    await subgraph.insert({ partners: Object.entries(later).map(([_id, name]) => partner({ _id, name, departmentCode: "14" })) });
    const two = await search({ departmentCode: "14" }, { n: 2, a: cursorOf(one) });
    expect(nodesOf(two).map(({ id }) => id)).toEqual(["page-3", "page-after"]);
    const three = await search({ departmentCode: "14" }, { n: 2, a: cursorOf(two) });
    expect(nodesOf(three).map(({ id }) => id)).toEqual(["page-2"]);
    expect(three.data).toMatchObject({ partners: { totalCount: 6, pageInfo: { hasNextPage: false } } });
  });

  it("refuses pages that are too large, cursors that it did not give, and criteria that cannot be", async () => {
    const code = async (filter: object, args: object = {}) => refusalOf(await search(filter, args))[0];
    expect(await code({}, { n: 100_000 })).toBe("PAGE_TOO_LARGE");
    expect(await code({}, { n: 0 })).toBe("PAGE_TOO_LARGE");
    expect(await code({}, { a: "page-2" })).toBe("BAD_CURSOR");
    expect(await code({}, { a: Buffer.from('[{"$gt":""},"x"]').toString("base64url") })).toBe("BAD_CURSOR");
    expect(await code({ siret: "123" })).toBe("BAD_USER_INPUT");
    expect(await code({ departmentCode: "920" })).toBe("BAD_USER_INPUT");
    expect(await code({ text: "x".repeat(201) })).toBe("BAD_USER_INPUT");
    expect(await code({ text: " — " })).toBe("BAD_USER_INPUT");
  });
});

describe("hostile input", () => {
  const HOSTILE = ["$where", '{"$ne":null}', "__proto__", "constructor", "');sleep(1000);//", ".*", "a".repeat(150)];
  const COUNT = "query ($f: PartnerFilter!) { partners(filter: $f) { totalCount } }";

  it("is text and nothing else, in every argument", async () => {
    for (const text of HOSTILE) {
      const { data, errors } = await subgraph.ask(
        `query ($t: String!, $i: ID!) {
          partner(id: $i) { id } agreements(partnerId: $i) { id }
          byNetwork: partners(filter: { network: $t }) { totalCount } byText: partners(filter: { text: $t }) { nodes { id } }
        }`,
        { t: text, i: text },
      );
      const found = text === ".*" ? null : { nodes: [] };
      expect(errors?.map(({ extensions }) => extensions["code"]) ?? []).toEqual(found === null ? ["BAD_USER_INPUT"] : []);
      if (found !== null) expect(data).toEqual({ partner: null, agreements: [], byNetwork: { totalCount: 0 }, byText: found });
      for (const criterion of ["siret", "departmentCode"]) {
        expect(refusalOf(await subgraph.ask(COUNT, { f: { [criterion]: text } }))[0]).toBe("BAD_USER_INPUT");
      }
    }
  });

  it("is refused by GraphQL where it is an object", async () => {
    const filters = [
      { text: { $ne: "" } },
      { network: { $where: "1" } },
      { siret: { $gt: "" } },
      { departmentCode: ["92", { $ne: 1 }] },
      { kinds: [{ $ne: "" }] },
      { $where: "1" },
      JSON.parse('{"__proto__": {"text": "x"}}'),
    ];
    for (const f of filters) {
      const { data, errors } = await subgraph.ask(COUNT, { f });
      expect([data, errors?.length]).toEqual([undefined, 1]);
      expect(subgraph.commands).toEqual([]);
    }
    const { errors } = await subgraph.ask("query ($i: ID!) { partner(id: $i) { id } }", { i: { $ne: "" } });
    expect(errors).toHaveLength(1);
  });
});
