// The operation with which a planner's process gets warm.
import { describe, expect, it } from "@jest/globals";
import { buildSchema, parse, validate } from "graphql";

import { printSample } from "../../../gateway/planning/sample.ts";
import { federationNames, readFederation } from "../../referee/federation.ts";

describe("the sample", () => {
  it("is valid for clients and small, over every federation", () => {
    const samples = federationNames().map((name) => {
      const { executableSdl, apiSchema } = readFederation(name);
      const text = printSample(buildSchema(executableSdl, { assumeValid: true, assumeValidSDL: true }));
      return { name, problems: text === null ? [] : validate(apiSchema, parse(text)).map(({ message }) => message), length: text?.length ?? 0 };
    });
    expect(samples.filter(({ problems }) => problems.length > 0)).toEqual([]);
    expect(samples.filter(({ length }) => length > 0).length).toBeGreaterThan(30);
    expect(Math.max(...samples.map(({ length }) => length))).toBeLessThan(3_000);
  });

  it("leaves out what clients cannot see, and gives required arguments as variables", () => {
    const schema = buildSchema(`
      directive @inaccessible on FIELD_DEFINITION | OBJECT
      type Query { user(id: ID!, form: String): User  hidden: Int @inaccessible  secret: Secret  abstract: Node }
      interface Node { id: ID! }
      type User implements Node { id: ID!  friend: User }
      type Secret @inaccessible { id: ID! }`);
    expect(printSample(schema)?.replaceAll(/\s+/g, " ")).toBe("query ($v0: ID!) { user(id: $v0) { id friend { id friend { id } } } }");
    expect(printSample(buildSchema("interface Node { id: ID! } type Query { node: Node }"))).toBeNull();
  });
});
