// A gateway by hand, over a plain schema: what the HTTP face is tested with, apart from everything behind it.
import { execute, getVariableValues, GraphQLError, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString, getOperationAST, type FormattedExecutionResult } from "graphql";

import { gatewayError } from "../../../gateway/errors.ts";
import { listen } from "../../../gateway/events.ts";
import { ANONYMOUS, type Caller, type Gateway, type GatewayRequest, type SubgraphHealth } from "../../../gateway/gateway.ts";
import { startHttp, type HttpConfig, type HttpServer } from "../../../gateway/http/http.ts";

export interface PlainGateway extends Gateway {
  /** What the HTTP face asked for, in order. */
  readonly requests: readonly GatewayRequest[];
  /** Replaces what `health` says. */
  setHealth(subgraphs: readonly SubgraphHealth[]): void;
  /** The next requests wait until the function that it answers is called. */
  hold(): () => void;
}

/** The one token that it takes. */
export const TOKEN = "good-token";

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: {
      hello: { type: GraphQLString, args: { name: { type: GraphQLString } }, resolve: (_root, { name }) => `Hello ${name ?? "world"}` },
      whoami: { type: GraphQLString, resolve: (_root, _args, caller: Caller) => caller.subject },
      broken: { type: GraphQLString, resolve: () => { throw new GraphQLError("It broke.", { extensions: { code: "DOWNSTREAM_SERVICE_ERROR" } }); } },
      required: { type: new GraphQLNonNull(GraphQLString), resolve: () => { throw new GraphQLError("It broke.", { extensions: { code: "DOWNSTREAM_SERVICE_ERROR" } }); } },
      secret: { type: GraphQLString, resolve: () => "s3cret" },
    },
  }),
  mutation: new GraphQLObjectType({ name: "Mutation", fields: { greet: { type: GraphQLString, resolve: () => "Hello" } } }),
});

export function createPlainGateway(): PlainGateway {
  const requests: GatewayRequest[] = [];
  let subgraphs: readonly SubgraphHealth[] = [];
  let held: Promise<void> = Promise.resolve();
  return {
    requests,
    setHealth: (next) => void (subgraphs = next),
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    schema: () => schema,
    onSchema: () => () => undefined,
    reload: async () => ({ outcome: "unchanged" }),
    authenticate: async ({ authorization }) => {
      if (authorization === undefined) return ANONYMOUS;
      if (authorization === `Bearer ${TOKEN}`) return { ...ANONYMOUS, subject: "somebody" };
      throw gatewayError("TOKEN_EXPIRED");
    },
    execute: async (request) => {
      requests.push(request);
      await Promise.race([held, new Promise((resolve) => request.signal.addEventListener("abort", resolve))]);
      return answer(request);
    },
    health: () => ({ ready: subgraphs.every((subgraph) => subgraph.answered), subgraphs }),
    contracts: new Map(),
    callerKeys: () => ({ keys: [{ kty: "OKP", crv: "Ed25519", x: "public" }] }),
    close: async () => {},
  };
}

async function answer({ document, operationName, variables, caller }: GatewayRequest): Promise<FormattedExecutionResult> {
  const operation = getOperationAST(document, operationName);
  if (operation === null || operation === undefined) return { errors: [gatewayError("OPERATION_RESOLUTION_FAILURE", { detail: "Unknown operation." }).toJSON()] };
  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (coerced.errors !== undefined) return { errors: coerced.errors.map((error) => ({ ...error.toJSON(), extensions: { code: "BAD_USER_INPUT" } })) };
  const { data, errors } = await execute({ schema, document, operationName, variableValues: variables, contextValue: caller });
  return { ...(errors && { errors: errors.map((error) => error.toJSON()) }), data: data ?? null };
}

export const PLAIN_CONFIG: HttpConfig = {
  host: "127.0.0.1",
  port: 0,
  bodyLimit: 10_000,
  dedupe: { subgraph: false, inbound: false },
  guardedHeaders: [],
  corsOrigins: [],
  // Most tests are of what a GET may say, not of who may make one.
  get: "all",
  introspection: true,
  schemaHints: true,
  secretPattern: null,
  playground: { enabled: false, collections: null, personas: null },
  requestTimeoutMs: 10_000,
};

export interface PlainServer extends HttpServer {
  readonly gateway: PlainGateway;
  /** What was published for the operator's log. */
  readonly published: readonly object[];
}

export async function startPlain(config: Partial<HttpConfig> = {}): Promise<PlainServer> {
  const gateway = createPlainGateway();
  const published: object[] = [];
  const endings = [listen("refusal", (facts) => void published.push(facts)), listen("fault", (facts) => void published.push(facts))];
  const server = await startHttp({ gateway, config: { ...PLAIN_CONFIG, ...config } });
  const close = async () => {
    endings.forEach((end) => end());
    await server.close();
  };
  return { ...server, gateway, published, close };
}
