// The process of one subgraph as only the bench has it: with policy, tickets and audit, without the audit, or without all
// three. All are this one program, so that nothing else differs, and note the time that tickets take. Its one argument is a
// ServeOrder; a message `tickets` is answered with a TicketTime.
import { join } from "node:path";

import { openAudit, type Audit } from "../../subgraphs/audit/audit.ts";
import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import type { SubgraphName } from "../../subgraphs/config.ts";
import {
  ANONYMOUS,
  createCallerReader,
  createClock,
  createLog,
  openErasureOrders,
  openStore,
  openTicketIssuer,
  openTicketReader,
  seedOnce,
  serveSubgraph,
  type Caller,
  type CallerReader,
  type Clock,
  type Log,
  type Messages,
  type OpenSubgraph,
  type Store,
  type Subgraph,
} from "../../subgraphs/kit/kit.ts";
import { UNAUDITED, type TicketIssuer, type TicketReader } from "../../subgraphs/law/law.ts";
import { followReadings, openMessages } from "../../subgraphs/messages.ts";
import { createPartners } from "../../subgraphs/partners/subgraph.ts";
import { besideData, createKeyStore, openDemonstrationKeys, openKeyRing, type OpenKeys } from "../../subgraphs/sealed/sealed.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { createSites } from "../../subgraphs/sites/subgraph.ts";
import { createWorld } from "../../subgraphs/world/world.ts";
import { createLawless } from "./lawless.ts";

export interface ServeOrder {
  readonly name: SubgraphName;
  readonly port: number;
  readonly mongodbUri: string;
  /** Where it stands still. */
  readonly clock: string;
  /** Seeds an empty database as of this day; null: it is seeded. */
  readonly seedDay: string | null;
  readonly law: Law;
}

export type Law =
  /** `keys` null: whoever asks is taken for the referent, and what is sealed is sealed with the demonstration's key. */
  | { readonly kind: "none"; readonly keys: Keys | null }
  | { readonly kind: "unaudited"; readonly keys: Keys }
  /** The audit in a folder of its own below that one; who read is told to *beneficiaries* at that address. */
  | { readonly kind: "audited"; readonly keys: Keys; readonly auditFolder: string; readonly readingsUrl: string };

/** Files. */
interface Keys {
  readonly gatewayJwks: string;
  readonly ticketKey: string;
  readonly ticketJwks: string;
  readonly keyRing: string;
  readonly auditKey: string;
  /** Of those who tell *beneficiaries* who read. */
  readonly readingsKeys: Readonly<Record<string, string>>;
}

/** So far, in this process. */
export interface TicketTime {
  readonly milliseconds: number;
}

const REFERENT: Caller = { ...ANONYMOUS, subject: "bench", professionalId: "pro-92-referent", partnerId: "dept-92", purpose: "SUPPORT" };

/** As the product's demonstration has it, so that pseudonyms are the same. */
const BLINDING_KEY = Buffer.alloc(32, "demonstration");

const AUDIT_MONTHS = 12;

const spent = { milliseconds: 0 };

await main(JSON.parse(process.argv[2] ?? "") as ServeOrder);

async function main({ name, port, mongodbUri, clock: instant, seedDay, law }: ServeOrder): Promise<void> {
  const openKeys = law.keys === null ? openDemonstrationKeys : await openRingOf(law.keys);
  const subgraph = law.kind === "none" ? createLawless(name, { blindingKey: BLINDING_KEY, openKeys }) : await createTimed(name, law.keys, openKeys);
  const store = await openStore({ uri: mongodbUri, database: `parcours-${name}` });
  const open = await subgraph.open(store.connection);
  if (seedDay !== null) await seedOnce(store.connection, open, () => createWorld(seedDay));
  const readCaller: CallerReader = law.keys === null ? async () => REFERENT : await createCallerReader(law.keys.gatewayJwks, name);
  const [log, clock] = [createLog(name, "error"), createClock(instant)];
  const audited = law.kind === "audited" ? await openOwnAudit({ name, law, open, clock, store, log }) : { audit: { begin: () => UNAUDITED } };
  await serveSubgraph({ subgraph, open, host: "127.0.0.1", port, readCaller, clock, log, ...audited });
  process.on("message", () => void process.send?.(spent satisfies TicketTime));
  process.once("disconnect", () => process.exit(0));
}

interface AuditStart {
  readonly name: SubgraphName;
  readonly law: Extract<Law, { readonly kind: "audited" }>;
  readonly open: OpenSubgraph;
  readonly clock: Clock;
  readonly store: Store;
  readonly log: Log;
}

/** With all that the product's has to do besides. */
async function openOwnAudit({ name, law: { auditFolder, keys, readingsUrl }, open, clock, store, log }: AuditStart): Promise<{ readonly audit: Audit; readonly messages?: Messages }> {
  const told = (what: string, error: unknown) => void process.stderr.write(`${what}: ${String(error)}\n`);
  const audit = await openAudit({ folder: join(auditFolder, name), name, signingKeyFile: keys.auditKey, months: AUDIT_MONTHS, now: clock.now, told });
  const keyFile = keys.readingsKeys[name];
  const readings = keyFile === undefined ? null : { url: readingsUrl, keyFile };
  const start = { name, open, settings: { readings, readingsSenders: new Map(Object.entries(keys.readingsKeys)) }, log };
  await followReadings(start, audit);
  await audit.obey(openErasureOrders(store.connection, name));
  if (open.deeds !== null) await audit.drain(open.deeds);
  return { audit, ...(await openMessages(start)) };
}

async function openRingOf({ keyRing }: Keys): Promise<OpenKeys> {
  const ring = await openKeyRing(keyRing);
  return (data) => createKeyStore(besideData(data), ring);
}

async function createTimed(name: SubgraphName, keys: Keys, openKeys: OpenKeys): Promise<Subgraph> {
  const told = () => undefined;
  if (name === "beneficiaries") return createBeneficiaries({ blindingKey: BLINDING_KEY, tickets: timeIssuer(await openTicketIssuer(keys.ticketKey)), openKeys });
  const tickets = timeReader(await openTicketReader(keys.ticketJwks, { told: () => undefined }));
  if (name === "services") return createServices({ tickets, told });
  return name === "sites" ? createSites({ tickets, told, openKeys }) : createPartners({ tickets, told });
}

function timeIssuer(issuer: TicketIssuer): TicketIssuer {
  return { ...issuer, issue: (...args) => timed(() => issuer.issue(...args)) };
}

function timeReader(reader: TicketReader): TicketReader {
  return { read: (...args) => timed(() => reader.read(...args)) };
}

function timed<Value>(work: () => Value): Value {
  const startedAt = performance.now();
  const value = work();
  spent.milliseconds += performance.now() - startedAt;
  return value;
}
