// The three messages about a log of readings, on the wire. Each names its log, and no person stands in an address.
import type { Outcome, Reading, Readings } from "../audit/audit.ts";
import { isPurpose, SHARING_BASES } from "../law/law.ts";

/** Who sends; the key is theirs, and so is the log. */
export const SENDER_HEADER = "x-readings-sender";

export type RelayMessage =
  /** Answered with `{ place }`: the last one that is known of the log; -1 without any. */
  | { readonly type: "readings.last"; readonly origin: string }
  | { readonly type: "readings.add"; readonly origin: string; readonly readings: Readings }
  | { readonly type: "readings.forget"; readonly origin: string; readonly personId: string };

/** Longer than any id, code or name of a field. */
const LONGEST_TEXT = 300;
/** Fields of one request; the schemas have fewer. */
const MOST_TEXTS = 2_000;
/** Readings and outcomes of one message. */
const MOST_ROWS = 1_000;

/** Null: no message of this form. What is not known is left out. */
export function readMessage(body: string): RelayMessage | null {
  const { type, data } = asRecord(parse(body));
  const { origin, personId, readings, outcomes } = asRecord(data);
  if (!isText(origin)) return null;
  if (type === "readings.last") return { type, origin };
  if (type === "readings.forget") return isText(personId) ? { type, origin, personId } : null;
  if (type !== "readings.add" || !isListOf(readings, isReading, MOST_ROWS) || !isListOf(outcomes, isOutcome, MOST_ROWS)) return null;
  return { type, origin, readings: { readings: readings.map(knownOfReading), outcomes: outcomes.map(knownOfOutcome), deeds: [] } };
}

/**
 * What the sender makes of a reading, so that none is refused: one that was would keep all that follows in its log from being
 * told. A client chose the operation's name; a token may say an empty id, or one without end.
 */
export function sayable(reading: Reading): Reading {
  const { byProfessionalId, byPartnerId, operationName } = reading;
  return { ...reading, byProfessionalId: cut(byProfessionalId) ?? "unknown", byPartnerId: cut(byPartnerId) ?? "unknown", operationName: cut(operationName) };
}

function cut(text: string | null): string | null {
  return text === null || text === "" ? null : text.slice(0, LONGEST_TEXT);
}

function isReading(value: unknown): value is Reading {
  const { place, personId, at, byProfessionalId, byPartnerId, purpose, operationName, request, fields, refused } = asRecord(value);
  const isSaid = isPlace(place) && isText(personId) && isText(byProfessionalId) && isText(byPartnerId) && typeof refused === "boolean";
  const isNamed = (purpose === null || isPurpose(purpose)) && (operationName === null || isText(operationName)) && (request === null || isText(request));
  return isSaid && isNamed && isInstant(at) && isListOf(fields, isText, MOST_TEXTS);
}

function isOutcome(value: unknown): value is Outcome {
  const { intent, place, fields, bases } = asRecord(value);
  return isPlace(intent) && isPlace(place) && isListOf(fields, isText, MOST_TEXTS) && isListOf(bases, isBasis, MOST_TEXTS);
}

function knownOfReading({ place, personId, at, byProfessionalId, byPartnerId, purpose, operationName, request, fields, refused }: Reading): Reading {
  return { place, personId, at, byProfessionalId, byPartnerId, purpose, operationName, request, fields, refused };
}

function knownOfOutcome({ intent, place, fields, bases }: Outcome): Outcome {
  return { intent, place, fields, bases };
}

const BASES: ReadonlySet<unknown> = new Set([...SHARING_BASES, "SELF"]);

function isBasis(value: unknown): value is string {
  return BASES.has(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= LONGEST_TEXT;
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isInstant(value: unknown): value is string {
  return isText(value) && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value));
}

function isListOf<Item>(value: unknown, isItem: (item: unknown) => item is Item, most: number): value is Item[] {
  return Array.isArray(value) && value.length <= most && value.every(isItem);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
