// The index of readings of another subgraph, for a log that follows it over HTTP. While that one is away nothing is lost: the log
// asks again later what is known of it, and goes on from there.
import type { ReadIndex, Readings } from "../audit/audit.ts";
import { createCall, type Call } from "../webhook/webhook.ts";
import { sayable, SENDER_HEADER, type RelayMessage } from "./message.ts";

export interface RemoteIndexOptions {
  readonly url: string;
  readonly key: string;
  /** The subgraph whose log it is. */
  readonly sender: string;
}

/** Short: a process that ends waits for the one that is under way. */
const TIMEOUT_MS = 5_000;
/** In one message, which so stays far below what a body may have. */
const PORTION = 250;

/** What fails rejects with CallFailed. */
export function createRemoteIndex({ url, key, sender }: RemoteIndexOptions): ReadIndex {
  const call = createCall({ url, key, timeoutMs: TIMEOUT_MS, headers: { [SENDER_HEADER]: sender } });
  return {
    last: async (origin) => {
      const { place } = Object(await ask(call, { type: "readings.last", origin })) as { readonly place?: unknown };
      return Number.isSafeInteger(place) ? (place as number) : -1;
    },
    add: async (origin, readings) => {
      for (const portion of portionsOf(readings)) await ask(call, { type: "readings.add", origin, readings: portion });
    },
    forget: async (origin, personId) => void (await ask(call, { type: "readings.forget", origin, personId })),
  };
}

function ask(call: Call, message: RelayMessage): Promise<unknown> {
  const { type, origin } = message;
  if (message.type !== "readings.add") return call({ type, data: message.type === "readings.forget" ? { origin, personId: message.personId } : { origin } });
  const { readings, outcomes } = message.readings;
  return call({ type, data: { origin, readings, outcomes } });
}

/**
 * In the log's order: from the last place that came, the log goes on after whatever stopped it, and what came of a reading
 * changes a row that must be there. Deeds are written by none of those who send.
 */
function* portionsOf({ readings, outcomes }: Readings): Generator<Readings> {
  const told = [...readings.map((reading) => ({ place: reading.place, reading })), ...outcomes.map((outcome) => ({ place: outcome.place, outcome }))];
  told.sort((one, other) => one.place - other.place);
  for (let from = 0; from < told.length; from += PORTION) {
    const some = told.slice(from, from + PORTION);
    yield {
      readings: some.flatMap((one) => ("reading" in one ? sayable(one.reading) : [])),
      outcomes: some.flatMap((one) => ("outcome" in one ? one.outcome : [])),
      deeds: [],
    };
  }
}
