// An error stands where the client sees what is missing, and what is not missing stays.
import { describe, expect, it } from "@jest/globals";

import { gatewayError } from "../../../gateway/errors.ts";
import { at, each, entities, parallel, root, run, sequence, type World } from "./plans.ts";

const SCHEMA = `
  type Query { list: [Holder]  x: Holder  y: Holder }
  type Holder { label: String  item: Item }
  type Item { id: ID!  name: String  price: Int  tags: [Tag] }
  type Tag { text: String }
`;
const item = (id: string) => ({ __typename: "Item", id });
const DOWN = gatewayError("DOWNSTREAM_SERVICE_ERROR", { service: "b" }, { extensions: { serviceName: "b" } });

const fault = (message: string, path?: (string | number)[]) => ({ message, ...(path && { path }), extensions: { code: "BAD" } });

describe("an error of a subgraph", () => {
  const ids = ["1", "2", "1", "3", "1"];
  const world = (errors: ReturnType<typeof fault>[], more: Partial<World> = {}): World => ({
    schema: SCHEMA,
    plan: sequence(root("a"), entities("b", at("list.@.item y.item", "Item"))),
    answers: {
      a: () => ({ data: { list: ids.map((id) => ({ item: item(id) })), y: { item: item("1") } } }),
      b: (sent) => ({ ...each(({ id }) => ({ name: id === "1" ? null : `n${String(id)}`, tags: [{ text: null }] }))(sent), errors }),
    },
    ...more,
  });
  const QUERY = `{ list { item { name tags { text } } } y { item { name } } }`;

  it("about an entity is told at each place that has the entity, with the rest of its path", async () => {
    const { data, errors } = await run(world([fault("no", ["_entities", 0, "tags", 0, "text"])]), QUERY);
    expect(errors?.map(({ path }) => path?.join("."))).toEqual(["list.0.item.tags.0.text", "list.2.item.tags.0.text", "list.4.item.tags.0.text", "y.item.tags.0.text"]);
    expect(errors?.[0]).toEqual({ message: "no", path: ["list", 0, "item", "tags", 0, "text"], extensions: { code: "BAD", serviceName: "b" } });
    expect(data).toMatchObject({ list: [{ item: { name: null } }, { item: { name: "n2" } }, {}, { item: { name: "n3" } }, {}] });
  });

  it("about no entity is told where the first of them are, and one without a path without", async () => {
    const told = async (path?: (string | number)[]) => (await run(world([fault("no", path)]), QUERY)).errors?.map((error) => error.path?.join("."));
    expect(await told(["_entities"])).toEqual(["list.item"]);
    expect(await told(["_entities", 99, "name"])).toEqual(["list.item"]);
    expect(await told(["elsewhere"])).toEqual(["list.item"]);
    expect(await told()).toEqual([undefined]);
  });

  it("is told at a hundred places at most", async () => {
    const many = Array.from({ length: 500 }, () => ({ item: item("1") }));
    const { errors } = await run(world([fault("no", ["_entities", 0, "name"])], { answers: { ...world([]).answers, a: () => ({ data: { list: many } }), b: () => ({ data: { _entities: [{ name: null }] }, errors: [fault("no", ["_entities", 0, "name"])] }) } }), QUERY);
    expect(errors).toHaveLength(100);
  });

  it("about a root field keeps its path", async () => {
    const { errors } = await run({ schema: SCHEMA, plan: root("a"), answers: { a: () => ({ data: { x: null }, errors: [fault("no", ["x", "label"])] }) } }, `{ x { label } }`);
    expect(errors).toEqual([{ message: "no", path: ["x", "label"], extensions: { code: "BAD", serviceName: "a" } }]);
  });

  it("that takes one alias away leaves the other", async () => {
    const plan = sequence(root("a"), entities("b", at("x.item", "Item", { alias: "one" }), at("y.item", "Item", { alias: "two" })));
    const answers = {
      a: () => ({ data: { x: { item: item("1") }, y: { item: item("2") } } }),
      b: () => ({ data: { one: null, two: [{ name: "N" }] }, errors: [fault("no", ["one"])] }),
    };
    const { data, errors } = await run({ schema: SCHEMA, plan, answers }, `{ x { item { name } } y { item { name } } }`);
    expect(data).toEqual({ x: { item: { name: null } }, y: { item: { name: "N" } } });
    expect(errors?.map(({ path }) => path)).toEqual([["x", "item"]]);
  });
});

describe("a subgraph that fails", () => {
  it("takes its part away, with one error, while its siblings and what follows them go on", async () => {
    const plan = sequence(root("a"), parallel(entities("b", at("list.@.item", "Item")), sequence(entities("c", at("list.@.item", "Item")), entities("d", at("list.@.item.tags.@", "Tag")))));
    const answers = {
      a: () => ({ data: { list: [{ item: item("1") }, { item: null }, null] } }),
      b: () => DOWN,
      c: each(() => ({ price: 5, tags: [{ __typename: "Tag", id: "t" }] })),
      d: each(() => ({ text: "T" })),
    };
    const { data, errors } = await run({ schema: SCHEMA, plan, answers }, `{ list { item { name price tags { text } } } }`);
    expect(data).toEqual({ list: [{ item: { name: null, price: 5, tags: [{ text: "T" }] } }, { item: null }, null] });
    expect(errors).toEqual([{ message: DOWN.message, path: ["list", "item"], extensions: { code: "DOWNSTREAM_SERVICE_ERROR", serviceName: "b" } }]);
  });

  it.each([
    ["too few entities", [{ name: "N" }]],
    ["too many", [{}, {}, {}]],
    ["something else than a list", { 0: {}, 1: {}, length: 2 }],
    ["entities that are texts", ["a", "b"]],
    ["entities that are lists", [[], []]],
    ["nothing", null],
  ])("by answering with %s gets one error and leaves the rest", async (_what, list) => {
    const world: World = {
      schema: SCHEMA,
      plan: sequence(root("a"), entities("b", at("list.@.item", "Item"))),
      answers: { a: () => ({ data: { list: ["1", "2"].map((id) => ({ label: "L", item: item(id) })) } }), b: () => ({ data: { _entities: list } }) },
    };
    const { data, errors } = await run(world, `{ list { label item { name } } }`);
    expect(data).toEqual({ list: [{ label: "L", item: { name: null } }, { label: "L", item: { name: null } }] });
    expect(errors).toEqual([expect.objectContaining({ path: ["list", "item"], extensions: { code: "SUBREQUEST_MALFORMED_RESPONSE", serviceName: "b" } })]);
  });

  it("in a way that nobody foresaw gets the general error, without a word of its own", async () => {
    const { data, errors } = await run({ schema: SCHEMA, plan: root("a"), answers: { a: () => new TypeError("canary") } }, `{ x { label } }`);
    expect(data).toEqual({ x: null });
    expect(errors?.map(({ extensions }) => extensions?.["code"])).toEqual(["INTERNAL_SERVER_ERROR"]);
    expect(JSON.stringify(errors)).not.toContain("canary");
  });
});

describe("an answer", () => {
  it("has a thousand errors at most, and all its nulls", async () => {
    const schema = `type Query { list: [Thing] } type Thing { id: ID! }`;
    const list = Array.from({ length: 20_000 }, () => ({}));
    const errors = Array.from({ length: 900 }, (_, index) => fault("no", ["list", index, "id"]));
    const startedAt = performance.now();
    const answer = await run({ schema, plan: root("a"), answers: { a: () => ({ data: { list }, errors }) } }, `{ list { id } }`);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(answer.data).toEqual({ list: list.map(() => null) });
    expect(answer.errors).toHaveLength(1_000);
    expect(answer.errors?.[900]).toMatchObject({ path: ["list", 900, "id"], extensions: { code: "VALUE_MISSING" } });
  });
});
