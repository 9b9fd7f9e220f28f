// Beneficiaries: who a person is, what was assessed, the pathway, and on what basis it may be shared.
import { defineSubgraph, DEMONSTRATION_DISCLOSURE, type Disclosure, type Subgraph } from "../kit/kit.ts";
import type { TicketIssuer } from "../law/law.ts";
import { createBlinding } from "./blinding.ts";
import { createData } from "./loaders.ts";
import { createJudge } from "./judge.ts";
import { openModels } from "./models.ts";
import { policy } from "./policy.ts";
import { resolvers } from "./resolvers.ts";
import { seed } from "./seed.ts";

const schema = new URL("./schema.graphql", import.meta.url);

export interface BeneficiariesOptions {
  /** 32 bytes, kept outside of the database: the key of the NIR's blind index and of the pseudonyms. */
  readonly blindingKey: Uint8Array;
  /** Tells the other subgraphs what a caller may read of a person. */
  readonly tickets: TicketIssuer;
  /** How counts are protected; by default as in the demonstration. */
  readonly disclosure?: Disclosure;
}

export function createBeneficiaries({ blindingKey, tickets, disclosure = DEMONSTRATION_DISCLOSURE }: BeneficiariesOptions): Subgraph {
  const blinding = createBlinding(blindingKey);
  return defineSubgraph({
    name: "beneficiaries",
    schema,
    resolvers,
    policy,
    openModels,
    createJudge,
    createData: (models, request) => createData({ models, request, blinding, tickets, disclosure }),
    seed: (models, world) => seed(models, world, blinding),
  });
}
