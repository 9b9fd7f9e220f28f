// Why a mutation was not done, as the client reads it: a code of the one table, the argument, a sentence without personal data.
import type { SubgraphErrorCode } from "../../kit/kit.ts";

export interface MutationError {
  readonly code: SubgraphErrorCode;
  /** Of the input; null where it is no argument's fault. */
  readonly field: string | null;
  readonly message: string;
}

/** Thrown inside a transaction, so that nothing of it stays; `toPayload` makes an answer of it. */
export class WriteRefused extends Error {
  readonly reason: MutationError;

  constructor(code: SubgraphErrorCode, field: string | null, message: string) {
    super(message);
    this.reason = { code, field, message };
  }
}

/** An unknown person and one whom the caller has no business with get the same words. */
export function notAllowed(): WriteRefused {
  return new WriteRefused("NOT_ALLOWED", null, "Cannot do this because the record does not exist or is not the caller's to change.");
}

export type Payload<Name extends string, Value> = { readonly [name in Name]: Value | null } & { readonly errors: readonly MutationError[] };

/** What was done under its name, or why it was not. */
export async function toPayload<Name extends string, Value>(name: Name, done: Promise<Value>): Promise<Payload<Name, Value>> {
  try {
    return { [name]: await done, errors: [] } as unknown as Payload<Name, Value>;
  } catch (error) {
    if (!(error instanceof WriteRefused)) throw error;
    return { [name]: null, errors: [error.reason] } as unknown as Payload<Name, Value>;
  }
}

const LONGEST_TEXT = 4_000;

/** A text that somebody must have written. */
export function readText(value: string, field: string): string {
  const text = value.trim();
  if (text.length > 0 && text.length <= LONGEST_TEXT) return text;
  throw new WriteRefused("BAD_USER_INPUT", field, `Expected a text of 1 to ${LONGEST_TEXT} characters, got ${text.length}.`);
}

/** For a list, which is empty for whoever may not read it. */
export function refusedToNull(error: unknown): null {
  if (error instanceof WriteRefused) return null;
  throw error;
}
