// Messages between programs that trust each other by a shared key: an HTTP POST as Standard Webhooks describes it
// (standardwebhooks.com), so that its libraries sign and verify it in any language.
import { randomUUID } from "node:crypto";

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

/** The JSON that was answered. Throws CallFailed. */
export type Call = (message: Pick<Message, "type" | "data">) => Promise<unknown>;

/** The message says why, and holds no word of the address or of the answer but its code: `HTTP 401 SIGNATURE_INVALID`. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
}

export interface WebhookOptions {
  readonly url: string;
  /** As Standard Webhooks prints it: `whsec_` and base64. */
  readonly key: string;
  /** How long an answer is waited for. */
  readonly timeoutMs?: number;
  /** Beside those of the standard. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What was signed, as it came. */
export interface Signed {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export function createWebhook(options: WebhookOptions): Send {
  const webhook = new Webhook(options.key);
  return async (message) => {
    try {
      const response = await post(webhook, options, message);
      await response.body?.cancel();
      return response.ok ? null : `HTTP ${response.status}`;
    } catch (error) {
      return reasonOf(error);
    }
  };
}

export function createCall(options: WebhookOptions): Call {
  const webhook = new Webhook(options.key);
  return async ({ type, data }) => {
    const response = await post(webhook, options, { id: randomUUID(), type, at: new Date(), data }).catch((error: unknown) => reasonOf(error));
    if (typeof response === "string") throw new CallFailed(response);
    const answer = await response.json().catch(() => null);
    if (!response.ok) throw new CallFailed(`HTTP ${response.status}${codeOf(answer)}`);
    return answer;
  };
}

/** Whether a message is signed with one of the keys, and no older than five minutes by this machine's time. */
export function createVerifier(keys: readonly string[]): (signed: Signed) => boolean {
  const webhooks = keys.map((key) => new Webhook(key));
  return ({ headers, body }) => {
    const single = Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])));
    return webhooks.some((webhook) => isSigned(webhook, body, single));
  };
}

const TIMEOUT_MS = 10_000;

function post(webhook: Webhook, { url, timeoutMs = TIMEOUT_MS, headers: own = {} }: WebhookOptions, { id, type, at, data }: Message): Promise<Response> {
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
  // The machine's own time: the receiver refuses what is older than some minutes by theirs.
  const sentAt = new Date();
  const headers = {
    ...own,
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1_000)),
    "webhook-signature": webhook.sign(id, sentAt, body),
  };
  return fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
}

/** The code of what stopped it; its message would name the address. */
function reasonOf(error: unknown): string {
  const { name = "unknown", cause } = Object(error) as { readonly name?: string; readonly cause?: { readonly code?: string } };
  return cause?.code ?? name;
}

function codeOf(answer: unknown): string {
  const { code } = Object(answer) as { readonly code?: unknown };
  return typeof code === "string" && /^[A-Z_]{1,40}$/.test(code) ? ` ${code}` : "";
}

function isSigned(webhook: Webhook, body: string, headers: Record<string, string>): boolean {
  try {
    webhook.verify(body, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}
