// Four subgraphs with logs of their own, three of which tell beneficiaries over HTTP who read: asked without a gateway, as the
// gateway would, and beneficiaries can be away.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { graphql } from "graphql";

import { openAudit, type Audit } from "../../subgraphs/audit/audit.ts";
import { ANONYMOUS, buildSchema, createClock, createLog, openCallerReader, serveSubgraph, type Caller, type OpenSubgraph, type Subgraph, type SubgraphServer } from "../../subgraphs/kit/kit.ts";
import { PURPOSES, UNAUDITED } from "../../subgraphs/law/law.ts";
import { createReceiver, createRemoteIndex } from "../../subgraphs/relay/relay.ts";
import { freePorts } from "../harness/ports.ts";
import { openFourDatabases, type FourDatabases } from "./four-databases.ts";

export const TODAY = "2026-03-02";
export const AT = `${TODAY}T09:00:00Z`;
export const NAMES = ["beneficiaries", "services", "sites", "partners"] as const;
type Name = (typeof NAMES)[number];

export const keyOf = (name: string) => `whsec_${Buffer.alloc(32, name).toString("base64")}`;

export interface Asking {
  readonly caller: Partial<Caller>;
  readonly variables?: Record<string, unknown>;
  /** Of the client's request. */
  readonly request?: string;
  readonly at?: string;
}

interface Habilitated {
  readonly professionalId: string;
  readonly partnerId: string;
}

export type Said = Readonly<Record<string, unknown>>;

export interface ReadingsWorld {
  readonly four: FourDatabases;
  readonly audits: ReadonlyMap<string, Audit>;
  /** Where messages go. */
  readonly url: string;
  /** What could not be told or kept. */
  readonly told: string[];
  /** Professionals whom the seeded world does not have, at those that ask for it themselves (L11). */
  habilitate(...callers: readonly Habilitated[]): Promise<void>;
  ask(name: Name, query: string, asking: Asking): Promise<Readonly<Record<string, never>>>;
  /** All that the four logs have is in the index, or could not be brought there. */
  settle(): Promise<void>;
  away(): Promise<void>;
  back(): Promise<void>;
  /** Rows of the index. */
  rows(filter: Said): Promise<Said[]>;
  close(): Promise<void>;
}

export async function openReadingsWorld(): Promise<ReadingsWorld> {
  const four = await openFourDatabases(`test-readings-${randomUUID().slice(0, 8)}-`, TODAY);
  const folder = await mkdtemp(join(tmpdir(), "parcours-relay-"));
  const opened = new Map(await Promise.all(NAMES.map(async (name) => [name, await openOne(four, name)] as const)));
  const oneOf = (name: Name) => opened.get(name) ?? fail(name);
  const told: string[] = [];
  const [, port] = await freePorts();
  const url = `http://127.0.0.1:${port}/readings`;
  let server: SubgraphServer | null = await serve(oneOf("beneficiaries"), port, told);
  const audits = new Map(await Promise.all(NAMES.map(async (name) => [name, await follow(name, oneOf(name).open, { folder, url, told })] as const)));
  const auditOf = (name: Name) => audits.get(name) ?? fail(name);
  return {
    ...{ four, audits, url, told },
    habilitate: async (...callers) => {
      const habilitation = { purposes: [...PURPOSES], validFrom: "2024-01-01", validTo: null };
      const rows = callers.map(({ professionalId, partnerId }) => ({ _id: professionalId as never, partnerId, secrecyBasis: "CASF L.411-3", habilitation }));
      for (const name of ["services", "sites"]) await four.collection(name, "standings").insertMany(rows);
    },
    ask: async (name, source, { caller, variables = {}, request = randomUUID(), at = AT }) => {
      const facts = { caller: { ...ANONYMOUS, ...caller }, clock: createClock(at) };
      const audit = auditOf(name).begin({ ...facts, request });
      const { schema, open } = oneOf(name);
      const { data, errors } = await graphql({ schema, source, variableValues: variables, contextValue: open.createContext({ ...facts, audit }) });
      await audit.finish();
      if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join());
      return JSON.parse(JSON.stringify(data)) as Readonly<Record<string, never>>;
    },
    settle: async () => void (await Promise.all([...audits.values()].map((audit) => audit.settle()))),
    away: async () => {
      await server?.close();
      server = null;
    },
    back: async () => void (server = await serve(oneOf("beneficiaries"), port, told)),
    rows: (filter) => four.collection("beneficiaries", "accessEvents").find(filter as never).sort({ log: 1, place: 1 }).toArray() as unknown as Promise<Said[]>,
    close: async () => {
      for (const audit of audits.values()) await audit.close();
      await server?.close();
      await four.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface One {
  readonly subgraph: Subgraph;
  readonly open: OpenSubgraph;
  readonly schema: ReturnType<typeof buildSchema>;
}

async function openOne(four: FourDatabases, name: Name): Promise<One> {
  const [subgraph, store] = [four.subgraphs.get(name) ?? fail(name), four.stores.get(name) ?? fail(name)];
  return { subgraph, open: await subgraph.open(store.connection), schema: buildSchema(subgraph) };
}

function serve({ subgraph, open }: One, port: number, told: string[]): Promise<SubgraphServer> {
  const senders = new Map(NAMES.slice(1).map((name) => [name, [keyOf(name)]]));
  const receive = createReceiver({ senders, index: open.receivedIndex ?? fail("index"), told: (error) => void told.push(`receiver ${String(error)}`) });
  const messages = { path: "/readings", receive };
  return serveSubgraph({ subgraph, open, host: "127.0.0.1", port, readCaller: openCallerReader, clock: createClock(AT), log: createLog("test", "silent"), audit: { begin: () => UNAUDITED }, messages });
}

async function follow(name: Name, open: OpenSubgraph, { folder, url, told }: { readonly folder: string; readonly url: string; readonly told: string[] }): Promise<Audit> {
  const audit = await openAudit({ folder: join(folder, name), name, signingKeyFile: null, months: 12, now: () => new Date(AT), told: (what, error) => void told.push(`${name} ${what} ${String(error)}`) });
  audit.follow(open.readIndex ?? createRemoteIndex({ url, key: keyOf(name), sender: name }));
  return audit;
}

function fail(what: string): never {
  throw new Error(`No ${what}.`);
}
