// A key for each person, under which what the log says of them is encrypted: destroying it erases all that, in copies too.
// Kept in one file beside the log; keep its backups apart from the log's and for a shorter time.
import { createHmac, randomBytes } from "node:crypto";
import { open, readFile, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

import { isMissing, replaceDurably, syncFolder } from "./files.ts";

export interface PersonKeys {
  /** 32 bytes, made where there is none; null once destroyed. Rejects when it cannot be kept. */
  keyOf(personId: string): Promise<Buffer | null>;
  destroy(personId: string): Promise<void>;
}

/** The same, for whoever reads the log and knows the names of keys only. */
export interface NamedKeys extends PersonKeys {
  /** A pseudonym: it says nothing without the file. */
  nameOf(personId: string): string;
  /** Undefined: there never was one, or the file lost it. */
  keyNamed(name: string): Buffer | null | undefined;
}

/** Throws TypeError when the file is not what this module wrote. */
export async function openPersonKeys(path: string): Promise<NamedKeys> {
  const text = await readFile(path, "utf8").catch((error: unknown) => (isMissing(error) ? "" : Promise.reject(error)));
  const file = text === "" ? { secret: randomBytes(32), keys: new Map<string, Buffer | null>() } : readKeys(text, path);
  const write = createWriter(path, text === "" ? `${JSON.stringify({ secret: file.secret.toString("base64url") })}\n` : "");
  const nameOf = rememberNames((personId) => createHmac("sha256", file.secret).update(personId).digest("base64url").slice(0, 22));
  const making = new Map<string, Promise<Buffer | null>>();
  const ending = new Set<string>();
  const make = async (name: string): Promise<Buffer> => {
    const key = randomBytes(32);
    await write.append(printKey(name, key), () => void file.keys.set(name, key));
    return key;
  };
  return {
    nameOf,
    keyNamed: (name) => file.keys.get(name),
    keyOf: (personId) => {
      const name = nameOf(personId);
      const known = ending.has(name) ? null : file.keys.get(name);
      if (known !== undefined) return Promise.resolve(known);
      const made = making.get(name) ?? make(name).finally(() => making.delete(name));
      making.set(name, made);
      return made;
    },
    destroy: async (personId) => {
      const name = nameOf(personId);
      // From here on none is made, and one that is being made would come after its end.
      ending.add(name);
      await making.get(name)?.catch(() => undefined);
      const print = () => [...new Map(file.keys).set(name, null)].map(([one, key]) => printKey(one, key)).join("");
      // In memory it ends when it has ended on the disk: who asks again after a failure is not told that all is done.
      await write.replace(() => `${JSON.stringify({ secret: file.secret.toString("base64url") })}\n${print()}`, () => void file.keys.set(name, null));
    },
  };
}

/** Each entry asks twice, and whoever is read about now is read about again. */
function rememberNames(make: (personId: string) => string): (personId: string) => string {
  const names = new Map<string, string>();
  return (personId) => {
    const name = names.get(personId) ?? make(personId);
    if (names.size >= MOST_NAMES) names.clear();
    names.set(personId, name);
    return name;
  };
}

const MOST_NAMES = 1_000;

function printKey(name: string, key: Buffer | null): string {
  return `${JSON.stringify({ name, key: key?.toString("base64url") ?? null })}\n`;
}

interface KeyFile {
  readonly secret: Buffer;
  readonly keys: Map<string, Buffer | null>;
}

/** What stands after the last line break was never told to anybody. Never throws with the file's text. */
function readKeys(text: string, path: string): KeyFile {
  const [head = "", ...lines] = text.split("\n").slice(0, -1);
  try {
    const secret = Buffer.from(String((JSON.parse(head) as { secret: unknown }).secret), "base64url");
    const keys = new Map<string, Buffer | null>();
    for (const line of lines) {
      const { name, key } = JSON.parse(line) as { readonly name: string; readonly key: string | null };
      const bytes = key === null ? null : Buffer.from(key, "base64url");
      if (typeof name !== "string" || (bytes !== null && bytes.length !== 32)) throw new TypeError();
      keys.set(name, bytes);
    }
    if (secret.length === 32) return { secret, keys };
  } catch {
    // Told below.
  }
  throw new TypeError(`Cannot read the keys of the audit because ${path} is damaged. Put its backup back; without it no entry about anybody can be read.`);
}

/** Appends what is asked for side by side with one write; a replacement waits for its turn and is made of what is there then. */
function createWriter(path: string, head: string) {
  let waiting: { readonly text: string; readonly kept: () => void; readonly done: PromiseWithResolvers<void> }[] = [];
  let first = head;
  let busy: Promise<unknown> = Promise.resolve();
  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      await appendDurably(path, first + batch.map(({ text }) => text).join(""));
      first = "";
      for (const { kept, done } of batch) {
        kept();
        done.resolve();
      }
    } catch (error) {
      for (const { done } of batch) done.reject(error);
    }
  };
  return {
    /** `kept` is called before anything else is written. */
    append: (text: string, kept: () => void): Promise<void> => {
      const done = Promise.withResolvers<void>();
      waiting.push({ text, kept, done });
      if (waiting.length === 1) setImmediate(() => void (busy = busy.then(flush)));
      return done.promise;
    },
    replace: (print: () => string, kept: () => void): Promise<void> => {
      const replaced = busy.then(async () => {
        await replaceDurably(path, print());
        first = "";
        kept();
      });
      busy = replaced.catch(() => undefined);
      return replaced;
    },
  };
}

async function appendDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "a", 0o600);
  try {
    const { size } = await file.stat();
    await writeOrUndo(file, size, text);
    if (size === 0) await syncFolder(dirname(path));
  } finally {
    await file.close();
  }
}

async function writeOrUndo(file: FileHandle, size: number, text: string): Promise<void> {
  try {
    await file.appendFile(text);
    await file.datasync();
  } catch (error) {
    await file.truncate(size).catch(() => undefined);
    throw error;
  }
}
