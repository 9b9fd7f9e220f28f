// One loaded supergraph and all that is derived from it. A request ends on the generation on which it began, so that
// nothing kept here ever needs to be invalidated.
import { buildSchema, type DocumentNode, type GraphQLSchema } from "graphql";

import { authorise, createVerdict, meets, requirementsOn, type Authorised, type Caller, type GrantsPolicy, type Verdict } from "./auth/auth.ts";
import type { GatewayConfig } from "./config.ts";
import { gatewayError, messageOf } from "./errors.ts";
import { openCompiledExecutor, openStockExecutor, type Executor } from "./execution/execution.ts";
import { readOperation, type Operation } from "./operation/operation.ts";
import { openPlanner } from "./planning/planning.ts";
import { readApiSchema, readContract, type Requirement, type Supergraph } from "./supergraph/supergraph.ts";
import type { Send } from "./transport/transport.ts";

/** One schema for clients, with all that is derived from it. */
export interface Face {
  readonly schema: GraphQLSchema;
  readonly executor: Executor;
  /** The operation to run; equal arguments give the same object. Throws what `readOperation` throws. */
  operationOf(document: DocumentNode, operationName: string | null): Operation;
  /** What the caller may have of the operation. Callers who meet the same requirements share it. */
  authorise(operation: Operation, caller: Caller): Permission;
}

/** Itself the face of those who may ask for all. */
export interface Generation extends Face {
  readonly contracts: ReadonlyMap<string, Face>;
  close(): Promise<void>;
}

export interface Permission extends Authorised {
  readonly verdict: Verdict;
}

export interface GenerationOptions {
  readonly supergraph: Supergraph;
  /** How the supergraph is named in errors. */
  readonly source: string;
  readonly send: Send;
  readonly config: Pick<GatewayConfig, "operationLimit" | "execution" | "contracts">;
  readonly grantsPolicy: GrantsPolicy;
}

/** Throws SUPERGRAPH_INVALID. */
export async function openGeneration(options: GenerationOptions): Promise<Generation> {
  const { executor, contracts } = await openExecutors(options);
  const faces = new Map([...contracts].map(([name, contract]) => [name, createFace(contract, options)]));
  return { ...createFace(executor, options), contracts: faces, close: () => executor.close() };
}

function createFace(executor: Executor, options: GenerationOptions): Face {
  const { schema } = executor;
  const operations = new WeakMap<DocumentNode, Map<string | null, Operation>>();
  const permissions = new WeakMap<Operation, Permissions>();
  return {
    schema,
    executor,
    operationOf: (document, operationName) => {
      const known = remember(operations, document, () => new Map<string | null, Operation>());
      const operation = known.get(operationName) ?? readOperation(document, operationName, options.config.operationLimit);
      known.set(operationName, operation);
      return operation;
    },
    authorise: (operation, caller) => {
      const known = remember(permissions, operation, () => readPermissions(operation, schema, options.supergraph));
      return permit({ known, operation, schema }, options, caller);
    },
  };
}

/** A planner that needs more for one operation is not about to end. */
const PLANNING_MEGABYTES = 512;

interface Executors {
  readonly executor: Executor;
  /** By the names of contracts; they end with `executor`. */
  readonly contracts: ReadonlyMap<string, Executor>;
}

async function openExecutors({ supergraph, source, send, config: { execution, contracts } }: GenerationOptions): Promise<Executors> {
  const { sdl: supergraphSdl } = supergraph;
  try {
    if (execution.engine === "reference") {
      // It answers whole; that a client may write @defer is the schema's to say.
      return { executor: { ...(await openStockExecutor({ supergraphSdl, send, incomplete: supergraph.incomplete })), schema: readApiSchema(supergraphSdl) }, contracts: new Map() };
    }
    const limits = { ms: execution.planningTimeoutMs, megabytes: PLANNING_MEGABYTES };
    // Its process starts while the schemas are read here; what is wrong with the supergraph is told better here.
    const opening = openPlanner({ supergraphSdl, kind: execution.planner, limits });
    const schemas = readSchemas(supergraph, contracts);
    if (schemas instanceof Error) {
      await opening.then(({ close }) => close(), () => undefined);
      throw schemas;
    }
    const { enabled, bytes, seconds } = execution.replay;
    const mayKeep = (operation: Operation): boolean =>
      execution.replay.protected || requirementsOn(operation, schemas.schema, supergraph.requirements).length === 0;
    const replay = enabled ? { replay: { bytes, seconds, mayKeep } } : {};
    const planner = await opening;
    const common = { fullSchema: schemas.fullSchema, planner, send, limits: execution.limits, incomplete: supergraph.incomplete, ...replay };
    const open = (schema: GraphQLSchema): Executor => openCompiledExecutor({ ...common, schema });
    return { executor: open(schemas.schema), contracts: new Map([...schemas.contracts].map(([name, schema]) => [name, open(schema)])) };
  } catch (error) {
    throw gatewayError("SUPERGRAPH_INVALID", { source, reason: messageOf(error) });
  }
}

interface Schemas {
  readonly schema: GraphQLSchema;
  readonly fullSchema: GraphQLSchema;
  readonly contracts: ReadonlyMap<string, GraphQLSchema>;
}

function readSchemas({ sdl, tags }: Supergraph, contracts: GatewayConfig["contracts"]): Schemas | Error {
  try {
    const schema = readApiSchema(sdl);
    const parts = [...contracts].map(([name, chosen]) => [name, readContract(schema, tags, chosen)] as const);
    return { schema, fullSchema: buildSchema(sdl, { assumeValid: true, assumeValidSDL: true }), contracts: new Map(parts) };
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

/** What is known of one operation: what it requires, and its forms by which of that are met. */
interface Permissions {
  readonly requirements: readonly Requirement[];
  readonly byRights: Map<string, Permission>;
}

/** So many forms of one operation are kept; more combinations of rights than this do not meet in practice. */
const MAX_FORMS = 64;

function readPermissions(operation: Operation, schema: GraphQLSchema, supergraph: Supergraph): Permissions {
  return { requirements: requirementsOn(operation, schema, supergraph.requirements), byRights: new Map() };
}

function permit(
  { known, operation, schema }: { readonly known: Permissions; readonly operation: Operation; readonly schema: GraphQLSchema },
  { supergraph, grantsPolicy }: GenerationOptions,
  caller: Caller,
): Permission {
  const met = new Set(known.requirements.filter((requirement) => meets(caller, requirement, grantsPolicy)));
  const rights = known.requirements.map((requirement) => (met.has(requirement) ? "1" : "0")).join("");
  const same = known.byRights.get(rights);
  if (same !== undefined) return same;
  const verdict = createVerdict(supergraph.requirements, (requirement) => met.has(requirement));
  const permission = { ...authorise(operation, schema, verdict), verdict };
  if (known.byRights.size >= MAX_FORMS) known.byRights.clear();
  known.byRights.set(rights, permission);
  return permission;
}

function remember<Key extends object, Value>(map: WeakMap<Key, Value>, key: Key, create: () => Value): Value {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}
