// Organisations of the world as partners' rows, with what only this subgraph knows of them: identifiers, ways to reach
// them, former names, how long they keep files. Telephone numbers are of the ranges that Arcep reserves for fiction.
import { fold, isFiness } from "../../kit/kit.ts";
import { retentionMonthsOf, type PartnerRecord, type World } from "../../world/world.ts";
import type { PartnerRow } from "../rows.ts";
import { beginningsOf } from "../search.ts";

/** Days within which each kind answers. */
const SLA_DAYS: Readonly<Record<string, number>> = { FRANCE_TRAVAIL: 10, HOSPITAL: 20, ASSOCIATION: 10, SIAO: 5 };
const OTHER_SLA_DAYS = 15;

interface Ending {
  readonly record: PartnerRecord;
  readonly status: PartnerRow["status"];
  /** Without it in the world, the ended organisation is left out too. */
  readonly requires: string;
  readonly successorId?: string;
}

/** Organisations that the world no longer deals with, so that the directory shows each status. */
const ENDINGS: readonly Ending[] = [
  {
    record: ended("asso-92-abri-vanveen", "L'Abri vanvéen", { departmentCode: "92", communeCode: "92075", siret: "99990001200017" }),
    status: "MERGED",
    requires: "ngo-toit-et-vie",
    successorId: "ngo-toit-et-vie",
  },
  {
    record: ended("asso-14-secours-virois", "Secours virois", { departmentCode: "14", communeCode: "14762", siret: null }),
    status: "CLOSED",
    requires: "dept-14",
  },
  {
    record: ended("asso-77-foyer-briard", "Le Foyer briard", { departmentCode: "77", communeCode: "77284", siret: null }),
    status: "SUSPENDED",
    requires: "dept-77",
  },
];

/** All partners, in the order of the world, then those that ended. */
export function partnerRows({ partners }: Pick<World, "partners">): PartnerRow[] {
  const byId = new Map(partners.map((partner) => [partner.id, partner]));
  const endings = ENDINGS.filter(({ requires, record }) => byId.has(requires) && !byId.has(record.id));
  return [
    ...partners.map((partner, index) => partnerRow(partner, { index, tenantId: topOf(partner, byId), status: "ACTIVE" })),
    ...endings.map(({ record, status, successorId }, index) =>
      partnerRow(record, { index: partners.length + index, tenantId: record.id, status, ...(successorId !== undefined && { successorId }) }),
    ),
  ];
}

interface Placing {
  readonly index: number;
  readonly tenantId: string;
  readonly status: PartnerRow["status"];
  readonly successorId?: string;
}

function partnerRow(partner: PartnerRecord, { index, ...placing }: Placing): PartnerRow {
  const { id, name, kind, siret, departmentCode, communeCode, parentId, networks } = partner;
  const formerNames = formerNamesOf(partner);
  return {
    _id: id,
    ...placing,
    name,
    sortName: fold(name),
    beginnings: beginningsOf([name, ...formerNames.map((former) => former.name)]),
    formerNames,
    kind,
    ...(siret !== null && { siret, siren: siret.slice(0, 9) }),
    ...(kind === "HOSPITAL" && { finess: createFiness(departmentCode ?? "75", index) }),
    ...(kind === "ASSOCIATION" && { rna: createRna(departmentCode ?? "75", index) }),
    networks,
    ...(departmentCode !== null && { departmentCode }),
    ...(communeCode !== null && { communeCode }),
    phone: createPhone(index),
    email: `contact.${id}@example.org`,
    website: `https://${id}.example.org`,
    ...(parentId !== null && { parentId }),
    retentionMonths: retentionMonthsOf(kind),
    slaDays: SLA_DAYS[kind] ?? OTHER_SLA_DAYS,
  };
}

function topOf(partner: PartnerRecord, byId: ReadonlyMap<string, PartnerRecord>): string {
  const parent = partner.parentId === null ? undefined : byId.get(partner.parentId);
  return parent === undefined ? partner.id : topOf(parent, byId);
}

/** Pôle emploi became France Travail on 1 January 2024 (loi 2023-1196, plein emploi), its agencies with it. */
function formerNamesOf({ kind, name }: PartnerRecord): PartnerRow["formerNames"] {
  if (kind !== "FRANCE_TRAVAIL") return [];
  return [{ name: name.replace("France Travail", "Pôle emploi"), until: "2023-12-31" }];
}

/** `+33199001234`: 01 99 00 and four digits. */
function createPhone(index: number): string {
  return `+3319900${String(1000 + index).padStart(4, "0")}`;
}

/** The département, 999 to show that it is invented, a number, and the digit that passes. */
function createFiness(departmentCode: string, index: number): string {
  const body = `${departmentCode.slice(0, 2)}999${String(index).padStart(3, "0")}`;
  const passing = [..."0123456789"].map((digit) => body + digit).find(isFiness);
  if (passing === undefined) throw new Error(`Cannot make a FINESS number because ${body} leaves no digit that passes.`);
  return passing;
}

/** W, the département, and a number from 999 000 on, which is invented. */
function createRna(departmentCode: string, index: number): string {
  return `W${departmentCode.padEnd(3, "0")}999${String(index).padStart(3, "0")}`;
}

function ended(id: string, name: string, where: Pick<PartnerRecord, "departmentCode" | "communeCode" | "siret">): PartnerRecord {
  return { id, name, kind: "ASSOCIATION", ...where, parentId: null, networks: [] };
}
