// GATEWAY_SECRET_PATTERN: what a client wrote and must not get back in an error.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { readConfig } from "../../../gateway/config.ts";
import { startPlain, type PlainServer } from "./plain-gateway.ts";

let server: PlainServer;
beforeAll(async () => void (server = await startPlain()));
afterAll(() => server.close());

describe("what matches the pattern of secrets", () => {
  const SECRET = "4711081504711";

  it("is repeated in no error, whatever part of the request had it", async () => {
    const guarded = await startPlain({ secretPattern: /\d{13}/g });
    const bodies = [
      { query: `{ hello${SECRET} }` },
      { query: `{ "${SECRET}" }` },
      { query: "query a { hello }", operationName: `a${SECRET}` },
      { query: "query ($name: Int) { hello(name: $name) }", variables: { name: SECRET } },
    ];
    const ask = async (at: string, body: object) => {
      const answered = await fetch(`${at}/graphql`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      return answered.text();
    };
    for (const body of bodies) expect(await ask(guarded.url, body)).not.toContain(SECRET);
    expect(await ask(guarded.url, { query: `{ hello${SECRET} }` })).toContain("hello[…]");
    expect(await ask(server.url, { query: `{ hello${SECRET} }` })).toContain(SECRET);
    await guarded.close();
  });

  it("is refused in the address of a caller with a token, as a client library would write it", async () => {
    const guarded = await startPlain({ secretPattern: /\d{13}/g });
    const query = "query ($name: String) { hello(name: $name) }";
    const get = async (at: string, parameters: Record<string, string>, headers: Record<string, string> = { authorization: "Bearer x" }) => {
      const answered = await fetch(`${at}/graphql?${new URLSearchParams(parameters)}`, { headers });
      return { status: answered.status, text: await answered.text() };
    };
    const refusals = [{ query, variables: JSON.stringify({ name: SECRET }) }, { query: `{ hello(name: "${SECRET}") }` }, { query: "{ hello }", operationName: SECRET }, { query: "{ hello }", note: SECRET }, { query: "{ hello }", [SECRET]: "" }];
    for (const parameters of refusals) {
      // Twice: a pattern with a memory would let each second one pass.
      for (let times = 0; times < 2; times++) {
        const { status, text } = await get(guarded.url, parameters);
        expect([status, JSON.parse(text).errors[0].extensions.code, text.includes(SECRET)]).toEqual([400, "BAD_REQUEST", false]);
      }
    }
    // A document's hash, which may have many digits, and what nobody vouches for.
    const { text } = await get(guarded.url, { query: "{ hello }", extensions: JSON.stringify({ persistedQuery: { version: 1, sha256Hash: SECRET } }) });
    expect(text).not.toContain("kept secret");
    expect((await get(guarded.url, { query, variables: JSON.stringify({ name: SECRET }) }, { "apollo-require-preflight": "1" })).status).toBe(200);
    await guarded.close();
  });

  it("is no request id, which goes into logs and to subgraphs", async () => {
    const guarded = await startPlain({ secretPattern: /\d{13}/g });
    const idOf = async (at: string, id: string) => (await fetch(`${at}/graphql`, { method: "POST", headers: { "content-type": "application/json", "x-request-id": id }, body: JSON.stringify({ query: "{ hello }" }) })).headers.get("x-request-id");
    expect(await idOf(guarded.url, `a-${SECRET}`)).not.toContain(SECRET);
    expect(await idOf(guarded.url, "a-1")).toBe("a-1");
    expect(await idOf(server.url, SECRET)).toBe(SECRET);
    await guarded.close();
  });

  it("is asked for by a regular expression, and by nothing else", () => {
    expect(readConfig({ GATEWAY_SECRET_PATTERN: "\\d{13}" }, {}).secretPattern).toEqual(/\d{13}/g);
    expect(readConfig({}, {}).secretPattern).toBeNull();
    expect(() => readConfig({ GATEWAY_SECRET_PATTERN: "(" }, {})).toThrow("Expected GATEWAY_SECRET_PATTERN to be a regular expression, got \"(\".");
  });
});
