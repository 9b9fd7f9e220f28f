// A library in four subgraphs, where a reader has a list of what is missing of them: people, who know the readers; rooms;
// loans; and fines, which are counted from what loans know.
import { Buffer } from "node:buffer";

import { callerWith, type Misbehaviour, type SubgraphSource } from "./federation.ts";

const SPEC = "https://specs.gateway.example/tellsIncomplete/v1.0";

/** What a subgraph that marks fields has at its head. */
export const TELLING = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", "@external", "@requires", "@requiresScopes", "@composeDirective"])
    @link(url: "${SPEC}", import: ["@tellsIncomplete"])
    @composeDirective(name: "@tellsIncomplete")
  directive @tellsIncomplete(path: String!, reason: String!, value: String!, exceptCodes: [String!]) on FIELD_DEFINITION`;

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", "@external", "@requires", "@requiresScopes"])`;
const MARK = `@tellsIncomplete(path: "path", reason: "why", value: "NOT_ANSWERED", exceptCodes: ["BAD_USER_INPUT"])`;

interface Reader {
  readonly id: string;
  readonly name: string;
  readonly town: string | null;
  readonly missing: readonly { readonly path: string; readonly why: string; readonly count: number | null }[];
  readonly friend: () => Reader | null;
  readonly visits: readonly object[];
  readonly things: readonly object[];
}

const VISITS = [
  { id: "v1", day: "Monday", room: { id: "m1" }, missing: [] },
  { id: "v2", day: "Tuesday", room: null, missing: [{ path: "motive", why: "SECRET", count: null }] },
  { id: "v3", day: "Friday", room: { id: "m2" }, missing: [] },
];

const READERS: readonly Reader[] = [
  { id: "r1", name: "Ada", town: "Rouen", missing: [], friend: () => READERS[1] ?? null, visits: VISITS, things: [{ __typename: "Card", id: "c1", missing: [] }, { __typename: "Key", id: "k1", room: { id: "m1" } }] },
  { id: "r2", name: "Bob", town: "Caen", missing: [{ path: "loans", why: "SECRET", count: 3 }], friend: () => READERS[2] ?? null, visits: [], things: [] },
  // Nobody but people knows her.
  { id: "r3", name: "Cleo", town: "Dieppe", missing: [], friend: () => null, visits: VISITS.slice(0, 1), things: [] },
  // Loans stumble over her.
  { id: "r4", name: "Dora", town: null, missing: [], friend: () => READERS[3] ?? null, visits: [], things: [] },
];

const people: SubgraphSource = {
  sdl: `${TELLING}
    type Query { reader(id: ID!): Reader  readers: [Reader!]!  page: Page }
    type Page { nodes: [Reader!]!  missing: [Missing!]! ${MARK} }
    type Reader @key(fields: "id") { id: ID!  name: String!  town: String  friend: Reader  visits: [Visit!]!  things: [Thing!]!  missing: [Missing!]! ${MARK} }
    type Visit { id: ID!  day: String!  room: Room  missing: [Missing!]! ${MARK} }
    type Missing { path: String!  why: Why!  count: Int }
    enum Why { SECRET NOT_ANSWERED }
    interface Thing { id: ID! }
    interface Telling { missing: [Missing!]! ${MARK} }
    type Card implements Thing & Telling @key(fields: "id") { id: ID!  missing: [Missing!]! }
    type Key implements Thing { id: ID!  room: Room }
    type Room @key(fields: "id", resolvable: false) { id: ID! }`,
  resolvers: {
    Query: { reader: (_: unknown, { id }: { id: string }) => READERS.find((one) => one.id === id) ?? null, readers: () => READERS, page: () => ({ nodes: READERS, missing: [] }) },
    Reader: { __resolveReference: ({ id }: { id: string }) => READERS.find((one) => one.id === id) ?? null },
  },
};

const rooms: SubgraphSource = {
  sdl: `${LINK} type Query { rooms: [Room!]! } type Room @key(fields: "id") { id: ID!  name: String!  seats: Int } type Card @key(fields: "id") { id: ID!  colour: String }`,
  resolvers: {
    Query: { rooms: () => [] },
    Room: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `Room ${id}`, seats: 4 }) },
    Card: { __resolveReference: ({ id }: { id: string }) => ({ id, colour: "red" }) },
  },
};

const loans: SubgraphSource = {
  sdl: `${LINK} type Query { loan: Loan } type Loan { title: String!  days: Int } type Reader @key(fields: "id") { id: ID!  town: String @external  loans(first: Int): [Loan!]  dues: Int @requires(fields: "town")  card: Int! @requires(fields: "town")  secret: String @requiresScopes(scopes: [["secret:read"]]) }`,
  resolvers: {
    Reader: {
      __resolveReference: (reference: { id: string }) => (reference.id === "r3" ? null : reference),
      loans: ({ id }: { id: string }, { first }: { first?: number }) => {
        if (first === 0) throw Object.assign(new Error("Expected more."), { extensions: { code: "BAD_USER_INPUT" } });
        return [{ title: `Loan of ${id}`, days: 3 }];
      },
      dues: ({ town }: { town: string }) => town.length,
      card: ({ town }: { town: string }) => town.length,
      secret: () => "s",
    },
  },
};

const fines: SubgraphSource = {
  sdl: `${LINK} type Query { fines: Int } type Reader @key(fields: "id") { id: ID!  dues: Int @external  fine: Int @requires(fields: "dues")  warned: Boolean }`,
  resolvers: { Reader: { __resolveReference: (reference: object) => reference, fine: ({ dues }: { dues: number | null }) => (dues ?? 0) * 2, warned: () => false } },
};

export const LIBRARY = { people, rooms, loans, fines };

export const OPEN = callerWith(["secret:read"]);

/** Answers with a status and a body. */
export const reply =
  (status: number, body: object | string): Misbehaviour =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
    return true;
  };
