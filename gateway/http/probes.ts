// What the machinery around the gateway asks: is it alive, may it be given requests, and with which keys does it sign.
import type { FastifyInstance } from "fastify";

import type { Gateway } from "../gateway.ts";

export function registerProbes(app: FastifyInstance, gateway: Gateway, state: { readonly draining: boolean }): void {
  app.get("/health/live", async (_request, reply) => {
    reply.header("cache-control", "no-store");
    return { status: "live" };
  });
  app.get("/health/ready", async (_request, reply) => {
    const { ready, subgraphs } = gateway.health();
    const willing = ready && !state.draining;
    reply.code(willing ? 200 : 503).header("cache-control", "no-store");
    return {
      status: state.draining ? "stopping" : willing ? "ready" : "waiting",
      // Names only: where subgraphs listen is the operator's affair.
      missing: subgraphs.filter((subgraph) => !subgraph.answered).map((subgraph) => subgraph.name),
      subgraphs: subgraphs.map(({ name, answered, up }) => ({ name, answered, up })),
    };
  });
  app.get("/.well-known/jwks.json", async (_request, reply) => {
    reply.header("cache-control", "public, max-age=60");
    return gateway.callerKeys();
  });
}
