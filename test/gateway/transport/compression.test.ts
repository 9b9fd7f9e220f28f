// Compressed answers of subgraphs: asked for by setting, read in any form that is known, limited by what they become.
import { createServer, type IncomingHttpHeaders } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { readConfig } from "../../../gateway/config.ts";
import { listen, openFederation, stopServer } from "../core/federation.ts";
import { failure, openAsking, type Asking } from "./ask.ts";

const ANSWER = { data: { a: "ä".repeat(20_000) } };
const TEXT = JSON.stringify(ANSWER);

let respond: { readonly status?: number; readonly headers: Record<string, string>; readonly body: Buffer };
const seen: IncomingHttpHeaders[] = [];
const server = createServer((request, response) => {
  seen.push(request.headers);
  request.resume().on("end", () => response.writeHead(respond.status ?? 200, respond.headers).end(respond.body));
});
let asking: Asking;
let url = "";

beforeAll(async () => {
  url = await listen(server);
  asking = openAsking(url, { compressed: new Set(["one"]) });
});
afterEach(() => void (seen.length = 0));
afterAll(async () => {
  await asking.transport.close();
  await stopServer(server);
});

const answerIn = (encoding: string, body: Buffer, status = 200): void => void (respond = { status, headers: { "content-encoding": encoding }, body });

describe("a compressed answer", () => {
  it.each([
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["GZIP", gzipSync],
    ["br", brotliCompressSync],
    ["zstd", zstdCompressSync],
  ])("in %s is read", async (encoding, compress) => {
    answerIn(encoding, compress(TEXT));
    expect(await asking.ask()).toEqual({ ...ANSWER, errors: [] });
    expect(seen[0]?.["accept-encoding"]).toBe("gzip, br, zstd");
  });

  it("is read though nobody asked for it", async () => {
    const plain = openAsking(url);
    answerIn("gzip", gzipSync(TEXT));
    expect(await plain.ask()).toEqual({ ...ANSWER, errors: [] });
    expect(seen[0]).not.toHaveProperty("accept-encoding");
    await plain.transport.close();
  });

  it("that says it is as it is, is", async () => {
    answerIn("identity", Buffer.from(TEXT));
    expect(await asking.ask()).toEqual({ ...ANSWER, errors: [] });
  });

  it("with status 400 is read like one with 200", async () => {
    answerIn("gzip", gzipSync(`{"errors":[{"message":"No."}]}`), 400);
    expect((await asking.ask()).errors).toEqual([{ message: "No.", extensions: { code: "DOWNSTREAM_SERVICE_ERROR" } }]);
  });

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
    ["zstd", zstdCompressSync],
  ])("in %s of ten megabytes in ten kilobytes is too large, and costs no more memory than the limit", async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(10_000_000));
    expect(bomb.length).toBeLessThan(12_000);
    answerIn(encoding, bomb);
    const before = process.memoryUsage().arrayBuffers;
    await expect(asking.ask()).rejects.toMatchObject(failure("SUBREQUEST_MALFORMED_RESPONSE", "it is too large"));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000);
  });

  it("that is just within the limit, and one byte beyond it", async () => {
    const textOf = (length: number): string => `{"data":{"a":"${"x".repeat(length - 17)}"}}`;
    answerIn("gzip", gzipSync(textOf(100_000)));
    expect((await asking.ask()).errors).toEqual([]);
    answerIn("gzip", gzipSync(textOf(100_001)));
    await expect(asking.ask()).rejects.toMatchObject(failure("SUBREQUEST_MALFORMED_RESPONSE", "it is too large"));
  });

  it.each([
    ["whose compression is broken", "gzip", Buffer.from("no gzip at all"), "it cannot be decompressed"],
    ["of half a body", "gzip", gzipSync(TEXT).subarray(0, 60), "it cannot be decompressed"],
    ["of half a body in br", "br", brotliCompressSync(TEXT).subarray(0, 20), "it cannot be decompressed"],
    ["of half a body in zstd", "zstd", zstdCompressSync(TEXT).subarray(0, 20), "it cannot be decompressed"],
    ["of nothing", "gzip", Buffer.alloc(0), "it cannot be decompressed"],
    ["in a way that is unknown", "x-secret", Buffer.from(TEXT), "it is compressed in a way that was not asked for"],
    ["in a way that nobody asked for", "deflate", deflateSync(TEXT), "it is compressed in a way that was not asked for"],
    ["twice", "gzip, gzip", gzipSync(gzipSync(TEXT)), "it is compressed in a way that was not asked for"],
    ["in the way of every object", "constructor", Buffer.from(TEXT), "it is compressed in a way that was not asked for"],
    ["of a page", "gzip", gzipSync("<h1>Hello</h1>"), "it is not JSON"],
  ])("%s is one error, and the connection serves the next", async (_name, encoding, body, detail) => {
    answerIn(encoding, body);
    await expect(asking.ask()).rejects.toMatchObject(failure("SUBREQUEST_MALFORMED_RESPONSE", detail));
    answerIn("gzip", gzipSync(TEXT));
    expect(await asking.ask()).toEqual({ ...ANSWER, errors: [] });
  });
});

describe("GATEWAY_SUBGRAPH_COMPRESSION", () => {
  const sources = { one: { sdl: "type Query { a: Int }", resolvers: { Query: { a: () => 1 } } }, two: { sdl: "type Query { b: Int }", resolvers: { Query: { b: () => 2 } } } };
  const askedBy = async (setting: string): Promise<readonly string[]> => {
    const { subgraphCompression } = readConfig({}, { GATEWAY_SUBGRAPH_COMPRESSION: setting });
    const federation = await openFederation(sources, { config: { subgraphCompression } });
    await federation.ask("{ a b }");
    const asked = Object.entries(federation.servers).filter(([, one]) => one.seen.some(({ headers }) => headers["accept-encoding"] !== undefined));
    await federation.close();
    return asked.map(([name]) => name);
  };

  it.each([
    ["", []],
    ["two", ["two"]],
    ["one, two", ["one", "two"]],
    ["*", ["one", "two"]],
  ])("%j asks %j for compressed answers", async (setting, names) => {
    expect(await askedBy(setting)).toEqual(names);
  });

  it("with a subgraph that is not there is an error at the start", async () => {
    const message = expect.stringMatching(/GATEWAY_SUBGRAPH_COMPRESSION.*one, two, \*.*three/);
    await expect(askedBy("three")).rejects.toMatchObject({ message, extensions: { code: "SETTING_INVALID" } });
  });
});
