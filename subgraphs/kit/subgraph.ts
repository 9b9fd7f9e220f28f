// What a subgraph is: a name, a schema, resolvers, and the doors to its data. One object, wired by `server.ts`.
import type { Connection } from "mongoose";

import type { World } from "../world/world.ts";
import type { Caller } from "./caller.ts";
import type { Clock } from "./clock.ts";

/** What is known of one request before any of it is resolved. */
export interface RequestFacts {
  readonly caller: Caller;
  readonly clock: Clock;
}

/** What resolvers see. `Data` is the request's data access: loaders and bound queries. */
export interface SubgraphContext<Data> extends RequestFacts {
  readonly data: Data;
}

/** `Models` are queries named by intent over one database; `Data` is built from them anew for each request. */
export interface SubgraphDefinition<Models, Data> {
  readonly name: string;
  /** The SDL file. */
  readonly schema: URL;
  readonly resolvers: Readonly<Record<string, unknown>>;
  /** Binds the mongoose schemas to a connection. */
  readonly openModels: (connection: Connection) => Models;
  readonly createData: (models: Models, request: RequestFacts) => Data;
  /** Writes this subgraph's part of the demonstration world into an empty database. */
  readonly seed: (models: Models, world: World) => Promise<void>;
}

/** A subgraph whose types of models and data are nobody else's business. */
export interface Subgraph {
  readonly name: string;
  readonly schema: URL;
  readonly resolvers: Readonly<Record<string, unknown>>;
  /** Opens the subgraph over a connection, with its indexes built. */
  open(connection: Connection): Promise<OpenSubgraph>;
}

export interface OpenSubgraph {
  createData(request: RequestFacts): unknown;
  seed(world: World): Promise<void>;
}

export function defineSubgraph<Models, Data>(definition: SubgraphDefinition<Models, Data>): Subgraph {
  const { name, schema, resolvers } = definition;
  return { name, schema, resolvers, open: (connection) => openSubgraph(definition, connection) };
}

async function openSubgraph<Models, Data>(
  definition: SubgraphDefinition<Models, Data>,
  connection: Connection,
): Promise<OpenSubgraph> {
  const models = definition.openModels(connection);
  await Promise.all(Object.values(connection.models).map((model) => model.createIndexes()));
  return {
    createData: (request) => definition.createData(models, request),
    seed: (world) => definition.seed(models, world),
  };
}
