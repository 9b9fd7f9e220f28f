// Hive Gateway. Arguments: supergraph file, port, planner (`javascript` or `rust`), dedupe (`off`, `subgraph`, or `both`
// for subgraph requests and clients' operations).
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { unifiedGraphHandler } from "@graphql-hive/router-runtime";

const [supergraph = "", port = "", planner, dedupe] = process.argv.slice(2);
const runtime = createGatewayRuntime({
  supergraph: readFileSync(supergraph, "utf8"),
  ...(planner === "rust" && { unifiedGraphHandler }),
  inboundInflightRequestDeduplication: dedupe === "both",
  transportEntries: { "*.http": { options: { deduplicateInflightRequests: dedupe !== "off" } } },
  logging: false,
  landingPage: false,
  graphiql: false,
});
createServer(runtime).listen(Number(port), "127.0.0.1");
process.once("disconnect", () => process.exit(0));
