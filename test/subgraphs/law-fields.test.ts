// Each field that *services*, *sites* and *partners* guard by ticket, out of their policies: open with a good ticket that
// allows its category, null with any other, and then nothing is asked of the database.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { getNamedType, isCompositeType, isObjectType } from "graphql";

import { OTHERS } from "../../subgraphs/beneficiaries/policy.ts";
import type { Caller } from "../../subgraphs/kit/kit.ts";
import { DATA_CATEGORIES, type DataCategory, type FieldRule, type Policy, type TicketFault } from "../../subgraphs/law/law.ts";
import { policy as partnersPolicy } from "../../subgraphs/partners/policy.ts";
import { policy as servicesPolicy } from "../../subgraphs/services/policy.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { policy as sitesPolicy } from "../../subgraphs/sites/policy.ts";
import { createTestTickets, type TestTickets } from "../harness/law.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";
import { openSmallPartners, tickets as partnersTickets } from "./partners-small-world.ts";
import { NOW, putCommunes } from "./services-small-world.ts";
import { openSites, tickets as sitesTickets } from "./sites-world.ts";

interface Guarded {
  readonly type: string;
  readonly field: string;
  readonly line: Extract<FieldRule, { readonly kind: "category" }>;
}

function guardedFields(policy: Policy): Guarded[] {
  return Object.entries(policy).flatMap(([type, rule]) =>
    rule.kind !== "person" ? [] : Object.entries(rule.fields).flatMap(([field, line]) => (line.kind === "category" ? [{ type, field, line }] : [])),
  );
}

const CALLER: Partial<Caller> = { subject: "s", professionalId: "pro", partnerId: "dept-92", purpose: "SUPPORT" };
const LATE = new Date(Date.parse(NOW) - 300_000).toISOString();
const servicesTickets = createTestTickets();

/** A person and a step that each subgraph knows something about. */
const SUBGRAPHS: readonly { readonly name: string; readonly policy: Policy; readonly tickets: TestTickets; readonly ids: Readonly<Record<string, string>>; readonly open: () => Promise<TestSubgraph> }[] = [
  { name: "services", policy: servicesPolicy, tickets: servicesTickets, ids: { Beneficiary: "b1" }, open: openServices },
  { name: "sites", policy: sitesPolicy, tickets: sitesTickets, ids: { Beneficiary: "b1", PathwayStep: "s1" }, open: openSites },
  { name: "partners", policy: partnersPolicy, tickets: partnersTickets, ids: { Beneficiary: "p1", PathwayStep: "step-1" }, open: openSmallPartners },
];

async function openServices(): Promise<TestSubgraph> {
  const subgraph = await openTestSubgraph(createServices(servicesTickets.options), { at: NOW });
  await putCommunes(subgraph);
  return subgraph;
}

describe.each(SUBGRAPHS)("$name", ({ policy, tickets, ids, open }) => {
  let subgraph: TestSubgraph;
  beforeAll(async () => void (subgraph = await open()));
  afterAll(() => subgraph.close());

  async function ask(one: Guarded, sharingTicket: unknown, caller = CALLER): Promise<unknown> {
    const { value, errors } = await askFor(one, sharingTicket, caller);
    expect(errors).toBeUndefined();
    return value;
  }

  async function askFor({ type, field }: Guarded, sharingTicket: unknown, caller = CALLER) {
    const object = subgraph.schema.getType(type);
    const answer = isObjectType(object) ? getNamedType(object.getFields()[field]?.type) : undefined;
    const selection = isCompositeType(answer) ? "{ __typename }" : "";
    const reference = { __typename: type, id: ids[type], publics: ["FAMILIES"], residence: { communeCode: "92075" }, sharingTicket };
    const { data, errors } = await subgraph.ask(`query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${field} ${selection} } } }`, { of: [reference] }, caller);
    const [entity] = (data as unknown as { readonly _entities: readonly (Readonly<Record<string, unknown>> | null)[] })._entities;
    return { value: entity?.[field] ?? null, errors };
  }

  const guarded = guardedFields(policy);
  const entityOf = ({ type }: Guarded) => `${type}/${ids[type]}`;

  it("guards fields of people and steps", () => {
    expect(guarded.length).toBeGreaterThan(0);
    for (const { type } of guarded) expect(Object.keys(ids)).toContain(type);
  });

  describe.each(guarded.map((one) => [`${one.type}.${one.field}`, one] as const))("%s", (_name, one) => {
    const { category } = one.line;

    it(`is open with a ticket that allows ${category} and nothing else`, async () => {
      expect(await ask(one, tickets.ticket(entityOf(one), NOW, { caller: CALLER, allow: [category] }))).not.toBeNull();
      expect(subgraph.commands.length).toBeGreaterThan(0);
    });

    it(`is null with a ticket that allows all but ${category}`, async () => {
      const allow: DataCategory[] = DATA_CATEGORIES.filter((other) => other !== category);
      expect(await ask(one, tickets.ticket(entityOf(one), NOW, { caller: CALLER, allow, reason: "OPPOSED" }))).toBeNull();
      expect(subgraph.commands).toEqual([]);
    });

    it("is null with an error with a ticket whose key is not known here yet, for it was not refused", async () => {
      const ticket = tickets.ticket(entityOf(one), NOW, { caller: CALLER }).replace(".test.", ".next.");
      const { value, errors } = await askFor(one, ticket);
      expect({ value, codes: errors?.map(({ extensions }) => extensions["code"]) }).toEqual({ value: null, codes: ["TICKET_KEY_UNKNOWN"] });
      expect(subgraph.commands).toEqual([]);
    });

    const stranger = createTestTickets();
    it.each<[string, TicketFault, () => unknown]>([
      ["no ticket", "missing", () => undefined],
      ["null for a ticket", "missing", () => null],
      ["an object for a ticket", "malformed", () => ({ $ne: null })],
      ["one that expired", "expired", () => tickets.ticket(entityOf(one), LATE, { caller: CALLER })],
      ["one that was changed", "forged", () => tickets.ticket(entityOf(one), NOW, { caller: CALLER }).replace(/^./, (letter) => (letter === "e" ? "f" : "e"))],
      ["one that a stranger signed", "forged", () => stranger.ticket(entityOf(one), NOW, { caller: CALLER })],
      ["one of another professional", "of another caller", () => tickets.ticket(entityOf(one), NOW, { caller: { ...CALLER, professionalId: "other" } })],
      ["one for another partner", "of another caller", () => tickets.ticket(entityOf(one), NOW, { caller: { ...CALLER, partnerId: "ngo" } })],
      ["one for another purpose", "of another caller", () => tickets.ticket(entityOf(one), NOW, { caller: { ...CALLER, purpose: "REFERRAL" } })],
      ["one of the person themself", "of another caller", () => tickets.ticket(entityOf(one), NOW, { caller: { personId: "b1", purpose: "SELF_ACCESS" } })],
      ["one for somebody else", "of another entity", () => tickets.ticket(`${one.type}/other`, NOW, { caller: CALLER })],
      ["one for an entity of another type", "of another entity", () => tickets.ticket(`Pathway/${ids[one.type]}`, NOW, { caller: CALLER })],
    ])("is null with %s, which is %s", async (_case, fault, ticket) => {
      tickets.faults.length = 0;
      expect(await ask(one, ticket())).toBeNull();
      expect(tickets.faults).toEqual([fault]);
      expect(subgraph.commands).toEqual([]);
    });
  });
});

describe("what beneficiaries says of fields that others add", () => {
  it("rests on the same category as their own tables", () => {
    const added = SUBGRAPHS.flatMap(({ policy }) => guardedFields(policy).filter(({ type }) => type === "Beneficiary"));
    const said = Object.fromEntries(Object.entries(OTHERS).map(([field, { category }]) => [field, category]));
    expect(said).toEqual(Object.fromEntries(added.map(({ field, line }) => [field, line.category])));
  });

  it("names the scopes that the schema of who adds them asks for", async () => {
    const scopes: Record<string, readonly string[][]> = {};
    for (const { policy, open } of SUBGRAPHS) {
      const subgraph = await open();
      const object = subgraph.schema.getType("Beneficiary");
      for (const { field } of guardedFields(policy).filter(({ type }) => type === "Beneficiary")) {
        const directive = isObjectType(object) ? object.getFields()[field]?.astNode?.directives?.find(({ name }) => name.value === "requiresScopes") : undefined;
        const text = directive?.loc?.source.body.slice(directive.loc.start, directive.loc.end);
        if (text !== undefined) scopes[field] = JSON.parse(/\(scopes:\s*(.*)\)$/s.exec(text)?.[1] ?? "");
      }
      await subgraph.close();
    }
    expect(Object.fromEntries(Object.entries(OTHERS).flatMap(([field, line]) => ("scopes" in line ? [[field, line.scopes]] : [])))).toEqual(scopes);
  });
});
