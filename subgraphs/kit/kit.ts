// What four subgraphs would otherwise repeat. The door of this folder: subgraphs import from here only.
export { ANONYMOUS, CALLER_HEADER, createCallerReader, openCallerReader, type Caller, type CallerReader } from "./caller.ts";
export { createClock, dayInFrance, type Clock } from "./clock.ts";
export { clientError, SUBGRAPH_ERRORS, type SubgraphErrorCode } from "./errors.ts";
export { createGroupLoader, createLoaderFamily, createRowLoader, type Loader } from "./loader.ts";
export { createLog, type Log } from "./log.ts";
export {
  afterFilter,
  fetchSize,
  PAGE_LIMIT,
  readPage,
  sortOf,
  toConnection,
  type Connection,
  type OrderField,
  type Page,
  type PageArgs,
} from "./pages.ts";
export { isDay } from "./scalars.ts";
export { buildSchema, serveSubgraph, type SubgraphServer } from "./server.ts";
export { openStore, type Store } from "./store.ts";
export { defineSubgraph, type RequestFacts, type Subgraph, type SubgraphContext } from "./subgraph.ts";
