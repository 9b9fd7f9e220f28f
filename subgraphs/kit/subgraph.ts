// What a subgraph is: a name, a schema, resolvers, and the doors to its data. One object, wired by `server.ts`.
import type { Connection } from "mongoose";

import type { DeedSource, ReadIndex } from "../audit/audit.ts";
import type { DirectoryCopy, DirectorySource } from "../directory/directory.ts";
import type { Judge, Policy, ReadTrail } from "../law/law.ts";
import type { World } from "../world/world.ts";
import type { Caller } from "./caller.ts";
import type { Clock } from "./clock.ts";
import type { PersonTable } from "./person-data.ts";
import type { Releases } from "./releases.ts";

/** What is known of one request before any of it is resolved. */
export interface RequestFacts {
  readonly caller: Caller;
  readonly clock: Clock;
  /** Told of each reading about a person before it happens. */
  readonly audit: ReadTrail;
}

/** The same with who decides what the caller reads. */
export interface JudgedFacts<OwnJudge extends Judge = Judge> extends RequestFacts {
  readonly judge: OwnJudge;
}

/** What resolvers see. `Data` is the request's data access: loaders and bound queries. */
export interface SubgraphContext<Data> extends JudgedFacts {
  readonly data: Data;
}

/** `Models` are queries named by intent over one database; `Data` is built from them anew for each request. */
export interface SubgraphDefinition<Models, Data, OwnJudge extends Judge> {
  readonly name: string;
  /** The SDL file. */
  readonly schema: URL;
  readonly resolvers: Readonly<Record<string, unknown>>;
  /** Binds the mongoose schemas to a connection. */
  readonly openModels: (connection: Connection) => Models;
  /** Who reads what: enforced between the schema and the resolvers. */
  readonly policy: Policy;
  readonly createJudge: (models: Models, request: RequestFacts) => OwnJudge;
  readonly createData: (models: Models, request: JudgedFacts<OwnJudge>) => Data;
  /** Where the subgraph shows who read: an index that follows the log of its readings. */
  readonly readIndex?: (models: Models) => ReadIndex;
  /** The same for the logs of other subgraphs. */
  readonly receivedIndex?: (models: Models) => ReadIndex;
  /** What was written about people, where the subgraph writes: taken into the same log. */
  readonly deeds?: (models: Models) => DeedSource;
  /** Who is habilitated and what was agreed, where the subgraph decides that. */
  readonly directory?: (models: Models) => DirectorySource;
  /** What it keeps of that, where another does. */
  readonly directoryCopy?: (models: Models) => DirectoryCopy;
  /** Of the subgraph's report, where it has one. */
  readonly releases?: (models: Models) => Pick<Releases<unknown>, "prepare">;
  /** Where people are in the database; nowhere by default. In the order in which their rows are read. */
  readonly personData?: readonly PersonTable[];
  /** Writes this subgraph's part of the demonstration world into an empty database. */
  readonly seed: (models: Models, world: World) => Promise<void>;
}

/** A subgraph whose types of models and data are nobody else's business. */
export interface Subgraph {
  readonly name: string;
  readonly schema: URL;
  readonly resolvers: Readonly<Record<string, unknown>>;
  readonly policy: Policy;
  readonly personData: readonly PersonTable[];
  /** Opens the subgraph over a connection, with its indexes built. */
  open(connection: Connection): Promise<OpenSubgraph>;
}

export interface OpenSubgraph {
  createContext(request: RequestFacts): SubgraphContext<unknown>;
  readonly readIndex: ReadIndex | null;
  /** Of the logs of other subgraphs. */
  readonly receivedIndex: ReadIndex | null;
  readonly deeds: DeedSource | null;
  readonly directory: DirectorySource | null;
  readonly directoryCopy: DirectoryCopy | null;
  /** Makes the report's release of the clock's day where there is none yet. */
  prepareRelease(clock: Clock): Promise<void>;
  seed(world: World): Promise<void>;
}

export function defineSubgraph<Models, Data, OwnJudge extends Judge>(definition: SubgraphDefinition<Models, Data, OwnJudge>): Subgraph {
  const { name, schema, resolvers, policy, personData = [] } = definition;
  return { name, schema, resolvers, policy, personData, open: (connection) => openSubgraph(definition, connection) };
}

async function openSubgraph<Models, Data, OwnJudge extends Judge>(
  definition: SubgraphDefinition<Models, Data, OwnJudge>,
  connection: Connection,
): Promise<OpenSubgraph> {
  const models = definition.openModels(connection);
  await Promise.all(Object.values(connection.models).map((model) => model.createIndexes()));
  return {
    createContext: (request) => {
      const judged = { ...request, judge: definition.createJudge(models, request) };
      return { ...judged, data: definition.createData(models, judged) };
    },
    readIndex: definition.readIndex?.(models) ?? null,
    receivedIndex: definition.receivedIndex?.(models) ?? null,
    deeds: definition.deeds?.(models) ?? null,
    directory: definition.directory?.(models) ?? null,
    directoryCopy: definition.directoryCopy?.(models) ?? null,
    prepareRelease: async (clock) => definition.releases?.(models).prepare(clock),
    seed: (world) => definition.seed(models, world),
  };
}
