// Asks a gateway over and over on so many connections, each with one request under way, and keeps the times.
import { connect } from "node:net";

import { createMessageReader, type Message } from "./wire.ts";

export interface LoadOptions {
  readonly url: string;
  /** Bodies of requests, asked one after the other and again from the first. */
  readonly bodies: readonly string[];
  readonly connections: number;
  /** The end: after so many requests, after so many seconds, or when there have been both, but by `atMost` seconds. */
  readonly until: { readonly requests: number } | { readonly seconds: number } | { readonly requests: number; readonly seconds: number; readonly atMost: number };
  /** The length that each answer must have; null: any. */
  readonly bytes: number | null;
  /** Of whoever asks; nobody in particular where there is none. */
  readonly token?: string;
}

export interface LoadResult {
  readonly requests: number;
  /** Answers with another status than 200 or another length. */
  readonly failures: number;
  readonly seconds: number;
  /** Bytes of one answer, on average. */
  readonly bytes: number;
  /** Milliseconds, ascending. */
  readonly latencies: readonly number[];
}

/** Rejects when the gateway closes a connection. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const startedAt = performance.now();
  const run: Run = { options, startedAt, asked: 0, failures: 0, bytes: 0, latencies: [] };
  const requests = options.bodies.map((body) => printRequest(options, body));
  await Promise.all(Array.from({ length: options.connections }, () => keepAsking(run, requests)));
  const seconds = (performance.now() - startedAt) / 1000;
  const { failures, latencies } = run;
  return { requests: latencies.length, failures, seconds, bytes: run.bytes / Math.max(1, latencies.length), latencies: latencies.sort((a, b) => a - b) };
}

/** One request, whole. */
export async function ask(url: string, body: string, token?: string): Promise<string> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) }, body });
  return response.text();
}

interface Run {
  readonly options: LoadOptions;
  readonly startedAt: number;
  asked: number;
  failures: number;
  bytes: number;
  readonly latencies: number[];
}

function printRequest({ url, token }: LoadOptions, body: string): Buffer {
  const { host, pathname } = new URL(url);
  const caller = token === undefined ? "" : `authorization: Bearer ${token}\r\n`;
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\n${caller}content-type: application/json\r\naccept: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}

function keepAsking(run: Run, requests: readonly Buffer[]): Promise<void> {
  const { hostname, port } = new URL(run.options.url);
  return new Promise((settle, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let sentAt = 0;
    let done = false;
    const next = (): void => {
      const request = isOver(run) ? undefined : requests[run.asked % requests.length];
      if (request === undefined) {
        done = true;
        socket.end();
        return settle();
      }
      run.asked += 1;
      sentAt = performance.now();
      socket.write(request);
    };
    const read = createMessageReader((message) => {
      note(run, message, performance.now() - sentAt);
      next();
    });
    socket.on("data", read);
    socket.once("connect", next);
    socket.once("error", reject);
    socket.once("close", () => {
      if (!done) reject(new Error("The gateway closed a connection."));
    });
  });
}

function isOver({ options: { until }, asked, startedAt }: Run): boolean {
  const seconds = (performance.now() - startedAt) / 1000;
  if (!("requests" in until)) return seconds >= until.seconds;
  if (!("seconds" in until)) return asked >= until.requests;
  return seconds >= until.atMost || (asked >= until.requests && seconds >= until.seconds);
}

function note(run: Run, { head, bytes }: Message, milliseconds: number): void {
  run.latencies.push(milliseconds);
  run.bytes += bytes;
  const { bytes: expected } = run.options;
  if (!head.startsWith("HTTP/1.1 200") || (expected !== null && expected !== bytes)) run.failures += 1;
}
