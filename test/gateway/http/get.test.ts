// GATEWAY_GET: whose queries are served by GET, whose address is kept by whatever forwards it.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { readConfig } from "../../../gateway/config.ts";
import { startPlain, TOKEN, type PlainServer } from "./plain-gateway.ts";

const QUERY = "query ($name: String) { hello(name: $name) }";
const SEARCH = new URLSearchParams({ query: QUERY, variables: JSON.stringify({ name: "Marie Dupont" }) });

interface Reply {
  readonly status: number;
  readonly allow: string | null;
  readonly body: { readonly data?: unknown; readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[] };
}

async function get(server: PlainServer, headers: Readonly<Record<string, string>>): Promise<Reply> {
  const response = await fetch(`${server.url}/graphql?${SEARCH}`, { headers: { accept: "application/json", ...headers } });
  return { status: response.status, allow: response.headers.get("allow"), body: (await response.json()) as Reply["body"] };
}

describe("a gateway that serves by GET who is anonymous alone", () => {
  let server: PlainServer;
  beforeAll(async () => void (server = await startPlain({ get: "anonymous" })));
  afterAll(() => server.close());

  it.each([
    ["a good token", `Bearer ${TOKEN}`],
    ["a bad one", "Bearer x"],
  ])("refuses a GET with %s, says to POST, and tells the operator without what was asked", async (_name, authorization) => {
    const message = "Expected a POST, which says in its body what a caller with a token asks, got a GET, which says it in the address.";
    expect(await get(server, { authorization })).toEqual({ status: 405, allow: "POST", body: { errors: [{ message, extensions: { code: "GET_REFUSED" } }] } });
    expect(server.published.at(-1)).toMatchObject({ status: 405, code: "GET_REFUSED" });
    expect(JSON.stringify(server.published)).not.toMatch(/Marie|Dupont|hello/);
  });

  it("serves the same query by POST", async () => {
    const body = JSON.stringify({ query: QUERY, variables: { name: "Marie Dupont" } });
    const response = await fetch(`${server.url}/graphql`, { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` }, body });
    expect([response.status, await response.json()]).toEqual([200, { data: { hello: "Hello Marie Dupont" } }]);
  });

  it("serves a GET without a token, as a cache on the way asks it", async () => {
    expect(await get(server, { "apollo-require-preflight": "1" })).toMatchObject({ status: 200, body: { data: { hello: "Hello Marie Dupont" } } });
  });
});

describe("a gateway that serves everybody by GET", () => {
  it("answers a GET with a token", async () => {
    const server = await startPlain({ get: "all" });
    expect(await get(server, { authorization: `Bearer ${TOKEN}` })).toMatchObject({ status: 200, body: { data: { hello: "Hello Marie Dupont" } } });
    await server.close();
  });

  it("is one that was told nothing else", () => {
    expect([readConfig({}, {}).get, readConfig({ GATEWAY_GET: "anonymous" }, {}).get]).toEqual(["all", "anonymous"]);
    expect(() => readConfig({ GATEWAY_GET: "yes" }, {})).toThrow("Expected GATEWAY_GET to be one of anonymous, all, got \"yes\".");
  });
});
