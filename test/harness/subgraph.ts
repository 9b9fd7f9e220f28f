// One subgraph on a fresh database of the run's real mongod, asked without HTTP; tells which commands MongoDB saw.
import { randomUUID } from "node:crypto";

import { defaultFieldResolver, graphql, isObjectType, type ExecutionResult, type GraphQLSchema } from "graphql";

import { ANONYMOUS, buildSchema, createClock, openStore, type Caller, type Clock, type OpenSubgraph, type Store, type Subgraph } from "../../subgraphs/kit/kit.ts";
import type { Audit } from "../../subgraphs/audit/audit.ts";
import { UNAUDITED } from "../../subgraphs/law/law.ts";
import type { World } from "../../subgraphs/world/world.ts";

export interface TestSubgraph {
  readonly schema: GraphQLSchema;
  readonly store: Store;
  /** Names of the commands that MongoDB saw since the last `ask`, reads only: `find`, `aggregate`, `count`… */
  readonly commands: readonly SeenCommand[];
  readonly open: OpenSubgraph;
  ask(query: string, variables?: Record<string, unknown>, caller?: Partial<Caller>): Promise<ExecutionResult<Record<string, never>>>;
  close(): Promise<void>;
}

export interface SeenCommand {
  readonly name: string;
  readonly command: Readonly<Record<string, unknown>>;
}

export interface TestSubgraphOptions {
  /** Where readings are written; nowhere by default. */
  readonly audit?: Pick<Audit, "begin">;
  /** ISO 8601; the clock stands still there. */
  readonly at: string;
  /** One that moves, in its place. */
  readonly clock?: Clock;
  /** Seeded with this, or left empty. */
  readonly world?: World;
  /** One that is there already, in the place of a fresh one. */
  readonly database?: string;
}

const READS = new Set(["find", "aggregate", "count", "distinct", "getMore"]);

export async function openTestSubgraph(subgraph: Subgraph, options: TestSubgraphOptions): Promise<TestSubgraph> {
  const commands: SeenCommand[] = [];
  const store = await openStore({
    uri: testMongodbUri(),
    database: options.database ?? `test-${subgraph.name}-${randomUUID().slice(0, 8)}`,
    onCommand: (command) => void (READS.has(command.name) && commands.push(command)),
  });
  const open = await openSeeded(subgraph, store, options.world);
  const schema = refuseQueries(buildSchema(subgraph));
  const clock: Clock = options.clock ?? createClock(options.at);
  return {
    schema,
    store,
    open,
    commands,
    ask: async (source, variableValues = {}, caller = {}) => {
      commands.length = 0;
      const facts = { caller: { ...ANONYMOUS, ...caller }, clock };
      const audit = options.audit?.begin(facts) ?? UNAUDITED;
      const contextValue = open.createContext({ ...facts, audit });
      const result = (await graphql({ schema, source, variableValues, contextValue })) as ExecutionResult<Record<string, never>>;
      await audit.finish();
      return result;
    },
    close: async () => {
      await store.connection.dropDatabase();
      await store.close();
    },
  };
}

/** A seed that fails leaves no connection behind, which would keep the run from ending. */
async function openSeeded(subgraph: Subgraph, store: Store, world: World | undefined): Promise<OpenSubgraph> {
  try {
    const open = await subgraph.open(store.connection);
    if (world !== undefined) await open.seed(world);
    return open;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * A mongoose query runs again each time that somebody waits for it, and throws the second time: behind a server that
 * traces, two do. So resolvers answer promises.
 */
function refuseQueries(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const { resolve = defaultFieldResolver } = field;
      field.resolve = (...args) => {
        const value: unknown = resolve(...args);
        if (typeof value === "object" && value !== null && "exec" in value) throw new Error(`${type.name}.${field.name} answers a query; call exec().`);
        return value;
      };
    }
  }
  return schema;
}

/** The address of the run's mongod. */
export function testMongodbUri(): string {
  const uri = process.env["TEST_MONGODB_URI"];
  if (uri === undefined) throw new Error("The test run has no mongod: start tests with npm test.");
  return uri;
}
