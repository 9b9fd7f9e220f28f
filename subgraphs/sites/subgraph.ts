// *sites*: places, staff, territories, the agenda and the travel-time promise. A table of contents.
import { createAsker, defineSubgraph, DEMONSTRATION_PUBLISHING, openReleases, openStandings, type Publishing, type Subgraph } from "../kit/kit.ts";
import { judgeByTicket, type TicketFault, type TicketReader } from "../law/law.ts";
import { openDemonstrationKeys, type OpenKeys } from "../sealed/sealed.ts";
import { publishActivity, type ActivityFact } from "./activity.ts";
import { createData, type SitesJudge } from "./loaders.ts";
import { openModels } from "./models.ts";
import { personData } from "./person-data.ts";
import { policy } from "./policy.ts";
import { resolvers } from "./resolvers.ts";
import { createWhereabouts } from "./secret-places.ts";
import { seed } from "./seed.ts";

export interface SitesOptions {
  /** Reads what *beneficiaries* decided about people. */
  readonly tickets: TicketReader;
  /** Told of each ticket that is none. */
  readonly told: (fault: TicketFault) => void;
  /** The data keys of places that must stay secret; by default beside the data and wrapped by a key that everybody knows. */
  readonly openKeys?: OpenKeys;
  /** How counts are protected, and when they are published; by default as in the demonstration. */
  readonly publishing?: Publishing;
}

export function createSites(options: SitesOptions): Subgraph {
  const { tickets, told, openKeys = openDemonstrationKeys, publishing = DEMONSTRATION_PUBLISHING } = options;
  return defineSubgraph({
    name: "sites",
    schema: new URL("./schema.graphql", import.meta.url),
    resolvers,
    policy,
    openModels: (connection) => {
      const models = openModels(connection);
      const report = { read: models.activityFacts, publish: (facts: readonly ActivityFact[]) => publishActivity(facts, publishing.disclosure) };
      return { ...models, standings: openStandings(connection), keys: openKeys(connection), releases: openReleases({ connection, report, ...publishing }) };
    },
    createJudge: (models, request): SitesJudge => {
      const { caller, clock, audit } = request;
      const asker = createAsker(models.standings, request);
      return { ...judgeByTicket(tickets, caller, { now: clock.now, told, ground: audit.ground }), ...createWhereabouts(models, request, asker), asker };
    },
    createData: (models, request) => createData(models, request),
    releases: ({ releases }) => releases,
    directoryCopy: ({ standings }) => standings,
    personData,
    seed,
  });
}
