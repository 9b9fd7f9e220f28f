// What a subgraph says when it cannot answer: one table of stable codes, and nothing personal in any message.
import { GraphQLError } from "graphql";

/** Code → what it means. The text of each error names what was expected and repeats only what the client sent. */
export const SUBGRAPH_ERRORS = {
  BAD_USER_INPUT: "An argument is not what the field expects.",
  BAD_CURSOR: "`after` is not a cursor that this connection gave.",
  PAGE_TOO_LARGE: "`first` is below 1 or above 200.",
  UNAUTHENTICATED: "The request carries no valid caller token of the gateway.",
  STORE_UNAVAILABLE: "The subgraph's database did not answer in time.",
  INTERNAL_SERVER_ERROR: "Anything else; the truth is in the operator's log under the request id.",
} as const;

export type SubgraphErrorCode = keyof typeof SUBGRAPH_ERRORS;

/** An error that the client may read as it is. */
export function clientError(code: SubgraphErrorCode, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
