// docker-compose.yml and deploy/Dockerfile held against the code that they run: ports, settings, names, secrets.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

import { NIR_PATTERN } from "../../deploy/stack.ts";
import { GATEWAY_SETTINGS, readConfig } from "../../gateway/config.ts";
import { readSupergraphConfig } from "../../gateway/supergraph/compose.ts";
import { defaultPort, readCommand, SUBGRAPH_NAMES, SUBGRAPH_SETTINGS, type SubgraphName } from "../../subgraphs/config.ts";

interface Service {
  readonly image: string;
  readonly user?: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly profiles?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

const TEXT = readFileSync("docker-compose.yml", "utf8");
const COMPOSE = parse(TEXT, { merge: true }) as ComposeFile;
const DOCKERFILE = readFileSync("deploy/Dockerfile", "utf8");
const SECRETS_README = readFileSync("deploy/secrets/README.md", "utf8");

function service(name: string): Service {
  const found = COMPOSE.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}.`);
  return found;
}

/** As compose expands it when nothing is set in the shell. */
function environmentOf(name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(service(name).environment ?? {}).map(([key, value]) => [key, value.replace(/\$\{\w+:-([^}]*)\}/g, "$1")]));
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

describe("docker-compose.yml", () => {
  it("has MongoDB, the four subgraphs, the gateway, and a seed that runs only when asked for", () => {
    expect(Object.keys(COMPOSE.services).sort()).toEqual([...SUBGRAPH_NAMES, "gateway", "mongodb", "seed"].sort());
    expect(service("seed").profiles).toEqual(["demo"]);
  });

  it("names each service of a subgraph as supergraph.yaml does", () => {
    const { subgraphs } = readSupergraphConfig(readFileSync("supergraph.yaml", "utf8"), "supergraph.yaml", {});
    expect(subgraphs.map(({ name }) => name).filter((name) => !(name in COMPOSE.services))).toEqual([]);
  });

  for (const name of SUBGRAPH_NAMES) {
    it(`serves ${name} with a command and settings that the program takes, and asks its own port for its health`, () => {
      const [program, script, ...argv] = service(name).command;
      expect([program, script]).toEqual(["node", "subgraphs/main.ts"]);
      const command = readCommand(argv, environmentOf(name));
      expect(command).toMatchObject({ kind: "serve", names: [name], settings: { host: "0.0.0.0", port: null, open: false } });
      expect(service(name).healthcheck?.test.join(" ")).toContain(`http://127.0.0.1:${defaultPort(name)}/health'`);
    });
  }

  it("seeds all subgraphs, with the key that beneficiaries is served with", () => {
    expect(readCommand(service("seed").command.slice(2), environmentOf("seed"))).toMatchObject({ kind: "seed", names: SUBGRAPH_NAMES });
    expect(environmentOf("seed")["PARCOURS_BLINDING_KEY"]).toBe(environmentOf("beneficiaries")["PARCOURS_BLINDING_KEY"]);
  });

  it("sets no variable that the configuration does not know", () => {
    const known = [...Object.keys(SUBGRAPH_SETTINGS), ...Object.keys(GATEWAY_SETTINGS)];
    const set = Object.entries(COMPOSE.services).flatMap(([name, { environment = {} }]) => Object.keys(environment).map((key) => `${name}: ${key}`));
    expect(set.filter((entry) => !known.includes(entry.split(": ")[1] ?? ""))).toEqual([]);
    expect(set.length).toBeGreaterThan(10);
  });

  it("gives the gateway settings that it takes, with each subgraph at its own service and port", () => {
    const config = readConfig({}, environmentOf("gateway"));
    expect(Object.fromEntries(config.subgraphUrls)).toEqual(
      Object.fromEntries(SUBGRAPH_NAMES.map((name: SubgraphName) => [name, `http://${name}:${defaultPort(name)}/graphql`])),
    );
    expect(config).toMatchObject({ host: "0.0.0.0", port: 4000, open: false, jwt: { jwks: ["/run/secrets/identity-provider-jwks"] } });
    expect(config.callerToken).toEqual({
      key: { kind: "file", path: "/run/secrets/gateway-signing-key" },
      forwardClaims: ["professional", "partner", "person", "purpose"],
      claimHeaders: new Map([["x-purpose", "purpose"]]),
      claimExtensions: new Map([["purpose", "purpose"]]),
    });
    expect(config.contractClaim).toBe("contract");
    expect(config.secretPattern?.source).toBe(NIR_PATTERN);
    expect([environmentOf("gateway")["GATEWAY_GET"], config.get]).toEqual(["anonymous", "anonymous"]);
    expect(service("gateway").healthcheck?.test.join(" ")).toContain(`http://127.0.0.1:${config.port}/health/ready'`);
  });

  it("lets subgraphs take the gateway's keys from the gateway", () => {
    const { port } = readConfig({}, environmentOf("gateway"));
    for (const name of SUBGRAPH_NAMES) {
      const url = environmentOf(name)["PARCOURS_GATEWAY_JWKS"] ?? "";
      expect([new URL(url).hostname, portOf(url), new URL(url).pathname]).toEqual(["gateway", port, "/.well-known/jwks.json"]);
    }
  });

  it("lets beneficiaries sign sharing tickets, and the others take the public keys from beneficiaries", () => {
    const signers = Object.keys(COMPOSE.services).filter((name) => "PARCOURS_TICKET_KEY" in environmentOf(name));
    expect(signers).toEqual(["beneficiaries"]);
    for (const name of SUBGRAPH_NAMES.filter((one) => one !== "beneficiaries")) {
      const url = environmentOf(name)["PARCOURS_TICKET_JWKS"] ?? "";
      expect([new URL(url).hostname, portOf(url), new URL(url).pathname]).toEqual(["beneficiaries", defaultPort("beneficiaries"), "/sharing-keys"]);
    }
  });

  it("lets the others ask partners for its directory, who signs it with a key that nobody else has", () => {
    for (const name of SUBGRAPH_NAMES.filter((one) => one !== "partners")) {
      const { PARCOURS_DIRECTORY_URL: url = "", PARCOURS_DIRECTORY_JWKS: keys = "" } = environmentOf(name);
      for (const [address, path] of [[url, "/directory"], [keys, "/directory-keys"]] as const) {
        expect([new URL(address).hostname, portOf(address), new URL(address).pathname]).toEqual(["partners", defaultPort("partners"), path]);
      }
      expect(service(name).secrets).not.toContain("directory-key");
    }
    expect(readCommand(service("partners").command.slice(2), environmentOf("partners"))).toMatchObject({
      settings: { directory: { url: null, keyFile: "/run/secrets/directory-key", jwks: "/run/secrets/directory-askers-jwks" } },
    });
  });

  it("lets services, sites and partners tell beneficiaries who read, each with the key that is known there as its own", () => {
    const senders = Object.fromEntries((environmentOf("beneficiaries")["PARCOURS_READINGS_SENDERS"] ?? "").split(",").map((one) => one.split("=")));
    const others = SUBGRAPH_NAMES.filter((one) => one !== "beneficiaries");
    expect(senders).toEqual(Object.fromEntries(others.map((name) => [name, environmentOf(name)["PARCOURS_READINGS_KEY_FILE"]])));
    expect(new Set(Object.values(senders)).size).toBe(others.length);
    for (const name of others) expect(environmentOf(name)["PARCOURS_READINGS_URL"]).toBe(`http://beneficiaries:${defaultPort("beneficiaries")}/readings`);
  });

  it("hands every secret over as a file, to those who have a setting for it, and says how to make it", () => {
    const settings = Object.entries(COMPOSE.services).flatMap(([name, { secrets = [] }]) => {
      const values = Object.values(environmentOf(name)).flatMap((value) => value.split(/[,=]/));
      return secrets.map((secret) => ({ name, secret, set: values.includes(`/run/secrets/${secret}`) }));
    });
    expect(settings.filter(({ set }) => !set)).toEqual([]);
    expect([...new Set(settings.map(({ secret }) => secret))].sort()).toEqual(Object.keys(COMPOSE.secrets).sort());
    for (const { file } of Object.values(COMPOSE.secrets)) {
      const [, base] = /^deploy\/secrets\/([\w.-]+)$/.exec(file) ?? [];
      expect(SECRETS_README).toContain(`| \`${base}\` |`);
      expect(() => execFileSync("git", ["check-ignore", "--quiet", file])).not.toThrow();
    }
  });

  it("holds no secret itself", () => {
    expect(TEXT.replace(/^ *#.*$/gm, "")).not.toMatch(/password|passwd|BEGIN |:\/\/[^/\s]*:[^/\s]*@/i);
  });

  it("runs nobody as root and pins every image", () => {
    for (const [name, { user, image }] of Object.entries(COMPOSE.services)) {
      expect({ name, user }).toEqual({ name, user: name === "mongodb" ? "mongodb" : "node" });
      expect(image).toMatch(/:\d+\.\d+\.\d+(-\w+)?$/);
    }
    const images = [...DOCKERFILE.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(images.length).toBeGreaterThan(0);
    for (const image of images) expect(image).toMatch(/^node:26\.\d+\.\d+-/);
    expect(DOCKERFILE.indexOf("USER node")).toBeGreaterThan(DOCKERFILE.lastIndexOf("FROM "));
  });

  it("keeps what is published on loopback, and MongoDB out of the gateway's reach", () => {
    const published = Object.values(COMPOSE.services).flatMap(({ ports = [] }) => ports);
    expect(published.sort()).toEqual(["127.0.0.1:27017:27017", "127.0.0.1:4000:4000"]);
    expect(service("gateway").networks).not.toContain("data");
    expect(service("mongodb").networks).toEqual(["data"]);
  });

  it("runs a MongoDB at or above the floor of the advisories, as a replica set, without zlib", () => {
    const [, major, minor, patch] = /^mongo:(\d+)\.(\d+)\.(\d+)/.exec(service("mongodb").image)?.map(Number) ?? [];
    expect([major, minor]).toEqual([8, 0]);
    expect(patch).toBeGreaterThanOrEqual(24);
    expect(TEXT).toContain("8.0.24 or 7.0.35");
    expect(service("mongodb").command.join(" ")).toContain("--replSet rs0");
    expect(service("mongodb").command.join(" ")).toContain("--networkMessageCompressors snappy,zstd");
    expect(environmentOf("sites")["MONGODB_URI"]).toContain("replicaSet=rs0");
  });

  const plugin = hasComposePlugin();
  (plugin ? it : it.skip)("is accepted by `docker compose config`", () => {
    const printed = JSON.parse(composeConfig()) as ComposeFile;
    expect(Object.keys(printed.services).sort()).toEqual([...SUBGRAPH_NAMES, "gateway", "mongodb", "seed"].sort());
  });
});

describe("deploy/Dockerfile", () => {
  const ignored = readFileSync("deploy/Dockerfile.dockerignore", "utf8");

  it("copies only what exists and what the ignore file lets through", () => {
    const copied = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) => (sources ?? "").split(" "));
    expect(copied).toEqual(expect.arrayContaining(["package-lock.json", "gateway", "subgraphs", "supergraph.yaml"]));
    expect(copied.filter((path) => !existsSync(path))).toEqual([]);
    expect(copied.filter((path) => !ignored.split("\n").includes(`!${path}`))).toEqual([]);
    expect(ignored.split("\n")).toContain("*");
  });

  it("needs no development dependency: composes, and loads each program, with those of production alone", () => {
    const folder = mkdtempSync(join(tmpdir(), "parcours-image-"));
    try {
      for (const path of ["gateway", "subgraphs", "supergraph.yaml", "package.json"]) cpSync(path, join(folder, path), { recursive: true });
      mkdirSync(join(folder, "node_modules"));
      linkProductionDependencies(folder);
      execFileSync(process.execPath, ["gateway/main.ts", "compose", "--output", "supergraph.graphql"], { cwd: folder, stdio: "pipe" });
      expect(readFileSync(join(folder, "supergraph.graphql"), "utf8")).toContain("enum join__Graph");
      expect(execFileSync(process.execPath, ["subgraphs/main.ts", "--help"], { cwd: folder, encoding: "utf8" })).toMatch(/^Usage: /);
      expect(execFileSync(process.execPath, ["gateway/main.ts", "serve", "--help"], { cwd: folder, encoding: "utf8" })).toMatch(/^Usage: /);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** What `npm ci --omit=dev` would install, as links to what is installed here. */
function linkProductionDependencies(folder: string): void {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, { dev?: boolean; optional?: boolean }> };
  const paths = Object.entries(lock.packages).flatMap(([path, { dev }]) => (/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && dev !== true ? path : []));
  for (const path of paths.filter((one) => existsSync(one))) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    symlinkSync(resolve(path), join(folder, path));
  }
}

function hasComposePlugin(): boolean {
  try {
    execFileSync("docker", ["compose", "version"], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

function composeConfig(): string {
  const folder = mkdtempSync(join(tmpdir(), "parcours-compose-"));
  try {
    writeFileSync(join(folder, ".env"), "");
    return execFileSync("docker", ["compose", "--env-file", join(folder, ".env"), "--profile", "demo", "config", "--format", "json"], { encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("what no message may repeat", () => {
  it.each(["255081416802538", "2 55 08 14 168 025 38", "2\u00a055\u00a008\u00a014\u00a0168\u00a0025\u00a038", "2\u202f55\u202f08\u202f2A\u202f168\u202f025", "2/55/08/14/168/025/38", "2_55_08_14_168_025_38", "2  55  08  14  168  025  38"])(
    "is a NIR written as %j, whole (L13)",
    (nir) => {
      expect(`got ${nir}.`.replace(new RegExp(NIR_PATTERN, "g"), "[…]")).toBe("got […].");
    },
  );

  it("is found in a megabyte of almost one in no time", () => {
    for (const text of ["1", "1 ", "1  ", "2A", "1-."]) {
      const started = performance.now();
      text.repeat(1_000_000 / text.length).replace(new RegExp(NIR_PATTERN, "g"), "[…]");
      expect(performance.now() - started).toBeLessThan(2_000);
    }
  });
});
