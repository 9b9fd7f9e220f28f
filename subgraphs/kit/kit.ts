// What four subgraphs would otherwise repeat. The door of this folder: subgraphs import from here only.
export { onBeat } from "./beat.ts";
export { ANONYMOUS, CALLER_HEADER, createCallerReader, openCallerReader, openKeySet, type Caller, type CallerReader } from "./caller.ts";
export { createClock, dayInFrance, type Clock } from "./clock.ts";
export { replaceCopies } from "./copies.ts";
export { createDisclosure, DEMONSTRATION_DISCLOSURE, LEAST_THRESHOLD, STATS_THRESHOLD, type Disclosure } from "./disclosure.ts";
export { openErasureOrders, openLogRegister, type LogRegister } from "./erasure-orders.ts";
export { clientError, SUBGRAPH_ERRORS, type SubgraphErrorCode } from "./errors.ts";
export {
  assertIdentifier,
  completeNir,
  isDepartmentCode,
  isFiness,
  isFranceTravailId,
  isInseeCommune,
  isNir,
  isRna,
  isSiren,
  isSiret,
  printNirKey,
  type IdentifierKind,
} from "./identifiers.ts";
export { createGroupLoader, createKeyedLoader, createLoaderFamily, createRowLoader, type Loader } from "./loader.ts";
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
export {
  openPersonDoor,
  type Ending,
  type EndingOrder,
  type ExportedTable,
  type PersonDoor,
  type PersonExport,
  type PersonTable,
  type RowsByCollection,
  type Session,
} from "./person-data.ts";
export { assertWholeYears, joinBlocks, publishBlock, type BlockCell, type BlockTable, type StatsAnswer } from "./published-stats.ts";
export { decidePublication, RELEASE_PERIODS, releaseDayOf, sketchOf, type Counted, type ReleasePeriod, type Sketch } from "./release.ts";
export { DEMONSTRATION_PUBLISHING, openReleases, type Publishing, type Release, type Releases } from "./releases.ts";
export { assertGrouping, countCells, everyGrouping, publishTables, tableNameOf, toStatsAnswer, type TableBody, type TableFact, type TableReport } from "./report-tables.ts";
export { readReferenceKey } from "./references.ts";
export { isDay } from "./scalars.ts";
export { buildSchema, serveSubgraph, type Messages, type SubgraphServer } from "./server.ts";
export { seedOnce, type SeedingOutcome } from "./seeding.ts";
export { assertStatsColumns, STATS_COLUMN_LIMIT, toStatsTable, type StatsCell, type StatsTable } from "./stats.ts";
export { createAsker, openStandings, type Asker, type StandingCopy, type Standings } from "./standings.ts";
export { openStore, readSnapshot, type Store } from "./store.ts";
export { defineSubgraph, type OpenSubgraph, type JudgedFacts, type RequestFacts, type Subgraph, type SubgraphContext } from "./subgraph.ts";
export { createOwnTicketIssuer, openTicketIssuer, openTicketReader } from "./ticket-keys.ts";
export { escapeRegExp, fold, wordsOf } from "./text.ts";
