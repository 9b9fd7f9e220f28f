// Makes one supergraph out of the schemas of several subgraphs, or says why that cannot be, where, and how to mend it.
// The second door of this folder: composing loads a composer that serving a finished supergraph does not need.
import { createRequire } from "node:module";

import { composeServices } from "@apollo/composition";
import { GraphQLError, parse, Source, type DocumentNode, type GraphQLSchema } from "graphql";

import { readSupergraphYaml, type SupergraphConfig } from "./compose-config.ts";
import { toHint, toProblem, type CompositionHint, type CompositionProblem, type ParsedSubgraph } from "./compose-problems.ts";
import type { SubgraphSchema } from "./compose-sources.ts";

export type { SchemaSource, SubgraphEntry, SupergraphConfig } from "./compose-config.ts";
export { printHint, printProblem, type CompositionHint, type CompositionProblem, type Place } from "./compose-problems.ts";
export { readSchemas, type ReadSchemasOptions, type SubgraphSchema } from "./compose-sources.ts";

export interface Composition {
  readonly supergraphSdl: string;
  /** What clients may ask: the supergraph without what is inaccessible and without federation's own directives. */
  readonly apiSchema: GraphQLSchema;
  readonly hints: readonly CompositionHint[];
}

/** At least one problem, each with its rule. */
export interface CompositionFailure {
  readonly errors: readonly CompositionProblem[];
}

const COMPOSER = createRequire(import.meta.url)("@apollo/composition/package.json") as { readonly version: string };

/**
 * Reads the text of a `supergraph.yaml`; `file` names it in errors, `env` replaces `${env.NAME}`.
 * Throws SUPERGRAPH_CONFIG_INVALID with the line and what was expected there.
 */
export function readSupergraphConfig(text: string, file: string, env: NodeJS.ProcessEnv): SupergraphConfig {
  return readSupergraphYaml(text, { file, env, composer: COMPOSER.version });
}

/** Never throws. Equal input gives equal text, whatever the order of the subgraphs. */
export function composeSubgraphs(schemas: readonly SubgraphSchema[]): Composition | CompositionFailure {
  const subgraphs: ParsedSubgraph[] = [];
  const broken: GraphQLError[] = [];
  for (const schema of schemas) {
    const document = parseSchema(schema);
    if (document instanceof GraphQLError) broken.push(document);
    else subgraphs.push({ ...schema, document });
  }
  if (broken.length > 0) return { errors: broken.map((error) => toProblem(error, subgraphs)) };
  try {
    return composeParsed(subgraphs);
  } catch (error) {
    // Some rules (two subgraphs of one name) leave the composer as an exception without a code.
    const message = error instanceof Error ? error.message : String(error);
    return { errors: [toProblem(new GraphQLError(message), subgraphs)] };
  }
}

function parseSchema(schema: SubgraphSchema): DocumentNode | GraphQLError {
  try {
    return parse(new Source(schema.sdl, schema.origin));
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const { message, source, positions } = error;
    return new GraphQLError(`[${schema.name}] ${message}`, { source, positions, extensions: { code: "INVALID_GRAPHQL" } });
  }
}

function composeParsed(subgraphs: readonly ParsedSubgraph[]): Composition | CompositionFailure {
  const result = composeServices(subgraphs.map(({ name, url, document }) => ({ name, url, typeDefs: document })));
  if (result.errors !== undefined) return { errors: result.errors.map((error) => toProblem(error, subgraphs)) };
  return {
    supergraphSdl: `${result.supergraphSdl.trimEnd()}\n`,
    apiSchema: result.schema.toAPISchema().toGraphQLJSSchema(),
    hints: result.hints.map((hint) => toHint(hint, subgraphs)),
  };
}
