// Reads a subgraph's answer and keeps what a client may see of it.
import type { SubgraphAnswer, SubgraphError } from "./send.ts";

/** An answer that was expected: read before, and therefore read again only when somebody looks. */
export class ExpectedAnswer implements SubgraphAnswer {
  readonly bytes: Buffer;
  readonly #url: URL;
  #read: SubgraphAnswer | null = null;

  constructor(bytes: Buffer, url: URL) {
    this.bytes = bytes;
    this.#url = url;
  }

  get data(): SubgraphAnswer["data"] {
    return this.#answer().data;
  }

  get errors(): SubgraphAnswer["errors"] {
    return this.#answer().errors;
  }

  /** One that shares no object with this. */
  copy(): ExpectedAnswer {
    return new ExpectedAnswer(this.bytes, this.#url);
  }

  #answer(): SubgraphAnswer {
    if (this.#read !== null) return this.#read;
    const answer = readAnswer(decodeBody(this.bytes), this.#url);
    if (typeof answer === "string") throw new TypeError("Expected bytes that were an answer before.");
    this.#read = answer;
    return answer;
  }
}

/** UTF-8, as JSON on the wire is, without a byte order mark. */
export function decodeBody(bytes: Buffer): string {
  const text = bytes.toString();
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

const MAX_MESSAGE_LENGTH = 1_000;

/** What is wrong with the text, as a part of a sentence, where it is no GraphQL response. `url` is kept out of messages. */
export function readAnswer(text: string, url: URL): SubgraphAnswer | string {
  return readResponse(parseJson(text), url);
}

/** The same for what the text stands for; undefined where it is no JSON. */
export function readResponse(body: unknown, url: URL | null): SubgraphAnswer | string {
  if (body === undefined) return "it is not JSON";
  if (!isRecord(body)) return "it is not an object";
  const { data = null, errors = [] } = body;
  if (data !== null && !isRecord(data)) return "`data` is not an object";
  if (!Array.isArray(errors) || !errors.every(isRecord)) return "`errors` is not a list of objects";
  if (data === null && errors.length === 0) return "it has neither `data` nor `errors`";
  return { data, errors: errors.map((error) => readError(error, url)) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Message, path and code pass; places in a document that the client did not write, and all other extensions, do not. */
function readError({ message, path, extensions }: Readonly<Record<string, unknown>>, url: URL | null): SubgraphError {
  const code = isRecord(extensions) && typeof extensions["code"] === "string" ? extensions["code"] : "DOWNSTREAM_SERVICE_ERROR";
  return {
    message: cleanMessage(typeof message === "string" ? message : "", url),
    ...(isPath(path) && { path }),
    extensions: { code },
  };
}

/** Without what follows a message that carries its stack, and without the subgraph's address. */
function cleanMessage(message: string, url: URL | null): string {
  const [first = ""] = message.split(/\n\s*at |\r?\n/);
  const addresses = url === null ? [] : [url.href, url.origin, url.host];
  const clean = addresses.reduce((text, address) => text.replaceAll(address, "the subgraph"), first);
  return clean.slice(0, MAX_MESSAGE_LENGTH) || "The subgraph gave an error without a message.";
}

function isPath(value: unknown): value is readonly (string | number)[] {
  return Array.isArray(value) && value.every((part) => typeof part === "string" || typeof part === "number");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
