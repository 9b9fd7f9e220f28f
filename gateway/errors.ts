// Everything that the gateway says when it cannot do what was asked: one table of stable codes.
// `gateway/README.md` prints this table and a test holds the two together.
import { GraphQLError, type GraphQLErrorOptions, type GraphQLFormattedError } from "graphql";

/**
 * Who reads the message: `client` — in an answer, so it repeats only what the client sent; `operator` — on the console
 * and in the log. An operator's error that meets a client leaves as INTERNAL_SERVER_ERROR.
 */
export type Audience = "client" | "operator";

export interface ErrorEntry {
  /** `{name}` is replaced by the parameter of that name. */
  readonly message: string;
  /** The HTTP status of an answer that holds no data because of this error; 200 where other parts are still answered. */
  readonly status: number;
  readonly audience: Audience;
  /** What is read instead of a message that names a subgraph, by clients without the operator's scope. */
  readonly outside?: string;
}

export const GATEWAY_ERRORS = {
  // Who asks
  UNAUTHENTICATED: { message: "Expected `Authorization: Bearer <token>`, got another scheme or no token.", status: 401, audience: "client" },
  TOKEN_MALFORMED: { message: "Expected a signed JWT in the compact form, got something else.", status: 401, audience: "client" },
  TOKEN_EXPIRED: { message: "Expected a token that is valid now, got one that has expired.", status: 401, audience: "client" },
  TOKEN_NOT_YET_VALID: { message: "Expected a token that is valid now, got one that is not valid yet.", status: 401, audience: "client" },
  TOKEN_FOREIGN: { message: "Expected a token with an accepted `{claim}` claim, got one without it or with another.", status: 401, audience: "client" },
  TOKEN_SIGNATURE_INVALID: { message: "Expected a token signed by a key and with an algorithm that this gateway accepts.", status: 401, audience: "client" },
  TOKEN_KEYS_UNAVAILABLE: { message: "Cannot check the token because the issuer's keys cannot be read; try again later.", status: 503, audience: "client" },
  CONTRACT_BOUND: { message: "Expected a token that opens this path, got one that is bound to another contract.", status: 403, audience: "client" },
  QUERY_PLAN_REFUSED: { message: "Cannot show how this operation is answered because {reason}.", status: 403, audience: "client" },
  UNAUTHORIZED_FIELD: { message: "Cannot read {field} because {reason}.", status: 200, audience: "client" },

  // The request
  BAD_REQUEST: { message: "Expected {expected}.", status: 400, audience: "client" },
  NOT_FOUND: { message: "Expected a path that is served, such as {path}, got another.", status: 404, audience: "client" },
  METHOD_NOT_ALLOWED: { message: "Expected {expected}, got {method}.", status: 405, audience: "client" },
  GET_REFUSED: { message: "Expected a POST, which says in its body what a caller with a token asks, got a GET, which says it in the address.", status: 405, audience: "client" },
  NOT_ACCEPTABLE: { message: "Expected an `Accept` header that takes one of {offered}.", status: 406, audience: "client" },
  UNSUPPORTED_MEDIA_TYPE: { message: "Expected a body of {expected}.", status: 415, audience: "client" },
  BODY_TOO_LARGE: { message: "Expected a body of at most {limit} bytes.", status: 413, audience: "client" },
  GRAPHQL_PARSE_FAILED: { message: "{detail}", status: 400, audience: "client" },
  GRAPHQL_VALIDATION_FAILED: { message: "{detail}", status: 400, audience: "client" },
  BAD_USER_INPUT: { message: "{detail}", status: 400, audience: "client" },
  OPERATION_RESOLUTION_FAILURE: { message: "{detail}", status: 400, audience: "client" },
  OPERATION_TOO_LARGE: { message: "Expected an operation of at most {limit} selections with its fragments spread out, got more.", status: 400, audience: "client" },
  PLANNING_TIMEOUT: { message: "Cannot answer this operation because planning it would take more than {limit} ms, or too much memory. Ask for less at once.", status: 400, audience: "client" },
  // Clients look for this very text, then send the document itself.
  PERSISTED_QUERY_NOT_SUPPORTED: { message: "PersistedQueryNotSupported", status: 200, audience: "client" },
  REQUEST_CANCELLED: { message: "The client left before the answer was complete.", status: 499, audience: "client" },

  // The subgraphs
  DOWNSTREAM_SERVICE_ERROR: {
    message: "Cannot answer this part because {service} could not be reached.",
    outside: "Cannot answer this part because a service could not be reached.",
    status: 200,
    audience: "client",
  },
  SUBREQUEST_HTTP_ERROR: {
    message: "Cannot answer this part because {service} answered with HTTP status {status}.",
    outside: "Cannot answer this part because a service refused to answer.",
    status: 200,
    audience: "client",
  },
  SUBREQUEST_MALFORMED_RESPONSE: {
    message: "Cannot answer this part because {service} did not answer with a GraphQL response ({detail}).",
    outside: "Cannot answer this part because a service did not answer as it should.",
    status: 200,
    audience: "client",
  },
  GATEWAY_TIMEOUT: {
    message: "Cannot answer this part because {service} did not answer in time.",
    outside: "Cannot answer this part because a service did not answer in time.",
    status: 200,
    audience: "client",
  },
  REQUEST_TOO_LARGE: { message: "Cannot answer this part because the whole needs more than {limit} {what}.", status: 200, audience: "client" },
  VALUE_MISSING: { message: "{detail}", status: 200, audience: "client" },

  // The operator's
  SETTING_UNKNOWN: { message: "Unknown setting {names}. Expected one of {known}.", status: 500, audience: "operator" },
  SETTING_INVALID: { message: "Expected {name} to be {expected}, got {value}.", status: 500, audience: "operator" },
  PORT_IN_USE: { message: "Cannot listen on {host}:{port} because the port is in use. Choose another with --port or GATEWAY_PORT.", status: 500, audience: "operator" },
  SUPERGRAPH_UNREADABLE: { message: "Cannot read the supergraph {source} because {reason}.", status: 500, audience: "operator" },
  SUPERGRAPH_INVALID: { message: "Cannot load the supergraph {source} because {reason}.", status: 500, audience: "operator" },
  SUPERGRAPH_CONFIG_INVALID: { message: "Cannot read {file} because {reason}.", status: 500, audience: "operator" },
  COMPOSITION_FAILED: { message: "Cannot compose the supergraph because of {count} error(s):\n{detail}", status: 500, audience: "operator" },
  SUBGRAPH_SCHEMA_UNREADABLE: { message: "Cannot read the schema of {subgraph} from {source} because {reason}.", status: 500, audience: "operator" },
  SUPERGRAPH_UNWRITABLE: { message: "Cannot write {file} because {reason}.", status: 500, audience: "operator" },
  SCHEMA_CHECK_IMPOSSIBLE: { message: "Cannot compare the schema with {revision} because {reason}.", status: 500, audience: "operator" },
  KEYS_INVALID: { message: "Cannot use the keys of {source} because {reason}.", status: 500, audience: "operator" },
  INTERNAL_SERVER_ERROR: { message: "The gateway could not answer. Its log tells more under the request id.", status: 500, audience: "client" },
} as const satisfies Record<string, ErrorEntry>;

export type GatewayErrorCode = keyof typeof GATEWAY_ERRORS;

/** The parameters that the message of a code names. */
export type ErrorParams<Code extends GatewayErrorCode> = Record<Placeholders<(typeof GATEWAY_ERRORS)[Code]["message"]>, string | number>;

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Placeholders<Rest> : never;

/** Codes without parameters take none. `options.extensions` is added beside the code. */
export function gatewayError<Code extends GatewayErrorCode>(
  code: Code,
  ...[params, options]: [keyof ErrorParams<Code>] extends [never]
    ? [params?: Record<string, never>, options?: GraphQLErrorOptions]
    : [params: ErrorParams<Code>, options?: GraphQLErrorOptions]
): GraphQLError {
  const message = printMessage(GATEWAY_ERRORS[code].message, params ?? {});
  return new GraphQLError(message, { ...options, extensions: { code, ...options?.extensions } });
}

/** The code of an error, if it is one of the table. */
export function codeOf(error: unknown): GatewayErrorCode | null {
  const code = error instanceof GraphQLError ? error.extensions["code"] : undefined;
  return typeof code === "string" && Object.hasOwn(GATEWAY_ERRORS, code) ? (code as GatewayErrorCode) : null;
}

/** The HTTP status that the table gives for an error; 500 for one that is not of the table. */
export function statusOf(error: unknown): number {
  const code = codeOf(error);
  return code === null ? 500 : GATEWAY_ERRORS[code].status;
}

/** What a client may see of an error: itself when the table says so, else the generic sentence. */
export function toClientError(error: unknown): GraphQLError {
  const code = codeOf(error);
  if (error instanceof GraphQLError && code !== null && GATEWAY_ERRORS[code].audience === "client") return error;
  return gatewayError("INTERNAL_SERVER_ERROR");
}

/**
 * An error of an answer, for clients without the operator's scope: without what names a subgraph or tells how it answered.
 * A subgraph's own words stay, whatever code they come with.
 */
export function withoutInside(error: GraphQLFormattedError): GraphQLFormattedError {
  const { serviceName, status: _, ...extensions } = error.extensions ?? {};
  if (typeof serviceName !== "string") return error;
  const code = String(extensions["code"]);
  const entry: ErrorEntry | undefined = Object.hasOwn(GATEWAY_ERRORS, code) ? GATEWAY_ERRORS[code as GatewayErrorCode] : undefined;
  const isOurs = entry?.outside !== undefined && error.message.startsWith(beginningOf(entry.message, serviceName));
  return { ...error, message: isOurs ? entry.outside : error.message, extensions };
}

/** What an error of whatever origin says, for a sentence to an operator. */
export function messageOf(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
}

/** The code that Node's and other libraries' errors carry, such as `ENOENT`. */
export function systemCodeOf(error: unknown): string | null {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : null;
}

function printMessage(template: string, params: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (hole, name: string) => (Object.hasOwn(params, name) ? String(params[name]) : hole));
}

/** A message up to the service that it names. */
function beginningOf(template: string, service: string): string {
  const [before = ""] = template.split("{service}");
  return `${before}${service} `;
}
