// Representations, as the gateway sends them to `_entities`: any JSON, so that keys are checked before a query sees them.
import { clientError } from "./errors.ts";

/** The text under `field`. Throws BAD_USER_INPUT for anything else: an object would reach MongoDB as operators. */
export function readReferenceKey(reference: object, field: string): string {
  const value: unknown = Object.hasOwn(reference, field) ? (reference as Record<string, unknown>)[field] : undefined;
  if (typeof value === "string") return value;
  throw clientError("BAD_USER_INPUT", `Expected \`${field}\` of a representation to be text, got ${value === undefined ? "nothing" : "something else"}.`);
}
