// What services, sites and partners add to a person's file is hidden or shown as a whole, by the ticket: of the lists that it
// opens no row is kept back, whoever asks. *beneficiaries* answers `withheld` for all four and knows nothing of their rows, so
// a subgraph that begins to keep some back must find a way to tell how many, and this test begins to fail.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { createPartners } from "../../subgraphs/partners/subgraph.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { createSites } from "../../subgraphs/sites/subgraph.ts";
import { careTeamsOf, createWorld } from "../../subgraphs/world/world.ts";
import { createTestTickets } from "../harness/law.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";

const NOW = "2026-03-02T09:00:00Z";
const world = createWorld("2026-03-02");
const tickets = createTestTickets();

/** Takes part in nothing: a professional of an organisation that sends, receives and holds nothing. */
const STRANGER = { subject: "stranger", professionalId: "pro-nowhere", partnerId: "partner-nowhere", purpose: "SUPPORT" } as const;

const PEOPLE = world.people.map(({ id }) => id);
const STEPS = world.pathways.flatMap(({ steps }) => steps);

type Rows = ReadonlyMap<string, readonly string[]>;

async function rowsOf(subgraph: TestSubgraph, { type, ids, selection }: { readonly type: string; readonly ids: readonly string[]; readonly selection: string }): Promise<Rows> {
  const of = tickets.carry(ids.map((id) => ({ __typename: type, id })), NOW, { caller: STRANGER });
  const { data, errors } = await subgraph.ask(`query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { rows: ${selection} } } }`, { of }, STRANGER);
  expect(errors).toBeUndefined();
  const entities = (data as unknown as { _entities: readonly { rows: readonly object[] | null }[] })._entities;
  return new Map(entities.flatMap(({ rows }, index) => (rows === null || rows.length === 0 ? [] : [[ids[index] ?? "", rows.map((row) => JSON.stringify(row)).sort()]])));
}

/** By whose they are, those who have none left out. */
function grouped<Row>(rows: readonly Row[], read: (row: Row) => { readonly of: string | null; readonly row: object }): Rows {
  const all = rows.map(read).flatMap(({ of, row }) => (of === null ? [] : [{ of, text: JSON.stringify(row) }]));
  return new Map([...Map.groupBy(all, ({ of }) => of)].map(([of, texts]) => [of, texts.map(({ text }) => text).sort()]));
}

describe("of the lists that a ticket opens, a stranger reads each row", () => {
  const opened: TestSubgraph[] = [];
  const open = async (subgraph: Parameters<typeof openTestSubgraph>[0]): Promise<TestSubgraph> => {
    const one = await openTestSubgraph(subgraph, { at: NOW, world });
    opened.push(one);
    return one;
  };
  let services: TestSubgraph;
  let sites: TestSubgraph;
  let partners: TestSubgraph;
  beforeAll(async () => {
    services = await open(createServices(tickets.options));
    sites = await open(createSites(tickets.options));
    partners = await open(createPartners(tickets.options));
  }, 120_000);
  afterAll(() => Promise.all(opened.map((one) => one.close())));

  it("services: a person's referrals and the sub-referrals of those", async () => {
    const expected = grouped(world.referrals, ({ id, personId }) => {
      const subReferrals = world.referrals.filter(({ parentReferralId }) => parentReferralId === id).sort((one, other) => (one.id < other.id ? -1 : 1));
      return { of: personId, row: { id, subReferrals: subReferrals.map((one) => ({ id: one.id })) } };
    });
    expect([...expected.values()].flat().some((text) => text.includes(`"subReferrals":[{`))).toBe(true);
    expect(await rowsOf(services, { type: "Beneficiary", ids: PEOPLE, selection: "referrals { id subReferrals { id } }" })).toEqual(expected);
  });

  it("sites: a person's appointments, and a step's", async () => {
    const [ofPeople, ofSteps] = [grouped(world.appointments, ({ id, personId: of }) => ({ of, row: { id } })), grouped(world.appointments, ({ id, stepId: of }) => ({ of, row: { id } }))];
    expect(await rowsOf(sites, { type: "Beneficiary", ids: PEOPLE, selection: "appointments { id }" })).toEqual(ofPeople);
    expect(await rowsOf(sites, { type: "PathwayStep", ids: STEPS.map(({ id }) => id), selection: "appointments { id }" })).toEqual(ofSteps);
  });

  it("partners: the care team, and who acts on a step", async () => {
    const team = careTeamsOf(world).flatMap(({ personId, members }) => members.map(({ role, since }) => ({ of: personId, row: { role, since } })));
    expect(await rowsOf(partners, { type: "Beneficiary", ids: PEOPLE, selection: "careTeam { role since }" })).toEqual(grouped(team, (one) => one));
    const actors = STEPS.flatMap(({ id, actors: some }) => some.map(({ professionalId, role }) => ({ of: id, row: { role, professional: { id: professionalId } } })));
    expect(await rowsOf(partners, { type: "PathwayStep", ids: STEPS.map(({ id }) => id), selection: "actors { role professional { id } }" })).toEqual(grouped(actors, (one) => one));
  });
});
