// What a subgraph says when it cannot answer: one table of stable codes, and nothing personal in any message.
import { GraphQLError, type GraphQLFormattedError } from "graphql";

import { AuditUnavailable } from "../law/law.ts";
import { SealError } from "../sealed/sealed.ts";

/** Code → what it means. The text of each error names what was expected and repeats only what the client sent. */
export const SUBGRAPH_ERRORS = {
  BAD_USER_INPUT: "An argument is not what the field expects.",
  BAD_CURSOR: "`after` is not a cursor that this connection gave.",
  PAGE_TOO_LARGE: "`first` is below 1 or above 200.",
  UNAUTHENTICATED: "The request carries no valid caller token of the gateway.",
  NOT_ALLOWED: "The caller may not do this to this person, or there is no such person or record: both look the same.",
  IDEMPOTENCY_KEY_REUSED: "The caller used this idempotency key before, with another input.",
  STATE_CONFLICT: "The state in which the record is does not allow the change.",
  PURPOSE_NOT_IN_AGREEMENT: "No convention in force between the file's holder and the partner has the purpose.",
  BASIS_CONDITIONS_NOT_MET: "A condition that the law sets for the ground is not met.",
  SHARING_OPPOSED: "The person objected to sharing on this ground.",
  SELF_REVIEW: "Whoever opened an emergency access does not review it.",
  TICKET_KEY_UNKNOWN: "The key that signed a sharing ticket is not known here yet; it is within half a minute of being published.",
  AUDIT_UNAVAILABLE: "It could not be written down that this is about to be read, so it was not read.",
  STORE_UNAVAILABLE: "The subgraph's database did not answer in time.",
  SEALED_UNREADABLE: "What is stored sealed does not open: it was changed or moved, or its key is missing. The operator's log says which.",
  SENDER_UNKNOWN: "A message about readings names no sender that has a key here.",
  SIGNATURE_INVALID: "A message about readings is not signed with its sender's key, or older than five minutes.",
  MESSAGE_MALFORMED: "A message about readings is not of the form that it should have.",
  MESSAGE_TOO_LARGE: "A message about readings is longer than one may be.",
  LOG_OF_ANOTHER: "A message about readings speaks for a log that is not its sender's.",
  INTERNAL_SERVER_ERROR: "Anything else; the truth is in the operator's log under the request id.",
} as const;

export type SubgraphErrorCode = keyof typeof SUBGRAPH_ERRORS;

/** An error that the client may read as it is. `status`: of an answer that is nothing but this. */
export function clientError(code: SubgraphErrorCode, message: string, status?: number): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...(status !== undefined && { http: { status } }) } });
}

const CLIENT_CODES: ReadonlySet<string> = new Set(["BAD_REQUEST", "OPERATION_RESOLUTION_FAILURE", "PERSISTED_QUERY_NOT_SUPPORTED"]);

/** What the client reads of an error: the codes of the table and GraphQL's own; the rest becomes one generic sentence. */
export function maskError(formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError {
  const { message, locations, path, extensions } = formatted;
  const place = { ...(locations && { locations }), ...(path && { path }) };
  if (thrown instanceof AuditUnavailable) {
    return { message: "Cannot read this because it cannot be written down who reads it.", ...place, extensions: { code: "AUDIT_UNAVAILABLE" } };
  }
  if (isStoreFailure(thrown)) {
    return { message: "The subgraph's database did not answer in time.", ...place, extensions: { code: "STORE_UNAVAILABLE" } };
  }
  if (thrown instanceof SealError) {
    return { message: "This is stored sealed and does not open.", ...place, extensions: { code: "SEALED_UNREADABLE" } };
  }
  const code = String(extensions?.["code"] ?? "INTERNAL_SERVER_ERROR");
  const known = code in SUBGRAPH_ERRORS || code.startsWith("GRAPHQL_") || CLIENT_CODES.has(code);
  if (known && code !== "INTERNAL_SERVER_ERROR") return { message, ...place, extensions: { code } };
  return { message: "The subgraph could not answer this part.", ...place, extensions: { code: "INTERNAL_SERVER_ERROR" } };
}

/** MongoDB's code for an operation that ran into its `maxTimeMS`. */
const MAX_TIME_EXPIRED = 50;

/** The database is away, changes its primary, or is too slow: asking again later may help. */
function isStoreFailure(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (thrown.name.startsWith("MongooseServerSelection") || STORE_FAILURES.has(thrown.name)) return true;
  return thrown.name === "MongoServerError" && "code" in thrown && thrown.code === MAX_TIME_EXPIRED;
}

const STORE_FAILURES: ReadonlySet<string> = new Set([
  "MongoOperationTimeoutError",
  "MongoNetworkError",
  "MongoNetworkTimeoutError",
  "MongoServerSelectionError",
  "MongoNotConnectedError",
  "MongoPoolClearedError",
  "MongoPoolClosedError",
  "MongoTopologyClosedError",
  "MongoClientClosedError",
  "MongoWaitQueueTimeoutError",
]);
