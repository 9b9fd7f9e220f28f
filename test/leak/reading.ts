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
  /** Of a commune's services. */
  readonly isMunicipal: boolean;
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
  readonly bornOn: string | null;
  readonly homeId: string | null;
  /** The last day there. */
  readonly homeUntil: string | null;
  readonly lastContact: Date | null;
  /** Of what protects a child. */
  readonly lastProtectionContact: Date | null;
  /** Known by a child's protection alone. */
  readonly isSecret: boolean;
  /** As the holder decided; null: as the law says. */
  readonly activeMonths: number | null;
  /** A litigation holds the file. */
  readonly disputed: boolean;
  readonly anonymisedOn: string | null;
  readonly team: readonly { readonly professionalId: string; readonly partnerId: string; readonly role: string; readonly since: string; readonly until: string | null }[];
  readonly grants: readonly Grant[];
  /** Break-glass accesses of this reader. */
  readonly emergencies: readonly { readonly purpose: string; readonly openedAt: Date; readonly until: Date }[];
  /** Of children of the person's home at risk. */
  readonly evaluations: readonly Evaluation[];
}

export interface Evaluation {
  readonly childId: string;
  readonly homeId: string;
  readonly evaluators: readonly string[];
  readonly from: Date;
  readonly to: Date | null;
  readonly informed: boolean;
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
  /** Of an objection: it was taken back. */
  readonly lifted: boolean;
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
  // L14 (accuracy): whoever compares identities does so for the own département, and (L7) for what helps somebody.
  const council = `dept-${file.departmentCode}`;
  const helps = ["SUPPORT", "REFERRAL", "EVALUATION", "CHILD_PROTECTION", "EVICTION_PREVENTION"].includes(reader.purpose ?? "");
  if (category === "IDENTITY" && reader.scopes.has("identity:merge") && reader.known?.employerId === council && reader.partnerId === council && helps) return "yes";
  const { known } = reader;
  // L3: that there is a pathway is told to whoever may read it, and to a mayor's services, who are told no more.
  if (category === "COORDINATION" && known?.isMunicipal !== true) return read("PATHWAY", reader, file, at);
  const entry = readEntry(reader, at);
  if (entry !== "yes" || known === null) return entry;
  if (isEmergency(category, { reader, file, at })) return "yes";
  if (category !== "COORDINATION" && !isAgreed(reader, council, at)) return "PURPOSE_NOT_COVERED";
  // L2: within the missions.
  if (known.isMunicipal && category !== "COORDINATION") return "NOT_IN_MISSION";
  if (known.habilitation?.categories.includes(category) !== true) return "NOT_IN_MISSION";
  const stage = stageOf(file, at);
  const isArchivist = known.missions.includes("ARCHIVES") && known.employerId === council && !["CHILD_PROTECTION", "JUSTICE"].includes(category);
  if (stage !== "active") {
    if (stage === "archived" && isArchivist) return "yes";
    // L4, L8: an evaluator's visit keeps the file for those who protect the child, and for nobody else.
    const visited = { ...file, isSecret: true };
    if (stageOf(visited, at) !== "active") return "ARCHIVED";
    const protecting = { ...file, team: [], grants: file.grants.filter(({ basis }) => basis === "CHILD_PROTECTION") };
    const byGrant = readGrounds(category, known, { reader, file: protecting, at });
    return byGrant === "yes" || isSiblingOfEvaluated(category, { reader, file, at }) ? "yes" : "ARCHIVED";
  }
  if (isSiblingOfEvaluated(category, { reader, file, at })) return "yes";
  return readGrounds(category, known, { reader, file, at });
}

/** L7 (R.263-5): habilitated in person, by the organisation asked for, for this purpose. */
export function readEntry({ known, partnerId, purpose }: Reader, { today }: Moment): Reading {
  const rights = known?.habilitation;
  if (known === null || rights == null || known.employerId !== partnerId || today < rights.from || (rights.to ?? "9999") < today) return "NOT_HABILITATED";
  return purpose === null || !rights.purposes.includes(purpose) ? "PURPOSE_NOT_COVERED" : "yes";
}

/** L7 (L.263-4-1): under a convention with the holder for this purpose; the holder needs none. */
function isAgreed({ partnerId, purpose, conventions }: Reader, council: string, { today }: Moment): boolean {
  if (partnerId === council) return true;
  return conventions.some(
    ({ parties, purposes, from, to, pauses }) =>
      parties.includes(council) && purposes.includes(purpose ?? "") && from <= today && today <= (to ?? "9999") && !pauses.some((pause) => pause.from <= today && today <= (pause.until ?? "9999")),
  );
}

/** L1, L14 (6.1.d): an access that was opened for a life, which neither money nor work nor offences save; L4 asks for secrecy all the same. */
function isEmergency(category: string, { reader, file, at }: Case): boolean {
  if (["FINANCE", "EMPLOYMENT", "JUSTICE"].includes(category) || (category === "CHILD_PROTECTION" && reader.known?.sworn !== true)) return false;
  return file.emergencies.some((one) => one.purpose === reader.purpose && one.openedAt <= at.now && one.until > at.now);
}

/** L8, L10: two years after the last communication, or as the holder says, the file leaves the hands of those who support; two years later it ends. */
function stageOf({ lastContact: ordinary, lastProtectionContact, isSecret, activeMonths, disputed, anonymisedOn }: FileOnPerson, { today }: Moment): "active" | "archived" | "over" {
  if (anonymisedOn !== null && anonymisedOn <= today) return "over";
  const counted = [ordinary, isSecret ? lastProtectionContact : null].flatMap((one) => one ?? []);
  const lastContact = counted.sort((a, b) => a.getTime() - b.getTime()).at(-1) ?? null;
  if (lastContact === null) return disputed ? "archived" : "over";
  const archived = monthsAfter(lastContact.toLocaleDateString("sv-SE", { timeZone: "Europe/Paris" }), activeMonths ?? 24);
  if (!disputed && monthsAfter(archived, 24) <= today) return "over";
  return archived <= today ? "archived" : "active";
}

/** L4, item 8: who evaluates whether a child is at risk looks at the other minors of the home too. */
function isSiblingOfEvaluated(category: string, { reader: { known, purpose }, file, at }: Case): boolean {
  const isOfEvaluation = ["CHILD_PROTECTION", "EVALUATION"].includes(purpose ?? "") && ["IDENTITY", "HOUSEHOLD", "NEEDS", "CHILD_PROTECTION"].includes(category);
  if (!isOfEvaluation || known === null || !known.sworn || !["ASE", "CRIP", "MESURES"].some((mission) => known.missions.includes(mission))) return false;
  const isMinorThere = file.bornOn !== null && at.today < monthsAfter(file.bornOn, 216) && at.today <= (file.homeUntil ?? "9999");
  const isOpen = ({ from, to, informed }: Evaluation): boolean => informed && from <= at.now && (to === null || at.now < to);
  return isMinorThere && file.evaluations.some((one) => one.homeId === file.homeId && one.childId !== file.id && one.evaluators.includes(known.id) && isOpen(one));
}

interface Case {
  readonly reader: Reader;
  readonly file: FileOnPerson;
  readonly at: Moment;
}

function readGrounds(category: string, known: KnownProfessional, { reader, file, at }: Case): Reading {
  const member = isMember(known, file, at);
  // L2: presumed entrusted to the care team, whose professions are listed, unless the person objects.
  const objected = file.grants.some(({ basis, status, lifted }) => basis === "SAME_CARE_TEAM" && status === "OPPOSED" && !lifted);
  const ofTeam = ["SUPPORT", "EVALUATION", "REFERRAL"].includes(reader.purpose ?? "") && !["CHILD_PROTECTION", "JUSTICE"].includes(category);
  if (ofTeam && member && known.sworn && LISTED.has(known.profession) && !objected) return "yes";
  const holds = (grant: Grant, sworn: boolean): boolean => opens(grant, { category, known: { ...known, sworn }, member });
  const mine = file.grants.filter(({ partners, categories, named }) => partners.includes(known.employerId) && categories.includes(category) && (named.length === 0 || named.includes(known.id)));
  const standing = mine.filter(({ status, given, expires, withdrawn }) => status === "ACTIVE" && given <= at.now && (expires === null || at.now < expires) && withdrawn === null);
  if (standing.some((grant) => grant.purpose === reader.purpose && holds(grant, known.sworn))) return "yes";
  if (mine.some(({ status, lifted }) => status === "OPPOSED" && !lifted)) return "OPPOSED";
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
      return !protects && (known.isMunicipal || (member && known.sworn));
    case "CHILD_PROTECTION": // L4: the three conditions together.
      return known.sworn && informed && ["ASE", "CRIP", "MESURES"].some((mission) => known.missions.includes(mission));
    case "INSERTION_NETWORK": // L7: RQTH is health.
      return !protects && category !== "HEALTH" && category !== "JUSTICE";
    case "LEGAL_OBLIGATION": // L6, and L4: to the bound alone.
      return known.sworn || (member && !protects);
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

/** The same day so many months on; the last one of the month where there is none. */
function monthsAfter(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, last))).toISOString().slice(0, 10);
}
