// Readers and files made up at random, near to one another so that every condition is met often and missed by a little.
import fc from "fast-check";

import type { Asker, File, When } from "../../subgraphs/beneficiaries/decide.ts";
import type { AgreementRow, EvaluationRow, GrantDraft, StandingRow } from "../../subgraphs/beneficiaries/rows.ts";
import { DATA_CATEGORIES, PURPOSES, SHARING_BASES, type DataCategory } from "../../subgraphs/law/law.ts";
import type { FileOnPerson, Moment, Reader } from "./reading.ts";

export interface MadeUp {
  readonly category: DataCategory;
  readonly asker: Asker;
  readonly file: File;
  readonly when: When;
}

const NOW = new Date("2026-03-02T09:00:00.000Z");
const TODAY = "2026-03-02";
/** Around today, and around the day on which thirty days of grace end. */
const DAYS = ["2025-06-01", "2026-01-30", "2026-01-31", "2026-02-01", "2026-03-01", TODAY, "2026-03-03"];
const LONG_AGO = new Date("2025-06-01T09:00:00.000Z");
const INSTANTS = [LONG_AGO, new Date(NOW.getTime() - 1), NOW, new Date(NOW.getTime() + 1), new Date("2027-01-01T09:00:00.000Z")];
const STATUSES = ["PENDING", "REFUSED", "WITHDRAWN", "OPPOSED", "EXPIRED", "SUPERSEDED"];
const PARTNERS = ["dept-92", "ngo"];
const PROFESSIONALS = ["p1", "p2"];
const COMMON = ["SUPPORT", "REFERRAL", "CHILD_PROTECTION"] as const;

const one = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
/** `usual` three times in four. */
const mostly = <Value>(usual: Value, other: fc.Arbitrary<Value>): fc.Arbitrary<Value> => fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
const some = <Value>(values: readonly Value[]) => mostly<readonly Value[]>(values, fc.subarray([...values]));
const orNull = <Value>(values: readonly Value[]) => fc.option(one(...values), { nil: null });
const purpose = fc.oneof({ weight: 4, arbitrary: one(...COMMON) }, { weight: 1, arbitrary: one(...PURPOSES) });

const grant: fc.Arbitrary<GrantDraft> = fc.record({
  _id: fc.constant("g"),
  personId: fc.constant("b"),
  basis: one(...SHARING_BASES),
  status: mostly("ACTIVE", one(...STATUSES)),
  purpose,
  dataCategories: some(DATA_CATEGORIES),
  toPartnerIds: mostly<readonly string[]>(PARTNERS, fc.subarray(PARTNERS)),
  givenAt: mostly<Date>(LONG_AGO, one(...INSTANTS)),
  expiresAt: mostly<Date | null>(null, one(...INSTANTS)),
  withdrawnAt: mostly<Date | null>(null, one(...INSTANTS)),
  liftedAt: mostly<Date | null>(null, one(...INSTANTS)),
  informedAt: orNull(INSTANTS),
  informedException: mostly<string | null>(null, fc.constant("danger")),
  professionalIds: one<readonly string[]>([], [], ["p1"], ["p2"], PROFESSIONALS),
  evidence: fc.constant(null),
});

const standing: fc.Arbitrary<StandingRow> = fc.record({
  _id: mostly("p1", fc.constant("p2")),
  partnerId: one(...PARTNERS),
  partnerKind: mostly("ASSOCIATION", fc.constant("COMMUNE")),
  profession: one("SOCIAL_WORKER", "DOCTOR", "OFFER_MANAGER"),
  secrecyBasis: one<string | null>("CASF L.411-3", "CASF L.411-3", null),
  missions: one<readonly string[]>(["ASE"], ["CRIP"], ["MESURES"], ["PMI"], ["PMI", "ASE"], ["ARCHIVES"]),
  habilitation: mostly<boolean>(true, fc.constant(false)).chain((has) =>
    !has ? fc.constant(null) : fc.record({ purposes: some(PURPOSES), dataCategories: some(DATA_CATEGORIES), validFrom: mostly("2024-01-01", one(...DAYS)), validTo: mostly<string | null>(null, one(...DAYS)) }),
  ),
});

const agreement: fc.Arbitrary<AgreementRow> = fc.record({
  _id: fc.constant("a"),
  partyIds: mostly<readonly string[]>(PARTNERS, fc.subarray(["dept-92", "dept-14", "ngo"])),
  purposes: some(PURPOSES),
  validFrom: mostly("2024-01-01", one(...DAYS)),
  validTo: mostly<string | null>(null, one(...DAYS)),
  suspensions: mostly<AgreementRow["suspensions"]>([], fc.array(fc.record({ from: one(...DAYS), until: orNull(DAYS) }), { maxLength: 2 })),
});

const member = fc.record({ professionalId: mostly("p1", fc.constant("p2")), partnerId: one(...PARTNERS), role: one("LEAD", "CONTRIBUTOR", "OBSERVER"), since: mostly("2025-06-01", one(...DAYS)), until: orNull(DAYS) });

/** Purposes and categories of evaluations of a child at risk. */
const EVALUATING = (["CHILD_PROTECTION", "EVALUATION"] as const).flatMap((asked) => (["IDENTITY", "HOUSEHOLD", "NEEDS", "CHILD_PROTECTION"] as const).map((category) => [asked, category] as const));

const evaluation: fc.Arbitrary<EvaluationRow> = fc.record({
  _id: fc.constant("v"),
  personId: mostly("sibling", fc.constant("b")),
  householdId: mostly("h", fc.constant("other")),
  professionalIds: one<readonly string[]>(["p1"], ["p2"], PROFESSIONALS),
  openedAt: mostly<Date>(LONG_AGO, one(...INSTANTS)),
  closedAt: mostly<Date | null>(null, one(...INSTANTS)),
  informedAt: orNull(INSTANTS),
  informedException: mostly<string | null>(null, fc.constant("danger")),
});

export const madeUp: fc.Arbitrary<MadeUp> = fc.record({
  category: fc.oneof(one(...DATA_CATEGORIES), one<DataCategory>("CHILD_PROTECTION", "HEALTH", "JUSTICE", "NEEDS")),
  asker: fc.record({
    professionalId: fc.constant("p1"),
    partnerId: one<string | null>(...PARTNERS),
    personId: fc.oneof({ weight: 12, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: one("b", "other") }),
    purpose: fc.oneof({ weight: 9, arbitrary: purpose }, { weight: 1, arbitrary: fc.constant(null) }),
    scopes: mostly<ReadonlySet<string>>(new Set<string>(), fc.constant(new Set(["identity:merge"]))),
    standing: fc.option(standing, { nil: null, freq: 20 }),
    agreements: fc.array(agreement, { maxLength: 2 }),
  }),
  file: fc.record({
    person: fc.record({
      _id: fc.constant("b"),
      departmentCode: mostly("92", fc.constant("14")),
      team: fc.array(member, { minLength: 0, maxLength: 2 }),
      lastContactAt: mostly<Date | null>(new Date("2026-01-01T09:00:00.000Z"), one(null, ...["2021-12-31", "2022-03-02", "2022-03-03", "2023-01-01", "2024-03-02", "2024-03-03"].map((day) => new Date(`${day}T09:00:00.000Z`)))),
      lastProtectionContactAt: mostly<Date | null>(null, one(...["2022-03-02", "2024-03-02", "2024-03-03", "2026-02-01"].map((day) => new Date(`${day}T09:00:00.000Z`)))),
      protectedOnly: mostly(false, fc.constant(true)),
      litigationHold: fc.boolean(),
      retentionMonths: mostly<number | null>(null, one(1, 2, 3, 36)),
      anonymisedOn: mostly<string | null>(null, one(...DAYS)),
      // Eighteen yesterday, today and tomorrow.
      birthDate: one(null, "2015-06-01", "2015-06-01", "2008-03-01", "2008-03-02", "2008-03-03"),
      householdId: mostly<string | null>("h", one(null, "other")),
      householdUntil: mostly<string | null>(null, one(...DAYS)),
    }),
    grants: fc.array(grant, { minLength: 1, maxLength: 3 }),
    emergencies: mostly<File["emergencies"]>([], fc.array(fc.record({ _id: fc.constant("e"), personId: fc.constant("b"), professionalId: fc.constant("p1"), purpose, openedAt: one(...INSTANTS), until: one(...INSTANTS) }), { maxLength: 1 })),
    evaluations: fc.array(evaluation, { maxLength: 2 }),
  }),
  when: fc.constant({ now: NOW, today: TODAY, graceDays: 30 }),
});

const RECENT = new Date("2026-02-20T09:00:00.000Z");
const MET = { lastContactAt: RECENT };
/** An evaluator's visit alone keeps the file. */
const VISITED = { lastContactAt: new Date("2023-06-01T09:00:00.000Z"), lastProtectionContactAt: RECENT };

/** The same, asked by somebody against whom nothing speaks but the file: what decides late decides often. */
export const nearlyAllowed: fc.Arbitrary<MadeUp> = fc
  .tuple(madeUp, one<readonly [string, DataCategory]>(...EVALUATING, ["SUPPORT", "NEEDS"], ["REFERRAL", "IDENTITY"]), one("SOCIAL_WORKER", "DOCTOR"), mostly(false, fc.constant(true)))
  .map(([facts, [asked, category], profession, isVisitOnly]) => {
    const habilitation = { purposes: PURPOSES, dataCategories: DATA_CATEGORIES, validFrom: "2024-01-01", validTo: null };
    const known = { _id: "p1", partnerId: "dept-92", partnerKind: "DEPARTMENT_COUNCIL", profession, secrecyBasis: "CASF L.411-3", missions: ["ASE"], habilitation };
    const asker = { ...facts.asker, personId: null, partnerId: "dept-92", purpose: asked as MadeUp["asker"]["purpose"], scopes: new Set<string>(), standing: known };
    const person = { ...facts.file.person, departmentCode: "92", retentionMonths: null, anonymisedOn: null, ...(isVisitOnly ? VISITED : MET) };
    return { ...facts, category, asker, file: { ...facts.file, person, emergencies: [] } };
  });

/** The same facts as the second reading takes them in. */
export function toReading({ asker, file, when }: MadeUp): { readonly reader: Reader; readonly file: FileOnPerson; readonly at: Moment } {
  return { reader: toReader(asker), file: toFile(file), at: when };
}

export function toReader({ standing: known, agreements, ...asker }: Asker): Reader {
  return {
    ...asker,
    known: known && {
      id: known._id,
      employerId: known.partnerId,
      isMunicipal: known.partnerKind === "COMMUNE",
      profession: known.profession,
      sworn: known.secrecyBasis !== null,
      missions: known.missions,
      habilitation: known.habilitation && {
        purposes: known.habilitation.purposes,
        categories: known.habilitation.dataCategories,
        from: known.habilitation.validFrom,
        to: known.habilitation.validTo,
      },
    },
    conventions: agreements.map(({ partyIds, purposes, validFrom, validTo, suspensions }) => ({ parties: partyIds, purposes, from: validFrom, to: validTo, pauses: suspensions })),
  };
}

export function toFile({ person, grants, emergencies, evaluations }: File): FileOnPerson {
  return {
    ...{ id: person._id, departmentCode: person.departmentCode, bornOn: person.birthDate, homeId: person.householdId, homeUntil: person.householdUntil },
    ...{ lastContact: person.lastContactAt, lastProtectionContact: person.lastProtectionContactAt ?? null, isSecret: person.protectedOnly },
    ...{ activeMonths: person.retentionMonths ?? null, disputed: person.litigationHold, anonymisedOn: person.anonymisedOn },
    team: person.team,
    grants: grants.map(toGrant),
    emergencies,
    evaluations: evaluations.map(toEvaluation),
  };
}

export function toEvaluation({ personId, householdId, professionalIds, openedAt, closedAt, informedAt, informedException }: EvaluationRow): FileOnPerson["evaluations"][number] {
  return { childId: personId, homeId: householdId, evaluators: professionalIds, from: openedAt, to: closedAt, informed: informedAt !== null || informedException !== null };
}

export function toGrant(row: GrantDraft): FileOnPerson["grants"][number] {
  return {
    basis: row.basis,
    status: row.status,
    purpose: row.purpose,
    categories: row.dataCategories,
    partners: row.toPartnerIds,
    named: row.professionalIds,
    given: row.givenAt,
    expires: row.expiresAt,
    withdrawn: row.withdrawnAt,
    lifted: row.liftedAt !== null,
    informed: row.informedAt !== null || row.informedException !== null,
  };
}
