// The process of one subgraph, or of all: reads the command line, opens the databases, serves until it is told to stop.
import { readFile } from "node:fs/promises";

import { createBeneficiaries } from "./beneficiaries/subgraph.ts";
import { defaultPort, readCommand, SettingError, SUBGRAPH_SETTINGS, USAGE, type Command, type Settings, type SubgraphName } from "./config.ts";
import {
  createCallerReader,
  createClock,
  createDisclosure,
  createLog,
  createOwnTicketIssuer,
  LEAST_THRESHOLD,
  openCallerReader,
  openStore,
  openTicketIssuer,
  openTicketReader,
  seedOnce,
  serveSubgraph,
  STATS_THRESHOLD,
  type Disclosure,
  type Log,
  type Subgraph,
} from "./kit/kit.ts";
import { createTicketReader, type TicketFault, type TicketIssuer, type TicketReader } from "./law/law.ts";
import { MongodNotFound, startMongod } from "./mongod/mongod.ts";
import { createPartners } from "./partners/subgraph.ts";
import { createServices } from "./services/subgraph.ts";
import { createSites } from "./sites/subgraph.ts";
import { createWorld } from "./world/world.ts";

/** What is undone at the end, last opened first. */
type Closers = (() => Promise<void>)[];

await main();

async function main(): Promise<void> {
  const closers: Closers = [];
  try {
    await run(readCommand(process.argv.slice(2), process.env), closers);
  } catch (error) {
    process.stderr.write(`${printFailure(error)}\n`);
    process.exitCode = 1;
    await closeAll(closers);
  }
}

async function run(command: Command, closers: Closers): Promise<void> {
  if (command.kind === "help") return void process.stdout.write(USAGE);
  if (command.kind === "sdl") return void process.stdout.write(await readFile(new URL(`./${command.name}/schema.graphql`, import.meta.url)));
  const { names, settings } = command;
  if (command.kind === "serve" && !settings.open && settings.gatewayJwks === null) {
    throw new SettingError("Expected PARCOURS_GATEWAY_JWKS, the gateway's public keys (a file or a URL), or --open to answer anybody on loopback.");
  }
  const log = createLog(names.length === 1 ? (names[0] ?? "subgraphs") : "subgraphs", settings.logLevel);
  const mongodbUri = await openServer(names, settings, closers);
  const tickets = await openTickets(names, settings, closers);
  await Promise.all(names.map((name) => runOne({ name, command, settings, log, tickets, mongodbUri, closers })));
  if (command.kind === "seed") return closeAll(closers);
  stopOnSignals(closers);
}

interface OneSubgraph {
  readonly name: SubgraphName;
  readonly command: Command;
  readonly settings: Settings;
  readonly log: Log;
  readonly tickets: Tickets;
  readonly mongodbUri: (name: SubgraphName) => string;
  readonly closers: Closers;
}

async function runOne({ name, command, settings, log, tickets, mongodbUri, closers }: OneSubgraph): Promise<void> {
  const subgraph = await loadSubgraph({ name, settings, tickets, log });
  const store = await openStore({ uri: mongodbUri(name), database: `${settings.databasePrefix}${name}` });
  closers.push(store.close);
  const open = await subgraph.open(store.connection);
  const clock = createClock(settings.clock);
  if (command.kind === "seed" || settings.seed) {
    const outcome = await seedOnce(store.connection, open, () => createWorld(settings.today ?? clock.today()));
    log.info({ event: "seeding", outcome, subgraph: name });
  }
  if (command.kind === "seed") return;
  const readCaller = settings.gatewayJwks === null || settings.open ? openCallerReader : await createCallerReader(settings.gatewayJwks, name);
  const port = settings.port === null ? defaultPort(name) : settings.port === 0 ? 0 : portOf(name, command, settings.port);
  const server = await serveSubgraph({ subgraph, open, host: settings.host, port, readCaller, clock, log, ...(name === "beneficiaries" && { publicKeys: tickets.issuer?.publicKeys }) });
  closers.push(server.close);
  log.info({ event: "listening", subgraph: name, url: server.url });
}

async function loadSubgraph({ name, settings, tickets: { issuer, reader }, log }: Pick<OneSubgraph, "name" | "settings" | "tickets" | "log">): Promise<Subgraph> {
  const told = (fault: TicketFault) => log.warn({ event: "ticket", fault, subgraph: name });
  const disclosure = await readDisclosure(settings);
  switch (name) {
    case "beneficiaries":
      return createBeneficiaries({ blindingKey: await readKey("PARCOURS_BLINDING_KEY", settings.blindingKeyFile), tickets: issuer ?? createOwnTicketIssuer(), disclosure });
    case "services":
      return createServices({ tickets: reader, told, disclosure });
    case "sites":
      return createSites({ tickets: reader, told, disclosure });
    case "partners":
      return createPartners({ tickets: reader, told });
  }
}

async function readDisclosure({ statsThreshold, statsKeyFile }: Settings): Promise<Disclosure> {
  const threshold = statsThreshold ?? STATS_THRESHOLD;
  if (threshold < LEAST_THRESHOLD) throw new SettingError(`Expected PARCOURS_STATS_THRESHOLD to be ${LEAST_THRESHOLD} at least, got ${threshold}.`);
  return createDisclosure({ threshold, key: await readKey("PARCOURS_STATS_KEY", statsKeyFile) });
}

interface Tickets {
  /** Null where beneficiaries is not served. */
  readonly issuer: TicketIssuer | null;
  readonly reader: TicketReader;
}

/** Without public keys nobody's ticket is good, so that nothing about people is read: the public directory is served. */
async function openTickets(names: readonly SubgraphName[], settings: Settings, closers: Closers): Promise<Tickets> {
  const { ticketKeyFile, ticketJwks } = settings;
  const issuer = !names.includes("beneficiaries") ? null : ticketKeyFile === null ? createOwnTicketIssuer() : await openTicketIssuer(ticketKeyFile);
  if (ticketJwks === null) return { issuer, reader: createTicketReader(() => issuer?.publicKeys.keys ?? []) };
  const reader = await openTicketReader(ticketJwks);
  closers.push(async () => reader.close());
  return { issuer, reader };
}

/** The demonstration key opens nothing: it hashes only the invented NIR of the demonstration world and rounds its figures. */
async function readKey(setting: keyof typeof SUBGRAPH_SETTINGS, file: string | null): Promise<Buffer> {
  if (file === null) return Buffer.alloc(32, "demonstration");
  const key = Buffer.from((await readFile(file, "utf8")).trim(), "base64");
  if (key.length === 32) return key;
  throw new SettingError(`Expected 32 bytes in base64 in the file that ${setting} names, got ${key.length}.`);
}

/** The servers that are named, or one of our own for those that are not. */
async function openServer(names: readonly SubgraphName[], settings: Settings, closers: Closers): Promise<(name: SubgraphName) => string> {
  if (names.every((name) => settings.mongodbUri(name) !== null)) return (name) => settings.mongodbUri(name) ?? "";
  const mongod = await startMongod({
    folder: null,
    progress: (line) => void process.stderr.write(`${line}\n`),
    env: process.env,
  });
  closers.push(mongod.stop);
  process.stderr.write(`MongoDB: ${mongod.found.path} (${mongod.found.origin}), in memory\n`);
  return (name) => settings.mongodbUri(name) ?? mongod.uri;
}

function portOf(name: SubgraphName, command: Command, port: number): number {
  const alone = command.kind === "serve" && command.names.length === 1;
  return alone ? port : port + defaultPort(name) - defaultPort("beneficiaries");
}

/** npm passes on the signal that the terminal has sent already: what comes so soon is no second one. */
const ECHO_MS = 500;

/** The first signal, or the end of a parent that started this process with a channel, ends it in order; one more at once. */
function stopOnSignals(closers: Closers): void {
  let firstAt: number | null = null;
  const stop = () => {
    if (firstAt === null) {
      firstAt = performance.now();
      void closeAll(closers).then(() => process.exit(0));
    } else if (performance.now() - firstAt > ECHO_MS) process.exit(1);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  if (process.connected) process.once("disconnect", stop);
}

async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close().catch(() => undefined);
}

function printFailure(error: unknown): string {
  if (error instanceof SettingError) return `SETTING: ${error.message}\nSee --help.`;
  if (error instanceof MongodNotFound) return `MONGODB_NOT_FOUND: ${error.message}`;
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    return `PORT_IN_USE: ${error.message}. Choose another with --port.`;
  }
  if (error instanceof Error && error.name.startsWith("Mongo")) {
    return `STORE_UNAVAILABLE: MongoDB could not be reached (${error.name}). Look at MONGODB_URI.`;
  }
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
