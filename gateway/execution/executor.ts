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
  close(): Promise<void>;
}

export interface Answer {
  readonly data?: Record<string, unknown> | ReadyData | null;
  readonly errors?: readonly GraphQLFormattedError[];
}

/** `data` that is JSON text already, to be sent as it is. */
export class ReadyData {
  readonly text: string;
  /** Given as an answer again and again: who prints it may keep what they print for as long as this object lives. */
  readonly isKept: boolean;

  constructor(text: string, isKept = false) {
    this.text = text;
    this.isKept = isKept;
  }

  toJSON(): Record<string, unknown> {
    return JSON.parse(this.text) as Record<string, unknown>;
  }
}
