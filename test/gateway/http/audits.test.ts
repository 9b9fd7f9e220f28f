// The GraphQL over HTTP specification, as the audits of the package `graphql-http` read it.
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { serverAudits } from "graphql-http";

import { startPlain, TOKEN, type PlainServer } from "./plain-gateway.ts";

let server: PlainServer;

beforeAll(async () => {
  server = await startPlain();
});
afterAll(() => server.close());

it("passes each of the 61 audits for a client that sends a bearer token", async () => {
  const fetchFn = (url: string, init: RequestInit = {}) => fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${TOKEN}` } });
  const audits = serverAudits({ url: `${server.url}/graphql`, fetchFn });
  const results = await Promise.all(audits.map((audit) => audit.fn()));
  const failed = results.filter((result) => result.status !== "ok").map((result) => `${result.id} ${result.name}`);
  expect(failed).toEqual([]);
  expect(results).toHaveLength(61);
});
