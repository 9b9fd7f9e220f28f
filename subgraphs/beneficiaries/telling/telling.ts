// Tells who has to be told: a round every few seconds sends what is due, and looks for reviews that are late and for what need
// not be held back any more. At least once, with the row's id as the message's: what was sent and not marked before the process
// died is sent again. Any number of processes go their rounds; the rows say who has what in hand. The door of this folder.
import { createBlinding } from "../blinding.ts";
import { openOutbox, type Outbox, type Waiting } from "./outbox.ts";
import type { Message, Send } from "../../webhook/webhook.ts";

export { openOutbox, type Outbox } from "./outbox.ts";
export { createWebhook, type Message, type Send } from "../../webhook/webhook.ts";

export interface TellingOptions {
  readonly connection: Parameters<typeof openOutbox>[0];
  /** Null: nobody is told, and what is to be told waits. */
  readonly send: Send | null;
  /** Of pseudonyms: see `BeneficiariesOptions`. */
  readonly blindingKey: Uint8Array;
  readonly now: () => Date;
  /** Of what could not be sent, and of rounds that failed. */
  readonly told: (fault: TellingFault) => void;
}

export interface TellingFault {
  readonly event: "telling";
  readonly reason: string;
  /** Of the row, where it is about one. */
  readonly id?: string;
  readonly attempts?: number;
}

export interface Telling {
  /** One round. */
  round(): Promise<void>;
  /** Rounds from now on. */
  start(): void;
  /** Waits for the round that goes on. */
  close(): Promise<void>;
}

/** The message service is an organisation of its own to pseudonyms: it reads the same as `Beneficiary.pseudonym`. */
const MESSAGE_SERVICE = "message-service";

const ROUND_MS = 5_000;
/** Longer than any message of a round takes. */
const LEASE_MS = 60_000;
/** As Standard Webhooks recommends; the last goes on for as long as it takes. In seconds. */
const WAITS_S = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

export function createTelling(options: TellingOptions): Telling {
  const outbox = openOutbox(options.connection);
  let timer: NodeJS.Timeout | null = null;
  let going: Promise<void> = Promise.resolve();
  let closed = false;
  const round = () => (going = goRound(outbox, options));
  const next = () => {
    if (closed) return;
    const failed = (error: unknown) => options.told({ event: "telling", reason: error instanceof Error ? error.name : "unknown" });
    timer = setTimeout(() => void round().catch(failed).finally(next), ROUND_MS);
    timer.unref();
  };
  return {
    round,
    start: next,
    close: async () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await going.catch(() => undefined);
    },
  };
}

async function goRound(outbox: Outbox, options: TellingOptions): Promise<void> {
  const { send, now } = options;
  await outbox.tellOfLateReviews(now());
  await outbox.release(now());
  if (send === null) return;
  const taken = await outbox.take(now(), new Date(now().getTime() + LEASE_MS));
  await Promise.all(taken.map((one) => sendOne(one, { outbox, send }, options)));
}

interface Way {
  readonly outbox: Outbox;
  readonly send: Send;
}

async function sendOne(one: Waiting, { outbox, send }: Way, { blindingKey, now, told }: TellingOptions): Promise<void> {
  const reason = await send(toMessage(one, (personId) => createBlinding(blindingKey).pseudonym(personId, MESSAGE_SERVICE)));
  if (reason === null) return void (await outbox.markSent(one, now()));
  const { _id: id, attempts } = one.row;
  told({ event: "telling", reason, id, attempts });
  await outbox.putBack(one, new Date(now().getTime() + waitAfter(attempts)));
}

/** In milliseconds; some more, so that what failed together is not tried again together. */
function waitAfter(attempts: number): number {
  const seconds = WAITS_S[Math.min(attempts, WAITS_S.length) - 1] ?? 0;
  return seconds * 1_000 * (1 + Math.random() / 10);
}

const TYPES = {
  EMERGENCY_OPENED: "emergency.opened",
  EMERGENCY_REVIEW_OVERDUE: "emergency.review_overdue",
  RECTIFICATION_ANSWERED: "rectification.answered",
  RECTIFICATION_DONE: "rectification.done",
  RECTIFICATION_EXTENDED: "rectification.extended",
  EMERGENCY_RATE: "emergency.rate_alarm",
  EMERGENCY_NOT_JUSTIFIED: "emergency.not_justified",
} as const;

function toMessage(one: Waiting, pseudonymOf: (personId: string) => string): Message {
  const { _id: id, kind, at } = one.row;
  const type = TYPES[kind];
  if (one.in === "alarms") return { id, type, at, data: { id, subjectId: one.row.emergencyId, to: { partnerId: one.row.partnerId } } };
  const { subjectId, toProfessionalId, toPartnerId, toPersonId } = one.row;
  const to = toPersonId !== null ? { pseudonym: pseudonymOf(toPersonId) } : toPartnerId !== null ? { partnerId: toPartnerId } : { professionalId: toProfessionalId };
  return { id, type, at, data: { id, subjectId, to } };
}
