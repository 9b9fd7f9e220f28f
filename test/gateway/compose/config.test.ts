// supergraph.yaml: what is read out of it, and what each mistake in it is answered with.
import { describe, expect, it } from "@jest/globals";

import { readSupergraphConfig } from "../../../gateway/supergraph/compose.ts";

function read(text: string, env: Record<string, string> = {}) {
  return readSupergraphConfig(text, "supergraph.yaml", env);
}

const GOOD = `federation_version: =2.9.0
subgraphs:
  films:
    routing_url: http://films.test/graphql
    schema:
      file: films.graphql
`;

describe("supergraph.yaml", () => {
  it("takes schemas from a file, from an address and from a running subgraph", () => {
    const config = read(`${GOOD}
  people:
    routing_url: http://people.test/graphql
    schema: { url: "http://people.test/schema.graphql" }
  places:
    schema:
      subgraph_url: http://places.test/graphql
      introspection_headers:
        authorization: Bearer \${env.TOKEN}
`, { TOKEN: "abc" });
    expect(config).toEqual({
      federationVersion: "=2.9.0",
      subgraphs: [
        { name: "films", routingUrl: "http://films.test/graphql", schema: { kind: "file", file: "films.graphql" } },
        { name: "people", routingUrl: "http://people.test/graphql", schema: { kind: "url", url: "http://people.test/schema.graphql" } },
        {
          name: "places",
          routingUrl: "http://places.test/graphql",
          schema: { kind: "introspection", url: "http://places.test/graphql", headers: { authorization: "Bearer abc" } },
        },
      ],
    });
  });

  it("replaces ${env.NAME} and takes the default only when the variable is not set", () => {
    const text = GOOD.replace("http://films.test/graphql", "${env.FILMS:-http://127.0.0.1:4001/graphql}");
    expect(read(text).subgraphs[0]?.routingUrl).toBe("http://127.0.0.1:4001/graphql");
    expect(read(text, { FILMS: "https://films.example/graphql" }).subgraphs[0]?.routingUrl).toBe("https://films.example/graphql");
  });

  it("follows aliases of YAML", () => {
    const text = `federation_version: 2\nsubgraphs:\n  a: &a\n    routing_url: http://a.test\n    schema: { file: a.graphql }\n  b: *a\n`;
    expect(read(text).subgraphs.map(({ name, schema }) => [name, schema])).toEqual([
      ["a", { kind: "file", file: "a.graphql" }],
      ["b", { kind: "file", file: "a.graphql" }],
    ]);
  });

  const mistakes: readonly [mistake: string, text: string, answer: RegExp][] = [
    ["an empty file", "", /^Cannot read supergraph\.yaml:1 because expected a mapping with federation_version and subgraphs\.$/],
    ["text that is not YAML", "subgraphs: [", /supergraph\.yaml:\d+ because it is not valid YAML/],
    ["the same key twice", `${GOOD}subgraphs: {}\n`, /supergraph\.yaml:\d+ because it is not valid YAML: Map keys must be unique/],
    ["an unknown key", `${GOOD}subgraph: {}\n`, /supergraph\.yaml:7 because expected one of federation_version, subgraphs, got the unknown key subgraph/],
    ["a misspelt key of a subgraph", GOOD.replace("routing_url", "routing-url"), /supergraph\.yaml:4 because expected one of routing_url, schema/],
    ["an unknown source", GOOD.replace("file:", "graphref:"), /supergraph\.yaml:6 because expected one of file, url, subgraph_url, introspection_headers/],
    ["two sources at once", GOOD.replace("file: films.graphql", "{ file: a, url: http://b.test }"), /supergraph\.yaml:6 because expected exactly one of file, url/],
    ["no source", GOOD.replace("      file: films.graphql", "      {}"), /because expected exactly one of file, url, subgraph_url as the schema of films/],
    ["no schema", GOOD.replace(/ {4}schema:[^]*$/, ""), /supergraph\.yaml:4 because expected schema\.$/],
    ["no routing_url", GOOD.replace(/ {4}routing_url.*\n/, ""), /supergraph\.yaml:4 because expected routing_url for films/],
    ["no version", GOOD.replace(/^.*\n/, ""), /supergraph\.yaml:1 because expected federation_version/],
    ["version 1", GOOD.replace("=2.9.0", "1"), /supergraph\.yaml:1 because expected federation_version to be 2, latest-2 or .*, got 1/],
    ["a version newer than the composer", GOOD.replace("=2.9.0", "=2.999.0"), /because expected federation_version to be at most =2\.\d+\.\d+, the composer at hand, got =2\.999\.0/],
    ["no subgraph", "federation_version: 2\nsubgraphs: {}\n", /supergraph\.yaml:2 because expected at least one subgraph/],
    ["a name that is none", GOOD.replace("films:", "9films:"), /because expected the name of a subgraph .*, got 9films/],
    ["an address that is none", GOOD.replace("http://films.test/graphql", "films.test"), /supergraph\.yaml:4 because expected routing_url of films to be an http or https URL, got "films\.test"/],
    ["another protocol", GOOD.replace("http://films.test/graphql", "file:///etc/hostname"), /expected routing_url of films to be an http or https URL/],
    ["a password in an address", GOOD.replace("http://films.test", "http://u:hunter2@films.test"), /expected routing_url of films without a user name or password in it\.$/],
    ["a variable that is not set", GOOD.replace("http://films.test/graphql", "${env.FILMS}"), /supergraph\.yaml:4 because the environment variable FILMS is not set/],
    ["another expansion", GOOD.replace("films.graphql", "${file.x}"), /supergraph\.yaml:6 because expected \$\{env\.NAME\} or \$\{env\.NAME:-default\}, got \$\{file\.x\}/],
    ["a number for a file", GOOD.replace("films.graphql", "12"), /supergraph\.yaml:6 because expected schema file of films to be a text/],
    ["headers beside a file", `${GOOD}      introspection_headers: { a: b }\n`, /expected introspection_headers beside subgraph_url only/],
    ["a key without a value", GOOD.replace("file: films.graphql", "file:"), /supergraph\.yaml:6/],
  ];
  for (const [mistake, text, answer] of mistakes) {
    it(`is refused with the line and what was expected: ${mistake}`, () => {
      expect(() => read(text)).toThrow(expect.objectContaining({ message: expect.stringMatching(answer), extensions: { code: "SUPERGRAPH_CONFIG_INVALID" } }));
    });
  }

  it("never repeats the value of a header, which may be a secret", () => {
    const text = `federation_version: 2\nsubgraphs:\n  a:\n    schema:\n      subgraph_url: http://a.test\n      introspection_headers: { authorization: "hunter2\\r\\nx: y" }\n`;
    expect(() => read(text)).toThrow(/^(?!.*hunter2).*expected header authorization to hold printable ASCII characters only/s);
  });
});
