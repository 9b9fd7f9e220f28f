// What is asked of the gateways.
import { readFileSync } from "node:fs";

import { BASE, FLOOR } from "./peers/peers.ts";

export interface Workload {
  readonly name: string;
  readonly title: string;
  /** `law`: the four subgraphs with the law and without it, side by side, behind one and the same gateway. */
  readonly federation: "shop" | "parcours" | "law";
  /** Request bodies, asked in turns. */
  readonly bodies: readonly string[];
  /** Fields that must be something somewhere in each answer. */
  readonly holds: readonly string[];
  /** `turns`: for some seconds, again and again; `once`: each a single time, after the bodies of `before`. */
  readonly asked: { readonly kind: "turns" } | { readonly kind: "once"; readonly before: readonly string[] };
  /** Asked before all others, so that the first of `bodies` does not pay for the process being new. */
  readonly others: readonly string[];
  /** Whether the subgraphs' answers are different each time. */
  readonly changing: boolean;
  readonly connections: number;
  /** Who is measured unless the command line says who. */
  readonly peers: readonly string[];
}

const CLIENTS = 32;
const OURS = ["ours-reference", "ours-off"];
const RIVALS = [BASE, "hive-js", "hive-rust-subgraph"];

const WIDE = readFileSync(new URL("shop/wide.graphql", import.meta.url), "utf8");
export const FULL_PATHWAY = readFileSync(new URL("../queries/01_full_support_pathway.graphql", import.meta.url), "utf8");
export const PUBLIC_QUERIES = ["09_directory", "R1_coverage", "R6_deadlines"].map((name) => readFileSync(new URL(`../queries/${name}.graphql`, import.meta.url), "utf8"));

/** Fields that a cold operation may have or not. */
const USER_FIELDS = ["name", "birthday", "city", "country", "language", "memberSince"];
const PRODUCT_FIELDS = ["name", "price", "inStock"];

const FILE = ["identity", "careTeam", "pathways", "actors", "appointments", "referral"];

const TURNS = { asked: { kind: "turns" }, federation: "shop", changing: false, others: [] as readonly string[], holds: [] as readonly string[], connections: CLIENTS } as const;

export const WORKLOADS: readonly Workload[] = [
  {
    ...TURNS,
    name: "wide",
    title: "wide tree, answers unchanged",
    bodies: [wide(1)],
    peers: [BASE, "hive-js", "hive-rust-off", "hive-rust-subgraph", "hive-rust-inbound", ...OURS, "ours-apollo-planner", "ours-replay", "ours-subgraph", "ours-inbound", FLOOR],
  },
  { ...TURNS, name: "wide-changing", title: "wide tree, answers that change every time", changing: true, bodies: [wide(1)], peers: [BASE, "hive-rust-off", ...OURS, "ours-replay"] },
  {
    ...TURNS,
    name: "q1",
    title: "Q1 over the real subgraphs and MongoDB, one client",
    federation: "parcours",
    bodies: [body(FULL_PATHWAY, { id: "b1" })],
    holds: FILE,
    others: range(10).flatMap(() => PUBLIC_QUERIES.map((query) => body(query))),
    connections: 1,
    peers: [...RIVALS, ...OURS],
  },
  {
    ...TURNS,
    name: "q1-law",
    title: "Q1 as the referent asks for it, with the law and without, in turns, nothing pinned",
    federation: "law",
    bodies: [body(FULL_PATHWAY, { id: "b1" })],
    holds: FILE,
    connections: 1,
    peers: ["ours-off"],
  },
  {
    ...TURNS,
    name: "small",
    title: "small query, one fetch",
    bodies: [body(`query Small { user(id: "u1") { id name username birthday city country language memberSince } }`)],
    peers: [...RIVALS, ...OURS, FLOOR],
  },
  {
    ...TURNS,
    name: "mutation",
    title: "mutation",
    bodies: [body(`mutation Add($upc: String!, $body: String!) { addReview(upc: $upc, body: $body) { id body stars author { id name } product { upc name inStock } } }`, { upc: "p3", body: "Works." })],
    peers: [...RIVALS, ...OURS],
  },
  {
    ...TURNS,
    name: "cold",
    title: "200 operations, each for the first time",
    bodies: range(200).map((index) => cold(100 + index)),
    asked: { kind: "once", before: range(100).map(cold) },
    connections: 4,
    peers: [...RIVALS, ...OURS],
  },
  ...[4, 16].map((clusters): Workload => ({
    ...TURNS,
    name: `wide-x${clusters}`,
    title: `wide tree, answer × ${clusters}`,
    bodies: [wide(clusters)],
    connections: 8,
    peers: [BASE, "ours-off"],
  })),
  ...[10, 100, 1_000, 10_000].map((entities): Workload => ({
    ...TURNS,
    name: `entities-${entities}`,
    title: `a list of ${entities} entities`,
    bodies: [body(`query List { topProducts(first: ${entities}) { upc name inStock } }`)],
    connections: 4,
    peers: [BASE, "ours-off"],
  })),
];

function body(query: string, variables: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ query, variables });
}

/** Six users and five products at the root for each cluster. */
function wide(clusters: number): string {
  return body(WIDE, { clusters, top: 5 * clusters });
}

/** The wide tree with some of its fields, others for each number below 512. */
function cold(number: number): string {
  const chosen = [...USER_FIELDS, ...PRODUCT_FIELDS].map((field, bit) => ((number >> bit) & 1 ? field : ""));
  const users = chosen.slice(0, USER_FIELDS.length).join(" ");
  const products = chosen.slice(USER_FIELDS.length).join(" ");
  const tree = WIDE.slice(0, WIDE.indexOf("fragment User"));
  return body(`${tree} fragment User on User { id ${users} } fragment Review on Review { id body } fragment Product on Product { upc ${products} }`, { clusters: 1, top: 5 });
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
