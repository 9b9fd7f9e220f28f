// The partners subgraph: organisations, professionals, sharing agreements and the policy of the départements.
import { defineSubgraph, type Subgraph } from "../kit/kit.ts";
import { createSource } from "../directory/directory.ts";
import { judgeByTicket, type TicketFault, type TicketReader } from "../law/law.ts";
import { createData } from "./loaders.ts";
import { openModels } from "./models.ts";
import { personData } from "./person-data.ts";
import { policy } from "./policy.ts";
import { resolvers } from "./resolvers.ts";
import { seed } from "./seed/seed.ts";

export interface PartnersOptions {
  /** Reads what *beneficiaries* decided about people. */
  readonly tickets: TicketReader;
  /** Told of each ticket that is none. */
  readonly told: (fault: TicketFault) => void;
}

export function createPartners({ tickets, told }: PartnersOptions): Subgraph {
  return defineSubgraph({
    name: "partners",
    schema: new URL("./schema.graphql", import.meta.url),
    resolvers,
    policy,
    openModels,
    createJudge: (_, { caller, clock, audit }) => judgeByTicket(tickets, caller, { now: clock.now, told, ground: audit.ground }),
    createData,
    directory: (models) => createSource(models.directory),
    personData,
    seed,
  });
}
