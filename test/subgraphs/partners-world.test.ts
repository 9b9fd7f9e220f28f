// The demonstration world as partners shows it: the facts of the five départements, and what every row must keep.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { isFiness, isRna, isSiret } from "../../subgraphs/kit/kit.ts";
import { rowsOf } from "../../subgraphs/partners/seed/seed.ts";
import { createTestTickets } from "../harness/law.ts";
import { createPartners } from "../../subgraphs/partners/subgraph.ts";
import { createWorld } from "../../subgraphs/world/world.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";

const tickets = createTestTickets();
const partners = createPartners(tickets.options);

const NOW = "2026-03-02T09:00:00Z";
const world = createWorld("2026-03-02");
const rows = rowsOf(world);
let subgraph: TestSubgraph;

beforeAll(async () => {
  subgraph = await openTestSubgraph(partners, { at: NOW, world });
});
afterAll(() => subgraph.close());

async function dataOf<T>(query: string, variables = {}, caller = {}): Promise<T> {
  const { data, errors } = await subgraph.ask(query, variables, caller);
  expect(errors).toBeUndefined();
  return data as unknown as T;
}

describe("the five départements", () => {
  it("have their council as lead authority", async () => {
    for (const code of ["14", "76", "77", "92", "971"]) {
      const data = await dataOf("query ($c: ID!) { department(code: $c) { leadAuthority { id kind siret department { code } } } }", { c: code });
      expect(data).toMatchObject({ department: { leadAuthority: { id: `dept-${code}`, kind: "DEPARTMENT_COUNCIL", department: { code } } } });
    }
  });

  it("76 works in eleven areas, energy poverty and digitalisation among them, and has ranked policies with schemes", async () => {
    const { department } = await dataOf<{ department: { areasOfWork: string[]; priorities: { schemes: unknown[] }[] } }>('{ department(code: "76") { areasOfWork priorities { rank label schemes { label } } } }');
    expect(department.areasOfWork).toHaveLength(11);
    expect(department.areasOfWork).toEqual(expect.arrayContaining(["ENERGY_POVERTY", "DIGITALISATION"]));
    expect(department.priorities.map(({ schemes }) => schemes.length)).toEqual([1, 1, 1, 1]);
  });

  it("77 has four ranked priorities with publics, schemes evaluated again and again, and the second rencontres at Provins", async () => {
    const query = '{ department(code: "77") { priorities { rank label publics } schemes { evaluations { year decidedChanges } } events { edition communeCode attendees programme } } }';
    const { department } = await dataOf<{ department: { priorities: { rank: number; label: string; publics: string[] }[]; schemes: { evaluations: unknown[] }[]; events: unknown[] } }>(query);
    expect(department.priorities.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
    expect(department.priorities.map(({ label }) => /insertion|enfants|handicap|reconquête médicale/.exec(label)?.[0])).toEqual(["insertion", "enfants", "handicap", "reconquête médicale"]);
    expect(department.priorities.every(({ publics }) => publics.length > 0)).toBe(true);
    expect(department.schemes.every(({ evaluations }) => evaluations.length >= 2)).toBe(true);
    expect(department.events).toEqual([{ edition: 2, communeCode: "77379", attendees: 400, programme: ["Tables rondes", "Conférences", "Ateliers", "Présentation des missions et des projets des services départementaux"] }]);
  });

  it("92 gave 969 million euros to solidarities in 2023", async () => {
    const data = await dataOf('{ department(code: "92") { socialBudget(year: 2023) { amount currency } other: socialBudget(year: 2022) { amount } } }');
    expect(data).toEqual({ department: { socialBudget: { amount: 969_000_000, currency: "EUR" }, other: null } });
  });

  it("971 reviewed its two poles in 2021 and concluded twice", async () => {
    const { department } = await dataOf<{ department: { schemes: { evaluations: { year: number; conclusions: string[] }[] }[] } }>('{ department(code: "971") { schemes { label evaluations { year conclusions } } } }');
    const evaluations = department.schemes.flatMap((scheme) => scheme.evaluations);
    expect(evaluations).toHaveLength(1);
    expect(evaluations[0]).toMatchObject({ year: 2021, conclusions: [expect.stringMatching(/binômes d'accueil social/), expect.stringMatching(/expulsions locatives.*demandeurs d'emploi/)] });
  });

  it("77 acts with all its partners, each with its conventions", async () => {
    const { partners: found } = await dataOf<{ partners: { totalCount: number; nodes: { agreements: unknown[] }[] } }>('{ partners(filter: { departmentCode: "77", status: ACTIVE }) { totalCount nodes { name kind agreements { status purposes } } } }');
    expect(found.totalCount).toBeGreaterThan(10);
    expect(found.nodes.some(({ agreements }) => agreements.length > 0)).toBe(true);
  });
});

describe("partners", () => {
  it("are found by a name that they no longer bear", async () => {
    const { partners: found } = await dataOf<{ partners: { nodes: { name: string; formerNames: unknown }[] } }>('{ partners(filter: { text: "Pôle emploi" }) { nodes { name formerNames { name until } } } }');
    expect(found.nodes).toContainEqual({ name: "France Travail", formerNames: [{ name: "Pôle emploi", until: "2023-12-31" }] });
    expect(found.nodes).toHaveLength(11);
  });

  it("bear identifiers that pass their checks", () => {
    for (const { siret, siren, finess, rna, kind } of rows.partners) {
      if (siret !== undefined) expect([siret, isSiret(siret), siren]).toEqual([siret, true, siret.slice(0, 9)]);
      expect(finess === undefined ? kind !== "HOSPITAL" : isFiness(finess)).toBe(true);
      expect(rna === undefined ? kind !== "ASSOCIATION" : isRna(rna)).toBe(true);
    }
  });

  it("are reached only at numbers and addresses that nobody has", () => {
    expect(rows.partners.filter(({ phone, email }) => !/^\+3319900\d{4}$/.test(phone ?? "") || !/@example\.org$/.test(email ?? ""))).toEqual([]);
    expect(new Set(rows.partners.map(({ phone }) => phone)).size).toBe(rows.partners.length);
  });

  it("show each status, and who took over from one that merged", async () => {
    for (const status of ["ACTIVE", "SUSPENDED", "CLOSED", "MERGED"]) expect(rows.partners.filter((one) => one.status === status).length).toBeGreaterThan(0);
    const data = await dataOf('{ partners(filter: { status: MERGED }) { nodes { successor { id } } } }');
    expect(data).toEqual({ partners: { nodes: [{ successor: { id: "ngo-toit-et-vie" } }] } });
  });

  it("keep a branch's data with its head", () => {
    expect(rows.partners.filter(({ tenantId }) => tenantId === "france-travail")).toHaveLength(11);
  });
});

describe("people of the world", () => {
  it("see the whole support of b1: a referent who leads, and partners who contribute", async () => {
    const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Beneficiary { careTeam { role until canReadIdentity professional { id boundBySecrecy } partner { id } } } } }';
    type Team = { careTeam: { role: string; canReadIdentity: boolean; professional: { id: string; boundBySecrecy: boolean }; partner: { id: string } }[] };
    const { _entities: [person] } = await dataOf<{ _entities: [Team] }>(query, { r: tickets.carry([{ __typename: "Beneficiary", id: "b1" }], NOW) });
    expect(person.careTeam[0]).toMatchObject({ role: "LEAD", until: null, canReadIdentity: true, professional: { id: "pro-92-referent", boundBySecrecy: true } });
    expect(new Set(person.careTeam.map(({ partner }) => partner.id)).size).toBeGreaterThanOrEqual(5);
    expect(person.careTeam.some(({ canReadIdentity }) => !canReadIdentity)).toBe(true);
  });

  it("have actors on the steps of p1, each acting for a partner, in three queries", async () => {
    const steps = world.pathways.find(({ id }) => id === "p1")?.steps ?? [];
    const query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on PathwayStep { leadPartner { name } actors { role professional { professionCode } partner { name } } } } }";
    const { _entities: found } = await dataOf<{ _entities: { leadPartner: { name: string }; actors: unknown[] }[] }>(query, { r: tickets.carry(steps.map(({ id }) => ({ __typename: "PathwayStep", id })), NOW) });
    expect(found.map(({ actors }) => actors.length)).toEqual(steps.map(({ actors }) => actors.length));
    expect(new Set(found.map(({ leadPartner }) => leadPartner.name)).size).toBeGreaterThanOrEqual(6);
    expect(subgraph.commands.map(({ command }) => command["find"]).sort()).toEqual(["partners", "professionals", "stepActors"]);
  });

  it("have a CRIP professional bound by secrecy and habilitated today", async () => {
    const { me } = await dataOf<{ me: object }>("{ me { boundBySecrecy secrecyBasis missions { code } habilitation { active purposes } employer { id } } }", {}, { professionalId: "pro-971-crip" });
    expect(me).toMatchObject({ boundBySecrecy: true, missions: [{ code: "CRIP" }], habilitation: { active: true, purposes: expect.arrayContaining(["CHILD_PROTECTION"]) }, employer: { id: "dept-971" } });
  });

  it("were referred under a convention in most cases, those of b1 always, some without one", async () => {
    const representations = world.referrals.flatMap(({ id, personId, senderId, receiverId, transitions }) => {
      const createdAt = transitions[0]?.at;
      return senderId === receiverId ? [] : [{ personId, entity: { __typename: "Referral", id, sender: { id: senderId }, receiver: { id: receiverId }, createdAt } }];
    });
    const query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Referral { agreementInForce { legalBasis validTo } } } }";
    const { _entities: found } = await dataOf<{ _entities: { agreementInForce: object | null }[] }>(query, { r: representations.map(({ entity }) => entity) });
    expect(subgraph.commands).toHaveLength(1);
    const covered = found.filter(({ agreementInForce }) => agreementInForce !== null).length;
    expect(covered / found.length).toBeGreaterThan(0.7);
    expect(covered).toBeLessThan(found.length);
    const ofB1 = found.filter((_, at) => representations[at]?.personId === "b1");
    expect(ofB1.length).toBeGreaterThan(0);
    expect(ofB1.filter(({ agreementInForce }) => agreementInForce === null)).toEqual([]);
  });
});

describe("the rows", () => {
  it("name only partners and professionals that are there", () => {
    const partnerIds = new Set(rows.partners.map(({ _id }) => _id));
    const professionalIds = new Set(rows.professionals.map(({ _id }) => _id));
    const namedPartners = [
      ...rows.partners.flatMap(({ parentId, successorId, tenantId }) => [parentId, successorId, tenantId]),
      ...rows.professionals.map(({ employerId }) => employerId),
      ...rows.agreements.flatMap(({ partyIds }) => partyIds),
      ...rows.departments.flatMap(({ leadAuthorityId, schemes }) => [leadAuthorityId, ...schemes.flatMap((scheme) => scheme.partnerIds)]),
      ...rows.stepActors.flatMap(({ leadPartnerId, actors }) => [leadPartnerId, ...actors.map((actor) => actor.partnerId)]),
      ...rows.careTeams.flatMap(({ members }) => members.map(({ partnerId }) => partnerId)),
    ];
    const namedProfessionals = [
      ...rows.stepActors.flatMap(({ actors }) => actors.map(({ professionalId }) => professionalId)),
      ...rows.careTeams.flatMap(({ members }) => members.map(({ professionalId }) => professionalId)),
    ];
    expect(namedPartners.filter((id) => id !== undefined && !partnerIds.has(id))).toEqual([]);
    expect(namedProfessionals.filter((id) => !professionalIds.has(id))).toEqual([]);
  });

  it("name each scheme of a priority among the schemes", () => {
    const missing = rows.departments.flatMap(({ priorities, schemes }) =>
      priorities.flatMap(({ schemeIds }) => schemeIds.filter((id) => !schemes.some((scheme) => scheme.id === id))),
    );
    expect(missing).toEqual([]);
  });

  it("hold each day in order: since before until, the first day of a convention before its last", () => {
    expect(rows.careTeams.flatMap(({ members }) => members.filter(({ since, until }) => until !== undefined && until < since))).toEqual([]);
    expect(rows.agreements.filter(({ signedOn, validFrom, validTo }) => validFrom < signedOn || (validTo !== undefined && validTo < validFrom))).toEqual([]);
  });

  it("hold every pathway's person and steps, a member of a team once, and once more where they protect a child", () => {
    expect(rows.careTeams.map(({ _id }) => _id).sort()).toEqual([...new Set(world.pathways.map(({ personId }) => personId))].sort());
    expect(rows.stepActors).toHaveLength(world.pathways.flatMap(({ steps }) => steps).length);
    for (const { members } of rows.careTeams) expect(new Set(members.map(({ professionalId, childProtection }) => `${professionalId} ${String(childProtection)}`)).size).toBe(members.length);
  });

  it("are the same for the same day", () => {
    expect(rowsOf(createWorld("2026-03-02"))).toEqual(rows);
  });
});
