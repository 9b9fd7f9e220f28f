// The services subgraph: the catalogue of what can be had, and the referrals that send people there.
import { defineSubgraph, DEMONSTRATION_DISCLOSURE, type Disclosure, type Subgraph } from "../kit/kit.ts";
import { judgeByTicket, type TicketFault, type TicketReader } from "../law/law.ts";
import { createData } from "./loaders.ts";
import { openModels } from "./models.ts";
import { personData } from "./person-data.ts";
import { policy } from "./policy.ts";
import { resolvers } from "./resolvers.ts";
import { seed } from "./seed.ts";

export interface ServicesOptions {
  /** Reads what *beneficiaries* decided about people. */
  readonly tickets: TicketReader;
  /** Told of each ticket that is none. */
  readonly told: (fault: TicketFault) => void;
  /** How counts are protected; by default as in the demonstration. */
  readonly disclosure?: Disclosure;
}

export function createServices({ tickets, told, disclosure = DEMONSTRATION_DISCLOSURE }: ServicesOptions): Subgraph {
  return defineSubgraph({
    name: "services",
    schema: new URL("./schema.graphql", import.meta.url),
    resolvers,
    policy,
    openModels,
    createJudge: (_, { caller, clock }) => judgeByTicket(tickets, caller, { now: clock.now, told }),
    createData: (models, request) => createData(models, request, disclosure),
    personData,
    seed,
  });
}
