// The services subgraph: the catalogue of what can be had, and the referrals that send people there.
import { defineSubgraph, type Subgraph } from "../kit/kit.ts";
import { createData } from "./loaders.ts";
import { openModels } from "./models.ts";
import { resolvers } from "./resolvers.ts";
import { seed } from "./seed.ts";

export const services: Subgraph = defineSubgraph({
  name: "services",
  schema: new URL("schema.graphql", import.meta.url),
  resolvers,
  openModels,
  createData,
  seed,
});
