// Beneficiaries: who a person is, what was assessed, the pathway, and on what basis it may be shared.
import { defineSubgraph, readScopedFields, type Subgraph } from "../kit/kit.ts";
import { createBlinding } from "./blinding.ts";
import { createData } from "./loaders.ts";
import { openModels } from "./models.ts";
import { resolvers } from "./resolvers.ts";
import { seed } from "./seed.ts";

const schema = new URL("./schema.graphql", import.meta.url);

export interface BeneficiariesOptions {
  /** 32 bytes, kept outside of the database: the key of the NIR's blind index and of the pseudonyms. */
  readonly blindingKey: Uint8Array;
}

export function createBeneficiaries({ blindingKey }: BeneficiariesOptions): Subgraph {
  const blinding = createBlinding(blindingKey);
  const scopedFields = readScopedFields(schema, "Beneficiary");
  return defineSubgraph({
    name: "beneficiaries",
    schema,
    resolvers,
    openModels,
    createData: (models, request) => createData({ models, request, blinding, scopedFields }),
    seed: (models, world) => seed(models, world, blinding),
  });
}
