// A second reading of the law (domain.md §3, L1 to L19), written for the tests from the articles and from nothing of the
// product: who may read which category of a person's data, on which ground, and if not, why not. The product's decisions
// are held against it, over the demonstration world and over worlds made up at random.

export interface Reader {
  readonly professionalId: string | null;
  readonly partnerId: string | null;
  readonly personId: string | null;
  readonly purpose: string | null;
  readonly scopes: ReadonlySet<string>;
  /** Who the professional is; null for one whom nobody knows. */
  readonly known: KnownProfessional | null;
  /** Conventions that the reader's organisation is party to. */
  readonly conventions: readonly Convention[];
}

export interface KnownProfessional {
  readonly id: string;
  readonly employerId: string;
  readonly profession: string;
  /** Whether a text binds them to secrecy. */
  readonly sworn: boolean;
  readonly missions: readonly string[];
  readonly habilitation: { readonly purposes: readonly string[]; readonly categories: readonly string[]; readonly from: string; readonly to: string | null } | null;
}

export interface Convention {
  readonly parties: readonly string[];
  readonly purposes: readonly string[];
  readonly from: string;
  readonly to: string | null;
  readonly pauses: readonly { readonly from: string; readonly until: string | null }[];
}

export interface FileOnPerson {
  readonly id: string;
  readonly departmentCode: string;
  readonly lastContact: Date | null;
  readonly anonymisedOn: string | null;
  readonly team: readonly { readonly professionalId: string; readonly partnerId: string; readonly role: string; readonly since: string; readonly until: string | null }[];
  readonly grants: readonly Grant[];
  /** Break-glass accesses of this reader. */
  readonly emergencies: readonly { readonly purpose: string; readonly until: Date }[];
}

export interface Grant {
  readonly basis: string;
  readonly status: string;
  readonly purpose: string;
  readonly categories: readonly string[];
  readonly partners: readonly string[];
  readonly named: readonly string[];
  readonly given: Date;
  readonly expires: Date | null;
  readonly withdrawn: Date | null;
  readonly informed: boolean;
}

export interface Moment {
  readonly now: Date;
  /** The day in France. */
  readonly today: string;
}

/** `yes` or why not, in the words of `withheld`. */
export type Reading = "yes" | string;

export function read(category: string, reader: Reader, file: FileOnPerson, at: Moment): Reading {
  // L14, L17: one's own file, but for what was gathered to protect a child (L.226-2-2: it may speak of others).
  if (reader.personId !== null) return reader.personId === file.id && category !== "CHILD_PROTECTION" ? "yes" : "NO_GRANT";
  // L14 (accuracy): whoever compares identities does so for the own département.
  const council = `dept-${file.departmentCode}`;
  if (category === "IDENTITY" && reader.scopes.has("identity:merge") && reader.known?.employerId === council) return "yes";
  const entry = readEntry(reader, council, at);
  if (entry !== "yes") return entry;
  if (file.emergencies.some((one) => one.purpose === reader.purpose && one.until > at.now)) return "yes";
  // L2: within the missions.
  if (!reader.known?.habilitation?.categories.includes(category)) return "NOT_IN_MISSION";
  // L8, L10: two years after the last communication the file leaves the hands of those who support.
  if (file.lastContact === null || twoYearsAfter(file.lastContact) <= at.today) return "ARCHIVED";
  if (file.anonymisedOn !== null && file.anonymisedOn <= at.today) return "ARCHIVED";
  return readGrounds(category, reader.known, { reader, file, at });
}

/** L7 (R.263-5): habilitated in person, by the organisation asked for, for this purpose, under a convention (L.263-4-1). */
function readEntry({ known, partnerId, purpose, conventions }: Reader, council: string, { today }: Moment): Reading {
  const rights = known?.habilitation;
  if (known === null || rights == null || known.employerId !== partnerId || today < rights.from || (rights.to ?? "9999") < today) return "NOT_HABILITATED";
  if (purpose === null || !rights.purposes.includes(purpose)) return "PURPOSE_NOT_COVERED";
  if (partnerId === council) return "yes";
  const stands = conventions.some(
    ({ parties, purposes, from, to, pauses }) =>
      parties.includes(council) && purposes.includes(purpose) && from <= today && today <= (to ?? "9999") && !pauses.some((pause) => pause.from <= today && today <= (pause.until ?? "9999")),
  );
  return stands ? "yes" : "PURPOSE_NOT_COVERED";
}

interface Case {
  readonly reader: Reader;
  readonly file: FileOnPerson;
  readonly at: Moment;
}

function readGrounds(category: string, known: KnownProfessional, { reader, file, at }: Case): Reading {
  const member = isMember(known, file, at);
  // L2: presumed entrusted to the care team, whose professions are listed, unless the person objects.
  const objected = file.grants.some(({ basis, status }) => basis === "SAME_CARE_TEAM" && status === "OPPOSED");
  const ofTeam = ["SUPPORT", "EVALUATION", "REFERRAL"].includes(reader.purpose ?? "") && !["CHILD_PROTECTION", "JUSTICE"].includes(category);
  if (ofTeam && member && known.sworn && LISTED.has(known.profession) && !objected) return "yes";
  const holds = (grant: Grant, sworn: boolean): boolean => opens(grant, { category, known: { ...known, sworn }, member });
  const mine = file.grants.filter(({ partners, categories, named }) => partners.includes(known.employerId) && categories.includes(category) && (named.length === 0 || named.includes(known.id)));
  const standing = mine.filter(({ status, given, expires, withdrawn }) => status === "ACTIVE" && given <= at.now && (expires === null || at.now < expires) && withdrawn === null);
  if (standing.some((grant) => grant.purpose === reader.purpose && holds(grant, known.sworn))) return "yes";
  if (mine.some(({ status }) => status === "OPPOSED")) return "OPPOSED";
  if (!known.sworn && (member || standing.some((grant) => grant.purpose === reader.purpose && holds(grant, true)))) return "SECRECY_NOT_BOUND";
  if (standing.some((grant) => grant.purpose !== reader.purpose && holds(grant, known.sworn))) return "PURPOSE_NOT_COVERED";
  const over = mine.some(
    ({ status, expires, withdrawn, purpose }) => purpose === reader.purpose && (["EXPIRED", "WITHDRAWN", "SUPERSEDED"].includes(status) || withdrawn !== null || (expires !== null && expires <= at.now)),
  );
  return over ? "GRANT_EXPIRED" : "NO_GRANT";
}

/** Each basis with its own conditions. */
function opens({ basis, named, informed }: Grant, { category, known, member }: { readonly category: string; readonly known: KnownProfessional; readonly member: boolean }): boolean {
  const protects = category === "CHILD_PROTECTION";
  switch (basis) {
    case "CONSENT": // L2: outside of the team. L4: no consent stands in for the conditions of child protection.
      return !protects;
    case "SAME_CARE_TEAM": // L2
      return !protects && member && known.sworn && LISTED.has(known.profession);
    case "NAMED_EXCHANGE": // L2
      return !protects && named.includes(known.id) && known.sworn;
    case "SOCIAL_ACTION_COORDINATION": // L3
      return !protects && member && known.sworn;
    case "CHILD_PROTECTION": // L4: the three conditions together.
      return known.sworn && informed && ["ASE", "CRIP", "MESURES"].some((mission) => known.missions.includes(mission));
    case "INSERTION_NETWORK": // L7: RQTH is health.
      return !protects && category !== "HEALTH" && category !== "JUSTICE";
    case "LEGAL_OBLIGATION": // L6
      return member || known.sworn;
    default: // VITAL_INTEREST is an access that was opened, never a grant.
      return false;
  }
}

/** In the team today, or until thirty days ago (item 8: a file is handed over). Observers take no part. */
function isMember({ id, employerId }: KnownProfessional, { team }: FileOnPerson, { today }: Moment): boolean {
  const since = new Date(Date.parse(today) - 30 * 86_400_000).toISOString().slice(0, 10);
  return team.some((one) => one.professionalId === id && one.partnerId === employerId && one.role !== "OBSERVER" && one.since <= today && (one.until ?? "9999") >= since);
}

/** CSP R.1110-2, in the words of the demonstration. */
export const LISTED: ReadonlySet<string> = new Set(
  ("SOCIAL_WORKER RECEPTION_SOCIAL_WORKER SUPPORT_SOCIAL_WORKER SPECIALISED_EDUCATOR CESF PSYCHOLOGIST PAEDIATRIC_NURSE CHILDCARE_ASSISTANT " +
    "DOCTOR MIDWIFE COUPLE_AND_FAMILY_COUNSELLOR EARLY_CHILDHOOD_EDUCATOR").split(" "),
);

/** The same day two years on; the last one of the month where there is none. */
function twoYearsAfter(instant: Date): string {
  const day = instant.toLocaleDateString("sv-SE", { timeZone: "Europe/Paris" });
  const [year, month, date] = day.split("-").map(Number);
  const last = new Date(Date.UTC((year ?? 0) + 2, month ?? 1, 0)).getUTCDate();
  return `${(year ?? 0) + 2}-${day.slice(5, 7)}-${String(Math.min(date ?? 1, last)).padStart(2, "0")}`;
}
