// Clients that exist, over real HTTP, with a subgraph that is slow: each shows the first part, then the rest.
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client/core";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createClient, fetchExchange, gql as urqlGql } from "@urql/core";
import * as apollo3 from "apollo-client-3/core/core.cjs";

import { INCREMENTS, openWorld, PATCHES, type DeferWorld } from "./world.ts";

const TEXT = 'query Slow { people { __typename id name ... on Person @defer(label: "score") { score friends { __typename id score } } } }';
const FIRST = [{ id: "1", name: "Ada" }, { id: "2", name: "Bo" }];
const WHOLE = [{ id: "1", name: "Ada", score: 7, friends: [{ id: "2", score: 14 }] }, { id: "2", name: "Bo", score: 14, friends: [] }];

let world: DeferWorld;
const types: (string | null)[] = [];

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  types.length = 0;
  world.hold();
});

/** The platform's own, with a note of what came. */
const noted: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  types.push(response.headers.get("content-type"));
  return response;
};

/** What a client shows: the first result, for which scores are not needed, then the last. */
interface Shown {
  readonly first: unknown;
  readonly last: unknown;
}

/** `subscribe` hands over each result with data, and whether it is the last. */
function watch(subscribe: (next: (people: unknown, isLast: boolean) => void, fail: (error: unknown) => void) => void): Promise<Shown> {
  return new Promise((resolve, reject) => {
    let first: unknown;
    subscribe((people, isLast) => {
      if (isLast) return resolve({ first, last: people });
      first ??= people;
      world.release();
    }, reject);
  });
}

describe.each([
  ["Defer20220824Handler", () => new Defer20220824Handler(), "deferSpec=20220824"],
  // Its types do not fit those of its own client where optional properties are exact.
  ["GraphQL17Alpha9Handler", () => new GraphQL17Alpha9Handler() as unknown as Defer20220824Handler, "incrementalSpec=v0.2"],
] as const)("Apollo Client 4 with %s", (_, createHandler, spec) => {
  it("shows the first part, then the rest", async () => {
    const client = new ApolloClient({ link: new HttpLink({ uri: world.url, fetch: noted }), cache: new InMemoryCache(), incrementalHandler: createHandler() });
    const { first, last } = await watch((next, fail) => {
      client.watchQuery<{ people: unknown }>({ query: gql(TEXT) }).subscribe({
        next: ({ data, loading, dataState, error }) => {
          if (error !== undefined) fail(error);
          else if (data?.people !== undefined) next(data.people, !loading && dataState === "complete");
        },
        error: fail,
      });
    });
    expect(first).toMatchObject(FIRST);
    expect(first).not.toMatchObject(WHOLE);
    expect(last).toMatchObject(WHOLE);
    expect(types).toEqual([expect.stringContaining(spec)]);
  });
});

describe("Apollo Client 3", () => {
  it("shows the first part, then the rest", async () => {
    const client = new apollo3.ApolloClient({ link: new apollo3.HttpLink({ uri: world.url, fetch: noted }), cache: new apollo3.InMemoryCache() });
    const { first, last } = await watch((next, fail) => {
      client.watchQuery<{ people: readonly { score?: number }[] }>({ query: apollo3.gql(TEXT) }).subscribe({
        next: ({ data }) => {
          if (data?.people !== undefined) next(data.people, data.people.every(({ score }) => score !== undefined));
        },
        error: fail,
      });
    });
    expect(first).toMatchObject(FIRST);
    expect(last).toMatchObject(WHOLE);
    expect(types).toEqual([expect.stringContaining("deferSpec=20220824")]);
  });
});

describe.each([PATCHES, INCREMENTS])("urql that accepts %s", (accept) => {
  it("shows the first part, then the rest", async () => {
    const client = createClient({ url: world.url, exchanges: [fetchExchange], fetch: noted, preferGetMethod: false, fetchOptions: { headers: { accept } } });
    const { first, last } = await watch((next, fail) => {
      client.query<{ people: unknown }>(urqlGql(TEXT), {}).subscribe(({ data, error, hasNext }) => {
        if (error !== undefined) fail(error);
        else if (data !== undefined) next(data.people, !hasNext);
      });
    });
    expect(first).toMatchObject(FIRST);
    expect(last).toMatchObject(WHOLE);
    expect(types).toEqual([expect.stringContaining("multipart/mixed")]);
  });
});

describe("urql with its defaults", () => {
  it("names no form and gets the whole answer", async () => {
    world.release();
    const { data } = await createClient({ url: world.url, exchanges: [fetchExchange], fetch: noted, preferGetMethod: false }).query(TEXT, {}).toPromise();
    expect(data).toMatchObject({ people: WHOLE });
    expect(types).toEqual([expect.stringContaining("json")]);
  });
});
