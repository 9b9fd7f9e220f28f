// `npm start` as a new user meets it: what it prints, what it says when something is wrong, and how it ends.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { PERSONAS } from "../../deploy/personas.ts";
import { freePorts } from "../harness/ports.ts";

const SCRIPT = fileURLToPath(new URL("../../deploy/start.ts", import.meta.url));

interface Run {
  readonly output: () => string;
  readonly ended: Promise<number | null>;
  readonly interrupt: () => void;
  readonly printed: (text: string) => Promise<void>;
}

function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Run {
  const { MONGODB_URI: _uri, ...inherited } = process.env;
  const child = spawn(process.execPath, [SCRIPT, ...args], { env: { ...inherited, ...environment } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => void (output += String(chunk)));
  const ended = new Promise<number | null>((settle) => child.once("close", settle));
  const printed = async (text: string) => {
    while (!output.includes(text) && child.exitCode === null) await new Promise((settle) => setTimeout(settle, 50));
    if (!output.includes(text)) throw new Error(`"${text}" was never printed, but:\n${output}`);
  };
  return { output: () => output, ended, interrupt: () => void child.kill("SIGINT"), printed };
}

describe("npm start", () => {
  it("lists its options", async () => {
    const run = start(["--help"]);
    expect(await run.ended).toBe(0);
    for (const option of ["--port", "--subgraph-port", "--data", "--in-memory", "--no-seed"]) expect(run.output()).toContain(option);
  });

  it.each([
    [["--prot", "1"], "SETTING", "--prot"],
    [["--port", "http"], "SETTING", "Expected a port from 1 to 65535 for --port, got http."],
    [["--today", "27/01/2025"], "SETTING", "Expected a day as YYYY-MM-DD"],
  ])("says what is wrong with %j", async (args, code, text) => {
    const run = start(args);
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(code);
    expect(run.output()).toContain(text);
    expect(run.output()).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it("says which port is in use and how to take another", async () => {
    const [gatewayPort] = await freePorts();
    const holder = createServer();
    await new Promise<void>((settle) => holder.listen(gatewayPort, "127.0.0.1", settle));
    const run = start(["--port", String(gatewayPort)]);
    const code = await run.ended;
    holder.close();
    expect(code).toBe(1);
    expect(run.output()).toMatch(new RegExp(`PORT_IN_USE: Port ${gatewayPort} of the gateway is in use. Choose another: npm start -- --port`));
  });

  it("passes on what a part of the stack says of its settings", async () => {
    const folder = await mkdtemp(join(tmpdir(), "parcours-start-"));
    const [gatewayPort, subgraphPort] = await freePorts();
    const args = ["--data", folder, "--in-memory", "--no-seed", "--port", String(gatewayPort), "--subgraph-port", String(subgraphPort)];
    const run = start(args, { PARCOURS_COLOUR: "blue" });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain("Unknown setting PARCOURS_COLOUR. Expected one of PARCOURS_GATEWAY_JWKS");
    await rm(folder, { recursive: true, force: true });
  });
});

describe("a started stack", () => {
  let run: Run;
  let folder: string;
  let gatewayUrl: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "parcours-start-"));
    const [gatewayPort, subgraphPort] = await freePorts();
    gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
    run = start(["--data", folder, "--in-memory", "--no-seed", "--port", String(gatewayPort), "--subgraph-port", String(subgraphPort)]);
    await run.printed("Ctrl-C ends everything.");
  }, 90_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("prints the address, every persona, a curl that works, and where MongoDB and the logs are", async () => {
    const output = run.output();
    const token = /authorization: Bearer ([\w.-]+)/.exec(output)?.[1];
    expect(output).toContain(`Parcours is up: ${gatewayUrl}`);
    for (const { name } of PERSONAS) expect(output).toContain(name);
    expect(output).toMatch(/MongoDB: .*mongod/);
    expect(output).toContain("logs");
    const response = await fetch(`${gatewayUrl}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ beneficiary(id: "b1") { id } }' }),
    });
    expect(await response.json()).toEqual({ data: { beneficiary: null } });
  });

  it("ends all of it on Ctrl-C", async () => {
    run.interrupt();
    expect(await run.ended).toBe(0);
    await expect(fetch(`${gatewayUrl}/health/live`)).rejects.toThrow();
  }, 30_000);
});
