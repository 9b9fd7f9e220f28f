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

  it("is asked for by a regular expression, and by nothing else", () => {
    expect(readConfig({ GATEWAY_SECRET_PATTERN: "\\d{13}" }, {}).secretPattern).toEqual(/\d{13}/g);
    expect(readConfig({}, {}).secretPattern).toBeNull();
    expect(() => readConfig({ GATEWAY_SECRET_PATTERN: "(" }, {})).toThrow("Expected GATEWAY_SECRET_PATTERN to be a regular expression, got \"(\".");
  });
});
