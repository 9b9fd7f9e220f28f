// The partners subgraph over a small world of its own: both keys, search and pages, conventions by day, care teams.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { ExecutionResult } from "graphql";

import { openModels } from "../../subgraphs/partners/models.ts";
import type { AgreementRow, PartnerRow, PartnersRows, ProfessionalRow } from "../../subgraphs/partners/rows.ts";
import { beginningsOf } from "../../subgraphs/partners/search.ts";
import { partners } from "../../subgraphs/partners/subgraph.ts";
import { fold } from "../../subgraphs/kit/kit.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";

const SIRETS = ["73282932000074", "13003013300016", "35600000049837"] as const;

let subgraph: TestSubgraph;

beforeAll(async () => {
  subgraph = await openTestSubgraph(partners, { at: "2026-03-02T09:00:00Z" });
  await insert(SMALL);
});
afterAll(() => subgraph.close());

describe("one organisation", () => {
  it("is found by its id and by its SIRET", async () => {
    const result = await ask(`{ byId: partner(id: "dept-92") { id siret } bySiret: partner(siret: "${SIRETS[0]}") { id name } }`);
    expect(result).toEqual({ data: { byId: { id: "dept-92", siret: SIRETS[0] }, bySiret: { id: "dept-92", name: "Hauts-de-Seine" } } });
  });

  it("is null when nobody has the id or the SIRET", async () => {
    expect(await ask(`{ byId: partner(id: "nobody") { id } bySiret: partner(siret: "13000548100010") { id } }`)).toEqual({ data: { byId: null, bySiret: null } });
  });

  it("is refused without exactly one of the two", async () => {
    expect(refusalOf(await ask("{ partner { id } }"))).toEqual(["BAD_USER_INPUT", "Expected exactly one of id and siret, got neither."]);
    expect(refusalOf(await ask(`{ partner(id: "dept-92", siret: "${SIRETS[0]}") { id } }`))).toEqual(["BAD_USER_INPUT", "Expected exactly one of id and siret, got both."]);
  });

  it("is refused by a SIRET that does not pass its check", async () => {
    expect(refusalOf(await ask('{ partner(siret: "73282932000079") { id } }'))).toEqual(["BAD_USER_INPUT", 'Expected a SIRET (14 digits, Luhn), got "73282932000079".']);
  });

  it("shows its branches, its parent and what became of it", async () => {
    const { data } = await ask('{ ft: partner(id: "ft") { parent { id } branches { id parent { id } } } old: partner(id: "old") { status successor { id status } } }');
    expect(data).toEqual({
      ft: { parent: null, branches: [{ id: "ft-a", parent: { id: "ft" } }, { id: "ft-b", parent: { id: "ft" } }] },
      old: { status: "MERGED", successor: { id: "ngo", status: "ACTIVE" } },
    });
  });
});

describe("entities", () => {
  const entities = (selection: string, representations: readonly object[], caller = {}) =>
    ask(`query ($r: [_Any!]!) { _entities(representations: $r) { ${selection} } }`, { r: representations }, caller);

  it("resolves both keys of a partner in one query, in order, null for an unknown one", async () => {
    const { data } = await entities("... on Partner { id }", [
      { __typename: "Partner", siret: SIRETS[1] },
      { __typename: "Partner", id: "dept-92" },
      { __typename: "Partner", id: "nobody" },
      { __typename: "Partner", siret: SIRETS[0] },
      { __typename: "Partner", id: "dept-92" },
    ]);
    expect(data).toEqual({ _entities: [{ id: "ngo" }, { id: "dept-92" }, null, { id: "dept-92" }, { id: "dept-92" }] });
    expect(finds()).toEqual(["partners"]);
  });

  it("resolves professionals, conventions and départements", async () => {
    const { data } = await entities("... on Professional { id professionCode } ... on SharingAgreement { id } ... on Department { code name }", [
      { __typename: "Professional", id: "sw" },
      { __typename: "SharingAgreement", id: "a-now" },
      { __typename: "Department", code: "92" },
      { __typename: "Department", code: "75" },
    ]);
    expect(data).toEqual({ _entities: [{ id: "sw", professionCode: "SOCIAL_WORKER" }, { id: "a-now" }, { code: "92", name: "Hauts-de-Seine" }, null] });
  });

  it("refuses a key that is an operator and answers the others", async () => {
    const result = await entities("... on Partner { id }", [{ __typename: "Partner", id: { $ne: "" } }, { __typename: "Partner", id: "ngo" }, { __typename: "Partner", siret: { $gt: "" } }, { __typename: "Partner" }]);
    expect(result.data).toEqual({ _entities: [null, { id: "ngo" }, null, null] });
    expect(result.errors?.map(({ extensions }) => extensions["code"])).toEqual(["BAD_USER_INPUT", "BAD_USER_INPUT", "BAD_USER_INPUT"]);
  });

  it("adds actors and the leading partner to a step, whatever its kind", async () => {
    const { data } = await entities("... on PathwayStep { id leadPartner { id } actors { role professional { id } partner { id } } }", [
      { __typename: "PathwayStep", id: "step-1" },
      { __typename: "PathwayStep", id: "unknown" },
    ]);
    expect(data).toEqual({
      _entities: [{ id: "step-1", leadPartner: { id: "dept-92" }, actors: [{ role: "LEAD", professional: { id: "sw" }, partner: { id: "dept-92" } }, { role: "CONTRIBUTOR", professional: { id: "helper" }, partner: { id: "ngo" } }] }, null],
    });
  });

  it("adds the care team to a person and says who of it reads identities", async () => {
    const { data } = await entities("... on Beneficiary { id careTeam { role since until canReadIdentity professional { id } partner { id } } }", [
      { __typename: "Beneficiary", id: "p1" },
      { __typename: "Beneficiary", id: "p9" },
    ]);
    const member = (id: string, partner: string, rest: object) => ({ professional: { id }, partner: { id: partner }, ...rest });
    expect(data).toEqual({
      _entities: [
        {
          id: "p1",
          careTeam: [
            member("sw", "dept-92", { role: "LEAD", since: "2025-01-10", until: null, canReadIdentity: true }),
            member("helper", "ngo", { role: "CONTRIBUTOR", since: "2025-02-01", until: null, canReadIdentity: false }),
            member("nurse", "dept-92", { role: "CONTRIBUTOR", since: "2025-02-01", until: "2026-03-01", canReadIdentity: false }),
            member("lapsed", "dept-92", { role: "CONTRIBUTOR", since: "2025-02-01", until: null, canReadIdentity: false }),
            member("doctor", "dept-92", { role: "OBSERVER", since: "2025-02-01", until: null, canReadIdentity: false }),
          ],
        },
        null,
      ],
    });
  });

  it("shows a person who asks for themself their own rows only", async () => {
    const representations = [
      { __typename: "Beneficiary", id: "p1" },
      { __typename: "Beneficiary", id: "p2" },
      { __typename: "PathwayStep", id: "step-1" },
      { __typename: "PathwayStep", id: "step-2" },
    ];
    const selection = "... on Beneficiary { person: id } ... on PathwayStep { id }";
    const { data } = await entities(selection, representations, { personId: "p2" });
    expect(data).toEqual({ _entities: [null, { person: "p2" }, null, { id: "step-2" }] });
    const everything = await entities(selection, representations, { professionalId: "sw" });
    expect(everything.data).toEqual({ _entities: [{ person: "p1" }, { person: "p2" }, { id: "step-1" }, { id: "step-2" }] });
  });
});

describe("the convention that covers a referral", () => {
  const covered = async (referrals: readonly (readonly [sender: unknown, receiver: unknown, createdAt: unknown])[]) => {
    const representations = referrals.map(([sender, receiver, createdAt], at) => ({ __typename: "Referral", id: `r${at}`, sender, receiver, createdAt }));
    return ask("query ($r: [_Any!]!) { _entities(representations: $r) { ... on Referral { id agreementInForce { id } } } }", { r: representations });
  };
  const answers = async (referrals: Parameters<typeof covered>[0]) => {
    const { data, errors } = await covered(referrals);
    expect(errors).toBeUndefined();
    return (data as unknown as { _entities: { agreementInForce: { id: string } | null }[] })._entities.map((one) => one.agreementInForce?.id ?? null);
  };
  const [dept, ngo, ft] = [{ id: "dept-92" }, { id: "ngo" }, { id: "ft" }];

  it("holds from its first day to its last, not the day before nor the day after", async () => {
    const days = ["2023-12-31T12:00:00Z", "2024-01-01T12:00:00Z", "2024-12-31T12:00:00Z", "2025-01-01T12:00:00Z"];
    expect(await answers(days.map((day) => [dept, ft, day]))).toEqual([null, "a-2024", "a-2024", null]);
  });

  it("counts the day in France, where it begins before it begins in UTC", async () => {
    expect(await answers([[dept, ft, "2023-12-31T22:59:59Z"], [dept, ft, "2023-12-31T23:00:00Z"], [dept, ft, "2024-12-31T23:00:00Z"]])).toEqual([null, "a-2024", null]);
  });

  it("holds in both directions, between its parties alone", async () => {
    const day = "2024-06-01T00:00:00Z";
    expect(await answers([[ft, dept, day], [ft, ngo, day], [{ id: "nobody" }, dept, day], [dept, dept, day]])).toEqual(["a-2024", null, null, null]);
  });

  it("does not hold while suspended, and the youngest of several is named", async () => {
    expect(await answers([[dept, ngo, "2026-01-15T00:00:00Z"], [dept, ngo, "2025-12-31T22:00:00Z"], [dept, ngo, "2026-02-01T12:00:00Z"]])).toEqual(["a-old", "a-now", "a-now"]);
  });

  it("is found for a whole level by one query", async () => {
    await answers(Array.from({ length: 60 }, (_, at) => [at % 2 === 0 ? dept : ft, at % 3 === 0 ? ngo : dept, `2024-06-${String((at % 28) + 1).padStart(2, "0")}T10:00:00Z`]));
    expect(finds()).toEqual(["agreements"]);
  });

  it("is null where an end is not known, and an error where the instant is none", async () => {
    expect(await answers([[null, ngo, "2024-06-01T00:00:00Z"], [dept, null, "2024-06-01T00:00:00Z"]])).toEqual([null, null]);
    for (const [sender, createdAt] of [[dept, "yesterday"], [dept, { $gt: "" }], [{ id: { $ne: "" } }, "2024-06-01T00:00:00Z"], ["dept-92", "2024-06-01T00:00:00Z"]]) {
      expect(refusalOf(await covered([[sender, ngo, createdAt]]))[0]).toBe("BAD_USER_INPUT");
    }
  });
});

describe("conventions", () => {
  it("tell their status by the clock", async () => {
    const { data } = await ask('{ agreements(partnerId: "dept-92") { id status parties { id } } }');
    expect(data).toEqual({
      agreements: [
        { id: "a-old", status: "IN_FORCE", parties: [{ id: "dept-92" }, { id: "ngo" }] },
        { id: "a-2024", status: "ENDED", parties: [{ id: "dept-92" }, { id: "ft" }] },
        { id: "a-now", status: "IN_FORCE", parties: [{ id: "dept-92" }, { id: "ngo" }] },
        { id: "a-paused", status: "SUSPENDED", parties: [{ id: "dept-92" }, { id: "ft-a" }] },
        { id: "a-next", status: "DRAFT", parties: [{ id: "dept-92" }, { id: "ft" }] },
      ],
    });
    expect(finds()).toEqual(["agreements", "partners"]);
  });

  it("are selected by the day on which they are in force", async () => {
    const on = async (day: string) => ((await ask("query ($d: Date) { agreements(partnerId: \"dept-92\", inForceOn: $d) { id } }", { d: day })).data as unknown as { agreements: { id: string }[] }).agreements.map(({ id }) => id);
    expect(await on("2024-12-31")).toEqual(["a-old", "a-2024", "a-now"]);
    expect(await on("2025-01-01")).toEqual(["a-old", "a-now", "a-paused"]);
    expect(await on("2026-01-15")).toEqual(["a-old", "a-paused"]);
    expect(await on("2026-03-02")).toEqual(["a-old", "a-now"]);
    expect(await on("2019-12-31")).toEqual([]);
  });

  it("refuse a day that the calendar has not", async () => {
    expect(refusalOf(await ask('{ agreements(partnerId: "dept-92", inForceOn: "2025-02-29") { id } }'))[1]).toMatch(/Expected a date as YYYY-MM-DD/);
  });

  it("of an unknown partner are none", async () => {
    expect(await ask('{ agreements(partnerId: "nobody") { id } }')).toEqual({ data: { agreements: [] } });
  });
});

describe("professionals", () => {
  it("are bound to secrecy by the text of their profession, else of their mission, else not at all", async () => {
    const { data } = await ask('{ partner(id: "dept-92") { professionals { id boundBySecrecy secrecyBasis } } ngo: partner(id: "ngo") { professionals { id boundBySecrecy secrecyBasis } } }');
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
    const me = "{ me { id displayName employer { id } missions { code label domains communes } habilitation { active validTo purposes } } }";
    expect((await ask(me, {}, { professionalId: "lapsed" })).data).toEqual({
      me: {
        id: "lapsed",
        displayName: "Person lapsed",
        employer: { id: "dept-92" },
        missions: [],
        habilitation: { active: false, validTo: "2026-03-01", purposes: ["SUPPORT"] },
      },
    });
    expect((await ask("{ me { habilitation { active validTo } } }", {}, { professionalId: "sw" })).data).toEqual({ me: { habilitation: { active: true, validTo: "2026-03-02" } } });
    expect((await ask(me)).data).toEqual({ me: null });
    expect((await ask(me, {}, { professionalId: "nobody" })).data).toEqual({ me: null });
  });
});

describe("a département", () => {
  it("shows its authority, its priorities in rank with their schemes, and a budget where one is known", async () => {
    const { data } = await ask('{ department(code: "92") { leadAuthority { id } priorities { rank label schemes { id partners { id } } } socialBudget(year: 2023) { amount currency } unknown: socialBudget(year: 2024) { amount } } }');
    expect(data).toEqual({
      department: {
        leadAuthority: { id: "dept-92" },
        priorities: [{ rank: 1, label: "First", schemes: [{ id: "s1", partners: [{ id: "dept-92" }, { id: "ngo" }] }] }, { rank: 2, label: "Second", schemes: [] }],
        socialBudget: { amount: 969_000_000, currency: "EUR" },
        unknown: null,
      },
    });
  });

  it("tells its events of a period, both days included", async () => {
    const events = async (args: string) => ask(`{ department(code: "92") { events${args} { id } } }`);
    expect((await events("")).data).toEqual({ department: { events: [{ id: "e1" }, { id: "e2" }] } });
    expect((await events('(from: "2023-10-12", to: "2023-10-12")')).data).toEqual({ department: { events: [{ id: "e1" }] } });
    expect((await events('(from: "2023-10-13")')).data).toEqual({ department: { events: [{ id: "e2" }] } });
    expect(refusalOf(await events('(from: "2023-10-13", to: "2023-10-12")'))[0]).toBe("BAD_USER_INPUT");
  });

  it("is null when unknown and refused when there can be none", async () => {
    expect(await ask('{ department(code: "75") { code } }')).toEqual({ data: { department: null } });
    for (const code of ["99", "20", "", "92000", "{$ne:1}"]) expect(refusalOf(await ask("query ($c: ID!) { department(code: $c) { code } }", { c: code }))[0]).toBe("BAD_USER_INPUT");
  });
});

describe("the directory", () => {
  const search = async (filter: object, args: object = {}) =>
    ask("query ($f: PartnerFilter!, $n: Int, $a: String) { partners(filter: $f, first: $n, after: $a) { nodes { id } totalCount pageInfo { hasNextPage endCursor } } }", { f: filter, ...args });
  const ids = async (filter: object) => nodesOf(await search(filter)).map(({ id }) => id);

  it("finds by words of the name or of a former name, without case and accents", async () => {
    for (const text of ["Pôle emploi", "POLE EMPLOI", "emploi pôle", "pole emp", "france travail"]) expect(await ids({ text })).toContain("ft");
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
    await ask('{ partners(filter: {}) { nodes { id } } }');
    expect(subgraph.commands.map(({ name }) => name)).toEqual(["find"]);
  });

  it("pages through each once, also when others are inserted before the cursor", async () => {
    const first = await search({ departmentCode: "14" }, { n: 2 });
    expect(nodesOf(first)).toEqual([]);
    const names = ["Beta", "Delta", "Zeta", "delta"];
    await insert({ partners: names.map((name, at) => partner({ _id: `page-${at}`, name, departmentCode: "14" })) });
    const one = await search({ departmentCode: "14" }, { n: 2 });
    expect(nodesOf(one).map(({ id }) => id)).toEqual(["page-0", "page-1"]);
    await insert({ partners: [partner({ _id: "page-before", name: "Alpha", departmentCode: "14" }), partner({ _id: "page-after", name: "Omega", departmentCode: "14" })] });
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

  it("is text and nothing else, in every argument", async () => {
    for (const text of HOSTILE) {
      const { data, errors } = await ask(
        'query ($t: String!, $i: ID!) { partner(id: $i) { id } agreements(partnerId: $i) { id } byNetwork: partners(filter: { network: $t }) { totalCount } byText: partners(filter: { text: $t }) { nodes { id } } }',
        { t: text, i: text },
      );
      const found = text === ".*" ? null : { nodes: [] };
      expect(errors?.map(({ extensions }) => extensions["code"]) ?? []).toEqual(found === null ? ["BAD_USER_INPUT"] : []);
      if (found !== null) expect(data).toEqual({ partner: null, agreements: [], byNetwork: { totalCount: 0 }, byText: found });
      for (const criterion of ["siret", "departmentCode"]) {
        expect(refusalOf(await ask("query ($f: PartnerFilter!) { partners(filter: $f) { totalCount } }", { f: { [criterion]: text } }))[0]).toBe("BAD_USER_INPUT");
      }
    }
  });

  it("is refused by GraphQL where it is an object", async () => {
    const filters = [{ text: { $ne: "" } }, { network: { $where: "1" } }, { siret: { $gt: "" } }, { departmentCode: ["92", { $ne: 1 }] }, { kinds: [{ $ne: "" }] }, { $where: "1" }, JSON.parse('{"__proto__": {"text": "x"}}')];
    for (const f of filters) {
      const { data, errors } = await ask("query ($f: PartnerFilter!) { partners(filter: $f) { totalCount } }", { f });
      expect([data, errors?.length]).toEqual([undefined, 1]);
      expect(subgraph.commands).toEqual([]);
    }
    const { errors } = await ask("query ($i: ID!) { partner(id: $i) { id } }", { i: { $ne: "" } });
    expect(errors).toHaveLength(1);
  });
});

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
      await ask(`{ partners(filter: {}) { nodes { id ${selection} } } }`);
      expect([selection, finds()]).toEqual([selection, read]);
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
    const query = "query ($f: PartnerFilter!, $a: String) { partners(filter: $f, first: 1, after: $a) { nodes { id } pageInfo { endCursor } } }";
    for (const f of filters) {
      const first = await ask(query, { f });
      expect([f, await stages()]).toEqual([f, expect.not.arrayContaining(["COLLSCAN", "SORT"])]);
      await ask(query, { f, a: cursorOf(first) });
      expect([f, await stages()]).toEqual([f, expect.not.arrayContaining(["COLLSCAN", "SORT"])]);
    }
  });

  it("stands on an index for each other shape", async () => {
    await ask(`{ bySiret: partner(siret: "${SIRETS[0]}") { branches { id } professionals { id } agreements { parties { id } } department { code } } }`);
    expect(await stages()).toEqual(expect.not.arrayContaining(["COLLSCAN"]));
    await ask("query ($r: [_Any!]!) { _entities(representations: $r) { ... on PathwayStep { id } ... on Beneficiary { person: id } ... on Referral { agreementInForce { id } } ... on Partner { name } } }", {
      r: [
        { __typename: "PathwayStep", id: "step-1" },
        { __typename: "Beneficiary", id: "p1" },
        { __typename: "Referral", id: "r", sender: { id: "dept-92" }, receiver: { id: "ngo" }, createdAt: "2025-01-01T00:00:00Z" },
        { __typename: "Partner", id: "ngo" },
        { __typename: "Partner", siret: SIRETS[0] },
      ],
    });
    expect(finds()).toEqual(["agreements", "careTeams", "partners", "stepActors"]);
    expect(await stages()).toEqual(expect.not.arrayContaining(["COLLSCAN"]));
  });
});

describe("writing", () => {
  it("refuses identifiers that do not pass their checks, and writes nothing of such a batch", async () => {
    const bad: readonly Partial<PartnerRow>[] = [{ siret: "73282932000079" }, { siren: "404833047" }, { rna: "W12" }, { finess: "750712185" }, { departmentCode: "99" }, { communeCode: "20001" }, { retentionMonths: 37 }];
    for (const fields of bad) {
      const rows = [partner({ _id: "fine", name: "Fine" }), partner({ _id: "bad", name: "Bad", ...fields })];
      await expect(insert({ partners: rows })).rejects.toThrow(/Expected|maximum/);
    }
    expect((await ask('{ partner(id: "fine") { id } }')).data).toEqual({ partner: null });
  });

  it("refuses a second partner with a SIRET, and any number without one", async () => {
    await expect(insert({ partners: [partner({ _id: "twin", name: "Twin", siret: SIRETS[0] })] })).rejects.toThrow(/E11000/);
    await insert({ partners: [partner({ _id: "none-1", name: "None" }), partner({ _id: "none-2", name: "None" })] });
    expect((await ask('{ a: partner(id: "none-1") { siret } }')).data).toEqual({ a: { siret: null } });
  });

  it("refuses a convention with one party", async () => {
    await expect(insert({ agreements: [agreement("alone", { partyIds: ["ngo", "ngo"], validFrom: "2025-01-01" })] })).rejects.toThrow("Expected two parties or more.");
  });
});

beforeEach(async () => {
  await subgraph.store.connection.collection<{ _id: string }>("partners").deleteMany({ _id: { $in: ["none-1", "none-2", "page-0", "page-1", "page-2", "page-3", "page-before", "page-after"] } });
});

const SMALL: PartnersRows = {
  partners: [
    partner({ _id: "dept-92", name: "Hauts-de-Seine", kind: "DEPARTMENT_COUNCIL", departmentCode: "92", siret: SIRETS[0], siren: "732829320" }),
    partner({ _id: "ngo", name: "Toit et Vie", departmentCode: "92", siret: SIRETS[1] }),
    partner({ _id: "old", name: "Vieil Abri", departmentCode: "92", status: "MERGED", successorId: "ngo" }),
    partner({ _id: "ft", name: "France Travail", kind: "FRANCE_TRAVAIL", networks: ["france-travail"], siret: SIRETS[2], formerNames: [{ name: "Pôle emploi", until: "2023-12-31" }] }),
    partner({ _id: "ft-a", name: "France Travail Issy", kind: "FRANCE_TRAVAIL", networks: ["france-travail"], departmentCode: "92", parentId: "ft", formerNames: [{ name: "Pôle emploi Issy" }] }),
    partner({ _id: "ft-b", name: "France Travail Nanterre", kind: "FRANCE_TRAVAIL", networks: ["france-travail"], parentId: "ft", formerNames: [{ name: "Pôle emploi Nanterre" }] }),
  ],
  professionals: [
    professional("sw", { profession: "SOCIAL_WORKER", validTo: "2026-03-02" }),
    professional("doctor", { profession: "DOCTOR" }),
    professional("nurse", { profession: "PAEDIATRIC_NURSE" }),
    professional("lapsed", { profession: "SUPPORT_SOCIAL_WORKER", validTo: "2026-03-01" }),
    { ...professional("educator", { profession: "SPECIALISED_EDUCATOR" }), missions: [{ code: "ASE", label: "ASE", domains: [], communes: ["92075"] }] },
    { ...professional("helper", { profession: "OTHER" }), employerId: "ngo" },
  ],
  agreements: [
    agreement("a-2024", { partyIds: ["dept-92", "ft"], validFrom: "2024-01-01", validTo: "2024-12-31" }),
    agreement("a-next", { partyIds: ["dept-92", "ft"], validFrom: "2026-03-03" }),
    agreement("a-old", { partyIds: ["dept-92", "ngo"], validFrom: "2020-01-01" }),
    agreement("a-now", { partyIds: ["dept-92", "ngo"], validFrom: "2024-06-01", suspensions: [{ from: "2026-01-01", until: "2026-01-31" }] }),
    agreement("a-paused", { partyIds: ["dept-92", "ft-a"], validFrom: "2025-01-01", suspensions: [{ from: "2026-03-02" }] }),
  ],
  departments: [
    {
      _id: "92",
      name: "Hauts-de-Seine",
      leadAuthorityId: "dept-92",
      areasOfWork: ["HOUSING"],
      priorities: [
        { rank: 2, label: "Second", publics: [], schemeIds: [] },
        { rank: 1, label: "First", publics: [], schemeIds: ["s1"] },
      ],
      schemes: [{ id: "s1", label: "Scheme", partnerIds: ["dept-92", "ngo"], evaluations: [] }],
      budgets: [{ year: 2023, amount: 969_000_000 }],
      events: [
        { id: "e2", name: "Later", heldOn: "2024-10-12", communeCode: "92075", programme: [] },
        { id: "e1", name: "Earlier", heldOn: "2023-10-12", communeCode: "92075", programme: [] },
      ],
    },
  ],
  stepActors: [
    { _id: "step-1", personId: "p1", leadPartnerId: "dept-92", actors: [{ professionalId: "sw", partnerId: "dept-92", role: "LEAD" }, { professionalId: "helper", partnerId: "ngo", role: "CONTRIBUTOR" }] },
    { _id: "step-2", personId: "p2", leadPartnerId: "ngo", actors: [] },
  ],
  careTeams: [
    {
      _id: "p1",
      members: [
        { professionalId: "sw", partnerId: "dept-92", role: "LEAD", since: "2025-01-10" },
        { professionalId: "helper", partnerId: "ngo", role: "CONTRIBUTOR", since: "2025-02-01" },
        { professionalId: "nurse", partnerId: "dept-92", role: "CONTRIBUTOR", since: "2025-02-01", until: "2026-03-01" },
        { professionalId: "lapsed", partnerId: "dept-92", role: "CONTRIBUTOR", since: "2025-02-01" },
        { professionalId: "doctor", partnerId: "dept-92", role: "OBSERVER", since: "2025-02-01" },
      ],
    },
    { _id: "p2", members: [] },
  ],
};

function partner(fields: Partial<PartnerRow> & Pick<PartnerRow, "_id" | "name">): PartnerRow {
  const formerNames = fields.formerNames ?? [];
  return {
    tenantId: fields._id,
    sortName: fold(fields.name),
    beginnings: beginningsOf([fields.name, ...formerNames.map(({ name }) => name)]),
    formerNames,
    kind: "ASSOCIATION",
    networks: [],
    status: "ACTIVE",
    ...fields,
  };
}

function professional(id: string, { profession, validTo }: { profession: string; validTo?: string }): ProfessionalRow {
  const habilitation = { grantedBy: "Hauts-de-Seine", purposes: ["SUPPORT"], dataCategories: ["IDENTITY"], validFrom: "2024-01-01", ...(validTo !== undefined && { validTo }) };
  return { _id: id, displayName: `Person ${id}`, profession, employerId: "dept-92", missions: [], habilitation };
}

function agreement(id: string, fields: Partial<AgreementRow> & Pick<AgreementRow, "partyIds" | "validFrom">): AgreementRow {
  return { _id: id, purposes: [], dataCategories: [], legalBasis: "CASF L.121-6-2", signedOn: fields.validFrom, suspensions: [], ...fields };
}

function insert(rows: Partial<PartnersRows>): Promise<void> {
  return openModels(subgraph.store.connection).insert(rows);
}

function ask(query: string, variables: Record<string, unknown> = {}, caller = {}): Promise<ExecutionResult> {
  return subgraph.ask(query, variables, caller);
}

/** Code and message of the only error. */
function refusalOf(result: ExecutionResult): [unknown, string | undefined] {
  expect(result.errors).toHaveLength(1);
  return [result.errors?.[0]?.extensions["code"], result.errors?.[0]?.message];
}

interface PageData {
  readonly partners: { readonly nodes: readonly { readonly id: string }[]; readonly pageInfo: { readonly endCursor: string | null } };
}

function nodesOf(result: ExecutionResult): PageData["partners"]["nodes"] {
  expect(result.errors).toBeUndefined();
  return (result.data as unknown as PageData).partners.nodes;
}

function cursorOf(result: ExecutionResult): string | null {
  return (result.data as unknown as PageData).partners.pageInfo.endCursor;
}

/** The collections that were read since the last question, sorted; nothing but `find` may have been used. */
function finds(): string[] {
  expect(subgraph.commands.filter(({ name }) => name !== "find")).toEqual([]);
  return subgraph.commands.map(({ command }) => String(command["find"])).sort();
}

/** All stages of the plans of what MongoDB was asked since the last question. */
async function stages(): Promise<string[]> {
  const { db } = subgraph.store.connection;
  const asked = subgraph.commands.filter(({ name }) => name === "find");
  expect(asked.length).toBeGreaterThan(0);
  const plans = await Promise.all(
    asked.map(({ command: { find, filter, sort, limit } }) =>
      db?.command({ explain: { find, filter, ...(sort !== undefined && { sort, limit }) }, verbosity: "queryPlanner" }),
    ),
  );
  return plans.flatMap((plan) => stagesOf(plan?.["queryPlanner"]?.winningPlan));
}

function stagesOf(plan: unknown): string[] {
  if (typeof plan !== "object" || plan === null) return [];
  const own = "stage" in plan ? [String(plan.stage)] : [];
  return [...own, ...Object.values(plan).flatMap((value) => (Array.isArray(value) ? value.flatMap(stagesOf) : stagesOf(value)))];
}
