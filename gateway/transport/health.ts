// Which subgraphs answer. Ordinary traffic tells; a subgraph that does not answer is asked again and again until it does.
import { randomUUID } from "node:crypto";

import { ANONYMOUS } from "../auth/auth.ts";
import type { GatewayErrorCode } from "../errors.ts";
import { publish } from "../events.ts";
import { openDeadline } from "./layers/deadline.ts";
import type { Send } from "./send.ts";

export interface SubgraphHealth {
  readonly name: string;
  readonly url: string;
  /** Has answered at least once since the supergraph was loaded. */
  readonly answered: boolean;
  /** Answered when it was last asked. */
  readonly up: boolean;
}

export interface Health {
  list(): readonly SubgraphHealth[];
  /** Whether each has answered once. Stays so: who takes up a new supergraph goes on answering, though one that it adds is not there yet. */
  isReady(): boolean;
  /** What came of a fetch: null for a GraphQL response, else the code of the failure. */
  record(subgraph: string, failure: GatewayErrorCode | null): void;
  /** Asks every subgraph, and again those that do not answer; settles when each has been asked once. */
  start(send: Send): Promise<void>;
  /** Asks nobody any more and takes notice of nothing. */
  close(): void;
}

const PROBE = "{ __typename }";
const PROBE_TIMEOUT_MS = 1_500;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;

interface Entry {
  readonly name: string;
  readonly url: string;
  answered: boolean;
  up: boolean;
  /** The next probe, when one is to come. */
  timer: NodeJS.Timeout | null;
}

/** `before` is that of the supergraph served so far: what it knows of the same subgraphs is known. */
export function createHealth(urls: ReadonlyMap<string, string>, before: Health | null = null): Health {
  const known = before?.list() ?? [];
  const entries = new Map(
    [...urls].map(([name, url]): [string, Entry] => {
      const { answered = false, up = false } = known.find((one) => one.name === name && one.url === url) ?? {};
      return [name, { name, url, answered, up, timer: null }];
    }),
  );
  const probing: Probing = { closed: false, send: null };
  const wasReady = before?.isReady() ?? false;
  return {
    list: () => [...entries.values()].map(({ name, url, answered, up }) => ({ name, url, answered, up })),
    isReady: () => wasReady || [...entries.values()].every((entry) => entry.answered),
    record: (subgraph, failure) => {
      const entry = entries.get(subgraph);
      if (entry !== undefined) note(probing, entry, failure);
    },
    start: async (send) => {
      probing.send = send;
      await Promise.all([...entries.values()].map((entry) => probe(probing, entry, FIRST_PAUSE_MS)));
    },
    close: () => {
      probing.closed = true;
      for (const entry of entries.values()) clearTimeout(entry.timer ?? undefined);
    },
  };
}

interface Probing {
  closed: boolean;
  send: Send | null;
}

function note(probing: Probing, entry: Entry, failure: GatewayErrorCode | null): void {
  // A client that left says nothing about the subgraph.
  if (failure === "REQUEST_CANCELLED" || probing.closed) return;
  const up = failure === null;
  if (up !== entry.up) publish("subgraph", { name: entry.name, up, code: failure });
  const fell = entry.up && !up;
  entry.up = up;
  entry.answered ||= up;
  if (fell) schedule(probing, entry, FIRST_PAUSE_MS);
}

function schedule(probing: Probing, entry: Entry, pauseMs: number): void {
  if (probing.closed || entry.timer !== null) return;
  entry.timer = setTimeout(() => {
    entry.timer = null;
    if (!entry.up) void probe(probing, entry, Math.min(pauseMs * 2, LONGEST_PAUSE_MS));
  }, pauseMs).unref();
}

/** The outcome is recorded on the way, as that of any fetch. */
async function probe(probing: Probing, entry: Entry, nextPauseMs: number): Promise<void> {
  if (probing.send === null || probing.closed) return;
  const deadline = openDeadline(PROBE_TIMEOUT_MS, new AbortController().signal);
  const facts = { caller: ANONYMOUS, requestId: `probe-${randomUUID()}`, signal: deadline.signal };
  const request = { subgraph: entry.name, query: PROBE, operationName: null, variables: {}, headers: {}, facts };
  await probing.send(request).catch(() => undefined);
  deadline.close();
  if (!entry.up) schedule(probing, entry, nextPauseMs);
}
