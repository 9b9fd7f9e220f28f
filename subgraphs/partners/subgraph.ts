// The partners subgraph: organisations, professionals, sharing agreements and the policy of the départements.
import { defineSubgraph, type Subgraph } from "../kit/kit.ts";
import { createData } from "./loaders.ts";
import { openModels } from "./models.ts";
import { resolvers } from "./resolvers.ts";
import { seed } from "./seed/seed.ts";

export const partners: Subgraph = defineSubgraph({
  name: "partners",
  schema: new URL("schema.graphql", import.meta.url),
  resolvers,
  openModels,
  createData,
  seed,
});
