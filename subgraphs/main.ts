// The process of one subgraph, or of all: reads the command line, opens the databases, serves until it is told to stop.
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openAudit, type Audit } from "./audit/audit.ts";
import { answerDueOn, createBeneficiaries, createTelling, openRetention } from "./beneficiaries/subgraph.ts";
import { createBeside, joinDirectory, type Beside } from "./carrying.ts";
import {
  defaultPort,
  KEYS_SUFFIX,
  readCommand,
  SEALING,
  SettingError,
  SUBGRAPH_NAMES,
  SUBGRAPH_SETTINGS,
  USAGE,
  type Command,
  type RightsCommand,
  type Settings,
  type SubgraphName,
} from "./config.ts";
import { printFailure } from "./failures.ts";
import {
  createCallerReader,
  createClock,
  createDisclosure,
  createLog,
  createOwnTicketIssuer,
  LEAST_THRESHOLD,
  openCallerReader,
  openErasureOrders,
  openPersonDoor,
  openStore,
  openTicketIssuer,
  openTicketReader,
  RELEASE_PERIODS,
  seedOnce,
  serveSubgraph,
  STATS_THRESHOLD,
  type Clock,
  type Log,
  type OpenSubgraph,
  type PersonDoor,
  type Publishing,
  type Store,
  type Subgraph,
} from "./kit/kit.ts";
import { createTicketReader, type TicketFault, type TicketIssuer, type TicketReader } from "./law/law.ts";
import { followReadings, openMessages, openWebhook } from "./messages.ts";
import { MongodNotFound, startMongod } from "./mongod/mongod.ts";
import { createPartners } from "./partners/subgraph.ts";
import { exportPerson, printExportPage, RetentionRefused, runRetention, traceExport, type ExportTrace } from "./rights/rights.ts";
import { besideData, createKeyStore, DEMONSTRATION_RING, openDemonstrationKeys, openKeyRing, type OpenKeys } from "./sealed/sealed.ts";
import { createServices } from "./services/subgraph.ts";
import { createSites } from "./sites/subgraph.ts";
import { createWorld } from "./world/world.ts";

type ServeCommand = Extract<Command, { readonly kind: "serve" | "seed" }>;

/** What is undone at the end, last opened first. */
type Closers = (() => Promise<void>)[];

// Before the call below, since constants have no value until their line was reached.
/** Of the commands for people's rights. */
const OWN_AUDIT = "rights";
const DEFAULT_AUDIT_FOLDER = ".data/audit";

/** To be there when a release is due; a question that comes first makes it too. */
const RELEASE_CHECK_MS = 3_600_000;

await main();

async function main(): Promise<void> {
  const closers: Closers = [];
  try {
    await run(readCommand(process.argv.slice(2), process.env), closers);
  } catch (error) {
    process.stderr.write(`${printEnd(error)}\n`);
    process.exitCode = 1;
    await closeAll(closers);
  }
}

async function run(command: Command, closers: Closers): Promise<void> {
  if (command.kind === "help") return void process.stdout.write(USAGE);
  if (command.kind === "sdl") return void process.stdout.write(await readFile(new URL(`./${command.name}/schema.graphql`, import.meta.url)));
  if (command.kind === "retention" || command.kind === "export") return runRights(command, closers);
  const { names, settings } = command;
  if (command.kind === "serve" && !settings.open && settings.gatewayJwks === null) {
    throw new SettingError("Expected PARCOURS_GATEWAY_JWKS, the gateway's public keys (a file or a URL), or --open to answer anybody on loopback.");
  }
  const log = createLog(names.length === 1 ? (names[0] ?? "subgraphs") : "subgraphs", settings.logLevel);
  const mongodbUri = await openServer(names, settings, closers);
  const tickets = await openTickets(names, { settings, log }, closers);
  const beside = createBeside(names);
  await Promise.all(names.map((name) => runOne({ name, command, settings, log, tickets, mongodbUri, beside, closers })));
  if (command.kind === "seed") return closeAll(closers);
  stopOnSignals(closers);
}

async function runRights(command: RightsCommand, closers: Closers): Promise<void> {
  const { settings } = command;
  const missing = SUBGRAPH_NAMES.filter((name) => settings.mongodbUri(name) === null);
  if (missing.length > 0) throw new SettingError(`Expected MONGODB_URI, or one for each subgraph; none is named for ${missing.join(", ")}.`);
  const log = createLog("rights", settings.logLevel);
  const { doors, ofPeople, readIndex, keys } = await openDoors(settings, log, closers);
  const clock = createClock(settings.clock);
  const today = clock.today();
  // Of its own: the logs of subgraphs that run have their writers.
  const openOwnAudit = () => openNamedAudit({ name: OWN_AUDIT, isPassing: false, settings, now: clock.now, log, closers });
  const orders = openErasureOrders(ofPeople, "beneficiaries");
  if (command.kind === "export") {
    const audit = await openOwnAudit();
    await audit.obey(orders);
    try {
      await writeExport(command, doors, { log: audit.log, now: clock.now });
    } finally {
      // Behind the reading, or the export would hold its own trace or not, as it falls.
      if (readIndex !== null) audit.follow(readIndex);
    }
  } else {
    const retention = openRetention(ofPeople, await readKey("PARCOURS_BLINDING_KEY", settings.blindingKeyFile));
    // What is sealed in copies and backups goes with the key. Logs of readings have keys of their own: the end of the file orders
    // theirs to be destroyed, which whoever writes a log does; this command's own does so once more when it closes.
    if (!command.dryRun && existsSync(auditFolderOf(OWN_AUDIT, settings))) await (await openOwnAudit()).obey(orders);
    await runRetention({ retention, doors, onErased: keys.destroy, today, dryRun: command.dryRun, isSure: command.isSure, print: (line) => void process.stdout.write(`${line}\n`) });
  }
  await closeAll(closers);
}

interface Doors {
  readonly doors: ReadonlyMap<string, PersonDoor>;
  /** The journal's last entry and the end of the file are one transaction, hence one connection. */
  readonly ofPeople: Store["connection"];
  /** Where people see who read. */
  readonly readIndex: OpenSubgraph["readIndex"];
  /** Of people. */
  readonly keys: Pick<ReturnType<OpenKeys>, "destroy">;
}

async function openDoors(settings: Settings, log: Log, closers: Closers): Promise<Doors> {
  const tickets = { issuer: null, reader: createTicketReader(() => []) };
  const doors = new Map<string, PersonDoor>();
  let ofPeople: Omit<Doors, "doors"> | null = null;
  for (const name of SUBGRAPH_NAMES) {
    const openKeys = await openKeysOf(name, settings, closers);
    const subgraph = await loadSubgraph({ name, settings, tickets, log, openKeys });
    const store = await openStore({ uri: settings.mongodbUri(name) ?? "", database: `${settings.databasePrefix}${name}` });
    closers.push(store.close);
    if (name === "beneficiaries") {
      const { readIndex } = await subgraph.open(store.connection);
      ofPeople = { ofPeople: store.connection, readIndex, keys: openKeys(store.connection) };
    }
    doors.set(name, openPersonDoor(store.connection, { name, tables: subgraph.personData }));
  }
  if (ofPeople === null) throw new SettingError("Expected beneficiaries among the subgraphs.");
  return { doors, ...ofPeople };
}

type ExportCommand = Extract<RightsCommand, { readonly kind: "export" }>;

/** The files' names say nothing of the person. */
async function writeExport({ personId, folder, receivedOn, settings }: ExportCommand, doors: ReadonlyMap<string, PersonDoor>, trace: ExportTrace): Promise<void> {
  const today = createClock(settings.clock).today();
  const file = await traceExport(personId, trace, () => exportPerson(personId, doors, today));
  if (file === null) throw new SettingError("Expected --person to be the id of a file, got one that nobody has.");
  const [person] = file.subgraphs[0]?.tables[0]?.rows ?? [];
  const dueOn = receivedOn === null ? null : answerDueOn({ receivedOn, departmentCode: String(person?.["departmentCode"] ?? "") });
  await writeForOwner(folder, { "export.json": `${JSON.stringify(file, null, 2)}\n`, "export.html": printExportPage(file, { receivedOn, dueOn }) });
  process.stdout.write(`export.json and export.html written${dueOn === null ? "" : `; the answer is due by ${dueOn}`}\n`);
}

/** A file that is there would keep its mode: it is written anew. A folder is shut to others unless it holds something else too. */
async function writeForOwner(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).every((name) => name in files)) await chmod(folder, 0o700);
  for (const [name, text] of Object.entries(files)) {
    await rm(join(folder, name), { force: true });
    await writeFile(join(folder, name), text, { mode: 0o600, flag: "wx" });
  }
}

interface OneSubgraph {
  readonly name: SubgraphName;
  readonly command: ServeCommand;
  readonly settings: Settings;
  readonly log: Log;
  readonly tickets: Tickets;
  readonly mongodbUri: (name: SubgraphName) => string;
  readonly beside: Beside;
  readonly closers: Closers;
}

async function runOne({ name, command, settings, log, tickets, mongodbUri, beside, closers }: OneSubgraph): Promise<void> {
  const openKeys = await openKeysOf(name, settings, closers);
  const subgraph = await loadSubgraph({ name, settings, tickets, log, openKeys });
  const store = await openStore({ uri: mongodbUri(name), database: `${settings.databasePrefix}${name}` });
  closers.push(store.close);
  const open = await subgraph.open(store.connection);
  const clock = createClock(settings.clock);
  if (command.kind === "seed" || settings.seed) {
    const outcome = await seedOnce(store.connection, open, () => createWorld(settings.today ?? clock.today()));
    log.info({ event: "seeding", outcome, subgraph: name });
  }
  if (command.kind === "seed") return;
  const directory = await joinDirectory({ name, open, settings, beside, log, closers });
  const isPassing = settings.auditFolder === null && settings.mongodbUri(name) === null;
  const audit = await openNamedAudit({ name, isPassing, settings, now: clock.now, log, closers });
  await followReadings({ name, open, settings, log }, audit);
  if (name === "beneficiaries") await startTelling({ settings, store, log, now: clock.now, closers });
  await audit.obey(openErasureOrders(store.connection, name));
  if (open.deeds !== null) await audit.drain(open.deeds);
  await keepReleases({ open, clock, log, name, closers });
  const readCaller = settings.gatewayJwks === null || settings.open ? openCallerReader : await createCallerReader(settings.gatewayJwks, name);
  const port = settings.port === null ? defaultPort(name) : settings.port === 0 ? 0 : portOf(name, command, settings.port);
  const messages = await openMessages({ name, open, settings, log });
  const keys = name === "beneficiaries" && { publicKeys: tickets.issuer?.publicKeys };
  const server = await serveSubgraph({ subgraph, open, host: settings.host, port, readCaller, clock, log, audit, directory, ...keys, ...messages });
  closers.push(server.close);
  log.info({ event: "listening", subgraph: name, url: server.url });
}

interface TellingStart extends Pick<OneSubgraph, "settings" | "log" | "closers"> {
  readonly store: Store;
  readonly now: () => Date;
}

async function startTelling({ settings, store, log, now, closers }: TellingStart): Promise<void> {
  const { notify } = settings;
  const send = notify === null ? null : await openWebhook(notify);
  const blindingKey = await readKey("PARCOURS_BLINDING_KEY", settings.blindingKeyFile);
  const telling = createTelling({ connection: store.connection, send, blindingKey, now, told: (fault) => log.warn(fault) });
  log.info({ event: "telling", sends: send !== null, ...(send === null && { reason: "PARCOURS_NOTIFY_URL is not set: notifications and alarms wait, and nobody is told" }) });
  telling.start();
  closers.push(telling.close);
}

interface ReleaseKeeping extends Pick<OneSubgraph, "name" | "log" | "closers"> {
  readonly open: OpenSubgraph;
  readonly clock: Clock;
}

/** Before anybody asks: the first release takes seconds, longer than a gateway waits. */
async function keepReleases({ open, clock, log, name, closers }: ReleaseKeeping): Promise<void> {
  let ending = false;
  const prepare = () =>
    open.prepareRelease(clock).catch((error: unknown) => {
      if (!ending) log.error({ event: "release", subgraph: name, error: error instanceof Error ? error.name : "unknown" });
    });
  await prepare();
  const timer = setInterval(prepare, RELEASE_CHECK_MS).unref();
  closers.push(async () => {
    ending = true;
    clearInterval(timer);
  });
}

interface AuditStart extends Pick<OneSubgraph, "settings" | "log" | "closers"> {
  /** Of the log and its folder. */
  readonly name: string;
  readonly isPassing: boolean;
  readonly now: () => Date;
}

/** What is read from a database that ends with the process is traced as long. */
async function openNamedAudit({ name, isPassing, settings, now, log, closers }: AuditStart): Promise<Audit> {
  const folder = isPassing ? await mkdtemp(join(tmpdir(), `parcours-audit-${name}-`)) : auditFolderOf(name, settings);
  if (isPassing) closers.push(() => rm(folder, { recursive: true, force: true }));
  // An index that is away misses nothing: the log has it, and tries again.
  const told = (what: string, error: unknown) => log[what === "index" ? "warn" : "error"]({ event: "audit", what, subgraph: name, error: error instanceof Error ? error.message : String(error) });
  const audit = await openAudit({ folder, name, signingKeyFile: settings.auditKeyFile, months: settings.auditMonths, now, told });
  closers.push(audit.close);
  return audit;
}

function auditFolderOf(name: string, { auditFolder }: Settings): string {
  return join(auditFolder ?? DEFAULT_AUDIT_FOLDER, name);
}

async function loadSubgraph(one: Pick<OneSubgraph, "name" | "settings" | "tickets" | "log"> & { readonly openKeys: OpenKeys }): Promise<Subgraph> {
  const { name, settings, log, openKeys } = one;
  const { issuer, reader } = one.tickets;
  const told = (fault: TicketFault) => log.warn({ event: "ticket", fault, subgraph: name });
  const publishing = await readPublishing(settings);
  switch (name) {
    case "beneficiaries":
      return createBeneficiaries({
        blindingKey: await readKey("PARCOURS_BLINDING_KEY", settings.blindingKeyFile),
        tickets: issuer ?? createOwnTicketIssuer(),
        openKeys,
        publishing,
        ...(settings.graceDays !== undefined && { graceDays: settings.graceDays }),
        told: (alarm) => log.warn(alarm),
      });
    case "services":
      return createServices({ tickets: reader, told, publishing });
    case "sites":
      return createSites({ tickets: reader, told, openKeys, publishing });
    case "partners":
      return createPartners({ tickets: reader, told });
  }
}

/** The data keys of what the subgraph keeps sealed, in a database of their own and, where one is named, on a server of their own. */
async function openKeysOf(name: SubgraphName, { keys, databasePrefix }: Settings, closers: Closers): Promise<OpenKeys> {
  if (!SEALING.includes(name)) return openDemonstrationKeys;
  const ring = keys.ringFile === null ? DEMONSTRATION_RING : await openKeyRing(keys.ringFile);
  if (keys.mongodbUri === null) return (data) => createKeyStore(besideData(data), ring);
  const store = await openStore({ uri: keys.mongodbUri, database: `${databasePrefix}${name}${KEYS_SUFFIX}` });
  closers.push(store.close);
  return () => createKeyStore(store.connection, ring);
}

async function readPublishing({ statsThreshold, statsKeyFile, statsRelease }: Settings): Promise<Publishing> {
  const threshold = statsThreshold ?? STATS_THRESHOLD;
  if (threshold < LEAST_THRESHOLD) throw new SettingError(`Expected PARCOURS_STATS_THRESHOLD to be ${LEAST_THRESHOLD} at least, got ${threshold}.`);
  const period = RELEASE_PERIODS.find((known) => known === (statsRelease ?? "monthly"));
  if (period === undefined) throw new SettingError(`Expected PARCOURS_STATS_RELEASE to be ${RELEASE_PERIODS.join(" or ")}, got ${statsRelease}.`);
  return { disclosure: createDisclosure({ threshold, key: await readKey("PARCOURS_STATS_KEY", statsKeyFile) }), period };
}

interface Tickets {
  /** Null where beneficiaries is not served. */
  readonly issuer: TicketIssuer | null;
  readonly reader: TicketReader;
}

/** Without public keys nobody's ticket is good, so that nothing about people is read: the public directory is served. */
async function openTickets(names: readonly SubgraphName[], { settings, log }: Pick<OneSubgraph, "settings" | "log">, closers: Closers): Promise<Tickets> {
  const { ticketKeyFile, ticketJwks } = settings;
  const issuer = !names.includes("beneficiaries") ? null : ticketKeyFile === null ? createOwnTicketIssuer() : await openTicketIssuer(ticketKeyFile);
  if (ticketJwks === null) return { issuer, reader: createTicketReader(() => issuer?.publicKeys.keys ?? []) };
  const told = (problem: string | null) => log.warn({ event: "ticket keys", outcome: problem === null ? "read again" : "the last ones stay", problem });
  const reader = await openTicketReader(ticketJwks, { told });
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

function portOf(name: SubgraphName, command: ServeCommand, port: number): number {
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

function printEnd(error: unknown): string {
  if (error instanceof RetentionRefused) return `CLOCK_SUSPECT: ${error.message}`;
  if (error instanceof MongodNotFound) return `MONGODB_NOT_FOUND: ${error.message}`;
  return printFailure(error);
}
