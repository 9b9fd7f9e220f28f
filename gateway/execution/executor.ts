// What an executor is, whichever it is.
import type { FormattedExecutionResult, GraphQLSchema } from "graphql";

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

export type Answer = FormattedExecutionResult<Record<string, unknown>>;
