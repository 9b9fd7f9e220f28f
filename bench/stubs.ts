// The process of the shop's four subgraphs. Each answer is computed once and then given from memory, so that next to
// nothing but the gateway's work is measured.
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

import { graphql, type GraphQLSchema } from "graphql";

import { createShopSchema, SHOP_SUBGRAPHS, SLOT, type ShopSubgraph } from "./shop/shop.ts";
import { createMessageReader } from "./wire.ts";

/** What the bench says to this process. */
export type StubOrder = { readonly kind: "count" } | { readonly kind: "change"; readonly changing: boolean };

/** What this process says: its addresses once, and a number of requests for each order to count. */
export type StubReport = { readonly kind: "up"; readonly urls: Readonly<Record<string, string>> } | { readonly kind: "count"; readonly requests: number };

interface Answer {
  readonly bytes: Buffer;
  /** Where the counter goes. */
  readonly slots: readonly number[];
}

const state = { requests: 0, changing: false, counter: 0 };

await main();

async function main(): Promise<void> {
  const entries = await Promise.all(SHOP_SUBGRAPHS.map(async (name) => [name, await serve(name)]));
  process.on("message", (order: StubOrder) => {
    if (order.kind === "change") state.changing = order.changing;
    else report({ kind: "count", requests: state.requests });
  });
  process.once("disconnect", () => process.exit(0));
  report({ kind: "up", urls: Object.fromEntries(entries) });
}

function report(message: StubReport): void {
  process.send?.(message);
}

/** Settles with the subgraph's URL. */
function serve(name: ShopSubgraph): Promise<string> {
  const schema = createShopSchema(name);
  const answers = new Map<string, Answer>();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    const read = createMessageReader(({ body }) => {
      state.requests += 1;
      void answer(socket, { schema, answers, text: body.length === 1 && body[0] !== undefined ? body[0].toString() : Buffer.concat(body).toString() });
    });
    socket.on("data", read);
  });
  return new Promise((settle) => {
    server.listen(0, "127.0.0.1", () => settle(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`));
  });
}

interface Asked {
  readonly schema: GraphQLSchema;
  readonly answers: Map<string, Answer>;
  readonly text: string;
}

async function answer(socket: Socket, { schema, answers, text }: Asked): Promise<void> {
  const known = answers.get(text) ?? (await compute(schema, text));
  answers.set(text, known);
  socket.write(state.changing ? change(known) : known.bytes);
}

async function compute(schema: GraphQLSchema, text: string): Promise<Answer> {
  const { query, variables, operationName } = JSON.parse(text) as { query: string; variables?: Record<string, unknown>; operationName?: string };
  const result = await graphql({ schema, source: query, variableValues: variables ?? {}, operationName: operationName ?? null });
  const body = Buffer.from(JSON.stringify(result));
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\n\r\n`;
  const bytes = Buffer.concat([Buffer.from(head), body]);
  return { bytes, slots: findSlots(bytes) };
}

function findSlots(bytes: Buffer): number[] {
  const slots: number[] = [];
  for (let at = bytes.indexOf(SLOT); at >= 0; at = bytes.indexOf(SLOT, at + SLOT.length)) slots.push(at);
  return slots;
}

/** A number that was not there before, in each place that may change. */
function change({ bytes, slots }: Answer): Buffer {
  state.counter = (state.counter + 1) % 1_000_000;
  const text = `7${String(state.counter).padStart(6, "0")}`;
  const changed = Buffer.from(bytes);
  for (const slot of slots) changed.write(text, slot, "latin1");
  return changed;
}
