// The services subgraph: the catalogue of what can be had, and the referrals that send people there.
import { defineSubgraph, DEMONSTRATION_PUBLISHING, openReleases, openStandings, publishTables, type Publishing, type Subgraph, type TableFact } from "../kit/kit.ts";
import { judgeByTicket, type TicketFault, type TicketReader } from "../law/law.ts";
import { createData } from "./loaders.ts";
import { openModels } from "./models.ts";
import { personData } from "./person-data.ts";
import { policy } from "./policy.ts";
import { REFERRAL_REPORT } from "./referral-stats.ts";
import { resolvers } from "./resolvers.ts";
import { seed } from "./seed.ts";

export interface ServicesOptions {
  /** Reads what *beneficiaries* decided about people. */
  readonly tickets: TicketReader;
  /** Told of each ticket that is none. */
  readonly told: (fault: TicketFault) => void;
  /** How counts are protected, and when they are published; by default as in the demonstration. */
  readonly publishing?: Publishing;
}

export function createServices({ tickets, told, publishing = DEMONSTRATION_PUBLISHING }: ServicesOptions): Subgraph {
  return defineSubgraph({
    name: "services",
    schema: new URL("./schema.graphql", import.meta.url),
    resolvers,
    policy,
    openModels: (connection) => {
      const models = { ...openModels(connection), standings: openStandings(connection) };
      const report = { read: models.referralFacts, publish: (facts: readonly TableFact[]) => publishTables(facts, REFERRAL_REPORT, publishing.disclosure) };
      return { models, releases: openReleases({ connection, report, ...publishing }) };
    },
    createJudge: (_, { caller, clock, audit }) => judgeByTicket(tickets, caller, { now: clock.now, told, ground: audit.ground }),
    createData: ({ models, releases }, request) => createData(models, request, releases),
    releases: ({ releases }) => releases,
    directoryCopy: ({ models }) => models.standings,
    personData,
    seed: ({ models }, world) => seed(models, world),
  });
}
