// Subgraphs behind TLS: HTTP/2 where they offer it, HTTP/1.1 where they do not; and how many connections there are.
import { createServer, type ServerResponse } from "node:http";
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { listen, stopServer } from "../core/federation.ts";
import { until } from "../dedupe/held-subgraph.ts";
import { failure, openAsking, type Asking } from "./ask.ts";
import { createCertificate } from "./certificate.ts";

const certificate = createCertificate();
const known = getCACertificates("default");
const ANSWER = { data: { a: 1 } };
const TEXT = JSON.stringify(ANSWER);

/** What NODE_EXTRA_CA_CERTS does for a process from its start. */
beforeAll(() => setDefaultCACertificates([...known, certificate.cert]));
afterAll(() => setDefaultCACertificates(known));

type Answering = (stream: ServerHttp2Stream) => void;

const answer: Answering = (stream) => {
  stream.respond({ ":status": 200, "content-type": "application/json" });
  stream.end(TEXT);
};

describe("a subgraph that offers HTTP/2", () => {
  let server: Http2SecureServer;
  let asking: Asking;
  let answering: Answering = answer;
  const sessions: ServerHttp2Session[] = [];
  const streams: ServerHttp2Stream[] = [];
  const bodies: string[] = [];
  beforeEach(async () => {
    answering = answer;
    sessions.length = streams.length = bodies.length = 0;
    server = createSecureServer({ ...certificate, allowHTTP1: true });
    server.on("session", (session) => void sessions.push(session.on("error", () => undefined) as ServerHttp2Session));
    server.on("stream", (opened) => {
      const stream = opened as ServerHttp2Stream;
      streams.push(stream);
      stream.on("error", () => undefined);
      let body = "";
      stream.setEncoding("utf8").on("data", (part: string) => (body += part));
      stream.on("end", () => (bodies.push(body), answering(stream)));
    });
    // A busy machine takes more than a second over fifty streams at once.
    asking = openAsking(await listenTls(server), { connections: 4, silenceMs: 4_000 });
  });
  afterEach(async () => {
    await asking.transport.close();
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it("is asked over one connection for many requests at once", async () => {
    answering = (stream) => {
      if (bodies.length === 50) for (const one of streams) answer(one);
      else expect(stream.session?.alpnProtocol).toBe("h2");
    };
    const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => asking.ask({ query: `{ a${at}: a }` })));
    expect(answers).toEqual(Array(50).fill({ ...ANSWER, errors: [] }));
    expect(sessions).toHaveLength(1);
    expect(new Set(bodies).size).toBe(50);
  });

  it("sees the close of what nobody waits for any more, and goes on answering the others", async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    answering = () => arrive();
    const leaving = new AbortController();
    const left = asking.ask({ signal: leaving.signal });
    await arrived;
    leaving.abort();
    await expect(left).rejects.toMatchObject({ extensions: { code: "REQUEST_CANCELLED" } });
    await until(() => streams[0]?.closed === true);
    answering = answer;
    expect(await asking.ask()).toEqual({ ...ANSWER, errors: [] });
    expect(sessions).toHaveLength(1);
  });

  const FAILURES: readonly (readonly [name: string, how: Answering, code: string, detail: string])[] = [
    ["answers 500", (stream) => (stream.respond({ ":status": 500 }), stream.end("{}")), "SUBREQUEST_HTTP_ERROR", "500"],
    ["answers with a page", (stream) => (stream.respond({ ":status": 200 }), stream.end("<h1>")), "SUBREQUEST_MALFORMED_RESPONSE", "it is not JSON"],
    ["answers with more than the limit", (stream) => (stream.respond({ ":status": 200 }), stream.end("x".repeat(200_000))), "SUBREQUEST_MALFORMED_RESPONSE", "it is too large"],
    ["answers with half a body", (stream) => (stream.respond({ ":status": 200 }), stream.write(`{"data"`), setTimeout(() => stream.close(2), 30)), "SUBREQUEST_MALFORMED_RESPONSE", "it is not JSON"],
    ["resets the stream", (stream) => stream.close(2), "DOWNSTREAM_SERVICE_ERROR", ""],
    ["hangs up", (stream) => stream.session?.destroy(), "DOWNSTREAM_SERVICE_ERROR", ""],
    ["never answers", () => undefined, "GATEWAY_TIMEOUT", ""],
    ["stops in the middle", (stream) => (stream.respond({ ":status": 200 }), stream.write(`{"data"`)), "GATEWAY_TIMEOUT", ""],
  ];

  it.each(FAILURES)("and %s costs one error, and is asked again after it", async (_name, how, code, detail) => {
    answering = how;
    await expect(asking.ask()).rejects.toMatchObject({ message: expect.stringContaining(detail), extensions: { code, serviceName: "one" } });
    answering = answer;
    expect(await asking.ask()).toEqual({ ...ANSWER, errors: [] });
  });
});

describe("a subgraph behind TLS", () => {
  it("that speaks HTTP/1.1 only is asked so", async () => {
    const versions: string[] = [];
    const server = createHttpsServer(certificate, (request, response) => {
      versions.push(request.httpVersion);
      request.resume().on("end", () => response.end(TEXT));
    });
    const asking = openAsking(await listenTls(server));
    expect(await Promise.all([asking.ask(), asking.ask()])).toEqual(Array(2).fill({ ...ANSWER, errors: [] }));
    expect(versions).toEqual(["1.1", "1.1"]);
    await asking.transport.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it("whose certificate nobody vouches for is not asked", async () => {
    let asked = 0;
    const server = createSecureServer(createCertificate());
    server.on("stream", () => (asked += 1));
    const asking = openAsking(await listenTls(server));
    await expect(asking.ask()).rejects.toMatchObject(failure("DOWNSTREAM_SERVICE_ERROR"));
    expect(asked).toBe(0);
    await asking.transport.close();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("connections", () => {
  it("are as many as the setting allows: who asks while all are busy waits, and may leave", async () => {
    const waiting: ServerResponse[] = [];
    let connections = 0;
    const server = createServer((request, response) => void request.resume().on("end", () => waiting.push(response)));
    server.on("connection", () => (connections += 1));
    const asking = openAsking(await listen(server), { connections: 2 });
    const leaving = new AbortController();
    const all = [asking.ask(), asking.ask(), asking.ask(), asking.ask({ signal: leaving.signal })];
    await until(() => waiting.length === 2);
    leaving.abort();
    await expect(all[3]).rejects.toMatchObject({ extensions: { code: "REQUEST_CANCELLED" } });
    await expect(asking.ask({ deadlineMs: 30 })).rejects.toMatchObject({ extensions: { code: "GATEWAY_TIMEOUT" } });
    for (let served = 0; served < 3; served += 1) {
      await until(() => waiting.length > 0);
      waiting.shift()?.end(TEXT);
    }
    expect(await Promise.all(all.slice(0, 3))).toEqual(Array(3).fill({ ...ANSWER, errors: [] }));
    expect([connections, waiting.length]).toEqual([2, 0]);
    await asking.transport.close();
    await stopServer(server);
  });

  it("are used again, though not in the very turn in which an answer ended", async () => {
    let connections = 0;
    const server = createServer((request, response) => void request.resume().on("end", () => response.end(TEXT)));
    server.on("connection", () => (connections += 1));
    const asking = openAsking(await listen(server));
    for (let asked = 0; asked < 20; asked += 1) await asking.ask();
    expect(connections).toBeLessThanOrEqual(2);
    await asking.transport.close();
    await stopServer(server);
  });
});

async function listenTls(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}
