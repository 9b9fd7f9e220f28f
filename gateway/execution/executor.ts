// What an executor is, whichever it is.
import type { GraphQLFormattedError, GraphQLSchema } from "graphql";

import type { Operation } from "../operation/operation.ts";
import type { Plan } from "../planning/planning.ts";
import type { RequestFacts } from "../transport/transport.ts";

export type Variables = Readonly<Record<string, unknown>>;

export interface Executor {
  /** What clients may ask. */
  readonly schema: GraphQLSchema;
  /**
   * `operation` is valid in `schema`, `variables` are coercible. Never rejects; every error carries a code. Reaches out
   * through the `Send` it was made with only.
   */
  execute(operation: Operation, variables: Variables, facts: RequestFacts): Promise<Answer>;
  /** How it would be executed; nothing is fetched. Missing where an executor does not tell. Rejects with what planning does. */
  plan?(operation: Operation, variables: Variables): Promise<Plan>;
  /** The same for a client that takes what is deferred later. Who has it not answers whole. */
  executeInParts?(operation: Operation, variables: Variables, facts: RequestFacts): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly data?: Record<string, unknown> | ReadyData | null;
  readonly errors?: readonly GraphQLFormattedError[];
  /** Where the answer comes in parts: those after this one. */
  readonly later?: LaterParts;
}

export interface LaterParts {
  /** What is to come, as far as it is known with the first part. */
  readonly pending: readonly PendingPart[];
  /** For one reader. Never rejects; the parts are made whether or not they are read. */
  readonly deliveries: AsyncIterable<Delivery>;
}

/** A deferred fragment at one place of the answer. */
export interface PendingPart {
  readonly id: string;
  readonly path: readonly (string | number)[];
  /** The client's, null where it gave none. */
  readonly label: string | null;
}

/** What is ready at one time. */
export interface Delivery {
  readonly parts: readonly Part[];
  /** What stands in these parts and is to come. */
  readonly pending: readonly PendingPart[];
  readonly hasNext: boolean;
}

export interface Part extends PendingPart {
  /** Null with an error where a field is null that may not be. */
  readonly data: ReadyData | null;
  readonly errors: readonly GraphQLFormattedError[];
  /** Whether the object that it belongs to has become null in the meantime. */
  readonly gone: boolean;
}

/**
 * `data` that is JSON already, to be sent as it is. Kept as bytes: text made of ten thousand pieces keeps the pieces, and
 * what is kept while an answer is on its way leaves the young generation, so that it is collected at many times the cost.
 */
export class ReadyData {
  /** UTF-8. */
  readonly bytes: Buffer;
  /** Given as an answer again and again: who prints it may keep what they print for as long as this object lives. */
  readonly isKept: boolean;

  constructor(text: string, isKept = false) {
    this.bytes = Buffer.from(text);
    this.isKept = isKept;
  }

  get text(): string {
    return this.bytes.toString();
  }

  toJSON(): Record<string, unknown> {
    return JSON.parse(this.text) as Record<string, unknown>;
  }
}
