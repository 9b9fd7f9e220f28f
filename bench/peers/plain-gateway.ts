// @apollo/server with @apollo/gateway, as their documentation starts them. Arguments: supergraph file, port.
import { readFileSync } from "node:fs";

import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";

const [supergraph = "", port = ""] = process.argv.slice(2);
process.env["APOLLO_TELEMETRY_DISABLED"] = "1";
const gateway = new ApolloGateway({ supergraphSdl: readFileSync(supergraph, "utf8") });
await startStandaloneServer(new ApolloServer({ gateway, stopOnTerminationSignals: true }), { listen: { port: Number(port), host: "127.0.0.1" } });
process.once("disconnect", () => process.exit(0));
