// *sites*: places, staff, territories, the agenda and the travel-time promise. A table of contents.
import { defineSubgraph } from "../kit/kit.ts";
import { createData } from "./loaders.ts";
import { openModels } from "./models.ts";
import { resolvers } from "./resolvers.ts";
import { seed } from "./seed.ts";

export const sites = defineSubgraph({
  name: "sites",
  schema: new URL("./schema.graphql", import.meta.url),
  resolvers,
  openModels,
  createData,
  seed,
});
