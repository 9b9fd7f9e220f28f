// What a caller may not read is null, told once, and never fetched, whatever way leads to it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { parse } from "graphql";

import { ANONYMOUS } from "../../../gateway/gateway.ts";
import { readSupergraph } from "../../../gateway/supergraph/supergraph.ts";
import { callerWith, composeText, ENGINES, openFederation, type AskOptions, type Federation, type SubgraphSource } from "./federation.ts";
import { SHOP } from "./shop.ts";

const IMPORTS = `"@key", "@shareable", "@external", "@requires", "@tag"`;

interface Told {
  readonly data: unknown;
  readonly refused: readonly string[];
}

/** The data, and where errors say that a field was refused. */
async function tell(federation: Federation, query: string, options: AskOptions = {}): Promise<Told> {
  const { data, errors = [] } = await federation.ask(query, options);
  expect(errors.map((error) => error.extensions?.["code"])).toEqual(errors.map(() => "UNAUTHORIZED_FIELD"));
  return { data: JSON.parse(JSON.stringify(data)) as unknown, refused: errors.map((error) => (error.path ?? []).join(".")) };
}

describe.each(ENGINES)("a protected field ($engine, $planner)", (on) => {
  let shop: Federation;
  beforeAll(async () => {
    shop = await openFederation(SHOP, { on });
  });
  afterAll(() => shop.close());

  /** Anonymous callers may read neither; each route must end at the same verdict. */
  const ROUTES: readonly (readonly [name: string, query: string, data: unknown, refused: readonly string[], options?: AskOptions])[] = [
    ["by its name", `{ user(id: "u1") { name email } }`, { user: { name: "Ada", email: null } }, ["user.email"]],
    ["alone", `{ user(id: "u1") { email } }`, { user: { email: null } }, ["user.email"]],
    ["under an alias", `{ user(id: "u1") { name: email e: name } }`, { user: { name: null, e: "Ada" } }, ["user.name"]],
    ["under the name of a prototype", `{ user(id: "u1") { __proto__: email constructor: name } }`, JSON.parse(`{"user":{"__proto__":null,"constructor":"Ada"}}`), ["user.__proto__"]],
    ["in a fragment", `fragment F on User { name email } { user(id: "u1") { ...F } }`, { user: { name: "Ada", email: null } }, ["user.email"]],
    ["in a fragment that holds nothing else", `fragment F on User { email } { user(id: "u1") { ...F name } }`, { user: { email: null, name: "Ada" } }, ["user.email"]],
    ["in a fragment of a fragment", `fragment G on User { email } fragment F on User { ...G } { user(id: "u1") { ...F } }`, { user: { email: null } }, ["user.email"]],
    ["in an inline fragment", `{ user(id: "u1") { ... { email } ... on User { salary } } }`, { user: { email: null, salary: null } }, ["user.email", "user.salary"]],
    ["in a list", `{ users { name salary } }`, { users: [{ name: "Ada", salary: null }, { name: "Bob", salary: null }, { name: "Cleo", salary: null }] }, ["users.salary"]],
    ["deep in another subgraph's answer", `{ review(id: "r1") { author { email manager { email } } } }`, { review: { author: { email: null, manager: null } } }, ["review.author.email"]],
    ["behind a union", `{ search(text: "Ada") { ... on User { email name } } }`, { search: [{ email: null, name: "Ada" }] }, ["search.email"]],
    ["twice under two names", `{ a: user(id: "u1") { email } b: user(id: "u2") { email } }`, { a: { email: null }, b: { email: null } }, ["a.email", "b.email"]],
    ["included by a variable", `query ($x: Boolean!) { user(id: "u1") { name email @include(if: $x) } }`, { user: { name: "Ada", email: null } }, ["user.email"], { variables: { x: true } }],
    ["left out by a variable", `query ($x: Boolean!) { user(id: "u1") { name email @include(if: $x) } }`, { user: { name: "Ada" } }, [], { variables: { x: false } }],
    ["skipped by a default", `query ($x: Boolean! = true) { user(id: "u1") { name email @skip(if: $x) } }`, { user: { name: "Ada" } }, []],
    ["in an object that is not there", `{ user(id: "nobody") { email } }`, { user: null }, []],
    ["in a list without items", `{ search(text: "zz") { ... on User { email } } }`, { search: [] }, []],
  ];

  it.each(ROUTES)("is null and never fetched, %s", async (_name, query, data, refused, options = {}) => {
    expect(await tell(shop, query, options)).toEqual({ data, refused });
    expect(shop.fetches().filter((fetch) => /email|salary/.test(fetch))).toEqual([]);
  });

  it("keeps the client's order of fields", async () => {
    const { data } = await shop.ask(`{ user(id: "u2") { salary name email id } }`);
    expect(JSON.stringify(data)).toBe(`{"user":{"salary":null,"name":"Bob","email":null,"id":"u2"}}`);
  });

  it("is answered to those who hold what it requires", async () => {
    const caller = callerWith(["email:read"]);
    expect(await tell(shop, `{ user(id: "u1") { email salary } }`, { caller })).toEqual({ data: { user: { email: "ada@shop.example", salary: 1003 } }, refused: [] });
  });

  it("is judged for each caller anew", async () => {
    const query = `{ user(id: "u1") { email salary } }`;
    const ask = async (caller = ANONYMOUS) => (await tell(shop, query, { caller })).refused;
    expect(await ask(callerWith(["email:read"]))).toEqual([]);
    expect(await ask()).toEqual(["user.email", "user.salary"]);
    expect(await ask(callerWith([]))).toEqual(["user.email"]);
    expect(await ask(callerWith(["email:read"]))).toEqual([]);
  });

  it("says why in words that hold the field's name and what is missing, and no value", async () => {
    const { errors } = await shop.ask(`{ user(id: "u1") { salary } items { ... on Book { cost } } }`);
    expect(errors?.map((error) => error.message)).toEqual([
      "Cannot read User.salary because the caller is not authenticated.",
      "Cannot read Book.cost because the caller's token lacks the scope cost:read, or admin and audit.",
    ]);
  });

  it("of one type behind an interface is null there and answered for the other types", async () => {
    expect(await tell(shop, `{ items { id cost } }`)).toEqual({
      data: { items: [{ id: "b1", cost: null }, { id: "b2", cost: null }, { id: "f1", cost: 35 }, { id: "f2", cost: 42 }] },
      refused: ["items.cost"],
    });
    expect(shop.fetches().filter((fetch) => /on Book\s*{[^}]*cost/.test(fetch))).toEqual([]);
    expect((await tell(shop, `{ items { ... on Film { cost } ... on Item { id } } }`)).refused).toEqual([]);
    expect((await tell(shop, `{ item(id: "f1") { cost } }`)).refused).toEqual([]);
    expect(await tell(shop, `{ search(text: "Gr") { ... on Item { cost } } }`)).toEqual({ data: { search: [{ cost: null }] }, refused: ["search.cost"] });
  });

  it("with alternatives of scopes takes one alternative whole", async () => {
    const refusedWith = async (...scopes: string[]) => (await tell(shop, `{ items(kind: BOOK) { cost } }`, { caller: callerWith(scopes) })).refused;
    expect(await refusedWith("cost:read")).toEqual([]);
    expect(await refusedWith("admin", "audit")).toEqual([]);
    expect(await refusedWith("admin")).toEqual(["items.cost"]);
    expect(await refusedWith("cost")).toEqual(["items.cost"]);
  });
});

describe.each(ENGINES)("what a supergraph protects ($engine, $planner)", (on) => {
  let federation: Federation | null = null;
  afterEach(async () => {
    await federation?.close();
    federation = null;
  });

  async function open(source: SubgraphSource, parts = {}): Promise<Federation> {
    federation = await openFederation({ vault: source }, { on, parts });
    return federation;
  }

  it("is found under other names", async () => {
    const vault = await open({
      sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [{ name: "@authenticated", as: "@login" }, { name: "@requiresScopes", as: "@needs" }, { name: "@policy", as: "@rule" }])
        type Query { open: Int  a: Int @login  b: Int @needs(scopes: [["b"]])  c: Int @rule(policies: [["c"]])  d: Int }`,
      resolvers: { Query: { open: () => 1, a: () => 1, b: () => 1, c: () => 1, d: () => 1 } },
    });
    expect(await tell(vault, `{ open a b c d }`)).toEqual({ data: { open: 1, a: null, b: null, c: null, d: 1 }, refused: ["a", "b", "c"] });
    expect(vault.fetches()).toHaveLength(1);
    expect(vault.fetches()[0]).not.toMatch(/\b[abc]\b/);
  });

  it("is found where a whole feature is renamed", () => {
    const sdl = `schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "auth", for: SECURITY) @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", as: "s", for: SECURITY) { query: Query }
      directive @auth on FIELD_DEFINITION
      scalar s__Scope
      directive @s(scopes: [[s__Scope!]!]!) on FIELD_DEFINITION
      enum join__Graph { A @join__graph(name: "a", url: "http://a/") }
      type Query { x: Int @auth  y: Int @s(scopes: ["one"])  authenticated: Int }`;
    const { requirements, sdl: rest } = readSupergraph(sdl, "test");
    expect(requirements.of("Query", "x")).toEqual([{ kind: "authenticated" }]);
    expect(requirements.of("Query", "y")).toEqual([{ kind: "scopes", anyOf: [["one"]] }]);
    expect(requirements.of("Query", "authenticated")).toEqual([]);
    expect(rest).not.toMatch(/@auth|@s\b|s__Scope|authenticated\/v0|requiresScopes\/v0/);
    expect(rest).toContain("link/v1.0");
    expect(() => parse(rest)).not.toThrow();
  });

  it("includes types, by each field that returns one and each field in it", async () => {
    const both = () => [{ __typename: "Secret", id: "s", note: "hush" }, { __typename: "Plain", id: "p", note: "hello" }];
    const vault = await open({
      sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [${IMPORTS}, "@authenticated"])
        type Query { secret: Secret  any: [Thing!]  things: [Thing]  found: [Found]  level: Level  token: Token }
        interface Thing { id: ID!  note: String }
        type Secret implements Thing @authenticated { id: ID!  note: String }
        type Plain implements Thing { id: ID!  note: String }
        union Found = Secret | Plain
        enum Level @authenticated { LOW HIGH }
        scalar Token @authenticated`,
      resolvers: {
        Query: { any: both, things: both, found: both, secret: () => ({ id: "s" }), level: () => "LOW", token: () => "t" },
      },
    });
    expect(await tell(vault, `{ secret { id } level token }`)).toEqual({ data: { secret: null, level: null, token: null }, refused: ["secret", "level", "token"] });
    expect(vault.fetches()).toEqual([]);
    const plain = { __typename: "Plain", note: "hello" };
    expect(await tell(vault, `{ found { __typename ... on Thing { note } } }`)).toEqual({ data: { found: [{ __typename: "Secret", note: null }, plain] }, refused: ["found.note"] });
    expect(await tell(vault, `{ found { ... on Secret { note } ... on Plain { note } } }`)).toEqual({ data: { found: [{ note: null }, { note: "hello" }] }, refused: ["found.note"] });
    expect(await tell(vault, `{ things { id note } }`)).toEqual({ data: { things: [null, { id: "p", note: "hello" }] }, refused: ["things.id", "things.note"] });
    expect(await tell(vault, `{ any { id } }`)).toEqual({ data: { any: null }, refused: ["any.id"] });
    expect((await tell(vault, `{ secret { id } things { id } level token }`, { caller: callerWith([]) })).refused).toEqual([]);
  });

  it("includes what a root type requires, and fetches nothing when nothing is left", async () => {
    const vault = await open({
      sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [${IMPORTS}, "@authenticated"])
        type Query @authenticated { a: Int  b: Int! }`,
      resolvers: { Query: { a: () => 1, b: () => 2 } },
    });
    expect(await tell(vault, `{ a __typename }`)).toEqual({ data: { a: null, __typename: "Query" }, refused: ["a"] });
    expect(await tell(vault, `{ a b }`)).toEqual({ data: null, refused: ["a", "b"] });
    expect(vault.fetches()).toEqual([]);
    expect(await tell(vault, `{ a b }`, { caller: callerWith([]) })).toEqual({ data: { a: 1, b: 2 }, refused: [] });
  });

  it("reaches the nearest nullable place from a field that may not be null", async () => {
    const vault = await open({
      sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [${IMPORTS}, "@authenticated"])
        type Query { box: Box  boxes: [Box!]  mixed: [Box]! }
        type Box { inner: Inner!  size: Int }
        type Inner { key: Int! @authenticated  open: Int }`,
      resolvers: { Query: { box: () => ({ inner: { key: 1, open: 2 }, size: 3 }), boxes: () => [{ inner: { open: 2 }, size: 3 }], mixed: () => [{ inner: { open: 2 } }, null] } },
    });
    expect(await tell(vault, `{ box { size inner { open key } } }`)).toEqual({ data: { box: null }, refused: ["box.inner.key"] });
    expect(await tell(vault, `{ boxes { inner { key } } mixed { inner { key } } }`)).toEqual({ data: { boxes: null, mixed: [null, null] }, refused: ["boxes.inner.key", "mixed.inner.key"] });
    expect(await tell(vault, `{ box { size inner { open } } }`)).toEqual({ data: { box: { size: 3, inner: { open: 2 } } }, refused: [] });
  });

  it("asks whoever decides about policies, and grants none without", async () => {
    const source = {
      sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [${IMPORTS}, "@policy"])
        type Query { a: Int @policy(policies: [["p"], ["q", "r"]]) }`,
      resolvers: { Query: { a: () => 1 } },
    };
    const refusing = await open(source);
    expect((await tell(refusing, `{ a }`, { caller: callerWith(["p", "q", "r"]) })).refused).toEqual(["a"]);
    await refusing.close();
    const asking = await open(source, { grantsPolicy: (policy: string, { subject }: { subject: string | null }) => subject === "boss" && policy === "p" });
    expect((await tell(asking, `{ a }`, { caller: callerWith([], "boss") })).refused).toEqual([]);
    expect((await tell(asking, `{ a }`, { caller: callerWith([], "clerk") })).refused).toEqual(["a"]);
  });

  it("cannot be read through a field that is computed from it, whatever composed the supergraph", async () => {
    const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [${IMPORTS}, "@authenticated"])`;
    const sources = {
      till: { sdl: `${link} type Query { p: P } type P @key(fields: "id") { id: ID!  cost: Int @authenticated }`, resolvers: { Query: { p: () => ({ id: "1" }) } } },
      desk: { sdl: `${link} type P @key(fields: "id") { id: ID!  cost: Int @external  total: Int @requires(fields: "cost") @authenticated  open: Int }` },
    };
    // Today's composition demands the directive on `total`; the one of 2024 did not.
    const edit = (sdl: string): string => sdl.replace(/(total: Int .*?)\s*@authenticated/, "$1");
    expect(edit(composeText(sources))).not.toBe(composeText(sources));
    federation = await openFederation(sources, { on, edit });
    expect(await tell(federation, `{ p { id total } }`)).toEqual({ data: { p: { id: "1", total: null } }, refused: ["p.total"] });
    expect(federation.fetches().filter((fetch) => /cost|total/.test(fetch))).toEqual([]);
  });

  it("cannot be read through what an interface object computes from it, whatever composed the supergraph", async () => {
    const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [${IMPORTS}, "@interfaceObject", "@authenticated"])`;
    const things = [{ __typename: "T", id: "1", cost: 7 }, { __typename: "U", id: "2", cost: 8 }];
    const findThing = ({ id }: { id: string }) => things.find((one) => one.id === id) ?? null;
    const sources = {
      till: {
        sdl: `${link} type Query { things: [I] } interface I @key(fields: "id") { id: ID!  cost: Int }
          type T implements I @key(fields: "id") { id: ID!  cost: Int @authenticated } type U implements I @key(fields: "id") { id: ID!  cost: Int @authenticated }`,
        resolvers: { Query: { things: () => things }, I: { __resolveReference: findThing }, T: { __resolveReference: findThing }, U: { __resolveReference: findThing } },
      },
      desk: {
        sdl: `${link} type I @interfaceObject @key(fields: "id") { id: ID!  cost: Int @external  total: Int @requires(fields: "cost") @authenticated  open: Int }`,
        resolvers: { I: { __resolveReference: (stub: object) => ({ ...stub, __typename: "I" }), total: ({ cost }: { cost: number }) => cost * 2, open: () => 1 } },
      },
    };
    // Today's composition demands the directive on `total`; the one of 2024 did not.
    const edit = (sdl: string): string => sdl.replace(/(total: Int [^\n]*?)@authenticated/g, "$1");
    expect(composeText(sources).match(/total: Int [^\n]*@authenticated/g)).toHaveLength(3);
    expect(edit(composeText(sources))).not.toMatch(/total: Int [^\n]*@authenticated/);
    federation = await openFederation(sources, { on, edit });
    expect(await tell(federation, `{ things { id total open } }`)).toEqual({
      data: { things: [{ id: "1", total: null, open: 1 }, { id: "2", total: null, open: 1 }] },
      refused: ["things.total"],
    });
    expect(federation.fetches().filter((fetch) => /cost|total/.test(fetch))).toEqual([]);
    expect(await tell(federation, `{ things { total } }`, { caller: callerWith([]) })).toEqual({ data: { things: [{ total: 14 }, { total: 16 }] }, refused: [] });
  });

  it("includes what all the types behind a union or an interface require, so that none is so much as named", async () => {
    const both = () => [{ __typename: "A", id: "a" }, { __typename: "B", id: "b" }];
    const vault = await open({
      sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [${IMPORTS}, "@authenticated"])
        type Query { found: [Found]  things: [Thing]  plain: Int }
        interface Thing { id: ID! }
        type A implements Thing @authenticated { id: ID! } type B implements Thing @authenticated { id: ID! }
        union Found = A | B`,
      resolvers: { Query: { found: both, things: both, plain: () => 1 } },
    });
    const refused = { data: { found: null, things: null, plain: 1 }, refused: ["found", "things"] };
    expect(await tell(vault, `{ found { __typename } things { __typename } plain }`)).toEqual(refused);
    expect(await tell(vault, `fragment F on Query { found { ... on A { id } } things { ... on B { id } } } { ...F plain }`)).toEqual(refused);
    expect(vault.fetches().filter((fetch) => /found|things/.test(fetch))).toEqual([]);
    expect((await tell(vault, `{ found { __typename } things { id } }`, { caller: callerWith([]) })).refused).toEqual([]);
  });

  it("includes mutations, which are then not run", async () => {
    let runs = 0;
    const vault = await open({
      sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [${IMPORTS}, "@authenticated"])
        type Query { a: Int } type Mutation { free: Int  guarded: Int @authenticated }`,
      resolvers: { Mutation: { free: () => (runs += 1), guarded: () => (runs += 10) } },
    });
    expect(await tell(vault, `mutation { one: free guarded two: free }`)).toEqual({ data: { one: 1, guarded: null, two: 2 }, refused: ["guarded"] });
    expect(runs).toBe(2);
  });
});

describe("the requirements of a field", () => {
  const JOIN = `schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY) @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY) { query: Query }
    enum join__Graph { A @join__graph(name: "a", url: "http://a/") }`;
  const read = (types: string) => readSupergraph(`${JOIN} ${types}`, "test").requirements;

  it("include those of the fields that it is computed from, however deep", () => {
    const requirements = read(`type Query { p: P }
      type P { fee: Int @join__field(graph: A, requires: "income home { rent } kin { ... on P { age } }")  net: Int @join__field(graph: A, requires: "fee")
        income: Int @authenticated  home: Home  kin: Kin  age: Int @requiresScopes(scopes: [["age"]])  free: Int }
      union Kin = P
      type Home { rent: Int @requiresScopes(scopes: [["rent"]]) }`);
    const all = [{ kind: "authenticated" }, { kind: "scopes", anyOf: [["rent"]] }, { kind: "scopes", anyOf: [["age"]] }];
    expect(requirements.of("P", "fee")).toEqual(all);
    expect(requirements.of("P", "net")).toEqual(all);
    expect(requirements.of("P", "free")).toEqual([]);
  });

  it("include those of the fields that a context gives it", () => {
    const requirements = read(`type Query { p: P }
      type P @context(name: "A__c") { tax: Int @authenticated  child: C }
      type C { due: Int @join__field(graph: A, contextArguments: [{ context: "A__c", name: "t", type: "Int", selection: "{ tax }" }]) }`);
    expect(requirements.of("C", "due")).toEqual([{ kind: "authenticated" }]);
  });

  it("include those of the fields that a context gives it under another name", () => {
    const link = `@link(url: "https://specs.apollo.dev/context/v0.1", for: SECURITY, import: [{ name: "@context", as: "@ctx" }])`;
    const types = `type Query { p: P }
      type P @ctx(name: "A__c") { tax: Int @authenticated  child: C }
      type C { due: Int @join__field(graph: A, contextArguments: [{ context: "A__c", name: "t", type: "Int", selection: "{ tax }" }]) }`;
    const { requirements } = readSupergraph(`${JOIN.replace("{ query: Query }", `${link} { query: Query }`)} ${types}`, "test");
    expect(requirements.of("C", "due")).toEqual([{ kind: "authenticated" }]);
  });

  it("include those of the fields from which an interface object computes it, on each type behind the interface", () => {
    const requirements = read(`type Query { i: I }
      interface I { s: Int  d: Int @join__field(graph: A, requires: "s") }
      type T implements I { s: Int @authenticated  d: Int @join__field } type U implements I { s: Int  d: Int @join__field }`);
    expect(requirements.of("T", "d")).toEqual([{ kind: "authenticated" }]);
    expect(requirements.of("U", "d")).toEqual([]);
  });

  it("include those of the interfaces of its type, and of all that implement an interface it is computed from", () => {
    const requirements = read(`type Query { t: T }
      interface I @authenticated { x: Int @requiresScopes(scopes: [["x"]]) }
      type T implements I { x: Int  y: Int  z: Int }
      interface J { s: Int } type U implements J { s: Int @requiresScopes(scopes: [["s"]]) }
      type V { j: J  sum: Int @join__field(graph: A, requires: "j { s }") }`);
    expect(requirements.of("T", "x")).toEqual([{ kind: "authenticated" }, { kind: "scopes", anyOf: [["x"]] }]);
    expect(requirements.of("T", "y")).toEqual([{ kind: "authenticated" }]);
    expect(requirements.of("V", "sum")).toEqual([{ kind: "scopes", anyOf: [["s"]] }]);
  });

  it("leave a type alone when composition gathered them on its interface from the other types", () => {
    const requirements = read(`type Query { t: T }
      interface I { x: Int @requiresScopes(scopes: [["a", "b"]]) }
      type T implements I { x: Int @requiresScopes(scopes: [["a"]]) } type U implements I { x: Int @requiresScopes(scopes: [["b"]]) } type V implements I { x: Int }`);
    expect(requirements.of("T", "x")).toEqual([{ kind: "scopes", anyOf: [["a"]] }]);
    expect(requirements.of("U", "x")).toEqual([{ kind: "scopes", anyOf: [["b"]] }]);
    expect(requirements.of("V", "x")).toEqual([]);
  });

  it("are impossible to meet where no alternative is left", () => {
    expect(read(`type Query { x: Int @requiresScopes(scopes: []) }`).of("Query", "x")).toEqual([{ kind: "scopes", anyOf: [] }]);
  });
});

describe("a supergraph with a feature for SECURITY that nobody enforces", () => {
  const source: SubgraphSource = { sdl: `type Query { a: Int }` };

  it.each([
    ["unknown", "https://example.org/sealed/v1.0"],
    ["of a version that is not known", "https://specs.apollo.dev/authenticated/v1.0"],
  ])("is not served: %s", async (_name, url) => {
    const edit = (sdl: string): string => sdl.replace("schema\n", `schema\n  @link(url: "${url}", for: SECURITY)\n`);
    expect(edit(composeText({ source }))).toContain(url);
    for (const on of ENGINES) await expect(openFederation({ source }, { on, edit })).rejects.toMatchObject({ extensions: { code: "SUPERGRAPH_INVALID" }, message: expect.stringContaining("SECURITY") });
  });
});
