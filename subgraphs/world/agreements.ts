// The conventions of the demonstration: one network a département, and one convention for each other pair of partners
// that ever referred somebody. A few are missing, ended or suspended, so that not every transfer was covered.
import type { AgreementRecord, PartnerRecord, ReferralRecord } from "./records.ts";

/** Kinds that share through the département's network for insertion (CASF L.263-4-1). */
const NETWORK_KINDS: ReadonlySet<string> = new Set(["DEPARTMENT_COUNCIL", "FRANCE_TRAVAIL", "CAF", "MISSION_LOCALE", "CAP_EMPLOI"]);
const NETWORK_FROM = "2023-07-01";
const PAIRS_FROM = "2022-01-01";
const ENDED_ON = "2024-12-31";

/** Of so many conventions between two partners one is missing, one ended and one stands suspended. */
const CYCLE = 17;

interface AgreementWorld {
  readonly today: string;
  readonly partners: readonly PartnerRecord[];
  readonly referrals: readonly ReferralRecord[];
}

/** Networks first, then pairs by their ids. The pairs of person `b1` are all in force. */
export function agreementsOf(world: AgreementWorld): AgreementRecord[] {
  const networks = networkRows(world);
  const covered = new Set(networks.flatMap(({ partyIds }) => pairsOf(partyIds)));
  return [...networks, ...pairRows(world, covered)];
}

function networkRows({ partners }: AgreementWorld): AgreementRecord[] {
  const councils = partners.filter(({ kind }) => kind === "DEPARTMENT_COUNCIL");
  return councils.flatMap(({ departmentCode }) => {
    const members = partners.filter((partner) => NETWORK_KINDS.has(partner.kind) && belongsTo(partner, departmentCode));
    if (members.length < 2 || departmentCode === null) return [];
    return {
      id: `agreement-network-${departmentCode}`,
      partyIds: members.map(({ id }) => id),
      purposes: ["SUPPORT", "REFERRAL", "EVALUATION"],
      dataCategories: ["IDENTITY", "CONTACT", "HOUSEHOLD", "NEEDS", "EMPLOYMENT", "PATHWAY"],
      legalBasis: "CASF L.263-4-1",
      signedOn: "2023-06-15",
      validFrom: NETWORK_FROM,
      suspensions: [],
      dpiaReference: `AIPD-2023-${departmentCode}`,
    };
  });
}

/** National bodies belong to every département's network. */
function belongsTo({ departmentCode }: PartnerRecord, code: string | null): boolean {
  return departmentCode === null || departmentCode === code;
}

function pairRows({ today, partners, referrals }: AgreementWorld, covered: ReadonlySet<string>): AgreementRecord[] {
  const kinds = new Map(partners.map(({ id, kind }) => [id, kind]));
  const shown = new Set(referrals.filter(({ personId }) => personId === "b1").map((one) => pairOf(one.senderId, one.receiverId)));
  const used = referrals.filter((one) => one.senderId !== one.receiverId).map((one) => pairOf(one.senderId, one.receiverId));
  const pairs = [...new Set(used)].filter((pair) => !covered.has(pair)).sort();
  return pairs.flatMap((pair, index) => {
    const fate = shown.has(pair) ? null : index % CYCLE;
    if (fate === 3) return [];
    const partyIds = pair.split(SEPARATOR);
    return {
      id: `agreement-${partyIds.join("-")}`,
      partyIds,
      purposes: ["REFERRAL", "SUPPORT"],
      dataCategories: ["IDENTITY", "CONTACT", "NEEDS", "PATHWAY"],
      legalBasis: legalBasisOf(partyIds.map((id) => kinds.get(id) ?? "OTHER")),
      signedOn: "2021-12-10",
      validFrom: PAIRS_FROM,
      ...lastDay(fate, index, today),
      suspensions: fate === 11 ? [{ from: `${today.slice(0, 4)}-01-01` }] : [],
      dpiaReference: `AIPD-2021-${String(index + 1).padStart(3, "0")}`,
    };
  });
}

const SEPARATOR = "|";

function pairOf(one: string, other: string): string {
  return [one, other].sort().join(SEPARATOR);
}

function pairsOf(partyIds: readonly string[]): string[] {
  return partyIds.flatMap((one, at) => partyIds.slice(at + 1).map((other) => pairOf(one, other)));
}

/** Ended, or until the end of the coming year for two in three, or without an end. */
function lastDay(fate: number | null, index: number, today: string): { validTo?: string } {
  if (fate === 7) return { validTo: ENDED_ON };
  return index % 3 === 0 ? {} : { validTo: `${Number(today.slice(0, 4)) + 1}-12-31` };
}

/** The text under which two kinds of partners share. */
function legalBasisOf(kinds: readonly string[]): string {
  if (kinds.includes("HOSPITAL") || kinds.includes("MEDICO_SOCIAL") || kinds.includes("CPAM")) return "CSP L.1110-4";
  if (kinds.includes("LANDLORD") || kinds.includes("STATE_SERVICE")) return "Loi 89-462, article 24";
  if (kinds.includes("JUSTICE") || kinds.includes("EDUCATION")) return "CASF L.226-2-2";
  if (kinds.includes("SIAO")) return "CASF L.345-2";
  return "CASF L.121-6-2";
}
