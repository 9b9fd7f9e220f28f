// The messages that a process sends and takes in, with the keys that its settings name.
import { readFile } from "node:fs/promises";

import type { Audit } from "./audit/audit.ts";
import { SettingError, type NotifySettings, type Settings, type SubgraphName } from "./config.ts";
import type { Log, Messages, OpenSubgraph } from "./kit/kit.ts";
import { createReceiver, createRemoteIndex } from "./relay/relay.ts";
import { createWebhook, type Send } from "./webhook/webhook.ts";

export async function openWebhook({ url, keyFile }: NotifySettings): Promise<Send> {
  return createWebhook({ url, key: await firstKeyOf("PARCOURS_NOTIFY_KEY_FILE", keyFile) });
}

export interface ReadingsStart {
  readonly name: SubgraphName;
  readonly open: Pick<OpenSubgraph, "readIndex" | "receivedIndex">;
  readonly settings: Pick<Settings, "readings" | "readingsSenders">;
  readonly log: Log;
}

/** To where people see who read: here, or at the subgraph that has the index. */
export async function followReadings({ name, open, settings, log }: ReadingsStart, audit: Pick<Audit, "follow">): Promise<void> {
  if (open.readIndex !== null) return audit.follow(open.readIndex);
  if (settings.readings === null) {
    return log.info({ event: "readings", subgraph: name, shown: false, reason: "PARCOURS_READINGS_URL is not set: people do not see who read here, which this log alone has" });
  }
  const { url, keyFile } = settings.readings;
  audit.follow(createRemoteIndex({ url, key: await firstKeyOf("PARCOURS_READINGS_KEY_FILE", keyFile), sender: name }));
}

/** What comes from those who have no index of their own. */
export async function openMessages({ name, open, settings, log }: ReadingsStart): Promise<{ readonly messages?: Messages }> {
  const { receivedIndex: index } = open;
  const { readingsSenders: files } = settings;
  if (index === null || files === null) return {};
  const senders = await Promise.all([...files].map(async ([sender, file]) => [sender, await keysOf("PARCOURS_READINGS_SENDERS", file)] as const));
  const told = (error: unknown) => log.error({ event: "readings", subgraph: name, error: error instanceof Error ? error.name : "unknown" });
  return { messages: { path: READINGS_PATH, receive: createReceiver({ senders: new Map(senders), index, told }) } };
}

const READINGS_PATH = "/readings";
/** As Standard Webhooks has it. */
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

async function firstKeyOf(setting: string, file: string): Promise<string> {
  return (await keysOf(setting, file))[0] ?? "";
}

/** One a line: the first signs, each verifies. Throws SettingError, without a word of the file. */
async function keysOf(setting: string, file: string): Promise<string[]> {
  const lines = (await readFile(file, "utf8")).trim().split(/\s+/);
  for (const line of lines) {
    const { length } = Buffer.from(line.replace(/^whsec_/, ""), "base64");
    if (length < LEAST_BYTES || length > MOST_BYTES) throw new SettingError(`Expected ${LEAST_BYTES} to ${MOST_BYTES} bytes in base64 in the file that ${setting} names, got ${length}.`);
  }
  return lines;
}
