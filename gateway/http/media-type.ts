// The media types of GraphQL over HTTP: which of ours a client takes, and whether a body is one that we read.

export const RESPONSE_JSON = "application/graphql-response+json";
export const JSON_TYPE = "application/json";

/** Put first what answers a client that takes anything: the older type is what a client without an opinion expects. */
export const OFFERED = [JSON_TYPE, RESPONSE_JSON] as const;
export type OfferedType = (typeof OFFERED)[number];

interface Range {
  readonly type: string;
  readonly quality: number;
}

/**
 * The type to answer with, by RFC 9110 §12.5.1: the highest quality, then the order in which the client wrote them.
 * `null` when the client takes none of ours. Parameters of a range are no condition: Apollo's clients put theirs on
 * `multipart/mixed` only.
 */
export function chooseType(accept: string | undefined): OfferedType | null {
  return accept === undefined ? JSON_TYPE : chooseByText(accept);
}

const chooseByText = rememberByText((accept: string): OfferedType | null => {
  if (accept.trim() === "") return JSON_TYPE;
  const ranges = accept.split(",").map(readRange);
  const candidates = OFFERED.map((type, offer) => ({ type, offer, ...findRange(ranges, type) }));
  const [best] = candidates
    .filter((candidate) => candidate.quality > 0)
    .sort((a, b) => b.quality - a.quality || a.place - b.place || a.offer - b.offer);
  return best?.type ?? null;
});

/** In which form a client takes an answer in parts: what the parameters `deferSpec` and `incrementalSpec` name. */
export type PartsForm = "20220824" | "v0.2";

/** Null where it takes none, or none that we know: `multipart/mixed` alone may mean any. The highest quality, then the first. */
export function choosePartsForm(accept: string | undefined): PartsForm | null {
  if (accept === undefined || !/multipart\/mixed/i.test(accept)) return null;
  const [best] = accept
    .split(",")
    .flatMap((text) => {
      const form = readForm(text);
      const { quality } = readRange(text);
      return form === null || quality === 0 ? [] : [{ form, quality }];
    })
    .sort((a, b) => b.quality - a.quality);
  return best?.form ?? null;
}

function readForm(text: string): PartsForm | null {
  const [type, ...parameters] = text.split(";").map((part) => part.trim().toLowerCase().replaceAll('"', ""));
  if (type !== "multipart/mixed") return null;
  if (parameters.includes("deferspec=20220824")) return "20220824";
  return parameters.includes("incrementalspec=v0.2") ? "v0.2" : null;
}

/** Whether a body's `content-type` is JSON in UTF-8. Anything that does not parse to the letter is not. */
export const isJson = rememberByText((contentType: string): boolean => {
  const [type, ...parameters] = contentType.split(";").map((part) => part.trim().toLowerCase());
  if (type !== JSON_TYPE) return false;
  return parameters.every((parameter) => {
    const [name, value] = parameter.split("=");
    return name !== "charset" || value === "utf-8" || value === '"utf-8"';
  });
});

/** Clients send few different texts, and long ones are no client's. */
const KEPT_TEXTS = 100;
const KEPT_LENGTH = 200;

function rememberByText<Read>(read: (text: string) => Read): (text: string) => Read {
  const known = new Map<string, Read>();
  return (text) => {
    const kept = known.get(text);
    if (kept !== undefined) return kept;
    const value = read(text);
    if (known.size === KEPT_TEXTS) known.clear();
    if (text.length <= KEPT_LENGTH) known.set(text, value);
    return value;
  };
}

function readRange(text: string): Range {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="));
  const value = quality === undefined ? 1 : Number(quality.slice(2));
  return { type, quality: value >= 0 && value <= 1 ? value : 0 };
}

/** The most specific range that covers the type decides its quality; `place` is where the client wrote it. */
function findRange(ranges: readonly Range[], type: OfferedType): { readonly quality: number; readonly place: number } {
  for (const wanted of [type, "application/*", "*/*"]) {
    const place = ranges.findIndex((range) => range.type === wanted);
    const range = ranges[place];
    if (range !== undefined) return { quality: range.quality, place };
  }
  return { quality: 0, place: ranges.length };
}
