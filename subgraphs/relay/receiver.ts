// Takes in what the logs of other subgraphs say of people. Each sender proves itself with a key of its own and speaks for its own
// logs alone. A message that comes again, or late, changes nothing.
import type { ReadIndex } from "../audit/audit.ts";
import { type SubgraphErrorCode } from "../kit/kit.ts";
import { createVerifier, type Signed } from "../webhook/webhook.ts";
import { readMessage, SENDER_HEADER, type RelayMessage } from "./message.ts";

export interface ReceiverOptions {
  /** Sender → keys, each of which is good: while one is replaced there are two. */
  readonly senders: ReadonlyMap<string, readonly string[]>;
  readonly index: ReadIndex;
  /** Hears of what could not be kept. */
  readonly told: (error: unknown) => void;
}

export interface Received {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Rejects never. */
export type Receive = (signed: Signed) => Promise<Received>;

export function createReceiver({ senders, index, told }: ReceiverOptions): Receive {
  const verifiers = new Map([...senders].map(([name, keys]) => [name, createVerifier(keys)]));
  return async (signed) => {
    const sender = signed.headers[SENDER_HEADER];
    const isSigned = typeof sender === "string" ? verifiers.get(sender) : undefined;
    if (typeof sender !== "string" || isSigned === undefined) return refuse(401, "SENDER_UNKNOWN", `Expected the name of a known sender in the header ${SENDER_HEADER}, got another.`);
    if (!isSigned(signed)) return refuse(401, "SIGNATURE_INVALID", "Expected a message signed with its sender's key in the last five minutes, got another.");
    const message = readMessage(signed.body);
    if (message === null) return refuse(400, "MESSAGE_MALFORMED", "Expected a message about readings, got another.");
    if (!isLogOf(sender, message.origin)) return refuse(403, "LOG_OF_ANOTHER", "Expected a log of the sender's own, got another.");
    try {
      return { status: 200, body: await carryOut(message, index) };
    } catch (error) {
      told(error);
      return refuse(503, "STORE_UNAVAILABLE", "The subgraph's database did not answer in time.");
    }
  };
}

/** As `audit/log.ts` names logs. */
function isLogOf(sender: string, origin: string): boolean {
  const [product, name, id = "", ...more] = origin.split("/");
  return product === "parcours" && name === sender && /^[0-9a-f]{8}$/.test(id) && more.length === 0;
}

async function carryOut(message: RelayMessage, index: ReadIndex): Promise<Received["body"]> {
  switch (message.type) {
    case "readings.last":
      return { place: await index.last(message.origin) };
    case "readings.add":
      await index.add(message.origin, message.readings);
      return {};
    case "readings.forget":
      await index.forget(message.origin, message.personId);
      return {};
  }
}

function refuse(status: number, code: SubgraphErrorCode, message: string): Received {
  return { status, body: { code, message } };
}
