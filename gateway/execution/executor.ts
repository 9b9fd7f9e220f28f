// What an executor is, whichever it is.
import type { GraphQLFormattedError, GraphQLSchema } from "graphql";

import type { Operation } from "../operation/operation.ts";
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

/** `data` that is JSON text already, to be sent as it is. */
export class ReadyData {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): Record<string, unknown> {
    return JSON.parse(this.text) as Record<string, unknown>;
  }
}
