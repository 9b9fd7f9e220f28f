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
  close(): Promise<void>;
}

export interface Answer {
  readonly data?: Record<string, unknown> | ReadyData | null;
  readonly errors?: readonly GraphQLFormattedError[];
}

/**
 * `data` that is JSON already, to be sent as it is. Kept as bytes: text made of ten thousand pieces keeps the pieces, and
 * what is kept while an answer is on its way leaves the young generation, so that it is collected at many times the cost.
 */
export class ReadyData {
  /** UTF-8. */
  readonly bytes: Buffer;

  constructor(text: string) {
    this.bytes = Buffer.from(text);
  }

  get text(): string {
    return this.bytes.toString();
  }

  toJSON(): Record<string, unknown> {
    return JSON.parse(this.text) as Record<string, unknown>;
  }
}
