// `node gateway/main.ts compose`: as a process, with schemas from files, addresses and running subgraphs that are down,
// slow, wrong or half there.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "@jest/globals";

import { openFolder, type Folder } from "./gateway-cli.ts";

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable"])\n`;
const BOOKS = `${LINK}type Query { book: Book }\ntype Book @key(fields: "id") { id: ID! title: String }\n`;
const PRICES = `${LINK}type Book @key(fields: "id") { id: ID! price: Int }\n`;

function configOf(subgraphs: Readonly<Record<string, string>>): string {
  const entries = Object.entries(subgraphs).map(([name, schema]) => `  ${name}:\n    routing_url: http://127.0.0.1:9/graphql\n    schema: ${schema}\n`);
  return `federation_version: 2\nsubgraphs:\n${entries.join("")}`;
}

const FILES = { "supergraph.yaml": configOf({ books: "{ file: books.graphql }", prices: "{ file: prices.graphql }" }), "books.graphql": BOOKS, "prices.graphql": PRICES };

const opened: { folders: Folder[]; servers: Server[] } = { folders: [], servers: [] };

async function folderOf(files: Readonly<Record<string, string>>): Promise<Folder> {
  const folder = await openFolder(files);
  opened.folders.push(folder);
  return folder;
}

/** Answers every request with `answer`; tells its address. `port` 0 takes a free one. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void, port = 0): Promise<string> {
  const server = createServer(answer);
  opened.servers.push(server);
  await new Promise<void>((settle) => server.listen(port, "127.0.0.1", settle));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

/** A folder whose subgraph `prices` is introspected at `url`. */
function introspecting(url: string, extra = ""): Promise<Folder> {
  return folderOf({ "supergraph.yaml": configOf({ books: "{ file: books.graphql }", prices: `{ subgraph_url: "${url}"${extra} }` }), "books.graphql": BOOKS });
}

function answerSdl(response: ServerResponse, sdl: string): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ data: { _service: { sdl } } }));
}

async function closedAddress(): Promise<{ url: string; port: number }> {
  const url = await serve(() => undefined);
  const server = opened.servers.pop();
  await new Promise((settle) => server?.close(settle));
  return { url, port: Number(new URL(url).port) };
}

afterEach(async () => {
  for (const server of opened.servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((settle) => server.close(settle));
  }
  await Promise.all(opened.folders.splice(0).map((folder) => folder.remove()));
});

describe("compose", () => {
  it("writes supergraph.graphql beside nothing else, and says so on standard error", async () => {
    const folder = await folderOf(FILES);
    const outcome = await folder.gateway(["compose"]);
    expect(outcome).toEqual({ code: 0, stdout: "", stderr: "Composed books, prices into supergraph.graphql.\n" });
    expect(await readFile(join(folder.path, "supergraph.graphql"), "utf8")).toContain("price: Int @join__field(graph: PRICES)");
    expect((await readdir(folder.path)).sort()).toEqual(["books.graphql", "prices.graphql", "supergraph.graphql", "supergraph.yaml"]);
  });

  it("writes to standard output the very same text, time after time", async () => {
    const folder = await folderOf(FILES);
    const [first, second] = [await folder.gateway(["compose", "--output", "-"]), await folder.gateway(["compose", "--output", "-"])];
    expect(first.stdout).toContain("enum join__Graph");
    expect(second.stdout).toBe(first.stdout);
  });

  it("reads files relative to the configuration, from whatever folder it is run in", async () => {
    const folder = await folderOf({ "deep/supergraph.yaml": FILES["supergraph.yaml"], "deep/books.graphql": BOOKS, "deep/prices.graphql": PRICES });
    expect((await folder.gateway(["compose", "--config", "deep/supergraph.yaml"])).code).toBe(0);
  });

  it("fails with the rule, both lines and advice, and leaves what was written before as it was", async () => {
    const folder = await folderOf({ ...FILES, "prices.graphql": PRICES.replace("price: Int", "title: Int"), "supergraph.graphql": "before" });
    const { code, stderr } = await folder.gateway(["compose"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^COMPOSITION_FAILED: Cannot compose the supergraph because of 2 error\(s\):\n\nFIELD_TYPE_MISMATCH: /);
    expect(stderr).toMatch(/ {2}books {2}books\.graphql:3:40 {2}type Book[^]* {2}prices {2}prices\.graphql:2:40 {2}type Book[^]* {2}To mend it: /);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(await readFile(join(folder.path, "supergraph.graphql"), "utf8")).toBe("before");
  });

  it("prints hints when asked and only then", async () => {
    const folder = await folderOf({ ...FILES, "prices.graphql": PRICES.replace("type Book", '"Another."\ntype Book'), "books.graphql": BOOKS.replace("type Book", '"One."\ntype Book') });
    expect((await folder.gateway(["compose"])).stderr).not.toContain("INCONSISTENT_DESCRIPTION");
    expect((await folder.gateway(["compose", "--hints"])).stderr).toMatch(/WARN INCONSISTENT_DESCRIPTION[^]*1 hint\./);
  });

  it("takes a schema from an address and from a running subgraph, with the headers that are configured", async () => {
    const seen: string[] = [];
    const plain = await serve((_, response) => void response.end(BOOKS));
    const running = await serve((request, response) => {
      seen.push(`${request.method} ${request.headers["content-type"]} ${request.headers["authorization"]}`);
      answerSdl(response, PRICES);
    });
    const folder = await folderOf({
      "supergraph.yaml": configOf({
        books: `{ url: "${plain}" }`,
        prices: `{ subgraph_url: "${running}", introspection_headers: { authorization: "Bearer \${env.SCHEMA_TOKEN}" } }`,
      }),
    });
    expect(await folder.gateway(["compose"], { SCHEMA_TOKEN: "t0ken" })).toMatchObject({ code: 0 });
    expect(seen).toEqual(["POST application/json Bearer t0ken"]);
  });

  it("names a subgraph that is not up yet, waits, and composes when it is", async () => {
    const { url, port } = await closedAddress();
    const folder = await introspecting(url);
    const running = folder.gateway(["compose", "--wait", "20"]);
    await new Promise((settle) => setTimeout(settle, 1_500));
    await serve((_, response) => answerSdl(response, PRICES), port);
    expect(await running).toEqual({
      code: 0,
      stdout: "",
      stderr: `Waiting for prices (${url}): the connection is refused.\nComposed books, prices into supergraph.graphql.\n`,
    });
  });

  it("gives up after --wait, names who was missing, and writes nothing", async () => {
    const { url } = await closedAddress();
    const folder = await introspecting(url);
    const { code, stderr } = await folder.gateway(["compose", "--wait", "1"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`SUBGRAPH_SCHEMA_UNREADABLE: Cannot read the schema of prices from ${url} because the connection is refused, after waiting for 1 s.`);
    expect(await readdir(folder.path)).not.toContain("supergraph.graphql");
  });

  it("waits for a subgraph whose proxy says 503", async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      if (asked > 1) return answerSdl(response, PRICES);
      response.statusCode = 503;
      response.end("starting");
    });
    const { code, stderr } = await (await introspecting(url)).gateway(["compose", "--wait", "10"]);
    expect(code).toBe(0);
    expect(stderr).toContain("it answers with HTTP status 503.");
  });

  const unwell: readonly [sentence: string, answer: (response: ServerResponse) => void, reason: RegExp][] = [
    ["never answers", () => undefined, /because no answer within 1 s, after waiting for 1 s\.$/m],
    ["stops halfway", (response) => void response.writeHead(200, { "content-length": "99" }).write('{"data"', () => response.destroy()), /because the connection breaks off, after waiting for 1 s\.$/m],
    ["closes without a word", (response) => void response.destroy(), /because the connection (breaks off|fails \(\w+\)), after waiting for 1 s\.$/m],
  ];
  for (const [sentence, answer, reason] of unwell) {
    it(`waits for one that ${sentence}, and not longer than it was told`, async () => {
      const url = await serve((_, response) => answer(response));
      const { code, stderr } = await (await introspecting(url)).gateway(["compose", "--wait", "1"]);
      expect(code).toBe(1);
      expect(stderr).toMatch(reason);
    });
  }

  const wrong: readonly [sentence: string, answer: (response: ServerResponse) => void, reason: string][] = [
    ["is no GraphQL server", (response) => void response.end("<html>"), "expected a GraphQL answer to { _service { sdl } }, got something else with HTTP status 200"],
    ["answers null", (response) => void response.end("null"), "expected a GraphQL answer to { _service { sdl } }"],
    ["is no subgraph", (response) => void response.end(JSON.stringify({ errors: [{ message: "Cannot query field \"_service\"." }] })), 'it does not tell its schema: Cannot query field "_service".'],
    ["has an empty schema", (response) => answerSdl(response, "  "), "the schema is empty"],
    ["redirects", (response) => void response.writeHead(302, { location: "http://127.0.0.1:9/" }).end(), "it redirects (HTTP status 302), which is not followed"],
  ];
  for (const [sentence, answer, reason] of wrong) {
    it(`does not wait for one that ${sentence}`, async () => {
      const url = await serve((_, response) => answer(response));
      const { code, stderr } = await (await introspecting(url)).gateway(["compose", "--wait", "30"]);
      expect(code).toBe(1);
      expect(stderr).toContain(`SUBGRAPH_SCHEMA_UNREADABLE: Cannot read the schema of prices from ${url} because ${reason}`);
    });
  }

  it("says which file is missing and which is not GraphQL", async () => {
    const folder = await folderOf({ "supergraph.yaml": FILES["supergraph.yaml"], "books.graphql": BOOKS });
    expect((await folder.gateway(["compose"])).stderr).toBe("SUBGRAPH_SCHEMA_UNREADABLE: Cannot read the schema of prices from prices.graphql because there is no such file.\n");
    await folder.write({ "prices.graphql": "{ not: SDL" });
    expect((await folder.gateway(["compose"])).stderr).toMatch(/INVALID_GRAPHQL: \[prices\] .*\n {2}prices {2}prices\.graphql:1:\d+ {2}\{ not: SDL\n {2}To mend it: /);
  });

  it("answers a mistake in its options with the options that there are", async () => {
    const folder = await folderOf(FILES);
    expect((await folder.gateway(["compose", "--ouput", "x"])).stderr).toBe(
      "SETTING_UNKNOWN: Unknown setting --ouput. Expected one of --config VALUE, --output VALUE, --wait VALUE, --hints.\n",
    );
    expect((await folder.gateway(["compose", "--wait"])).stderr).toBe("SETTING_INVALID: Expected --wait to be followed by a value, got none.\n");
    expect((await folder.gateway(["compose", "--wait", "soon"])).stderr).toContain('SETTING_INVALID: Expected --wait to be a number of seconds');
    expect((await folder.gateway(["compose", "--config", "no.yaml"])).stderr).toContain("SUPERGRAPH_CONFIG_INVALID: Cannot read no.yaml because there is no such file");
    expect((await folder.gateway(["compose", "--output", "no/folder"])).stderr).toBe("SUPERGRAPH_UNWRITABLE: Cannot write no/folder because ENOENT.\n");
    expect((await folder.gateway(["compose", "--help"])).stdout).toMatch(/^Usage: /);
  });
});
