// A federation of two subgraphs for tests of @defer: people, and their scores, which come when the test lets them.
import { Agent, request as send, type IncomingHttpHeaders } from "node:http";

import { readConfig, type GatewayConfig } from "../../../gateway/config.ts";
import { startHttp, type HttpServer } from "../../../gateway/http/http.ts";
import { openFederation, type EngineChoice, type Federation, type SubgraphSource } from "../core/federation.ts";

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@authenticated"])`;

export const PEOPLE: Readonly<Record<string, SubgraphSource>> = {
  people: {
    sdl: `${LINK}
      type Query { person(id: ID!): Person  people: [Person!]! }
      type Mutation { rename(id: ID!, name: String!): Person }
      type Person @key(fields: "id") { id: ID!  name: String  salary: Int @authenticated  address: Address  friends: [Person!]! }
      type Address { city: String!  zip: String!  owner: Person }`,
    resolvers: {
      Query: { person: (_: unknown, { id }: { id: string }) => person(id), people: () => ["1", "2"].map(person) },
      Mutation: { rename: (_: unknown, { id, name }: { id: string; name: string }) => ({ ...person(id), name }) },
      Person: { __resolveReference: ({ id }: { id: string }) => person(id) },
    },
  },
  scores: {
    sdl: `${LINK} type Person @key(fields: "id") { id: ID!  score: Int  rank: Int! }`,
    resolvers: { Person: { __resolveReference: ({ id }: { id: string }) => ({ id }), score: ({ id }: { id: string }) => Number(id) * 7, rank: () => null } },
  },
};

const NAMES: Readonly<Record<string, string>> = { "1": "Ada", "2": "Bo" };

function person(id: string): object {
  const address = { city: "Rouen", zip: id === "1" ? "76000" : null, owner: () => person(id) };
  return { id, name: NAMES[id], salary: 1_000, address, friends: () => (id === "1" ? [person("2")] : []) };
}

export interface DeferWorld {
  readonly federation: Federation;
  readonly url: string;
  /** Holds what scores answer until `release`. */
  hold(): void;
  release(): void;
  /** Resolves when a held request of the gateway to scores has been ended by the gateway. */
  readonly left: Promise<void>;
  /** Subgraphs behave again. */
  reset(): void;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly config?: Partial<GatewayConfig>;
  readonly on?: EngineChoice;
}

export async function openWorld({ config = {}, on }: WorldOptions = {}): Promise<DeferWorld> {
  const federation = await openFederation(PEOPLE, { config, ...(on !== undefined && { on }) });
  const server: HttpServer = await startHttp({ gateway: federation.gateway, config: { ...readConfig({}, {}), ...config, port: 0 } });
  let held = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  return {
    federation,
    url: `${server.url}/graphql`,
    hold: () => {
      held = Promise.withResolvers<void>();
      federation.servers["scores"]?.misbehave(async (response) => {
        response.once("close", () => void (response.writableEnded || left.resolve()));
        await held.promise;
        return response.destroyed;
      });
    },
    release: () => held.resolve(),
    left: left.promise,
    reset: () => {
      held.resolve();
      federation.servers["scores"]?.misbehave(null);
    },
    close: async () => {
      held.resolve();
      await server.close();
      await federation.close();
    },
  };
}

export const PATCHES = "multipart/mixed;deferSpec=20220824, application/json";
export const INCREMENTS = "multipart/mixed;incrementalSpec=v0.2, application/json";

export interface PartsReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The payloads in their order, each as soon as it is there. */
  readonly parts: AsyncGenerator<Readonly<Record<string, unknown>>>;
  /** Ends the connection. */
  leave(): void;
}

/** A client that reads a body as it comes; each payload is read when the boundary behind it is there. */
export async function askInParts(url: string, query: string, { accept = PATCHES, variables = {} }: { readonly accept?: string; readonly variables?: object } = {}): Promise<PartsReply> {
  const agent = new Agent({ keepAlive: false });
  const request = send(url, { method: "POST", agent, headers: { accept, "content-type": "application/json" } });
  request.end(JSON.stringify({ query, variables }));
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => {
      const { statusCode: status = 0, headers } = response;
      resolve({ status, headers, parts: readPayloads(response.setEncoding("utf8")), leave: () => void request.destroy() });
    });
  });
}

async function* readPayloads(body: AsyncIterable<string>): AsyncGenerator<Readonly<Record<string, unknown>>> {
  let text = "";
  for await (const chunk of body) {
    text += chunk;
    for (let end = text.indexOf("\r\n---"); end >= 0; end = text.indexOf("\r\n---")) {
      const [head = "", payload = ""] = text.slice(0, end).split("\r\n\r\n");
      if (payload !== "") {
        if (!head.includes("content-type: application/json")) throw new Error(`Expected the head of a part, got ${head}.`);
        yield JSON.parse(payload) as Readonly<Record<string, unknown>>;
      }
      text = text.slice(end + "\r\n---".length);
    }
  }
  if (text !== "--\r\n") throw new Error(`Expected the last boundary, got ${JSON.stringify(text)}.`);
}

export async function readAll({ parts }: PartsReply): Promise<Readonly<Record<string, unknown>>[]> {
  const all = [];
  for await (const part of parts) all.push(part);
  return all;
}
