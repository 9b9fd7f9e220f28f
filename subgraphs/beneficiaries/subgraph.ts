// Beneficiaries: who a person is, what was assessed, the pathway, and on what basis it may be shared.
import { defineSubgraph, type Subgraph } from "../kit/kit.ts";
import type { TicketIssuer } from "../law/law.ts";
import { openDemonstrationKeys, type OpenKeys } from "../sealed/sealed.ts";
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
  /** The people's data keys; by default beside the data and wrapped by a key that everybody knows. */
  readonly openKeys?: OpenKeys;
}

export function createBeneficiaries({ blindingKey, tickets, openKeys = openDemonstrationKeys }: BeneficiariesOptions): Subgraph {
  const blinding = createBlinding(blindingKey);
  return defineSubgraph({
    name: "beneficiaries",
    schema,
    resolvers,
    policy,
    openModels: (connection) => ({ models: openModels(connection), keys: openKeys(connection) }),
    createJudge: ({ models }, request) => createJudge(models, request),
    createData: (stores, request) => createData({ ...stores, request, blinding, tickets }),
    seed: (stores, world) => seed(stores, world, blinding),
  });
}
