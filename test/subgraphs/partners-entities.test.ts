// The entities that partners resolves for the gateway: its own, and what it adds to those of other subgraphs.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { TicketOptions } from "../harness/law.ts";
import { carry, openSmallPartners, SIRETS, type SmallPartners } from "./partners-small-world.ts";

let subgraph: SmallPartners;

beforeAll(async () => {
  subgraph = await openSmallPartners();
});
afterAll(() => subgraph.close());

describe("entities", () => {
  const entities = (selection: string, representations: readonly object[], caller = {}) =>
    subgraph.ask(`query ($r: [_Any!]!) { _entities(representations: $r) { ${selection} } }`, { r: carry(representations, { caller }) }, caller);

  it("resolves both keys of a partner in one query, in order, null for an unknown one", async () => {
    const { data } = await entities("... on Partner { id }", [
      { __typename: "Partner", siret: SIRETS[1] },
      { __typename: "Partner", id: "dept-92" },
      { __typename: "Partner", id: "nobody" },
      { __typename: "Partner", siret: SIRETS[0] },
      { __typename: "Partner", id: "dept-92" },
    ]);
    expect(data).toEqual({ _entities: [{ id: "ngo" }, { id: "dept-92" }, null, { id: "dept-92" }, { id: "dept-92" }] });
    expect(subgraph.finds()).toEqual(["partners"]);
  });

  it("resolves professionals, conventions and départements", async () => {
    const selection = "... on Professional { id professionCode } ... on SharingAgreement { id } ... on Department { code name }";
    const { data } = await entities(selection, [
      { __typename: "Professional", id: "sw" },
      { __typename: "SharingAgreement", id: "a-now" },
      { __typename: "Department", code: "92" },
      { __typename: "Department", code: "75" },
    ]);
    expect(data).toEqual({
      _entities: [{ id: "sw", professionCode: "SOCIAL_WORKER" }, { id: "a-now" }, { code: "92", name: "Hauts-de-Seine" }, null],
    });
  });

  it("refuses a key that is an operator and answers the others", async () => {
    const result = await entities("... on Partner { id }", [
      { __typename: "Partner", id: { $ne: "" } },
      { __typename: "Partner", id: "ngo" },
      { __typename: "Partner", siret: { $gt: "" } },
      { __typename: "Partner" },
    ]);
    expect(result.data).toEqual({ _entities: [null, { id: "ngo" }, null, null] });
    expect(result.errors?.map(({ extensions }) => extensions["code"])).toEqual(["BAD_USER_INPUT", "BAD_USER_INPUT", "BAD_USER_INPUT"]);
  });

  it("adds actors and the leading partner to a step, whatever its kind", async () => {
    const { data } = await entities("... on PathwayStep { id leadPartner { id } actors { role professional { id } partner { id } } }", [
      { __typename: "PathwayStep", id: "step-1" },
      { __typename: "PathwayStep", id: "unknown" },
    ]);
    expect(data).toEqual({
      _entities: [
        {
          id: "step-1",
          leadPartner: { id: "dept-92" },
          actors: [
            { role: "LEAD", professional: { id: "sw" }, partner: { id: "dept-92" } },
            { role: "CONTRIBUTOR", professional: { id: "helper" }, partner: { id: "ngo" } },
          ],
        },
        { id: "unknown", leadPartner: null, actors: null },
      ],
    });
  });

  it("adds the care team to a person and says who of it reads identities", async () => {
    const selection = "... on Beneficiary { id careTeam { role since until canReadIdentity professional { id } partner { id } } }";
    const { data } = await entities(selection, [
      { __typename: "Beneficiary", id: "p1" },
      { __typename: "Beneficiary", id: "p9" },
    ]);
    const member = (id: string, partner: string, rest: object) => ({ professional: { id }, partner: { id: partner }, ...rest });
    expect(data).toEqual({
      _entities: [
        {
          id: "p1",
          careTeam: [
            member("sw", "dept-92", { role: "LEAD", since: "2025-01-10", until: null, canReadIdentity: true }),
            member("helper", "ngo", { role: "CONTRIBUTOR", since: "2025-02-01", until: null, canReadIdentity: false }),
            member("nurse", "dept-92", { role: "CONTRIBUTOR", since: "2025-02-01", until: "2026-03-01", canReadIdentity: false }),
            member("lapsed", "dept-92", { role: "CONTRIBUTOR", since: "2025-02-01", until: null, canReadIdentity: false }),
            member("doctor", "dept-92", { role: "OBSERVER", since: "2025-02-01", until: null, canReadIdentity: false }),
          ],
        },
        { id: "p9", careTeam: null },
      ],
    });
  });

  it("shows who acts for a child's protection to those who read it, and to others neither them nor their number (L4)", async () => {
    const query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Beneficiary { careTeam { role professional { id } } } } }";
    const seen = async (options: TicketOptions) => {
      const { data } = await subgraph.ask(query, { r: carry([{ __typename: "Beneficiary", id: "p3" }], options) });
      return (data as unknown as { _entities: { careTeam: { role: string; professional: { id: string } }[] }[] })._entities[0]?.careTeam.map(({ role, professional }) => `${professional.id} ${role}`);
    };
    expect(await seen({ allow: ["PATHWAY"] })).toEqual(["sw LEAD"]);
    expect(await seen({ allow: ["PATHWAY", "CHILD_PROTECTION"] })).toEqual(["doctor LEAD", "sw LEAD", "sw CONTRIBUTOR"]);
  });

  it("shows of people and steps what the ticket opens, and asks the database for nothing else", async () => {
    const refused = [{ __typename: "Beneficiary", id: "p1" }, { __typename: "PathwayStep", id: "step-1" }];
    const allowed = [{ __typename: "Beneficiary", id: "p2" }, { __typename: "PathwayStep", id: "step-2" }];
    const query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Beneficiary { careTeam { role } } ... on PathwayStep { leadPartner { id } actors { role } } } }";
    const self = { personId: "p2" };
    const { data } = await subgraph.ask(query, { r: [...carry(refused, { caller: self, allow: [] }), ...carry(allowed, { caller: self })] }, self);
    expect(data).toEqual({ _entities: [{ careTeam: null }, { leadPartner: null, actors: null }, { careTeam: [] }, { leadPartner: { id: "ngo" }, actors: [] }] });
    await subgraph.ask(query, { r: carry(refused, { caller: self, allow: [] }) }, self);
    expect(subgraph.commands).toEqual([]);
  });
});
