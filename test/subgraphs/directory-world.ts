// The directory over real HTTP for tests: partners behind a server of its own, keys of both sides, and whoever stands in between.
import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createDirectoryDoor, createRemoteSource, openDirectoryKey, type DirectoryKey, type DirectorySource } from "../../subgraphs/directory/directory.ts";
import { createClock, createLog, openCallerReader, openKeySet, serveSubgraph, type SubgraphServer } from "../../subgraphs/kit/kit.ts";
import { UNAUDITED } from "../../subgraphs/law/law.ts";
import { createPartners } from "../../subgraphs/partners/subgraph.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";
import { TEST_CLOCK } from "../harness/stack.ts";
import type { World } from "../../subgraphs/world/world.ts";

export interface Pair {
  readonly key: DirectoryKey;
  /** A file with the public part. */
  readonly jwks: string;
}

export interface Keys {
  readonly partners: Pair;
  readonly askers: Pair;
  readonly stranger: Pair;
  readonly folder: string;
}

export async function makeKeys(): Promise<Keys> {
  const folder = await mkdtemp(join(tmpdir(), "directory-"));
  const make = async (name: string): Promise<Pair> => {
    const file = join(folder, `${name}.json`);
    const jwks = join(folder, `${name}-jwks.json`);
    await writeFile(file, JSON.stringify({ ...generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }), kid: name }));
    const key = await openDirectoryKey(file);
    await writeFile(jwks, JSON.stringify({ keys: [key.publicJwk] }));
    return { key, jwks };
  };
  return { partners: await make("partners"), askers: await make("askers"), stranger: await make("stranger"), folder };
}

export interface Published {
  readonly partners: TestSubgraph;
  readonly url: string;
  /** As a subgraph would ask, with its key unless another is given. */
  source(said?: { readonly asker?: string; readonly key?: DirectoryKey; readonly url?: string; readonly jwks?: string }): Promise<DirectorySource>;
  close(): Promise<void>;
}

export async function publishPartners(keys: Keys, world: World): Promise<Published> {
  const subgraph = createPartners(createTestTickets().options);
  const partners = await openTestSubgraph(subgraph, { at: TEST_CLOCK, world });
  const { open } = partners;
  if (open.directory === null) throw new Error("Expected partners to have a directory.");
  const directory = createDirectoryDoor({ source: open.directory, key: keys.partners.key, askers: await openKeySet(keys.askers.jwks) });
  const options = { clock: createClock(TEST_CLOCK), log: createLog("partners", "silent"), audit: { begin: () => UNAUDITED } };
  const server: SubgraphServer = await serveSubgraph({ subgraph, open, host: "127.0.0.1", port: 0, readCaller: openCallerReader, directory, ...options });
  const own = server.url.replace("/graphql", "/directory");
  return {
    partners,
    url: own,
    source: async ({ asker = "services", key = keys.askers.key, url = own, jwks = keys.partners.jwks } = {}) => createRemoteSource({ url, asker, key, keys: await openKeySet(jwks) }),
    close: async () => {
      await server.close();
      await partners.close();
      await rm(keys.folder, { recursive: true });
    },
  };
}

export interface Between {
  readonly url: string;
  /** The header and the answer of each question that came by. */
  readonly seen: { readonly authorization: string; readonly answer: string }[];
  /** What is answered instead. */
  turn: ((answer: string) => string | Promise<string>) | null;
  close(): Promise<void>;
}

/** Passes questions on, and answers what it likes. */
export async function standBetween(target: string): Promise<Between> {
  const seen: Between["seen"] = [];
  const server: Server = createServer((request, response) => {
    const authorization = request.headers.authorization ?? "";
    void fetch(target, { headers: { authorization } })
      .then(async (passed) => ({ status: passed.status, text: await passed.text() }))
      .then(async ({ status, text }) => {
        seen.push({ authorization, answer: text });
        response.writeHead(status).end((await between.turn?.(text)) ?? text);
      });
  });
  await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
  const between: Between = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/directory`,
    seen,
    turn: null,
    close: () => new Promise((settle) => void server.close(() => settle())),
  };
  return between;
}
