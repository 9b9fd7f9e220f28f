// What clients may ask: the schema of a supergraph without what is inaccessible and without federation's own directives,
// and with @defer.
import { Supergraph } from "@apollo/federation-internals";
import type { GraphQLSchema } from "graphql";

/**
 * `supergraphSdl` is without the authorisation features. Throws what is wrong with it: no supergraph, not valid, or a
 * feature for security or execution that nobody here knows.
 */
export function readApiSchema(supergraphSdl: string): GraphQLSchema {
  return Supergraph.build(supergraphSdl, { validateSupergraph: true }).apiSchema().toGraphQLJSSchema({ includeDefer: true });
}
