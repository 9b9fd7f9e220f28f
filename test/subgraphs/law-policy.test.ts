// The tables of the four policies: a mistake in one keeps the subgraph from starting, and says where it is.
import { describe, expect, it } from "@jest/globals";
import { buildSchema as buildPlainSchema } from "graphql";

import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import { buildSchema, type Subgraph } from "../../subgraphs/kit/kit.ts";
import { category, checkPolicy, never, open, part, PolicyError, publicType, type Policy, type TypeRule } from "../../subgraphs/law/law.ts";
import { createPartners } from "../../subgraphs/partners/subgraph.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { createSites } from "../../subgraphs/sites/subgraph.ts";
import { createTestTickets } from "../harness/law.ts";

const SCHEMA = buildPlainSchema(`
  type Query { person: Person } type Person { id: ID! name: String age: Int! address: Address } type Address { street: String } type Place { name: String }
`);
const POLICY: Policy = {
  Query: { kind: "root", fields: { person: "Nobody's." } },
  Person: {
    kind: "person",
    rows: "One's own.",
    subject: () => ({ personId: "1" }),
    fields: { id: open("opaque"), name: category("IDENTITY", "L1", "code pénal 226-13"), age: open("read with the row"), address: category("CONTACT", "L2", "CSP L.1110-4") },
  },
  Address: part("Person.address", "street"),
  Place: publicType("a place"),
};

function personWith(fields: Record<string, ReturnType<typeof open> | undefined>): Policy {
  const { Person } = POLICY;
  if (Person?.kind !== "person") throw new Error("Expected a person's lines.");
  const lines = Object.entries({ ...Person.fields, ...fields }).flatMap(([name, line]) => (line === undefined ? [] : [[name, line] as const]));
  return { ...POLICY, Person: { ...Person, fields: Object.fromEntries(lines) } };
}

describe("a policy", () => {
  it("fits when each type and field has its line", () => {
    expect(() => checkPolicy(POLICY, SCHEMA)).not.toThrow();
  });

  const { Place: _place, ...withoutPlace } = POLICY;
  it.each<[string, Policy, string]>([
    ["a type without a line", withoutPlace, "The type Place has no line."],
    ["a field without a line", personWith({ name: undefined }), "The field Person.name has no line."],
    ["a line without a field, with the nearest", personWith({ adress: open("a typo") }), "There is no field Person.adress, did you mean address?"],
    ["a line like no field", personWith({ shoeSize: open("unheard of") }), "There is no field Person.shoeSize."],
    ["a type like no other, with the nearest", { ...POLICY, Persom: publicType("a typo") }, "There is no type Persom, did you mean Person?"],
    ["a part's field without a line", { ...POLICY, Address: part("Person.address") }, "The field Address.street has no line."],
    ["a root field without a line", { ...POLICY, Query: { kind: "root", fields: {} } }, "The field Query.person has no line."],
    ["a field that may be refused and cannot be null", personWith({ age: category("IDENTITY", "L1", "code pénal 226-13") }), "The field Person.age may be refused: expected Int, got Int!."],
    ["one that nobody reads and cannot be null", personWith({ age: never("L13", "décret 2019-341") }), "The field Person.age may be refused: expected Int, got Int!."],
  ])("does not with %s", (_name, policy, problem) => {
    expect(() => checkPolicy(policy, SCHEMA)).toThrow(PolicyError);
    expect(() => checkPolicy(policy, SCHEMA)).toThrow(`The policy does not fit the schema.\n${problem}`);
  });

  it("tells every problem at once", () => {
    expect(() => checkPolicy({ ...personWith({ name: undefined, adress: open("a typo") }), Place: part("Person.address") }, SCHEMA)).toThrow(
      /Person\.name has no line[^]*did you mean address[^]*Place\.name has no line/,
    );
  });
});

const tickets = createTestTickets();
const SUBGRAPHS: readonly Subgraph[] = [
  createBeneficiaries({ blindingKey: Buffer.alloc(32, "test"), tickets: tickets.issuer }),
  createServices(tickets.options),
  createSites(tickets.options),
  createPartners(tickets.options),
];

describe.each(SUBGRAPHS.map((subgraph) => [subgraph.name, subgraph] as const))("the policy of %s", (_name, subgraph) => {
  it("fits its schema, and no longer without any one of its lines", () => {
    const schema = buildSchema(subgraph);
    const lines = Object.entries(subgraph.policy).flatMap(([type, rule]): [string, Policy][] => {
      const { [type]: _own, ...others } = subgraph.policy;
      const without: [string, Policy] = [`The type ${type} has no line.`, others];
      if (rule.kind === "public") return [without];
      if (rule.kind === "part") return [without, ...rule.fields.map((field): [string, Policy] => [`The field ${type}.${field} has no line.`, { ...others, [type]: { ...rule, fields: rule.fields.filter((one) => one !== field) } }])];
      return [without, ...Object.keys(rule.fields).map((field): [string, Policy] => [`The field ${type}.${field} has no line.`, { ...others, [type]: dropField(rule, field) }])];
    });
    expect(lines.length).toBeGreaterThan(20);
    for (const [problem, policy] of lines) expect(() => checkPolicy(policy, schema)).toThrow(problem);
    expect(() => buildSchema({ ...subgraph, policy: {} })).toThrow(PolicyError);
  });

  it("names a rule of docs/law.md and an article in each line that decides", () => {
    const decided = Object.values(subgraph.policy).flatMap((rule) => (rule.kind === "person" ? Object.values(rule.fields) : [])).filter((line) => line.kind === "category" || line.kind === "never");
    expect(decided.filter(({ rule, article }) => !/^L([1-9]|1\d)$/.test(rule) || article === "")).toEqual([]);
  });
});

function dropField(rule: Extract<TypeRule, { readonly kind: "person" | "root" }>, name: string): TypeRule {
  const fields = Object.fromEntries(Object.entries<unknown>(rule.fields).filter(([field]) => field !== name));
  return { ...rule, fields } as TypeRule;
}
