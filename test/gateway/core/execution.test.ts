// The gateway answers what one schema over the same data would.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { execute, parse } from "graphql";

import { callerWith, ENGINES, openFederation, type Federation } from "./federation.ts";
import { SHOP, WHOLE } from "./shop.ts";

const OPERATIONS: readonly (readonly [string, Record<string, unknown>?])[] = [
  [`{ __typename }`],
  [`{ users { id name } }`],
  [`{ user(id: "u1") { name nickname manager { name } reviews { stars } } }`],
  [`{ user(id: "nobody") { name reviews { stars } } }`],
  [`query ($id: ID!) { user(id: $id) { id manager { id manager { id manager { id } } } } }`, { id: "u3" }],
  [`{ a: user(id: "u1") { n: name } b: user(id: "u2") { n: name m: manager { n: name } } }`],
  [`{ items { id title price } }`],
  [`{ items { __typename ... on Book { pages } ... on Film { minutes } } }`],
  [`{ items(kind: FILM) { title maker { name } } }`],
  [`query ($k: Kind) { items(kind: $k) { id } }`, { k: "BOOK" }],
  [`query ($k: Kind = FILM) { items(kind: $k) { id } }`],
  [`query ($k: Kind) { items(kind: $k) { id } }`, { k: null }],
  [`{ items { id label } }`],
  [`{ items { reviews { text author { name reviews { item { title } } } } } }`],
  [`{ item(id: "b1") { title reviews { stars author { name nickname } item { title label } } } }`],
  [`{ item(id: "zz") { title label } }`],
  [`{ review(id: "r1") { text item { title ... on Book { pages } maker { name } } } }`],
  [`{ review(id: "zz") { text } }`],
  [`{ topReviews { id } }`],
  [`{ topReviews(first: 4) { id author { name } item { __typename title } } }`],
  [`{ search(text: "e") { __typename ... on Item { title reviews { stars } } ... on User { name reviews { id } } } }`],
  [`{ search(text: "Ada") { ... on User { id name } ... on Book { pages } } }`],
  [`{ search(text: "zz") { __typename } }`],
  [`fragment U on User { name manager { ...M } } fragment M on User { name nickname } { users { ...U reviews { author { ...U } } } }`],
  [`fragment I on Item { id ... on Book { pages ...T } ... on Film { minutes ...T } } fragment T on Item { title label } { items { ...I } }`],
  [`query ($x: Boolean!) { users { id name @include(if: $x) nickname @skip(if: $x) } }`, { x: true }],
  [`query ($x: Boolean!) { users { id name @include(if: $x) nickname @skip(if: $x) } }`, { x: false }],
  [`query ($x: Boolean = false) { users { id ... @include(if: $x) { reviews { id } } } items @skip(if: $x) { id } }`],
  [`{ users { id name name ... on User { name id } } users { nickname } }`],
  [`{ users { zeta: id alpha: name id } }`],
  [`{ __type(name: "User") { name kind fields { name } } users { id } }`],
  [`{ __schema { queryType { name } } }`],
  [`query One { users { id } } query Two { items { id } }`],
  [`{ __proto__: user(id: "u1") { constructor: id toString: name hasOwnProperty: nickname } }`],
  [`{ users { __proto__: manager { __proto__: id } reviews { constructor: author { __proto__: name } } } }`],
  [`query ($__proto__: ID!) { user(id: $__proto__) { name } }`, JSON.parse(`{"__proto__":"u2"}`) as Record<string, unknown>],
  [`query ($representations: ID!, $x: Boolean!) { user(id: $representations) { name reviews { item { title @include(if: $x) } } } }`, { representations: "u2", x: true }],
  [`query ($representations: Boolean!) { topReviews { author { name @include(if: $representations) } } }`, { representations: true }],
];

describe.each(ENGINES)("the gateway ($engine, $planner)", (on) => {
  let shop: Federation;
  beforeAll(async () => {
    shop = await openFederation(SHOP, { on });
  });
  afterAll(() => shop.close());

  it.each(OPERATIONS.map((operation) => operation))("answers as one schema would: %s", async (query, variables = {}) => {
    const operationName = query.includes("query Two") ? "Two" : undefined;
    const answer = await shop.ask(query, { variables, ...(operationName !== undefined && { operationName }), caller: callerWith(["email:read", "cost:read"]) });
    const variableValues = "__proto__" in variables && Object.hasOwn(variables, "__proto__") ? {} : variables;
    const document = parse(Object.hasOwn(variables, "__proto__") ? query.replaceAll("$__proto__", "$plain") : query);
    const plain = Object.hasOwn(variables, "__proto__") ? { plain: "u2" } : variableValues;
    const expected = await execute({ schema: shop.gateway.schema(), document, rootValue: WHOLE, variableValues: plain, operationName: operationName ?? null });
    expect(JSON.stringify(answer)).toBe(JSON.stringify(expected));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("asks each subgraph only for what the operation needs of it", async () => {
    await shop.ask(`{ topReviews(first: 4) { author { name } } }`);
    expect(shop.fetches().map((fetch) => fetch.split(":")[0])).toEqual(["reviews", "users"].sort((one) => (one === "users" ? -1 : 1)));
  });

  it("refuses variables that the operation does not take, in one error with a code, and asks nobody", async () => {
    const answer = await shop.ask(`query ($id: ID!) { user(id: $id) { name } }`, { variables: { id: { $ne: null } } });
    expect(answer.data).toBeUndefined();
    expect(answer.errors?.map((error) => error.extensions?.["code"])).toEqual(["BAD_USER_INPUT"]);
    expect(shop.fetches()).toEqual([]);
  });

  it("refuses an operation name that the document does not have", async () => {
    const answer = await shop.ask(`query One { users { id } } query Two { items { id } }`, { operationName: "Three" });
    expect(answer.errors?.[0]?.extensions?.["code"]).toBe("OPERATION_RESOLUTION_FAILURE");
  });

  it("refuses to choose between operations", async () => {
    const answer = await shop.ask(`query One { users { id } } query Two { items { id } }`);
    expect(answer.errors?.[0]?.extensions?.["code"]).toBe("OPERATION_RESOLUTION_FAILURE");
  });

  it("refuses a field under the name __typename rather than mixing up types", async () => {
    const answer = await shop.ask(`{ users { __typename: name } }`);
    expect(answer.errors?.[0]?.extensions?.["code"]).toBe("BAD_REQUEST");
    expect(shop.fetches()).toEqual([]);
  });

  it("tells a null where the schema allows none", async () => {
    shop.servers["users"]?.misbehave((response) => {
      response.end(JSON.stringify({ data: { users: [{ id: "u1", name: null }] } }));
      return true;
    });
    const answer = await shop.ask(`{ users { id name } }`);
    shop.servers["users"]?.misbehave(null);
    expect(answer.data).toBeNull();
    expect(answer.errors).toEqual([expect.objectContaining({ path: ["users", 0, "name"], extensions: { code: "VALUE_MISSING" } })]);
  });

  it("does not let a subgraph's JSON change the prototype of anything", async () => {
    shop.servers["users"]?.misbehave((response) => {
      response.end(`{"data":{"users":[{"id":"u1","name":"Ada","__proto__":{"polluted":1}}],"__proto__":{"polluted":1}}}`);
      return true;
    });
    const answer = await shop.ask(`{ users { id name } }`);
    shop.servers["users"]?.misbehave(null);
    expect(answer).toEqual({ data: { users: [{ id: "u1", name: "Ada" }] } });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});
