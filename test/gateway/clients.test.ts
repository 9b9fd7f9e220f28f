// Clients that exist, unchanged and with their defaults, against the gateway over real HTTP.
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { cacheExchange, createClient, fetchExchange } from "@urql/core";
import * as apollo3 from "apollo-client-3/core/core.cjs";
import { ClientError, GraphQLClient } from "graphql-request";

import { readConfig } from "../../gateway/config.ts";
import { startHttp, type HttpServer } from "../../gateway/http/http.ts";
import { openFederation, type Federation } from "./core/federation.ts";

const PEOPLE = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])
type Query { person(id: ID!): Person }
type Mutation { rename(id: ID!, name: String!): Person }
type Person @key(fields: "id") { id: ID! name: String }`;

const SCORES = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])
type Person @key(fields: "id") { id: ID! score: Int }`;

const ASKED = "query Ask($id: ID!) { person(id: $id) { name score } }";
const ANSWER = { person: { name: "Ada", score: 7 } };
const WRONG = "{ nothing }";

/** What the client sent, as the wire had it. */
interface Sent {
  readonly method: string;
  readonly headers: Headers;
}

let federation: Federation;
let server: HttpServer;
let url: string;
const sent: Sent[] = [];

beforeAll(async () => {
  const ada = { __typename: "Person", id: "1", name: "Ada" };
  federation = await openFederation({
    people: { sdl: PEOPLE, resolvers: { Query: { person: () => ada }, Mutation: { rename: (_root: unknown, { name }: { name: string }) => ({ ...ada, name }) } } },
    scores: { sdl: SCORES, resolvers: { Person: { score: () => 7 } } },
  });
  server = await startHttp({ gateway: federation.gateway, config: { ...readConfig({}, {}), port: 0 } });
  url = `${server.url}/graphql`;
});
afterAll(async () => {
  await server.close();
  await federation.close();
});
beforeEach(() => {
  sent.length = 0;
});

/** The platform's own fetch, with a note of what it was given; clients get it as their `fetch` and know no difference. */
const noted: typeof fetch = (input, init) => {
  const request = new Request(input, init);
  sent.push({ method: request.method, headers: request.headers });
  return fetch(request);
};

describe("Apollo Client 4", () => {
  const createApollo = () => new ApolloClient({ link: new HttpLink({ uri: url, fetch: noted }), cache: new InMemoryCache(), clientAwareness: { name: "portal", version: "1" } });

  it("asks and is answered in graphql-response+json", async () => {
    const { data } = await createApollo().query({ query: gql(ASKED), variables: { id: "1" } });
    expect(data).toMatchObject(ANSWER);
    expect(sent[0]?.headers.get("accept")).toBe("application/graphql-response+json,application/json;q=0.9");
  });

  it("mutates", async () => {
    const { data } = await createApollo().mutate({ mutation: gql('mutation { rename(id: "1", name: "Bo") { name } }') });
    expect(data).toMatchObject({ rename: { name: "Bo" } });
  });

  it("sees the errors of a refused operation, with their code", async () => {
    const error: unknown = await createApollo().query({ query: gql(WRONG) }).catch((thrown: unknown) => thrown);
    expect(CombinedGraphQLErrors.is(error) && error.errors[0]?.extensions?.["code"]).toBe("GRAPHQL_VALIDATION_FAILED");
  });
});

describe("Apollo Client 3", () => {
  const createApollo = () => new apollo3.ApolloClient({ link: new apollo3.HttpLink({ uri: url, fetch: noted }), cache: new apollo3.InMemoryCache() });

  it("asks and is answered", async () => {
    const { data } = await createApollo().query({ query: apollo3.gql(ASKED), variables: { id: "1" } });
    expect(data).toMatchObject(ANSWER);
    expect(sent[0]?.headers.get("accept")).toBe("*/*");
  });

  it("sees the errors of a refused operation as GraphQL's, not as a broken network", async () => {
    const error: unknown = await createApollo().query({ query: apollo3.gql(WRONG) }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ networkError: null, graphQLErrors: [{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }] });
  });
});

describe("urql 6", () => {
  const createUrql = (headers: Record<string, string>) => createClient({ url, fetch: noted, exchanges: [cacheExchange, fetchExchange], fetchOptions: { headers } });

  it("asks by GET, as it does by default, and is answered because it shows a bearer token", async () => {
    const gateway = federation.gateway;
    const signedIn = await startHttp({ gateway: { ...gateway, authenticate: async () => ({ subject: "x", scopes: new Set(), claims: {} }) }, config: { ...readConfig({}, {}), port: 0 } });
    const client = createClient({ url: `${signedIn.url}/graphql`, fetch: noted, exchanges: [cacheExchange, fetchExchange], fetchOptions: { headers: { authorization: "Bearer x" } } });
    const { data, error } = await client.query(ASKED, { id: "1" }).toPromise();
    expect(error).toBeUndefined();
    expect(data).toMatchObject(ANSWER);
    expect([sent[0]?.method, sent[0]?.headers.get("content-type")]).toEqual(["GET", null]);
    await signedIn.close();
  });

  it("sees the code of a refused operation", async () => {
    const { error } = await createUrql({ "apollo-require-preflight": "1" }).query(WRONG, {}).toPromise();
    expect(error?.graphQLErrors[0]?.extensions["code"]).toBe("GRAPHQL_VALIDATION_FAILED");
  });
});

describe("graphql-request", () => {
  it("asks and is answered", async () => {
    expect(await new GraphQLClient(url, { fetch: noted }).request(ASKED, { id: "1" })).toEqual(ANSWER);
  });

  it("sees the errors of a refused operation, with their code", async () => {
    const error: unknown = await new GraphQLClient(url).request(WRONG).catch((thrown: unknown) => thrown);
    expect(error instanceof ClientError && error.response.errors?.[0]?.extensions["code"]).toBe("GRAPHQL_VALIDATION_FAILED");
  });
});

describe.each([
  ["Apollo Kotlin", "multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json"],
  ["Apollo iOS", "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json"],
])("the headers of %s", (name, accept) => {
  const headers = { accept, "apollographql-client-name": name, "apollographql-client-version": "5.1.0", "x-apollo-operation-name": "Ask" };

  it("are answered in one part over POST", async () => {
    const body = JSON.stringify({ operationName: "Ask", variables: { id: "1" }, query: ASKED, extensions: { clientLibrary: { name, version: "5.1.0" } } });
    const response = await fetch(url, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body });
    expect(response.headers.get("content-type")).toBe("application/graphql-response+json; charset=utf-8");
    expect(await response.json()).toEqual({ data: ANSWER });
  });

  it("are answered in one part over GET", async () => {
    const parameters = new URLSearchParams({ operationName: "Ask", variables: '{"id":"1"}', query: ASKED });
    const response = await fetch(`${url}?${parameters}`, { headers: { ...headers, "apollo-require-preflight": "true" } });
    expect(response.headers.get("content-type")).toBe("application/graphql-response+json; charset=utf-8");
    expect(await response.json()).toEqual({ data: ANSWER });
  });

  it("make the automatic persisted query fall back to the document", async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: "a".repeat(64) } };
    const ask = async (body: object) => {
      const response = await fetch(url, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) });
      return (await response.json()) as { readonly errors?: readonly { readonly message: string }[]; readonly data?: unknown };
    };
    expect((await ask({ extensions })).errors?.[0]?.message).toBe("PersistedQueryNotSupported");
    expect((await ask({ query: ASKED, variables: { id: "1" } })).data).toEqual(ANSWER);
  });
});
