// How the house is built, checked: who may import whom, through which doors, which file holds which outside dependency,
// and what no file contains. Each breach is one sentence that names the files.
import { readFileSync } from "node:fs";
import { basename, dirname, matchesGlob } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { listFiles, readSource, readSources, type SourceFile } from "./architecture/sources.ts";
import { SUBGRAPH_NAMES } from "../subgraphs/config.ts";

/**
 * Room → the rooms that it may import; whatever is not listed may not be. A room is a folder below `gateway/` or
 * `subgraphs/`, or a file that stands there alone; `deploy/` is one room.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "gateway/errors.ts": [],
  "gateway/events.ts": [],
  "gateway/flights.ts": [],
  "gateway/depth.ts": [],
  "gateway/succession.ts": [],
  "gateway/config.ts": ["gateway/errors.ts"],
  "gateway/supergraph": ["gateway/errors.ts", "gateway/config.ts", "gateway/events.ts"],
  "gateway/operation": ["gateway/errors.ts", "gateway/config.ts"],
  "gateway/auth": ["gateway/errors.ts", "gateway/config.ts", "gateway/operation", "gateway/supergraph"],
  "gateway/transport": ["gateway/errors.ts", "gateway/config.ts", "gateway/events.ts", "gateway/flights.ts", "gateway/auth", "gateway/supergraph"],
  "gateway/planning": ["gateway/errors.ts", "gateway/config.ts", "gateway/events.ts", "gateway/operation", "gateway/supergraph"],
  "gateway/execution": ["gateway/errors.ts", "gateway/config.ts", "gateway/events.ts", "gateway/depth.ts", "gateway/supergraph", "gateway/operation", "gateway/planning", "gateway/transport"],
  "gateway/generation.ts": [
    "gateway/errors.ts",
    "gateway/config.ts",
    "gateway/supergraph",
    "gateway/operation",
    "gateway/auth",
    "gateway/transport",
    "gateway/planning",
    "gateway/execution",
  ],
  "gateway/gateway.ts": [
    "gateway/errors.ts",
    "gateway/config.ts",
    "gateway/events.ts",
    "gateway/supergraph",
    "gateway/operation",
    "gateway/auth",
    "gateway/transport",
    "gateway/planning",
    "gateway/execution",
    "gateway/generation.ts",
    "gateway/succession.ts",
  ],
  "gateway/telemetry": ["gateway/events.ts", "gateway/config.ts"],
  "gateway/http": ["gateway/errors.ts", "gateway/config.ts", "gateway/events.ts", "gateway/flights.ts", "gateway/depth.ts", "gateway/gateway.ts"],
  "gateway/cli": [
    "gateway/errors.ts",
    "gateway/config.ts",
    "gateway/events.ts",
    "gateway/supergraph",
    "gateway/operation",
    "gateway/planning",
    "gateway/execution",
    "gateway/gateway.ts",
    "gateway/http",
    "gateway/telemetry",
  ],
  "gateway/main.ts": ["gateway/errors.ts", "gateway/cli"],

  "subgraphs/config.ts": [],
  "subgraphs/failures.ts": ["subgraphs/config.ts", "subgraphs/law", "subgraphs/sealed"],
  "subgraphs/world": [],
  "subgraphs/mongod": [],
  "subgraphs/law": [],
  "subgraphs/audit": ["subgraphs/law"],
  "subgraphs/sealed": [],
  // Told by one, copied by the others.
  "subgraphs/directory": ["subgraphs/law", "subgraphs/world"],
  "subgraphs/carrying.ts": ["subgraphs/config.ts", "subgraphs/directory", "subgraphs/kit"],
  "subgraphs/kit": ["subgraphs/directory", "subgraphs/law", "subgraphs/audit", "subgraphs/sealed", "subgraphs/world"],
  "subgraphs/beneficiaries": ["subgraphs/directory", "subgraphs/kit", "subgraphs/law", "subgraphs/audit", "subgraphs/sealed", "subgraphs/webhook", "subgraphs/world"],
  "subgraphs/services": ["subgraphs/directory", "subgraphs/kit", "subgraphs/law", "subgraphs/world"],
  "subgraphs/sites": ["subgraphs/directory", "subgraphs/kit", "subgraphs/law", "subgraphs/sealed", "subgraphs/world"],
  "subgraphs/partners": ["subgraphs/directory", "subgraphs/kit", "subgraphs/law", "subgraphs/world"],
  "subgraphs/webhook": [],
  "subgraphs/relay": ["subgraphs/audit", "subgraphs/kit", "subgraphs/law", "subgraphs/webhook"],
  "subgraphs/keys.ts": ["subgraphs/config.ts", "subgraphs/failures.ts", "subgraphs/kit", "subgraphs/sealed"],
  // Over the four: whole files, by what each subgraph says is a person's.
  "subgraphs/rights": ["subgraphs/kit", "subgraphs/law", "subgraphs/audit", "subgraphs/beneficiaries"],
  "subgraphs/messages.ts": ["subgraphs/config.ts", "subgraphs/audit", "subgraphs/kit", "subgraphs/relay", "subgraphs/webhook"],
  "subgraphs/main.ts": [
    "subgraphs/carrying.ts",
    "subgraphs/config.ts",
    "subgraphs/failures.ts",
    "subgraphs/messages.ts",
    "subgraphs/audit",
    "subgraphs/kit",
    "subgraphs/law",
    "subgraphs/mongod",
    "subgraphs/sealed",
    "subgraphs/world",
    "subgraphs/beneficiaries",
    "subgraphs/services",
    "subgraphs/sites",
    "subgraphs/partners",
    "subgraphs/rights",
  ],

  "subgraphs/audit-command.ts": ["subgraphs/config.ts", "subgraphs/failures.ts", "subgraphs/audit", "subgraphs/audit-register.ts"],
  "subgraphs/audit-register.ts": ["subgraphs/config.ts", "subgraphs/kit"],

  // Starts processes; what it shares with them are names, ports and the way to a mongod.
  deploy: ["subgraphs/config.ts", "subgraphs/mongod", "subgraphs/kit"],
};

/** Folder → the files that outsiders may import, where it is not the one file with the folder's name. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  // Composing loads a composer that serving a finished supergraph does not need.
  "gateway/supergraph": ["supergraph.ts", "compose.ts"],
  // Each command is a door of its own, loaded when it is asked for.
  "gateway/cli": ["serve.ts", "compose.ts", "check.ts", "explain.ts"],
  // One layer a file; they have nothing in common but their type.
  "gateway/transport/layers": ["*.ts"],
  ...Object.fromEntries(SUBGRAPH_NAMES.map((name) => [`subgraphs/${name}`, ["subgraph.ts"]])),
};

/** Outside dependency → the files that may import it, so that each can be replaced in one place. */
const IMPORTERS: Readonly<Record<string, readonly string[]>> = {
  "@apollo/composition": ["gateway/supergraph/compose.ts"],
  "@apollo/federation-internals": ["gateway/supergraph/api-schema.ts", "gateway/planning/apollo.ts"],
  "@apollo/gateway": ["gateway/execution/*.ts"],
  "@apollo/query-planner": ["gateway/planning/apollo.ts"],
  "@apollo/server": ["gateway/http/graphql.ts", "subgraphs/kit/server.ts"],
  "@apollo/subgraph": ["subgraphs/kit/server.ts"],
  "@as-integrations/fastify": ["gateway/http/graphql.ts", "gateway/http/http.ts", "subgraphs/kit/server.ts"],
  "@fastify/cors": ["gateway/http/http.ts"],
  "@graphql-hive/router-query-planner": ["gateway/planning/hive.ts"],
  "@graphql-hive/render-laboratory": ["gateway/http/playground/laboratory.ts"],
  "@graphql-inspector/core": ["gateway/cli/schema-changes.ts"],
  dataloader: ["subgraphs/kit/loader.ts"],
  fastify: ["gateway/http/**/*.ts", "subgraphs/kit/server.ts"],
  graphql: ["gateway/**/*.ts", "subgraphs/kit/*.ts", "subgraphs/law/*.ts"],
  jose: ["gateway/auth/*.ts", "subgraphs/kit/caller.ts", "subgraphs/directory/ask.ts", "subgraphs/directory/publish.ts", "deploy/keys.ts"],
  "mongodb-memory-server-core": ["subgraphs/mongod/*.ts"],
  mongoose: ["subgraphs/*/models.ts", "subgraphs/*/tables.ts", "subgraphs/beneficiaries/writing/store.ts", "subgraphs/kit/store.ts", "subgraphs/kit/person-data.ts", "subgraphs/kit/erasure-orders.ts", "subgraphs/kit/subgraph.ts", "subgraphs/kit/seeding.ts", "subgraphs/kit/releases.ts", "subgraphs/kit/copies.ts", "subgraphs/kit/standings.ts"],
  standardwebhooks: ["subgraphs/webhook/webhook.ts"],
  pino: ["gateway/telemetry/telemetry.ts", "subgraphs/kit/log.ts"],
  undici: ["gateway/transport/http.ts"],
  yaml: ["gateway/supergraph/compose-config.ts"],
};

/** Those who read the environment; everybody else is handed what they need. Setting a variable for a library is no reading. */
const ENVIRONMENT_READERS = [
  "gateway/config.ts",
  "gateway/cli/supergraph-file.ts",
  "subgraphs/main.ts",
  "subgraphs/audit-command.ts",
  "subgraphs/keys.ts",
  "deploy/start.ts",
  "deploy/measure.ts",
  "deploy/processes.ts",
];

/** Dependencies that a product file may import although they may be missing, because it says so or does without them. */
const OPTIONAL_IN_PRODUCTION = ["@graphql-inspector/core", "@graphql-hive/router-query-planner"];

/** Words of this federation's domain. The gateway serves any supergraph, so none stands in its files. */
const DOMAIN_WORDS = [
  ...SUBGRAPH_NAMES,
  "beneficiary",
  "partner",
  "pathway",
  "referral",
  "caseworker",
  "professional",
  "parcours",
  "département",
  "commune",
  "habilitation",
  "appointment",
  "NIR",
  "INSEE",
  "SIRET",
];

/** Jest loads its global set-up and tear-down by their default export. */
const DEFAULT_EXPORTS = ["test/harness/mongod.ts", "test/harness/mongod-stop.ts"];

const MOST_LINES = 400;
const MOST_FUNCTION_LINES = 60;

const PRODUCT = readSources(["gateway", "subgraphs", "deploy"]);
const TESTS = readSources(["test"]);

describe("imports", () => {
  it("go from room to room as the table allows", () => {
    expect(PRODUCT.flatMap(breachesOfTable)).toEqual([]);
  });

  it("form a graph without cycles, of rooms and of files, types included", () => {
    expect(cycleOf(new Map(Object.entries(MAY_IMPORT)))).toBeNull();
    const files = PRODUCT.map(({ path, imports }): [string, string[]] => [path, imports.flatMap(({ file }) => file ?? [])]);
    expect(cycleOf(new Map(files))).toBeNull();
  });

  it("enter a folder by its door", () => {
    expect(PRODUCT.flatMap(breachesOfDoors)).toEqual([]);
  });

  it("name files that exist, with their extension", () => {
    const known = new Set([...PRODUCT, ...TESTS].map(({ path }) => path));
    const missing = [...PRODUCT, ...TESTS].flatMap(({ path, imports }) =>
      imports.flatMap(({ file, line }) => (file === null || known.has(file) || !file.endsWith(".ts") ? [] : `${path}:${line} imports ${file}, which does not exist.`)),
    );
    expect(missing).toEqual([]);
  });

  it("reach each outside dependency from the files of the table only", () => {
    expect(PRODUCT.flatMap(breachesOfImporters)).toEqual([]);
  });

  it("need in production nothing but dependencies of production", () => {
    const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as { dependencies: Record<string, string> };
    const used = new Set(PRODUCT.flatMap(({ imports }) => imports.flatMap((one) => one.package ?? [])));
    const outside = [...used].filter((name) => !name.startsWith("node:") && !OPTIONAL_IN_PRODUCTION.includes(name));
    expect(outside.filter((name) => !(name in dependencies))).toEqual([]);
  });
});

describe("the gateway", () => {
  it("contains no name of a subgraph and no word of the domain", () => {
    const pattern = new RegExp(`(?<![\\p{L}\\d_.])(${DOMAIN_WORDS.join("|")})s?(?![\\p{L}\\d_])`, "giu");
    const found = listFiles("gateway").flatMap((path) =>
      readFileSync(path, "utf8")
        .split("\n")
        .flatMap((line, index) => [...line.matchAll(pattern)].map(([word]) => `${path}:${index + 1} contains the domain's word "${word}".`)),
    );
    expect(found).toEqual([]);
  });

  it("shares no code with the subgraphs", () => {
    const between = PRODUCT.flatMap(({ path, imports }) =>
      imports.flatMap(({ file }) => (file !== null && ["gateway", "subgraphs"].includes(sideOf(path)) && sideOf(file) !== sideOf(path) ? `${path} imports ${file}.` : [])),
    );
    expect(between).toEqual([]);
  });
});

describe("each file", () => {
  it("reads no environment unless it is one of those who do", () => {
    const readers = PRODUCT.filter(({ text }) => /\bprocess\.env\b(?!\["\w+"\] = )/.test(text)).map(({ path }) => path);
    expect(readers.filter((path) => !ENVIRONMENT_READERS.includes(path))).toEqual([]);
  });

  it("has no construct that hides a type or cannot be stripped", () => {
    const found = [...PRODUCT, ...TESTS].flatMap(({ path, findings }) =>
      findings.flatMap(({ line, what }) => (what === "a default export" && DEFAULT_EXPORTS.includes(path) ? [] : `${path}:${line} has ${what}.`)),
    );
    expect(found).toEqual([]);
  });

  it("is named for what it holds, in kebab-case", () => {
    const names = [...PRODUCT, ...TESTS].map(({ path }) => path);
    expect(names.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/.test(basename(path)))).toEqual([]);
    expect(names.filter((path) => /(^|[/-])(index|utils?|helpers?|common|misc)([-./])/.test(path))).toEqual([]);
  });

  it("opens with a comment that says what it is", () => {
    expect(PRODUCT.filter(({ text }) => !/^(#!.*\n)?\/[/*]/.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it(`has at most ${MOST_LINES} lines, unless it is one table`, () => {
    const long = [...PRODUCT, ...TESTS].filter(({ path, lines }) => lines > MOST_LINES && !isTable(path));
    expect(long.map(({ path, lines }) => `${path} has ${lines} lines.`)).toEqual([]);
  });

  it(`has functions of at most ${MOST_FUNCTION_LINES} lines`, () => {
    const long = PRODUCT.flatMap(({ path, functions }) =>
      functions.flatMap(({ line, lines }) => (lines > MOST_FUNCTION_LINES ? `${path}:${line} has a function of ${lines} lines.` : [])),
    );
    expect(long).toEqual([]);
  });
});

describe("this test", () => {
  const intruder = readSource(
    "gateway/operation/intruder.ts",
    `import { x } from "../http/request.ts";\nimport type { Y } from "../../subgraphs/kit/kit.ts";\nexport * from "undici";\nconst load = () => import("../supergraph/requirements.ts");\ntype Z = import("mongoose").Model<any>;\nexport default x!;\n// @ts-ignore\nenum E { A }\n`,
  );

  it("sees every way to import, and names both files", () => {
    expect(breachesOfTable(intruder)).toEqual([
      "gateway/operation/intruder.ts:1 imports gateway/http/request.ts: gateway/operation may not import gateway/http.",
      "gateway/operation/intruder.ts:2 imports subgraphs/kit/kit.ts: gateway/operation may not import subgraphs/kit.",
      "gateway/operation/intruder.ts:4 imports gateway/supergraph/requirements.ts: gateway/operation may not import gateway/supergraph.",
    ]);
    expect(breachesOfDoors(intruder)).toEqual([
      "gateway/operation/intruder.ts:1 imports gateway/http/request.ts past the door gateway/http/http.ts.",
      "gateway/operation/intruder.ts:4 imports gateway/supergraph/requirements.ts past the door gateway/supergraph/supergraph.ts or gateway/supergraph/compose.ts.",
    ]);
    expect(breachesOfImporters(intruder)).toEqual([
      "gateway/operation/intruder.ts:3 imports undici, which only gateway/transport/http.ts may.",
      "gateway/operation/intruder.ts:5 imports mongoose, which only subgraphs/*/models.ts, subgraphs/*/tables.ts, subgraphs/beneficiaries/writing/store.ts, subgraphs/kit/store.ts, subgraphs/kit/person-data.ts, subgraphs/kit/erasure-orders.ts, subgraphs/kit/subgraph.ts, subgraphs/kit/seeding.ts, subgraphs/kit/releases.ts, subgraphs/kit/copies.ts, subgraphs/kit/standings.ts may.",
    ]);
  });

  it("sees what the house does not use", () => {
    expect(intruder.findings.map(({ line, what }) => `${line}: ${what}`)).toEqual([
      "5: the type any",
      "6: a default export",
      "6: the operator ! that asserts a value is not null",
      "8: an enum",
      "7: a comment that silences the compiler",
    ]);
  });

  it("sees a cycle", () => {
    expect(cycleOf(new Map([["a", ["b"]], ["b", ["c"]], ["c", ["a"]]]))).toBe("a → b → c → a");
  });

  it("lists rooms that exist", () => {
    const rooms = new Set(PRODUCT.map(({ path }) => roomOf(path)));
    expect(Object.keys(MAY_IMPORT).filter((room) => !rooms.has(room))).toEqual([]);
  });
});

function breachesOfTable({ path, imports }: SourceFile): string[] {
  const room = roomOf(path);
  const allowed = MAY_IMPORT[room];
  if (allowed === undefined) return [`${path} stands in the room ${room}, which the table of this test does not know.`];
  return imports.flatMap(({ file, line }) => {
    if (file === null || roomOf(file) === room || allowed.includes(roomOf(file))) return [];
    return `${path}:${line} imports ${file}: ${room} may not import ${roomOf(file)}.`;
  });
}

/** Every folder that holds the imported file and not the importing one is entered, and each has its door. */
function breachesOfDoors({ path, imports }: SourceFile): string[] {
  return imports.flatMap(({ file, line }) => {
    const entered = file === null || !file.endsWith(".ts") ? [] : foldersOf(file).filter((folder) => !path.startsWith(`${folder}/`));
    const shut = entered.filter((folder) => folder.includes("/") && !isDoor(folder, file ?? ""));
    return shut.map((folder) => `${path}:${line} imports ${file} past the door ${doorsOf(folder).join(" or ")}.`);
  });
}

function breachesOfImporters({ path, imports }: SourceFile): string[] {
  return imports.flatMap(({ package: name, line }) => {
    if (name === null || name.startsWith("node:")) return [];
    const allowed = IMPORTERS[name];
    if (allowed === undefined) return `${path}:${line} imports ${name}, which the table of this test does not know.`;
    if (allowed.some((pattern) => matchesGlob(path, pattern))) return [];
    return `${path}:${line} imports ${name}, which only ${allowed.join(", ")} may.`;
  });
}

function roomOf(path: string): string {
  const [side = "", room = ""] = path.split("/");
  return side === "deploy" ? side : `${side}/${room}`;
}

function sideOf(path: string): string {
  return path.split("/")[0] ?? "";
}

function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return folder === "." ? [] : [...foldersOf(folder), folder];
}

function doorsOf(folder: string): string[] {
  return (DOORS[folder] ?? [`${basename(folder)}.ts`]).map((name) => `${folder}/${name}`);
}

function isDoor(folder: string, file: string): boolean {
  return doorsOf(folder).some((door) => matchesGlob(file, door));
}

/** Data rather than code: at least nine lines of ten begin or end a literal, or hold nothing but one. */
function isTable(path: string): boolean {
  const lines = readFileSync(path, "utf8").split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("//"));
  const data = lines.filter((line) => /^[[{(}\])"'`\d]|^[\w"]+: |[[{(,]$/.test(line) && !/\b(if|return|function|=>)\b/.test(line));
  return data.length / lines.length >= 0.9;
}

/** The first cycle in the order of the map, `a → b → a`; null when there is none. */
function cycleOf(graph: ReadonlyMap<string, readonly string[]>): string | null {
  const done = new Set<string>();
  const walk = (node: string, way: readonly string[]): string | null => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node].join(" → ");
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const cycle = walk(next, [...way, node]);
      if (cycle !== null) return cycle;
    }
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const cycle = walk(node, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
