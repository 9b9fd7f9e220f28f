// A small world for the tests of the partners subgraph: a council, an NGO, a network with branches, conventions of several years.
import { expect } from "@jest/globals";
import type { ExecutionResult } from "graphql";

import { fold } from "../../subgraphs/kit/kit.ts";
import { openModels } from "../../subgraphs/partners/models.ts";
import type { AgreementRow, PartnerRow, PartnersRows, ProfessionalRow } from "../../subgraphs/partners/rows.ts";
import { beginningsOf } from "../../subgraphs/partners/search.ts";
import { createTestTickets, type TicketOptions } from "../harness/law.ts";
import { createPartners } from "../../subgraphs/partners/subgraph.ts";
import { openTestSubgraph, type TestSubgraph } from "../harness/subgraph.ts";

export const tickets = createTestTickets();
const partners = createPartners(tickets.options);

export interface SmallPartners extends TestSubgraph {
  insert(rows: Partial<PartnersRows>): Promise<void>;
  /** Takes partners away that a test has inserted. */
  remove(partnerIds: readonly string[]): Promise<void>;
  /** The collections that were read since the last question, sorted; nothing but `find` may have been used. */
  finds(): string[];
  /** All stages of the plans of what MongoDB was asked since the last question. */
  stages(): Promise<string[]>;
}

interface PageData {
  readonly partners: { readonly nodes: readonly { readonly id: string }[]; readonly pageInfo: { readonly endCursor: string | null } };
}

/** Representations as the gateway sends them: those that hang on a person with a ticket that allows all that `allow` does. */
export function carry(representations: readonly object[], options?: TicketOptions): object[] {
  return tickets.carry(representations, NOW, options);
}

const NOW = "2026-03-02T09:00:00Z";

export const SIRETS = ["73282932000074", "13003013300016", "35600000049837"] as const;

const SMALL: PartnersRows = {
  partners: [
    partner({
      _id: "dept-92",
      name: "Hauts-de-Seine",
      kind: "DEPARTMENT_COUNCIL",
      departmentCode: "92",
      siret: SIRETS[0],
      siren: "732829320",
    }),
    partner({ _id: "ngo", name: "Toit et Vie", departmentCode: "92", siret: SIRETS[1] }),
    partner({ _id: "old", name: "Vieil Abri", departmentCode: "92", status: "MERGED", successorId: "ngo" }),
    partner({
      _id: "ft",
      name: "France Travail",
      kind: "FRANCE_TRAVAIL",
      networks: ["france-travail"],
      siret: SIRETS[2],
      formerNames: [{ name: "Pôle emploi", until: "2023-12-31" }],
    }),
    partner({
      _id: "ft-a",
      name: "France Travail Issy",
      kind: "FRANCE_TRAVAIL",
      networks: ["france-travail"],
      departmentCode: "92",
      parentId: "ft",
      formerNames: [{ name: "Pôle emploi Issy" }],
    }),
    partner({
      _id: "ft-b",
      name: "France Travail Nanterre",
      kind: "FRANCE_TRAVAIL",
      networks: ["france-travail"],
      parentId: "ft",
      formerNames: [{ name: "Pôle emploi Nanterre" }],
    }),
  ],
  professionals: [
    professional("sw", { profession: "SOCIAL_WORKER", validTo: "2026-03-02" }),
    professional("doctor", { profession: "DOCTOR" }),
    professional("nurse", { profession: "PAEDIATRIC_NURSE" }),
    professional("lapsed", { profession: "SUPPORT_SOCIAL_WORKER", validTo: "2026-03-01" }),
    {
      ...professional("educator", { profession: "SPECIALISED_EDUCATOR" }),
      missions: [{ code: "ASE", label: "ASE", domains: [], communes: ["92075"] }],
    },
    { ...professional("helper", { profession: "OTHER" }), employerId: "ngo" },
  ],
  agreements: [
    agreement("a-2024", { partyIds: ["dept-92", "ft"], validFrom: "2024-01-01", validTo: "2024-12-31" }),
    agreement("a-next", { partyIds: ["dept-92", "ft"], validFrom: "2026-03-03" }),
    agreement("a-old", { partyIds: ["dept-92", "ngo"], validFrom: "2020-01-01" }),
    agreement("a-now", {
      partyIds: ["dept-92", "ngo"],
      validFrom: "2024-06-01",
      suspensions: [{ from: "2026-01-01", until: "2026-01-31" }],
    }),
    agreement("a-paused", { partyIds: ["dept-92", "ft-a"], validFrom: "2025-01-01", suspensions: [{ from: "2026-03-02" }] }),
  ],
  departments: [
    {
      _id: "92",
      name: "Hauts-de-Seine",
      leadAuthorityId: "dept-92",
      areasOfWork: ["HOUSING"],
      priorities: [
        { rank: 2, label: "Second", publics: [], schemeIds: [] },
        { rank: 1, label: "First", publics: [], schemeIds: ["s1"] },
      ],
      schemes: [{ id: "s1", label: "Scheme", partnerIds: ["dept-92", "ngo"], evaluations: [] }],
      budgets: [{ year: 2023, amount: 969_000_000 }],
      events: [
        { id: "e2", name: "Later", heldOn: "2024-10-12", communeCode: "92075", programme: [] },
        { id: "e1", name: "Earlier", heldOn: "2023-10-12", communeCode: "92075", programme: [] },
      ],
    },
  ],
  stepActors: [
    {
      _id: "step-1",
      personId: "p1",
      leadPartnerId: "dept-92",
      actors: [
        { professionalId: "sw", partnerId: "dept-92", role: "LEAD" },
        { professionalId: "helper", partnerId: "ngo", role: "CONTRIBUTOR" },
      ],
    },
    { _id: "step-2", personId: "p2", leadPartnerId: "ngo", actors: [] },
  ],
  careTeams: [
    {
      _id: "p1",
      members: [
        { professionalId: "sw", partnerId: "dept-92", role: "LEAD", since: "2025-01-10", childProtection: false },
        { professionalId: "helper", partnerId: "ngo", role: "CONTRIBUTOR", since: "2025-02-01", childProtection: false },
        { professionalId: "nurse", partnerId: "dept-92", role: "CONTRIBUTOR", since: "2025-02-01", until: "2026-03-01", childProtection: false },
        { professionalId: "lapsed", partnerId: "dept-92", role: "CONTRIBUTOR", since: "2025-02-01", childProtection: false },
        { professionalId: "doctor", partnerId: "dept-92", role: "OBSERVER", since: "2025-02-01", childProtection: false },
      ],
    },
    { _id: "p2", members: [] },
    {
      _id: "p3",
      members: [
        { professionalId: "doctor", partnerId: "dept-92", role: "LEAD", since: "2025-02-01", childProtection: true },
        { professionalId: "sw", partnerId: "dept-92", role: "LEAD", since: "2025-01-10", childProtection: false },
        { professionalId: "sw", partnerId: "dept-92", role: "CONTRIBUTOR", since: "2025-03-01", childProtection: true },
      ],
    },
  ],
};

export async function openSmallPartners(): Promise<SmallPartners> {
  const subgraph = await openTestSubgraph(partners, { at: NOW });
  const { connection } = subgraph.store;
  const insert = (rows: Partial<PartnersRows>) => openModels(connection).insert(rows);
  await insert(SMALL).catch(async (error: unknown) => {
    await subgraph.close();
    throw error;
  });
  return {
    ...subgraph,
    insert,
    remove: async (partnerIds) => {
      await connection.collection<{ _id: string }>("partners").deleteMany({ _id: { $in: [...partnerIds] } });
    },
    finds: () => {
      expect(subgraph.commands.filter(({ name }) => name !== "find")).toEqual([]);
      return subgraph.commands.map(({ command }) => String(command["find"])).sort();
    },
    stages: () => stagesSeen(subgraph),
  };
}

export function partner(fields: Partial<PartnerRow> & Pick<PartnerRow, "_id" | "name">): PartnerRow {
  const formerNames = fields.formerNames ?? [];
  return {
    tenantId: fields._id,
    sortName: fold(fields.name),
    beginnings: beginningsOf([fields.name, ...formerNames.map(({ name }) => name)]),
    formerNames,
    kind: "ASSOCIATION",
    networks: [],
    status: "ACTIVE",
    ...fields,
  };
}

export function agreement(id: string, fields: Partial<AgreementRow> & Pick<AgreementRow, "partyIds" | "validFrom">): AgreementRow {
  const common = { purposes: [], dataCategories: [], legalBasis: "CASF L.121-6-2", suspensions: [] };
  return { _id: id, ...common, signedOn: fields.validFrom, ...fields };
}

/** Code and message of the only error. */
export function refusalOf(result: ExecutionResult): [unknown, string | undefined] {
  expect(result.errors).toHaveLength(1);
  return [result.errors?.[0]?.extensions["code"], result.errors?.[0]?.message];
}

export function nodesOf(result: ExecutionResult): PageData["partners"]["nodes"] {
  expect(result.errors).toBeUndefined();
  return (result.data as unknown as PageData).partners.nodes;
}

export function cursorOf(result: ExecutionResult): string | null {
  return (result.data as unknown as PageData).partners.pageInfo.endCursor;
}

function professional(id: string, { profession, validTo }: { profession: string; validTo?: string }): ProfessionalRow {
  const habilitation = {
    grantedBy: "Hauts-de-Seine",
    purposes: ["SUPPORT"],
    dataCategories: ["IDENTITY"],
    validFrom: "2024-01-01",
    ...(validTo !== undefined && { validTo }),
  };
  return { _id: id, displayName: `Person ${id}`, profession, employerId: "dept-92", missions: [], habilitation };
}

async function stagesSeen(subgraph: TestSubgraph): Promise<string[]> {
  const { db } = subgraph.store.connection;
  const asked = subgraph.commands.filter(({ name }) => name === "find");
  expect(asked.length).toBeGreaterThan(0);
  const plans = await Promise.all(
    asked.map(({ command: { find, filter, sort, limit } }) =>
      db?.command({ explain: { find, filter, ...(sort !== undefined && { sort, limit }) }, verbosity: "queryPlanner" }),
    ),
  );
  return plans.flatMap((plan) => stagesOf(plan?.["queryPlanner"]?.winningPlan));
}

function stagesOf(plan: unknown): string[] {
  if (typeof plan !== "object" || plan === null) return [];
  const own = "stage" in plan ? [String(plan.stage)] : [];
  return [...own, ...Object.values(plan).flatMap((value) => (Array.isArray(value) ? value.flatMap(stagesOf) : stagesOf(value)))];
}
