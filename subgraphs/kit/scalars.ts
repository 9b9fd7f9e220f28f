// The two scalars that all subgraphs share, checked in both directions.
import { GraphQLScalarType, Kind } from "graphql";

import { clientError } from "./errors.ts";

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** `YYYY-MM-DD`, a day that the calendar has. Held as that same text. */
export const DateScalar = new GraphQLScalarType<string, string>({
  name: "Date",
  description: "A day of the calendar, `YYYY-MM-DD`.",
  parseValue: readDay,
  serialize: readDay,
  parseLiteral: (node) => readDay(node.kind === Kind.STRING ? node.value : undefined),
});

/** ISO 8601 with an offset; held as `Date`, written in UTC with milliseconds. */
export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: "DateTime",
  description: "An instant, ISO 8601 in UTC: `2025-01-27T08:30:00.000Z`.",
  parseValue: readInstant,
  serialize: (value) => (value instanceof Date ? value : readInstant(value)).toISOString(),
  parseLiteral: (node) => readInstant(node.kind === Kind.STRING ? node.value : undefined),
});

/** Whether the text is a day of the calendar: `2025-02-29` is not. */
export function isDay(value: unknown): value is string {
  if (typeof value !== "string" || !DAY.test(value)) return false;
  const instant = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(value);
}

function readDay(value: unknown): string {
  if (isDay(value)) return value;
  throw clientError("BAD_USER_INPUT", `Expected a date as YYYY-MM-DD, got ${JSON.stringify(value) ?? "nothing"}.`);
}

function readInstant(value: unknown): Date {
  if (typeof value === "string" && INSTANT.test(value) && isDay(value.slice(0, 10))) {
    const instant = new Date(value);
    if (!Number.isNaN(instant.getTime())) return instant;
  }
  const got = JSON.stringify(value) ?? "nothing";
  throw clientError("BAD_USER_INPUT", `Expected an instant as ISO 8601, for example 2025-01-27T08:30:00Z, got ${got}.`);
}
