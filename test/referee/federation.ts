// A federation of the referee: the schemas of two to four subgraphs, each federation made for one feature or pair of
// features. One is a file of `federations/`: a comment that says what it is for, then `# --- name` before each subgraph.
import { readdirSync, readFileSync } from "node:fs";

import type { GraphQLSchema } from "graphql";

import { composeSubgraphs } from "../../gateway/supergraph/compose.ts";
import { readSupergraph } from "../../gateway/supergraph/supergraph.ts";

export interface Federation {
  readonly name: string;
  readonly subgraphs: readonly SubgraphText[];
  /** As composed. */
  readonly supergraphSdl: string;
  /** As executors get it: without the authorisation features. */
  readonly executableSdl: string;
  /** What clients may ask. */
  readonly apiSchema: GraphQLSchema;
}

export interface SubgraphText {
  readonly name: string;
  readonly sdl: string;
}

const FOLDER = "test/referee/federations";
const SUBGRAPHS = "subgraphs";

/** The project's own, in whose schemas nothing is made for the referee. */
const PROJECT = "project";

const IMPORTS = ["key", "external", "requires", "provides", "shareable", "override", "inaccessible", "interfaceObject", "tag", "extends", "context", "fromContext"];
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${IMPORTS.map((name) => `"@${name}"`).join(", ")}])`;

/** In the order of their names, the project's supergraph last. */
export function federationNames(): readonly string[] {
  const names = readdirSync(FOLDER).filter((file) => file.endsWith(".graphql")).map((file) => file.slice(0, -".graphql".length));
  return [...names.sort(), PROJECT];
}

/** Throws what composition finds wrong. */
export function readFederation(name: string): Federation {
  return toFederation(name, name === PROJECT ? readProject() : readSubgraphs(readFileSync(`${FOLDER}/${name}.graphql`, "utf8")));
}

export function toFederation(name: string, subgraphs: readonly SubgraphText[]): Federation {
  const result = composeSubgraphs(subgraphs.map((one) => ({ ...one, url: `http://${one.name}.test/`, origin: `${name}/${one.name}` })));
  if ("errors" in result) throw new Error(`Cannot compose ${name} because ${result.errors.map(({ message }) => message).join("; ")}`);
  const { supergraphSdl, apiSchema } = result;
  return { name, subgraphs, supergraphSdl, executableSdl: readSupergraph(supergraphSdl, name).sdl, apiSchema };
}

function readSubgraphs(text: string): SubgraphText[] {
  const [, ...parts] = text.split(/^# --- /m);
  return parts.map((part) => {
    const [name = "", ...lines] = part.split("\n");
    return { name: name.trim(), sdl: `${LINK}\n${lines.join("\n")}` };
  });
}

function readProject(): SubgraphText[] {
  const files = readdirSync(SUBGRAPHS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return files.flatMap(({ name }) => {
    const file = `${SUBGRAPHS}/${name}/schema.graphql`;
    return readdirSync(`${SUBGRAPHS}/${name}`).includes("schema.graphql") ? [{ name, sdl: readFileSync(file, "utf8") }] : [];
  });
}
