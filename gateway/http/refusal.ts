// What a client gets instead of data: which status, which media type, and never more than the error table allows.
import { GraphQLError, type GraphQLFormattedError } from "graphql";

import { codeOf, statusOf, toClientError, type GatewayErrorCode } from "../errors.ts";
import { JSON_TYPE, RESPONSE_JSON, type OfferedType } from "./media-type.ts";

/** An error that the gateway core has already put in its final form; Apollo Server accepts only `GraphQLError`s. */
export class AnsweredError extends GraphQLError {
  readonly formatted: GraphQLFormattedError;

  constructor(formatted: GraphQLFormattedError) {
    super(formatted.message, { extensions: { ...formatted.extensions } });
    this.formatted = formatted;
  }
}

/** The request reached GraphQL and GraphQL said no: with `application/json` that is an answer like any other. */
const SAID_BY_GRAPHQL: ReadonlySet<string> = new Set<GatewayErrorCode>([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "OPERATION_RESOLUTION_FAILURE",
  "OPERATION_TOO_LARGE",
]);

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer without data, for a request that was stopped before GraphQL. `type` is what the client takes, if anything. */
export function printRefusal(error: unknown, type: OfferedType | null): Refusal {
  const shown = toClientError(error);
  const status = statusOf(shown);
  const code = String(codeOf(shown));
  const challenge = status === 401 ? { "www-authenticate": "Bearer" } : {};
  return {
    status,
    code,
    headers: { "content-type": `${type ?? RESPONSE_JSON}; charset=utf-8`, ...challenge, ...(code === "GET_REFUSED" && { allow: "POST" }) },
    body: JSON.stringify({ errors: [{ message: shown.message, extensions: { code } }] }),
  };
}

/**
 * The status of an answer of GraphQL. With data — null included — it is 200, whatever the errors, and so it is for a plan
 * that was asked for alone. Without, the table says; but over `application/json` what GraphQL refused is 200 too, as the
 * GraphQL over HTTP draft advises, because clients of that type take another status for a broken network and drop the errors.
 */
export function statusOfAnswer(answer: { readonly data?: unknown; readonly errors?: readonly GraphQLFormattedError[] | undefined }, type: OfferedType): number {
  if (answer.data !== undefined || answer.errors === undefined) return 200;
  const code = String(answer.errors?.[0]?.extensions?.["code"]);
  if (type === JSON_TYPE && SAID_BY_GRAPHQL.has(code)) return 200;
  return statusOf(new GraphQLError("", { extensions: { code } }));
}

/** What a client wrote comes back in some messages; what must not be repeated is left out of them. */
export function withoutSecrets(error: GraphQLFormattedError, pattern: RegExp | null): GraphQLFormattedError {
  return pattern === null ? error : { ...error, message: error.message.replace(pattern, "[…]") };
}

/** Apollo Server's form of an error → ours: a code of the table, no stack, and no word of an error that is not for clients. */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  if (error instanceof AnsweredError) return error.formatted;
  const code = formatted.extensions?.["code"];
  // Apollo Server gives INTERNAL_SERVER_ERROR to whatever was thrown, and keeps the thrown text.
  const known = code !== "INTERNAL_SERVER_ERROR" ? new GraphQLError(formatted.message, { extensions: { code } }) : null;
  const shown = toClientError(known);
  const place = { ...(formatted.locations && { locations: formatted.locations }), ...(formatted.path && { path: formatted.path }) };
  return { message: shown.message, ...place, extensions: { code: codeOf(shown) } };
}
