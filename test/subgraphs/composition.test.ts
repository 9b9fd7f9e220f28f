// The four schemas together: they compose with two composers, carry every query of `queries/`, and use every directive
// of federation that this project relies on.
import { readdirSync, readFileSync } from "node:fs";

import { composeServices, compositionHasErrors } from "@theguild/federation-composition";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { GraphQLObjectType, parse, validate, visit } from "graphql";

import { composeSubgraphs, printProblem, readSupergraphConfig, type Composition, type SubgraphSchema } from "../../gateway/supergraph/compose.ts";
import { defaultPort, SUBGRAPH_NAMES } from "../../subgraphs/config.ts";

const SCHEMAS: readonly SubgraphSchema[] = SUBGRAPH_NAMES.map((name) => {
  const origin = `subgraphs/${name}/schema.graphql`;
  return { name, url: `http://${name}.test/graphql`, sdl: readFileSync(origin, "utf8"), origin };
});

const QUERIES = readdirSync("queries").filter((name) => name.endsWith(".graphql"));

let composition: Composition;

beforeAll(() => {
  const result = composeSubgraphs(SCHEMAS);
  if ("errors" in result) throw new Error(result.errors.map(printProblem).join("\n\n"));
  composition = result;
});

describe("the four schemas", () => {
  it("are those of supergraph.yaml, with the ports on which the subgraphs listen", () => {
    const { subgraphs } = readSupergraphConfig(readFileSync("supergraph.yaml", "utf8"), "supergraph.yaml", {});
    expect(subgraphs).toEqual(
      SUBGRAPH_NAMES.map((name) => ({
        name,
        routingUrl: `http://127.0.0.1:${defaultPort(name)}/graphql`,
        schema: { kind: "file", file: `subgraphs/${name}/schema.graphql` },
      })),
    );
  });

  it("compose with @theguild/federation-composition as well", () => {
    const result = composeServices(SCHEMAS.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })));
    expect(compositionHasErrors(result) ? result.errors.map(({ message }) => message) : []).toEqual([]);
  });

  it("show clients no type or field of federation and nothing that is inaccessible", () => {
    const names = Object.values(composition.apiSchema.getTypeMap()).flatMap((type) => [
      type.name,
      ...(type instanceof GraphQLObjectType ? Object.keys(type.getFields()) : []),
    ]);
    expect(names.filter((name) => /^(join__|link__|_service|_entities|_Entity|_Any|tenantId)/.test(name))).toEqual([]);
  });

  it("use every directive of federation that the project relies on, and several keys on one type", () => {
    const used = new Set<string>();
    const keys: number[] = [];
    for (const { sdl } of SCHEMAS) {
      visit(parse(sdl), {
        Directive: (node) => void used.add(node.name.value),
        ObjectTypeDefinition: (node) => void keys.push((node.directives ?? []).filter(({ name }) => name.value === "key").length),
      });
    }
    expect([...used]).toEqual(
      expect.arrayContaining(["key", "shareable", "external", "requires", "provides", "override", "interfaceObject", "inaccessible", "tag", "authenticated", "requiresScopes"]),
    );
    expect(Math.max(...keys)).toBeGreaterThan(1);
  });
});

describe("each operation of queries/", () => {
  it("is there", () => expect(QUERIES.length).toBeGreaterThanOrEqual(14));

  for (const name of QUERIES) {
    it(`is valid against what clients may ask: ${name}`, () => {
      const errors = validate(composition.apiSchema, parse(readFileSync(`queries/${name}`, "utf8")));
      expect(errors.map(({ message, locations }) => `${locations?.[0]?.line}: ${message}`)).toEqual([]);
    });
  }
});
