// `node gateway/main.ts serve`, as a process of its own: what it prints, how it refuses to start, how it goes down.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { GATEWAY_SETTINGS } from "../../gateway/config.ts";
import { openFolder, type Folder } from "./compose/gateway-cli.ts";
import { openFederation, type Federation } from "./core/federation.ts";

const SDL = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])
type Query { hello: String }`;

let federation: Federation;
let folder: Folder;
const children: ChildProcessByStdio<null, Readable, Readable>[] = [];

beforeAll(async () => {
  federation = await openFederation({ greeter: { sdl: SDL, resolvers: { Query: { hello: async () => (await held, "Hello") } } } });
  folder = await openFolder();
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await federation.close();
  await folder.remove();
});

let held: Promise<unknown> = Promise.resolve();

interface Serving {
  readonly url: string;
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  printed(): string;
}

/** Started with no setting but the supergraph and a free port. */
async function serve(...more: readonly string[]): Promise<Serving> {
  const args = [resolve("gateway/main.ts"), "serve", "--supergraph", federation.supergraphFile, "--port", "0", ...more];
  const child = spawn(process.execPath, args, { cwd: folder.path, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let printed = "";
  const url = await new Promise<string>((settle, fail) => {
    const read = (part: Buffer) => {
      printed += part.toString();
      const [, found] = /^GraphQL\s+(\S+)$/m.exec(printed) ?? [];
      if (found !== undefined) settle(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", () => fail(new Error(printed)));
  });
  return { url, child, printed: () => printed };
}

const ask = (url: string) => fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: '{"query":"query Greeting { hello }"}' });

async function untilSubgraphIsAsked(): Promise<void> {
  while (federation.fetches().length === 0) await sleep(10);
  federation.servers["greeter"]?.seen.splice(0);
}

describe("a gateway with no setting but its supergraph", () => {
  it("answers anybody on loopback, logs the request without its document, and ends with 0 after SIGTERM", async () => {
    const { url, child, printed } = await serve();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/);
    expect(await (await ask(url)).json()).toEqual({ data: { hello: "Hello" } });
    await untilSubgraphIsAsked();
    expect((await fetch(new URL("/health/ready", url))).status).toBe(200);
    expect((await fetch(new URL("/", url))).headers.get("content-type")).toContain("text/html");
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(printed()).toContain('"operationName":"Greeting"');
    expect(printed()).not.toContain("{ hello }");
  });

  it("finishes the answer under way before it ends", async () => {
    const { promise, resolve: release } = Promise.withResolvers<void>();
    const { url, child } = await serve();
    held = promise;
    const underway = ask(url);
    await untilSubgraphIsAsked();
    child.kill("SIGINT");
    await sleep(100);
    release();
    expect(await (await underway).json()).toEqual({ data: { hello: "Hello" } });
    expect(await once(child, "exit")).toEqual([0, null]);
    held = Promise.resolve();
  });

  it("serves a changed supergraph on SIGHUP, and keeps the one before when it cannot", async () => {
    const { url, child, printed } = await serve();
    const text = await readFile(federation.supergraphFile, "utf8");
    const untilPrinted = async (words: string) => {
      while (!printed().includes(words)) await sleep(20);
    };
    await writeFile(federation.supergraphFile, "type Query {");
    child.kill("SIGHUP");
    await untilPrinted('"supergraph is refused, the one before stays"');
    expect(await (await ask(url)).json()).toEqual({ data: { hello: "Hello" } });
    await writeFile(federation.supergraphFile, text.replaceAll("hello: String", "hello: String bye: String"));
    child.kill("SIGHUP");
    await untilPrinted('"supergraph is served"');
    const body = '{"query":"{ __type(name: \\"Query\\") { fields { name } } }"}';
    const reply = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(await reply.json()).toEqual({ data: { __type: { fields: [{ name: "hello" }, { name: "bye" }] } } });
    await writeFile(federation.supergraphFile, text);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    federation.servers["greeter"]?.seen.splice(0);
  });

  it("ends at once when a second signal comes, and does not take for one what npm passes on of the first", async () => {
    const { promise, resolve: release } = Promise.withResolvers<void>();
    const { url, child } = await serve();
    held = promise;
    const underway = ask(url).then(
      () => "answered",
      () => "cut",
    );
    await untilSubgraphIsAsked();
    child.kill("SIGINT");
    await sleep(50);
    child.kill("SIGINT");
    await sleep(600);
    expect(child.exitCode).toBeNull();
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([130, null]);
    expect(await underway).toBe("cut");
    release();
    held = Promise.resolve();
  });
});

describe("a gateway that cannot start", () => {
  const serveOnce = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => folder.gateway(["serve", ...args], env);

  it.each([
    ["a supergraph that is not there", ["--supergraph", "nowhere.graphql"], {}, /^SUPERGRAPH_UNREADABLE: .*nowhere\.graphql/],
    ["an option that it does not know", ["--prot", "1"], {}, /^SETTING_UNKNOWN: .*--prot.*--port/],
    ["a setting that it does not know", [], { GATEWAY_PROT: "1" }, /^SETTING_UNKNOWN: .*GATEWAY_PROT/],
    ["a port that is no port", ["--port", "x"], {}, /^SETTING_INVALID: .*GATEWAY_PORT/],
    ["an address beyond loopback while nobody is checked", ["--host", "0.0.0.0"], {}, /^SETTING_INVALID: .*GATEWAY_HOST.*loopback/],
  ] as const)("because of %s says so in one line and ends with 1", async (_name, args, env, line) => {
    const { code, stdout, stderr } = await serveOnce(args, env);
    expect(stderr).toMatch(line);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect([code, stdout]).toEqual([1, ""]);
  });

  it("because its port is taken names the port and how to choose another", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? String(address.port) : "";
    const { code, stderr } = await serveOnce(["--supergraph", federation.supergraphFile, "--port", port]);
    expect(stderr).toMatch(new RegExp(`^PORT_IN_USE: .*${port}.*--port`));
    expect(code).toBe(1);
    other.close();
  });
});

describe("help", () => {
  it("names each command, and each setting of serve", async () => {
    const all = await folder.gateway(["--help"]);
    const serveHelp = await folder.gateway(["serve", "--help"]);
    expect([all.code, serveHelp.code]).toEqual([0, 0]);
    for (const name of ["serve", "compose", "check", "explain"]) expect(all.stdout).toContain(`  ${name}`);
    for (const name of Object.keys(GATEWAY_SETTINGS)) expect(serveHelp.stdout).toContain(name);
  });

  it("is offered for a command that does not exist", async () => {
    const { code, stderr } = await folder.gateway(["sevre"]);
    expect([code, stderr]).toEqual([2, 'Expected one of serve, compose, check, explain, got "sevre".\n']);
  });
});
