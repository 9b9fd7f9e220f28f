// Hands a message to whoever passes messages on: an HTTP POST as Standard Webhooks describes it (standardwebhooks.com), so
// that its libraries verify it in any language.
import { Webhook } from "standardwebhooks";

export interface Message {
  /** The same each time that it is sent: who gets it twice knows. */
  readonly id: string;
  /** `emergency.opened`. */
  readonly type: string;
  readonly at: Date;
  /** Ids and nothing else: what they lead to is read from the graph, by who may. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Null where it was taken; else why not, without a word of the address or of the answer: `HTTP 500`, `TimeoutError`. */
export type Send = (message: Message) => Promise<string | null>;

export interface WebhookOptions {
  readonly url: string;
  /** As Standard Webhooks prints it: `whsec_` and base64. */
  readonly key: string;
  /** How long an answer is waited for. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

export function createWebhook({ url, key, timeoutMs = TIMEOUT_MS }: WebhookOptions): Send {
  const webhook = new Webhook(key);
  return async ({ id, type, at, data }) => {
    const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
    // The machine's own time: the receiver refuses what is older than some minutes by theirs.
    const sentAt = new Date();
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1_000)),
      "webhook-signature": webhook.sign(id, sentAt, body),
    };
    try {
      const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
      await response.body?.cancel();
      return response.ok ? null : `HTTP ${response.status}`;
    } catch (error) {
      return reasonOf(error);
    }
  };
}

/** The code of what stopped it; its message would name the address. */
function reasonOf(error: unknown): string {
  const { name = "unknown", cause } = Object(error) as { readonly name?: string; readonly cause?: { readonly code?: string } };
  return cause?.code ?? name;
}
