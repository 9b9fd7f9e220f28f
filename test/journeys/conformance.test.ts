// What the federation specification asks of a subgraph, asked of each of the four over HTTP on the seeded databases.
import { readFile } from "node:fs/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse, visit } from "graphql";

import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import { ANONYMOUS, createClock, createLog, openStore, serveSubgraph, type Store, type Subgraph, type SubgraphServer } from "../../subgraphs/kit/kit.ts";
import { UNAUDITED } from "../../subgraphs/law/law.ts";
import { createPartners } from "../../subgraphs/partners/subgraph.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { createSites } from "../../subgraphs/sites/subgraph.ts";
import { createTestTickets } from "../harness/law.ts";
import { openSharedStack, TEST_CLOCK, type Json, type StackFacts } from "../harness/stack.ts";

/** One entity of each type and key that other subgraphs may ask for, out of the demonstration world. */
const ENTITIES: Readonly<Record<string, readonly Readonly<Record<string, Json>>[]>> = {
  beneficiaries: [
    { __typename: "Beneficiary", id: "b1" },
    { __typename: "Pathway", id: "p1" },
  ],
  services: [
    { __typename: "Beneficiary", id: "b1", publics: ["FAMILIES"], residence: { communeCode: "92075" } },
    { __typename: "Site", id: "mds-caen-1" },
    { __typename: "Partner", id: "dept-76" },
  ],
  sites: [
    { __typename: "Site", id: "pole-issy" },
    { __typename: "Territory", code: "971-TIS-01" },
    { __typename: "Beneficiary", id: "b1", residence: { communeCode: "92075", lat: 48.8, lon: 2.3 } },
    { __typename: "Professional", id: "pro-14-sw-1" },
    { __typename: "Partner", id: "dept-14" },
  ],
  partners: [
    { __typename: "Partner", id: "france-travail" },
    { __typename: "Professional", id: "pro-92-referent" },
    { __typename: "Department", code: "92" },
    { __typename: "Beneficiary", id: "b1" },
  ],
};

/** Whoever may read b1 and p1. */
const REFERENT = { ...ANONYMOUS, professionalId: "pro-92-referent", partnerId: "dept-92", purpose: "SUPPORT" as const };

const tickets = createTestTickets();
const SUBGRAPHS: readonly Subgraph[] = [
  createBeneficiaries({ blindingKey: Buffer.alloc(32, "demonstration"), tickets: tickets.issuer }),
  createServices(tickets.options),
  createSites(tickets.options),
  createPartners(tickets.options),
];

let stack: StackFacts;
beforeAll(async () => void (stack = await openSharedStack()), 120_000);

describe.each(SUBGRAPHS.map((subgraph) => [subgraph.name, subgraph] as const))("the subgraph %s", (name, subgraph) => {
  let store: Store;
  let server: SubgraphServer;

  beforeAll(async () => {
    store = await openStore({ uri: stack.mongodbUri, database: `${stack.databasePrefix}${name}` });
    const open = await subgraph.open(store.connection);
    const log = createLog(name, "silent");
    server = await serveSubgraph({ subgraph, open, host: "127.0.0.1", port: 0, readCaller: async () => REFERENT, clock: createClock(TEST_CLOCK), log, audit: { begin: () => UNAUDITED } });
  }, 60_000);

  afterAll(async () => {
    await server.close();
    await store.close();
  });

  async function ask(query: string, variables: Json = {}, headers: Record<string, string> = {}): Promise<Json> {
    const response = await fetch(server.url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return response.json();
  }

  it("prints its schema for composition, directives included", async () => {
    const { data } = await ask("{ _service { sdl } }");
    const directives = (sdl: string) => {
      const used: string[] = [];
      visit(parse(sdl), { Directive: (node) => void used.push(node.name.value) });
      return used.sort();
    };
    const file = await readFile(subgraph.schema, "utf8");
    expect(directives(data._service.sdl)).toEqual(directives(file));
  });

  it("resolves entities by each of their keys, and answers null for one that it does not know", async () => {
    const representations = ENTITIES[name] ?? [];
    const query = "query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }";
    const { data, errors } = await ask(query, { representations });
    expect(errors).toBeUndefined();
    expect(data._entities).toEqual(representations.map(({ __typename }) => ({ __typename })));
  });

  it("sends a federated trace to who asks for one", async () => {
    const traced = await ask("{ __typename }", {}, { "apollo-federation-include-trace": "ftv1" });
    const plain = await ask("{ __typename }");
    expect(Buffer.from(traced.extensions.ftv1, "base64").length).toBeGreaterThan(0);
    expect(plain.extensions).toBeUndefined();
  });

  it("answers what is not GraphQL, not JSON or too large with a clear code and no stack trace", async () => {
    const invalid = await ask("{ nonsense }");
    const notJson = await fetch(server.url, { method: "POST", headers: { "content-type": "application/json" }, body: "{" });
    const tooLarge = await fetch(server.url, { method: "POST", headers: { "content-type": "application/json" }, body: `"${"x".repeat(5 * 1024 * 1024)}"` });
    expect(invalid.errors[0].extensions).toEqual({ code: "GRAPHQL_VALIDATION_FAILED" });
    expect(notJson.status).toBe(400);
    expect(tooLarge.status).toBe(413);
    for (const response of [notJson, tooLarge]) expect(await response.text()).not.toMatch(/\bat .*\.(ts|js):/);
  });
});
