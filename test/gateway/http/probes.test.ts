// Probes, caller keys, and the way a gateway goes down.
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "@jest/globals";

import { startPlain } from "./plain-gateway.ts";

const SUBGRAPH = { url: "http://10.0.0.7:4001/graphql", answered: true, up: true };

describe("/health", () => {
  it("is live from the start, and ready when each subgraph has answered once", async () => {
    const server = await startPlain();
    server.gateway.setHealth([{ ...SUBGRAPH, name: "a" }, { ...SUBGRAPH, name: "b", answered: false, up: false }]);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    const waiting = await fetch(`${server.url}/health/ready`);
    expect(waiting.status).toBe(503);
    expect(await waiting.json()).toEqual({
      status: "waiting",
      missing: ["b"],
      subgraphs: [{ name: "a", answered: true, up: true }, { name: "b", answered: false, up: false }],
    });
    server.gateway.setHealth([{ ...SUBGRAPH, name: "a" }, { ...SUBGRAPH, name: "b", up: false }]);
    const ready = await fetch(`${server.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.text()).not.toContain("10.0.0.7");
    await server.close();
  });
});

describe("/.well-known/jwks.json", () => {
  it("holds the public keys with which the gateway signs for subgraphs", async () => {
    const server = await startPlain();
    expect(await (await fetch(`${server.url}/.well-known/jwks.json`)).json()).toEqual({ keys: [{ kty: "OKP", crv: "Ed25519", x: "public" }] });
    await server.close();
  });
});

describe("a gateway that goes down", () => {
  it("says so first, still answers, lets the answers under way finish, and then is gone", async () => {
    const server = await startPlain();
    const ask = () => fetch(`${server.url}/graphql`, { method: "POST", headers: { "content-type": "application/json" }, body: '{"query":"{ hello }"}' });
    server.drain();
    expect(await (await fetch(`${server.url}/health/ready`)).json()).toMatchObject({ status: "stopping" });
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    expect((await ask()).status).toBe(200);

    const release = server.gateway.hold();
    const underway = ask();
    while (server.gateway.requests.length < 2) await sleep(5);
    const closed = server.close();
    await sleep(50);
    release();
    expect(await (await underway).json()).toEqual({ data: { hello: "Hello world" } });
    await closed;
    await expect(ask()).rejects.toThrow();
  });

  it("names the port that is taken", async () => {
    const first = await startPlain();
    const port = Number(new URL(first.url).port);
    await expect(startPlain({ port })).rejects.toMatchObject({ message: expect.stringContaining(String(port)), extensions: { code: "PORT_IN_USE" } });
    await first.close();
  });

  it("names an address that is not this machine's", async () => {
    await expect(startPlain({ host: "192.0.2.1" })).rejects.toMatchObject({ extensions: { code: "SETTING_INVALID" } });
  });
});
