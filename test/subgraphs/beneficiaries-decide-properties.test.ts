// What holds of every decision, whoever asks and whatever was granted: tried on thousands of random files.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { decide, type Asker, type File } from "../../subgraphs/beneficiaries/decide.ts";
import type { GrantDraft } from "../../subgraphs/beneficiaries/rows.ts";
import { DATA_CATEGORIES, PURPOSES, SHARING_BASES, WITHHELD_REASONS, type DataCategory } from "../../subgraphs/law/law.ts";
import { AGREEMENT, askerOf, fileOf, grant, WHEN } from "./decide-world.ts";

const RUNS = { numRuns: 3_000, seed: 5 };

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
/** Null mostly. */
const rarely = <Value>(value: fc.Arbitrary<Value>) => fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });
const instant = fc.constantFrom("2025-01-01", "2026-02-01", "2026-03-01", "2026-03-03", "2027-01-01").map((day) => new Date(`${day}T09:00:00Z`));
const day = fc.constantFrom("2024-01-01", "2026-01-30", "2026-01-31", "2026-03-01", "2026-03-02", "2026-03-03");
const categories = fc.subarray([...DATA_CATEGORIES], { minLength: 5 });
const partner = fc.constantFrom("dept-92", "dept-92", "ngo");
const purpose = fc.constantFrom(...PURPOSES, ...Array.from({ length: 8 }, () => "SUPPORT" as const), ...Array.from({ length: 8 }, () => "CHILD_PROTECTION" as const));
const GIVEN = ["ACTIVE", "ACTIVE", "ACTIVE", "PENDING", "EXPIRED", "WITHDRAWN", "SUPERSEDED", "REFUSED"];

const aGrant = (statuses: readonly string[]): fc.Arbitrary<GrantDraft> =>
  fc
    .record({
      basis: fc.constantFrom(...SHARING_BASES),
      status: fc.constantFrom(...statuses),
      purpose,
      dataCategories: categories,
      toPartnerIds: fc.subarray(["dept-92", "ngo"], { minLength: 1 }),
      givenAt: instant,
      expiresAt: rarely(instant),
      withdrawnAt: rarely(instant),
      liftedAt: rarely(instant),
      informedAt: maybe(instant),
      informedException: maybe(fc.constant("DANGER")),
      professionalIds: fc.subarray(["pro", "other"]),
    })
    .map(({ basis, ...said }) => grant(basis, said));

const anAsker: fc.Arbitrary<Asker> = fc
  .record({
    partnerId: partner,
    profession: fc.constantFrom("SOCIAL_WORKER", "OTHER", "DOCTOR"),
    secrecyBasis: maybe(fc.constant("CASF L.411-3")),
    missions: fc.subarray(["ACCOMPAGNEMENT", "CRIP", "ASE"]),
    habilitation: fc.option(fc.record({ purposes: fc.subarray([...PURPOSES], { minLength: 3 }), dataCategories: categories, validFrom: day, validTo: rarely(day) }), { nil: null, freq: 8 }),
    purpose: fc.option(purpose, { nil: null, freq: 8 }),
    covered: fc.boolean(),
    personId: rarely(fc.constantFrom("b1", "b2")),
    scopes: fc.subarray(["identity:merge"]),
  })
  .map(({ purpose, covered, personId, scopes, habilitation, ...standing }) =>
    askerOf({
      asker: { purpose, personId, scopes: new Set(scopes), agreements: covered ? [{ ...AGREEMENT, partyIds: ["dept-92", "ngo", "caf"], purposes: PURPOSES }] : [] },
      standing,
      habilitation,
    }),
  );

const aFile: fc.Arbitrary<File> = fc
  .record({
    team: fc.array(fc.record({ professionalId: fc.constantFrom("pro", "other"), partnerId: partner, role: fc.constantFrom("LEAD", "CONTRIBUTOR", "OBSERVER"), since: day, until: rarely(day) }), { maxLength: 2 }),
    lastContactAt: fc.option(fc.oneof({ weight: 5, arbitrary: instant }, { weight: 1, arbitrary: fc.constant(new Date("2020-01-01T09:00:00Z")) }), { nil: null, freq: 8 }),
    grants: fc.array(aGrant([...GIVEN, "OPPOSED"]), { maxLength: 4 }),
  })
  .map(({ grants, ...person }) => fileOf({ person, grants }));

function allowed(asker: Asker, file: File): DataCategory[] {
  return DATA_CATEGORIES.filter((category) => decide(category, asker, file, WHEN).allowed);
}

describe("decisions on random files", () => {
  it("are of all kinds, so that what follows says something", () => {
    const told = new Set(
      fc.sample(fc.tuple(anAsker, aFile), { numRuns: 5 * RUNS.numRuns, seed: RUNS.seed }).flatMap(([asker, file]) =>
        DATA_CATEGORIES.map((category) => decide(category, asker, file, WHEN)).map((decision) => (decision.allowed ? decision.basis : decision.reason)),
      ),
    );
    const bases = SHARING_BASES.filter((basis) => basis !== "VITAL_INTEREST");
    const reasons = WITHHELD_REASONS.filter((reason) => !["CONFIDENTIAL_ADDRESS", "PARTNER_UNAVAILABLE"].includes(reason));
    expect([...told].sort()).toEqual(["SELF", ...new Set<string>([...bases, ...reasons])].sort());
  });

  it("are never worse for a grant that is added", () => {
    fc.assert(
      fc.property(anAsker, aFile, aGrant(GIVEN), (asker, file, added) => {
        const after = allowed(asker, { ...file, grants: [...file.grants, added] });
        expect(allowed(asker, file).filter((category) => !after.includes(category))).toEqual([]);
      }),
      RUNS,
    );
  });

  it("are never better for a grant that is withdrawn, refused or opposed", () => {
    fc.assert(
      fc.property(anAsker, aFile, aGrant(["ACTIVE"]), fc.constantFrom("WITHDRAWN", "REFUSED", "OPPOSED"), (asker, file, given, status) => {
        const before = allowed(asker, { ...file, grants: [...file.grants, given] });
        const after = allowed(asker, { ...file, grants: [...file.grants, { ...given, status, withdrawnAt: WHEN.now }] });
        expect(after.filter((category) => !before.includes(category))).toEqual([]);
      }),
      RUNS,
    );
  });

  it("do not depend on the order of grants and members of the team", () => {
    fc.assert(
      fc.property(anAsker, aFile, (asker, file) => {
        const turned: File = { ...file, person: { ...file.person, team: [...file.person.team].reverse() }, grants: [...file.grants].reverse() };
        expect(allowed(asker, turned)).toEqual(allowed(asker, file));
        const reasons = (of: File) => DATA_CATEGORIES.map((category) => decide(category, asker, of, WHEN)).map((decision) => (decision.allowed ? null : decision.reason));
        expect(reasons(turned)).toEqual(reasons(file));
      }),
      RUNS,
    );
  });

  it("open a child's protected data to nobody but the bound: who carry out its policy, or by a duty or an emergency (L4, L9)", () => {
    fc.assert(
      fc.property(anAsker, aFile, (asker, file) => {
        const decision = decide("CHILD_PROTECTION", asker, file, WHEN);
        if (!decision.allowed) return;
        expect(["CHILD_PROTECTION", "LEGAL_OBLIGATION"]).toContain(decision.basis);
        expect(asker.personId).toBeNull();
        expect(asker.standing?.secrecyBasis).not.toBeNull();
      }),
      RUNS,
    );
  });
});
