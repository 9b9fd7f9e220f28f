// Which entities subgraphs are asked for, and where their answers go.
import { describe, expect, it } from "@jest/globals";

import { at, each, entities, field, parallel, root, run, sequence, type World } from "./plans.ts";

const SCHEMA = `
  type Query { list: [Holder!]  x: Holder  y: Holder  things: [Thing]  grid: [[Item]] }
  type Holder { label: String  item: Item }
  interface Thing { id: ID!  maker: Maker }
  type Book implements Thing { id: ID!  maker: Maker }
  type Film implements Thing { id: ID!  maker: Maker }
  type Maker { id: ID!  name(lang: String): String  deep: Deep }
  type Deep { value(unit: String): String }
  type Item { id: ID!  name: String  maker: Maker  size: Size  price: Int }
  type Size { w: Int  h: Int }
`;

const item = (id: string | null, more: object = {}) => ({ __typename: "Item", id, ...more });
const reps = (sent: { readonly variables: Readonly<Record<string, unknown>> } | undefined, alias = "_entities") => sent?.variables[`${alias}_reps`];

describe("equal entities", () => {
  const world = (list: readonly unknown[]): World => ({
    schema: SCHEMA,
    plan: sequence(root("a"), entities("b", at("list.@.item", "Item"))),
    answers: { a: () => ({ data: { list } }), b: each(({ id }) => (id === "gone" ? null : { name: `name ${String(id)}` })) },
  });

  it("are asked for once and answer everywhere", async () => {
    const list = ["1", "2", "1", "1", "gone", "2"].map((id) => ({ item: item(id) }));
    const { data, sent } = await run(world(list), `{ list { item { id name } } }`);
    expect(reps(sent[1])).toEqual([item("1"), item("2"), item("gone")]);
    expect(data).toEqual({ list: ["1", "2", "1", "1", "gone", "2"].map((id) => ({ item: { id, name: id === "gone" ? null : `name ${id}` } })) });
  });

  it("keep what differs between their places", async () => {
    const list = [{ item: item("1", { price: 1 }) }, { item: item("1", { price: null }) }, { item: item("1", { price: 1 }) }];
    const { data, sent } = await run(world(list), `{ list { item { name price } } }`);
    expect(reps(sent[1])).toEqual([item("1")]);
    expect(data).toEqual({ list: [1, null, 1].map((price) => ({ item: { name: "name 1", price } })) });
  });

  it("are not asked for where something that is required is missing, or there is nothing", async () => {
    const list = [{ item: null }, {}, { item: { id: "1" } }, { item: { __typename: "Item" } }, { item: { __typename: "Other", id: "1" } }];
    const { data, sent } = await run(world(list), `{ list { label item { name } } }`);
    expect(sent).toHaveLength(1);
    expect(data).toMatchObject({ list: [{ item: null }, { item: null }, { item: { name: null } }, { item: { name: null } }, { item: null }] });
  });

  it("are equal only where every value that is required is, numbers and texts apart", async () => {
    const requires = ["__typename", "id", "price", "name"].map((name) => field(name));
    const plan = sequence(root("a"), entities("b", at("list.@.item", "Item", { requires })));
    const price = [1, "1", true, null, [1], { a: 1 }];
    const items = [...price, ...structuredClone(price)].flatMap((one) => ["n", "m"].map((name) => item("1", { price: one, name })));
    const { sent } = await run({ ...world(items.map((one) => ({ item: one }))), plan }, `{ list { item { id } } }`);
    expect(reps(sent[1])).toEqual(items.slice(0, items.length / 2));
  });

  it("are sent with every character that their values have", async () => {
    const ids = ['"', "\\", "\n", "\u0000", "\ud83d\ude00", "\ud83d", "\u2028", `${"long ".repeat(10)}"`, "__proto__"];
    const { data, sent } = await run(world(ids.map((id) => ({ item: item(id) }))), `{ list { item { id name } } }`);
    expect(reps(sent[1])).toEqual(ids.map((id) => item(id)));
    expect(data).toEqual({ list: ids.map((id) => ({ item: { id, name: `name ${id}` } })) });
  });

  it("are told of a required null", async () => {
    const { sent } = await run(world([{ item: item(null) }]), `{ list { item { name } } }`);
    expect(reps(sent[1])).toEqual([item(null)]);
  });

  it("are found in lists of lists", async () => {
    const grid = [[item("1"), null], [], null, [item("1"), item("2")]];
    const { data, sent } = await run({ ...world([]), plan: sequence(root("a"), entities("b", at("grid.@.@", "Item"))), answers: { a: () => ({ data: { grid } }), b: each(({ id }) => ({ name: id })) } }, `{ grid { name } }`);
    expect(reps(sent[1])).toEqual([item("1"), item("2")]);
    expect(data).toEqual({ grid: [[{ name: "1" }, null], [], null, [{ name: "1" }, { name: "2" }]] });
  });
});

describe("an object that stands for equal entities", () => {
  const chain = sequence(
    root("a"),
    entities("b", at("list.@.item", "Item")),
    entities("c", at("list.@.item.maker", "Maker")),
    entities("d", at("list.@.item.maker.deep", "Deep")),
  );
  const maker = { __typename: "Maker", id: "m" };
  const answers = {
    a: () => ({ data: { list: Array.from({ length: 50 }, (_, index) => ({ label: `l${index}`, item: item(String(index % 5)) })) } }),
    b: each(() => ({ maker })),
    c: each(() => ({ name: "M", deep: { __typename: "Deep", id: "d" } })),
    d: each(() => ({ value: "V" })),
  };

  it("is walked through once, below it too, and printed everywhere", async () => {
    const { data, sent } = await run({ schema: SCHEMA, plan: chain, answers }, `{ list { label item { id maker { name deep { value } } } } }`);
    expect(sent.map(({ subgraph, variables }) => [subgraph, (Object.values(variables)[0] as unknown[] | undefined)?.length])).toEqual([["a", undefined], ["b", 5], ["c", 1], ["d", 1]]);
    expect(data).toEqual({ list: Array.from({ length: 50 }, (_, index) => ({ label: `l${index}`, item: { id: String(index % 5), maker: { name: "M", deep: { value: "V" } } } })) });
  });

  it("takes what several fetches side by side add to it", async () => {
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return each(() => ({ size: { w: 1 } }))({ subgraph: "d", query: "", variables: { _entities_reps: [1, 2, 3, 4, 5] } });
    };
    const plan = sequence(root("a"), parallel(entities("d", at("list.@.item", "Item")), sequence(entities("b", at("list.@.item", "Item")), entities("c", at("list.@.item.maker", "Maker")))));
    const { data } = await run({ schema: SCHEMA, plan, answers: { ...answers, d: slow } }, `{ list { item { size { w } maker { name } } } }`);
    expect(data).toEqual({ list: Array.from({ length: 50 }, () => ({ item: { size: { w: 1 }, maker: { name: "M" } } })) });
  });
});

describe("one entity at two places", () => {
  it("may be asked for differently at each, under one name", async () => {
    // One answer about the items of both places; then their makers by two arguments under one response name.
    const plan = sequence(
      root("a"),
      entities("b", at("x.item y.item", "Item")),
      parallel(
        entities("c", at("x.item.maker", "Maker", { alias: "en" })),
        entities("c", at("y.item.maker", "Maker", { alias: "fr" })),
      ),
    );
    const answers = {
      a: () => ({ data: { x: { item: item("1") }, y: { item: item("1") } } }),
      b: each(() => ({ maker: { __typename: "Maker", id: "m" } })),
      c: ({ variables }: { variables: Readonly<Record<string, unknown>> }) => ({ data: "en_reps" in variables ? { en: [{ name: "Smith" }] } : { fr: [{ name: "Lefèvre" }] } }),
    };
    const { data, sent } = await run({ schema: SCHEMA, plan, answers }, `{ x { item { maker { name(lang: "EN") } } } y { item { maker { name(lang: "FR") } } } }`);
    expect(reps(sent[1])).toEqual([item("1")]);
    expect(data).toEqual({ x: { item: { maker: { name: "Smith" } } }, y: { item: { maker: { name: "Lefèvre" } } } });
  });

  it("may be asked for differently below, by fetches of the same objects", async () => {
    const plan = sequence(root("a"), entities("b", at("x.item y.item", "Item")), entities("c", at("x.item", "Item")), entities("d", at("y.item", "Item")));
    const answers = {
      a: () => ({ data: { x: { item: item("1") }, y: { item: item("1") } } }),
      b: each(() => ({ size: { w: 1 } })),
      c: each(() => ({ size: { h: 2 } })),
      d: each(() => ({ size: { h: 3 } })),
    };
    const { data } = await run({ schema: SCHEMA, plan, answers }, `{ x { item { size { w h } } } y { item { size { w h } } } }`);
    expect(data).toEqual({ x: { item: { size: { w: 1, h: 2 } } }, y: { item: { size: { w: 1, h: 3 } } } });
  });

  it("may be asked for differently below two types of one list", async () => {
    const plan = sequence(
      root("a"),
      entities("b", at("things.@.maker", "Maker", { requires: [{ kind: "fragment", typeCondition: "Maker", selections: [field("__typename"), field("id")] }] })),
      entities("c", at("things.@|[Book].maker", "Maker")),
      entities("d", at("things.@|[Film].maker", "Maker")),
    );
    const maker = { __typename: "Maker", id: "m" };
    const answers = {
      a: () => ({ data: { things: ["Book", "Film", "Book"].map((__typename) => ({ __typename, id: "1", maker })) } }),
      b: each(() => ({ deep: { value: "deep" } })),
      c: each(() => ({ name: "by Book" })),
      d: each(() => ({ name: "by Film" })),
    };
    const query = `{ things { ... on Book { maker { name(lang: "B") deep { value } } } ... on Film { maker { name(lang: "F") deep { value } } } } }`;
    const { data, sent } = await run({ schema: SCHEMA, plan, answers }, query);
    expect(sent.slice(1).map((one) => (reps(one) as unknown[]).length)).toEqual([1, 1, 1]);
    expect(data).toEqual({ things: ["Book", "Film", "Book"].map((type) => ({ maker: { name: `by ${type}`, deep: { value: "deep" } } })) });
  });
});

describe("a request", () => {
  it("asks for several kinds of entities under their aliases, and not at all when there are none", async () => {
    const plan = sequence(root("a"), entities("b", at("x.item", "Item", { alias: "one" }), at("y.item", "Item", { alias: "two" })), entities("c", at("x.item.maker", "Maker"), at("y.item.maker", "Maker", { alias: "too" })));
    const answers = { a: () => ({ data: { x: { item: item("1") }, y: null } }), b: () => ({ data: { one: [{ name: "N" }], two: [] } }) };
    const { data, sent, errors } = await run({ schema: SCHEMA, plan, answers }, `{ x { item { name } } y { item { name } } }`);
    expect(sent.map(({ variables }) => variables)).toEqual([{}, { one_reps: [item("1")], two_reps: [] }]);
    expect(data).toEqual({ x: { item: { name: "N" } }, y: null });
    expect(errors).toBeUndefined();
  });

  it("carries the variables that its document uses and the client gave, whatever they are called", async () => {
    const plan = root("a", { variables: ["b", "missing", "__proto__", "nothing"] });
    const variables = JSON.parse(`{"b":{"x":["\\"",1.5,null]},"c":1,"__proto__":"p","nothing":null}`) as Record<string, unknown>;
    const { sent } = await run({ schema: SCHEMA, plan, answers: { a: () => ({ data: {} }) } }, `{ __typename }`, variables);
    expect(JSON.stringify(sent[0]?.variables)).toBe(`{"b":{"x":["\\"",1.5,null]},"__proto__":"p","nothing":null}`);
  });

  it("sends what is required, nested, renamed, of the object's own type, and rewritten", async () => {
    const requires = [
      { kind: "fragment" as const, typeCondition: "Thing", selections: [field("__typename"), field("id"), { ...field("maker"), responseName: "_m", selections: [field("id")] }] },
      { kind: "fragment" as const, typeCondition: "Film", selections: [field("minutes"), field("tags")] },
    ];
    const inputRewrites = [{ kind: "set" as const, path: [{ kind: "type" as const, names: ["Book"] }, { kind: "field" as const, name: "__typename" }], value: "Thing" }];
    const plan = sequence(root("a"), entities("b", at("things.@", "Thing", { requires, inputRewrites })));
    const things = [
      { __typename: "Film", id: "f", _m: [{ id: "1", x: 1 }, null], minutes: 9, tags: ["a", { b: null }] },
      { __typename: "Book", id: "b", _m: null },
      { __typename: "Film", id: "g", _m: {}, minutes: 9, tags: [] },
    ];
    const { sent } = await run({ schema: SCHEMA, plan, answers: { a: () => ({ data: { things } }), b: each(() => null) } }, `{ things { id } }`);
    expect(JSON.stringify(reps(sent[1]))).toBe(`[{"__typename":"Film","id":"f","maker":[{"id":"1"},null],"minutes":9,"tags":["a",{"b":null}]},{"__typename":"Thing","id":"b","maker":null}]`);
  });

  it("has its data renamed before they are merged, and errors with them", async () => {
    const rename = { kind: "rename" as const, path: [{ kind: "field" as const, name: "_alias" }], name: "name" };
    const plan = sequence(root("a", { outputRewrites: [{ ...rename, path: [{ kind: "field", name: "x" }, { kind: "field", name: "_l" }], name: "label" }] }), entities("b", at("x.item", "Item", { outputRewrites: [rename] })));
    const answers = {
      a: () => ({ data: { x: { _l: "L", item: item("1") } }, errors: [{ message: "la", path: ["x", "_l"], extensions: { code: "A" } }] }),
      b: () => ({ data: { _entities: [{ _alias: "N" }] }, errors: [{ message: "na", path: ["_entities", 0, "_alias"], extensions: { code: "B" } }] }),
    };
    const { data, errors } = await run({ schema: SCHEMA, plan, answers }, `{ x { label item { name } } }`);
    expect(data).toEqual({ x: { label: "L", item: { name: "N" } } });
    expect(errors?.map(({ path }) => path)).toEqual([["x", "label"], ["x", "item", "name"]]);
  });

  it("merges what two subgraphs say of one object, nulls losing and interfaces giving way to objects", async () => {
    const plan = sequence(root("a"), root("b"));
    const answers = {
      a: () => ({ data: { x: { label: "L", item: null }, things: [{ __typename: "Thing", id: "1" }, null, { id: "3" }] } }),
      b: () => ({ data: { x: { label: null, item: item("1", { size: { w: 1 } }) }, things: [{ __typename: "Book", maker: { id: "m" } }, { __typename: "Film", id: "2" }, { __typename: "Film" }] } }),
    };
    const { data } = await run({ schema: SCHEMA, plan, answers }, `{ x { label item { size { w } } } things { __typename id maker { id } } }`);
    expect(data).toEqual({
      x: { label: "L", item: { size: { w: 1 } } },
      things: [{ __typename: "Book", id: "1", maker: { id: "m" } }, { __typename: "Film", id: "2", maker: null }, { __typename: "Film", id: "3", maker: null }],
    });
  });

  it.each([
    ["requests", { fetches: 1, entities: 10 }, "requests to subgraphs"],
    ["entities", { fetches: 10, entities: 2 }, "entities of subgraphs"],
  ])("beyond the limit of %s is not made, and its part says so", async (_what, limits, words) => {
    const world: World = { schema: SCHEMA, limits, plan: sequence(root("a"), entities("b", at("list.@.item", "Item"))), answers: { a: () => ({ data: { list: ["1", "2", "3"].map((id) => ({ label: id, item: item(id) })) } }) } };
    const { data, errors, sent } = await run(world, `{ list { label item { name } } }`);
    expect(sent.map(({ subgraph }) => subgraph)).toEqual(["a"]);
    expect(data).toEqual({ list: ["1", "2", "3"].map((label) => ({ label, item: { name: null } })) });
    expect(errors).toEqual([{ message: expect.stringContaining(words), path: ["list", "item"], extensions: { code: "REQUEST_TOO_LARGE" } }]);
  });

  it("is made or left out by a variable", async () => {
    const plan = sequence(root("a"), { kind: "Condition", variable: "more", whenTrue: entities("b", at("x.item", "Item")), whenFalse: root("c") });
    const answers = { a: () => ({ data: { x: { item: item("1") } } }), b: each(() => ({ name: "N" })), c: () => ({ data: {} }) };
    const ask = async (variables: Record<string, unknown>, definition: string) => (await run({ schema: SCHEMA, plan, answers }, `query (${definition}) { x { item { id name @include(if: $more) } } }`, variables)).sent.map(({ subgraph }) => subgraph);
    expect(await ask({ more: true }, "$more: Boolean!")).toEqual(["a", "b"]);
    expect(await ask({ more: false }, "$more: Boolean = true")).toEqual(["a", "c"]);
    expect(await ask({}, "$more: Boolean! = true")).toEqual(["a", "b"]);
  });
});
