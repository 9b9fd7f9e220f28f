// A small world for the tests of *sites*: a few real communes of four départements, a few places, people and steps.
import type { ExecutionResult } from "graphql";

import type { Caller } from "../../subgraphs/kit/kit.ts";
import { PURPOSES } from "../../subgraphs/law/law.ts";
import { createTestTickets, type TicketOptions } from "../harness/law.ts";
import { createSites } from "../../subgraphs/sites/subgraph.ts";
import type { World } from "../../subgraphs/world/world.ts";
import { openTestSubgraph, type SeenCommand, type TestSubgraph } from "../harness/subgraph.ts";
import { putStandings } from "./services-small-world.ts";

export const tickets = createTestTickets();
const sites = createSites(tickets.options);

export const NOW = "2026-03-02T09:00:00Z";

type Site = World["sites"][number];
type Appointment = World["appointments"][number];

export const COMMUNES: World["communes"] = [
  commune("14118", "Caen", { population: 108_000, lat: 49.18, lon: -0.37, epci: "200065597" }),
  commune("14047", "Bayeux", { population: 12_700, lat: 49.28, lon: -0.7, epci: "241400555" }),
  commune("14762", "Vire Normandie", { population: 16_500, lat: 48.84, lon: -0.89, epci: "200068799" }),
  commune("76540", "Rouen", { population: 114_000, lat: 49.44, lon: 1.1, epci: "200023414" }),
  commune("92040", "Issy-les-Moulineaux", { population: 68_000, lat: 48.82, lon: 2.27, epci: "200054781" }),
  commune("92075", "Vanves", { population: 27_000, lat: 48.82, lon: 2.29, epci: "200054781" }),
  commune("92078", "Villeneuve-la-Garenne", { population: 24_000, lat: 48.94, lon: 2.33, epci: "200054781" }),
  commune("97113", "Le Gosier", { population: 27_000, lat: 16.21, lon: -61.49, epci: "200041507" }),
  commune("97110", "La Désirade", { population: 1_300, lat: 16.3, lon: -61.08, epci: "200041507" }),
  commune("97131", "Terre-de-Haut", { population: 1_500, lat: 15.87, lon: -61.58, epci: "200018653" }),
  commune("97130", "Terre-de-Bas", { population: 900, lat: 15.86, lon: -61.63, epci: "200018653" }),
];

export const SITES: readonly Site[] = [
  site("cms-caen", "Centre médico-social de Caen", { kind: "CENTRE_MEDICO_SOCIAL", communeCode: "14118", closesOn: "2025-01-26" }),
  site("mds-caen-1", "Maison des solidarités Caen Guérinière", { communeCode: "14118", opensOn: "2025-01-27", replacesIds: ["cms-caen"], hostedPartnerIds: ["ngo"] }),
  site("mds-caen-2", "Maison des solidarités Caen Centre", { communeCode: "14118", opensOn: "2025-01-27", replacesIds: ["cms-caen"] }),
  site("mds-bayeux", "Maison des solidarités de Bayeux", { communeCode: "14047", opensOn: "2025-01-27" }),
  site("refuge", "Hébergement Les Glycines", { kind: "SHELTER", communeCode: "76540", operatorId: "ngo", servesCommunes: ["76540"] }),
  site("jour-rouen", "Accueil de jour Le Robec", { kind: "DAY_CENTRE", communeCode: "76540" }),
  site("pole-issy", "Pôle social d'Issy-les-Moulineaux", { kind: "POLE_SOCIAL", communeCode: "92040", opensOn: "2023-09-26", servesCommunes: ["92040", "92075"] }),
  site("antenne-vanves", "Antenne de Vanves", { kind: "ANTENNE", communeCode: "92075", parentId: "pole-issy" }),
  site("antenne-issy", "Antenne d'Issy", { kind: "ANTENNE", communeCode: "92040", parentId: "pole-issy" }),
  site("tis-01", "Siège du TIS Le Gosier", { kind: "TIS_SEAT", communeCode: "97113", opensOn: "2018-01-01" }),
  site("tis-02", "Siège du TIS Les Saintes", { kind: "TIS_SEAT", communeCode: "97131", opensOn: "2018-01-01" }),
];

export const WORLD: World = {
  today: "2026-03-02",
  communes: COMMUNES,
  partners: [partner("dept-14", "Département du Calvados"), partner("dept-92", "Département des Hauts-de-Seine"), partner("ngo", "Toit et vie")],
  professionals: [
    professional("pro-1", "SOCIAL_WORKER", { siteIds: ["mds-caen-1"], teamId: null }),
    professional("pro-2", "MIDWIFE", { siteIds: ["mds-caen-1", "mds-bayeux"], teamId: null }),
    professional("pro-3", "RECEPTION_SECRETARY", { siteIds: ["tis-01"], teamId: "pair-1" }),
    professional("pro-4", "RECEPTION_SOCIAL_WORKER", { siteIds: ["tis-01"], teamId: "pair-1" }),
  ],
  sites: SITES,
  teams: [
    { id: "pair-1", kind: "PAIR", siteId: "tis-01", communes: [] },
    { id: "support-1", kind: "COMMUNE_TEAM", siteId: "tis-01", communes: ["97113", "97110"] },
    { id: "support-2", kind: "COMMUNE_TEAM", siteId: "tis-02", communes: ["97131", "97130"] },
  ],
  services: [],
  households: [],
  people: [],
  pathways: [pathway("p1", "b1", ["s1", "s2"]), pathway("p2", "b2", ["s3"])],
  referrals: [],
  appointments: [
    appointment("a-past", "b1", { startsAt: "2026-02-27T10:00:00Z", status: "PENDING", stepId: "s1" }),
    appointment("a-now", "b1", { startsAt: "2026-03-02T09:00:00Z", status: "PENDING" }),
    appointment("a-next", "b1", { startsAt: "2026-03-09T10:00:00Z", status: "PENDING", stepId: "s1" }),
    appointment("a-seen", "b1", { startsAt: "2026-01-12T10:00:00Z", status: "SEEN", kind: "HOME_VISIT" }),
    appointment("b-next", "b2", { startsAt: "2026-03-10T10:00:00Z", status: "PENDING", stepId: "s3" }),
    appointment("b-off", "b2", { startsAt: "2025-06-10T10:00:00Z", status: "EXCUSED" }),
  ],
};

/** Whoever works there is habilitated for everything, whatever their profession. */
export async function openSites(world: World = WORLD): Promise<TestSubgraph> {
  const opened = await openTestSubgraph(sites, { at: NOW, world });
  await putStandings(opened, world.professionals.map(({ id, employerId }) => ({ _id: id, partnerId: employerId, secrecyBasis: null, habilitation: { purposes: [...PURPOSES], validFrom: "2024-01-01", validTo: null } })));
  return opened;
}

export interface EntitiesAsked extends Pick<TicketOptions, "allow" | "reason"> {
  readonly representations: readonly object[];
  readonly selection: string;
  readonly caller?: Partial<Caller>;
}

/** Asks for entities as the gateway does: those that hang on a person with a ticket for this caller, which allows all that `allow` does. */
export async function askEntities(subgraph: TestSubgraph, { representations, selection, caller = {}, ...said }: EntitiesAsked): Promise<ExecutionResult<Record<string, never>>> {
  const carried = tickets.carry(representations, NOW, { caller, ...said });
  return subgraph.ask(`query ($carried: [_Any!]!) { _entities(representations: $carried) { ${selection} } }`, { carried }, caller);
}

/** Collection and command of what MongoDB was asked. */
export function printCommands(commands: readonly SeenCommand[]): string[] {
  return commands.map(({ name, command }) => `${name} ${String(command[name])}`);
}

/** Stages of the plan that MongoDB chose for the find or aggregate that it saw. */
export async function stagesOf(subgraph: TestSubgraph, { name, command }: SeenCommand): Promise<string[]> {
  const { lsid: _lsid, $db: _db, $clusterTime: _time, maxTimeMS: _max, ...asked } = command;
  const explain = name === "aggregate" ? { ...asked, cursor: {} } : asked;
  const plan = await subgraph.store.connection.db?.command({ explain, verbosity: "queryPlanner" });
  return [...JSON.stringify(plan, (key, value: unknown) => (key === "rejectedPlans" ? undefined : value)).matchAll(/"stage":"(\w+)"/g)].map(([, stage]) => stage ?? "");
}

function commune(code: string, name: string, rest: { population: number; lat: number; lon: number; epci: string }): World["communes"][number] {
  const { epci, ...place } = rest;
  const departmentCode = code.startsWith("97") ? code.slice(0, 3) : code.slice(0, 2);
  return { code, name, departmentCode, ...place, postalCodes: [code], epciCode: epci, epciName: `EPCI ${epci}`, estimated: false };
}

export function site(id: string, name: string, rest: Partial<Site> & { communeCode: string }): Site {
  const home = COMMUNES.find(({ code }) => code === rest.communeCode);
  if (home === undefined) throw new Error(`Expected a commune of the small world, got ${rest.communeCode}.`);
  const { departmentCode, lat, lon } = home;
  return {
    id,
    name,
    kind: "MAISON_DES_SOLIDARITES",
    departmentCode,
    lat,
    lon,
    opensOn: null,
    closesOn: null,
    replacesIds: [],
    parentId: null,
    operatorId: `dept-${departmentCode}`,
    hostedPartnerIds: [],
    servesCommunes: [],
    ...rest,
  };
}

function partner(id: string, name: string): World["partners"][number] {
  return { id, name, kind: "DEPARTMENT_COUNCIL", siret: null, departmentCode: null, communeCode: null, parentId: null, networks: [] };
}

function professional(id: string, profession: string, rest: { siteIds: string[]; teamId: string | null }): World["professionals"][number] {
  return { id, givenName: "A", familyName: "B", profession, employerId: "dept-14", ...rest };
}

function pathway(id: string, personId: string, stepIds: readonly string[]): World["pathways"][number] {
  const common = { kind: "SUPPORT", status: "PLANNED", outcome: null, plannedFor: null, startedAt: null, endedAt: null, leadPartnerId: "dept-14" };
  const steps = stepIds.map((step, order) => ({ id: step, ...common, order, actors: [], siteId: order === 0 ? "mds-caen-1" : null, referralId: null, goalIds: [] }));
  return { id, personId, status: "ACTIVE", openedOn: "2025-02-01", closedOn: null, closureReason: null, referentId: "pro-1", goals: [], steps };
}

export function appointment(id: string, personId: string, rest: Partial<Appointment>): Appointment {
  return {
    id,
    personId,
    siteId: "mds-caen-1",
    stepId: null,
    kind: "ON_SITE",
    status: "SEEN",
    requestedAt: "2025-06-01T08:00:00Z",
    startsAt: "2025-06-11T08:00:00Z",
    durationMinutes: 45,
    professionalIds: ["pro-1"],
    ...rest,
  };
}
