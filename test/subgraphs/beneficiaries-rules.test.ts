// The rules of *beneficiaries* that need no database: ages, deadlines, retention, matching, blinding, what is withheld.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { ageBandOf, ageOn, lifeStageOf } from "../../subgraphs/beneficiaries/ages.ts";
import { createBlinding } from "../../subgraphs/beneficiaries/blinding.ts";
import { addDays, addMonths, addWorkingDays, isWorkingDay } from "../../subgraphs/beneficiaries/calendar.ts";
import { foldName, keysOf } from "../../subgraphs/beneficiaries/identity-keys.ts";
import { compare, pairId } from "../../subgraphs/beneficiaries/matching.ts";
import { retentionOn } from "../../subgraphs/beneficiaries/retention.ts";
import { inventNir, toDocuments } from "../../subgraphs/beneficiaries/seed.ts";
import { isNir } from "../../subgraphs/kit/kit.ts";
import { NIR_KEY, person, world } from "./beneficiaries-world.ts";

describe("an age", () => {
  it.each([
    ["2008-03-02", "2026-03-01", 17],
    ["2008-03-02", "2026-03-02", 18],
    ["2008-02-29", "2026-02-28", 17],
    ["2008-02-29", "2026-03-01", 18],
    ["2008-02-29", "2024-02-29", 16],
    ["2026-03-02", "2026-03-02", 0],
  ])("of somebody born on %s is on %s %i", (birthDate, day, age) => {
    expect(ageOn(birthDate, day)).toBe(age);
  });

  it("is unknown without a birth date and before it", () => {
    expect([ageOn(null, "2026-03-02"), ageOn("2026-03-03", "2026-03-02")]).toEqual([null, null]);
    expect([ageBandOf(null), lifeStageOf(null)]).toEqual(["UNKNOWN", "UNKNOWN"]);
  });

  it.each([
    [2, "A0_2 CHILDHOOD"],
    [3, "A3_5 CHILDHOOD"],
    [10, "A6_10 CHILDHOOD"],
    [17, "A11_17 CHILDHOOD"],
    [18, "A18_25 YOUTH"],
    [26, "A26_39 ADULTHOOD"],
    [59, "A40_59 ADULTHOOD"],
    [60, "A60_74 OLD_AGE"],
    [75, "A75_PLUS OLD_AGE"],
    [118, "A75_PLUS OLD_AGE"],
  ])("of %i is %s", (age, expected) => {
    expect(`${ageBandOf(age)} ${lifeStageOf(age)}`).toBe(expected);
  });
});

describe("a deadline", () => {
  it("in months ends on the last day of a shorter month", () => {
    expect(addMonths("2025-11-30", 3)).toBe("2026-02-28");
    expect(addMonths("2023-11-30", 3)).toBe("2024-02-29");
    expect(addMonths("2025-12-15", 3)).toBe("2026-03-15");
    expect(addMonths("2026-03-31", -1)).toBe("2026-02-28");
  });

  it("in working days leaves out weekends and public holidays", () => {
    expect(addWorkingDays("2026-03-06", 1, "92")).toBe("2026-03-09");
    // Easter Monday 6 April, 1 and 8 May, Ascension 14 May, Whit Monday 25 May.
    expect(addWorkingDays("2026-04-03", 1, "92")).toBe("2026-04-07");
    expect(addWorkingDays("2026-04-30", 15, "92")).toBe("2026-05-27");
  });

  it("knows the holidays that move", () => {
    const holidays = ["2024-04-01", "2024-05-09", "2024-05-20", "2025-04-21", "2025-05-29", "2025-06-09", "2027-03-29", "2038-04-26"];
    expect(holidays.filter((day) => isWorkingDay(day, "92"))).toEqual([]);
    expect(isWorkingDay("2024-04-02", "92")).toBe(true);
  });

  it("leaves out the day of the abolition of slavery in Guadeloupe only", () => {
    expect([isWorkingDay("2026-05-27", "971"), isWorkingDay("2026-05-27", "92")]).toEqual([false, true]);
  });

  it("in working days always ends on a working day, after the first", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 30 }), (offset, count) => {
        const day = addDays("2020-01-01", offset);
        const due = addWorkingDays(day, count, "971");
        expect(due > day && isWorkingDay(due, "971")).toBe(true);
      }),
      { numRuns: 100, seed: 7 },
    );
  });
});

describe("retention", () => {
  const facts = { lastContactAt: new Date("2024-03-02T10:00:00Z"), litigationHold: false, anonymisedOn: null };

  it.each([
    ["2026-03-01", "ACTIVE"],
    ["2026-03-02", "INTERMEDIATE_ARCHIVE"],
    ["2028-03-01", "INTERMEDIATE_ARCHIVE"],
    ["2028-03-02", "DUE_FOR_DESTRUCTION"],
  ])("is on %s %s, two and four years after the last contact (L8)", (today, state) => {
    expect(retentionOn(facts, today)).toMatchObject({ state, archiveOn: "2026-03-02", destroyOn: "2028-03-02" });
  });

  it("counts from the day in France", () => {
    expect(retentionOn({ ...facts, lastContactAt: new Date("2024-02-29T23:30:00Z") }, "2025-01-01").archiveOn).toBe("2026-03-01");
  });

  it("keeps the file while a litigation holds it", () => {
    expect(retentionOn({ ...facts, litigationHold: true }, "2030-01-01")).toMatchObject({ state: "INTERMEDIATE_ARCHIVE", destroyOn: null, litigationHold: true });
  });

  it("is over at once for somebody who never became a beneficiary, and for ever once anonymised", () => {
    expect(retentionOn({ ...facts, lastContactAt: null }, "2026-03-02")).toMatchObject({ state: "DUE_FOR_DESTRUCTION", archiveOn: null });
    expect(retentionOn({ ...facts, anonymisedOn: "2026-01-01" }, "2026-03-02").state).toBe("ANONYMISED");
  });
});

describe("matching", () => {
  const rows = toDocuments(world(), createBlinding(NIR_KEY)).people;
  const row = (id: string) => {
    const found = rows.find(({ _id }) => _id === id);
    if (found === undefined) throw new Error(`Expected ${id} in the world.`);
    return found;
  };

  it("does not take a couple who share a telephone, a CAF number and a first name for one person", () => {
    const { score, matchedOn, conflictsOn } = compare(row("b2"), row("b3"));
    expect(score).toBeLessThan(0.3);
    expect(matchedOn).toEqual(expect.arrayContaining(["PHONE", "CAF_NUMBER", "FIRST_NAME"]));
    expect(conflictsOn).toEqual(expect.arrayContaining(["BIRTH_DATE", "SEX", "HOUSEHOLD_ROLE"]));
  });

  it("still tells them apart when birth date and sex are unknown or equal", () => {
    const twin = { ...row("b3"), sex: row("b2").sex, birthDate: null, nirIndex: null };
    expect(compare(row("b2"), twin).score).toBeLessThan(0.75);
  });

  it("recognises one person entered twice, in another spelling", () => {
    const again = { ...row("b2-again"), nirIndex: null };
    expect(compare(row("b2"), again)).toMatchObject({ score: expect.closeTo(1, 1), conflictsOn: [] });
  });

  it("counts a NIR most, and two NIR against", () => {
    const one = { ...row("b2"), nirIndex: "same" };
    const other = { ...row("b2-again"), nirIndex: "same", keys: { ...row("b2-again").keys, phone: null, names: ["other"] } };
    expect(compare(one, other).score).toBeGreaterThan(0.6);
    expect(compare(one, { ...row("b2-again"), nirIndex: "another" })).toMatchObject({ conflictsOn: ["NIR"] });
    expect(compare(one, { ...row("b2-again"), nirIndex: "another" }).score).toBeLessThan(0.5);
  });

  it("does not depend on which of the two is asked about", () => {
    expect(compare(row("b3"), row("b2"))).toEqual(compare(row("b2"), row("b3")));
    expect(pairId("b3", "b2")).toBe(pairId("b2", "b3"));
  });

  it("says names of traits and no value", () => {
    expect(JSON.stringify(compare(row("b2"), row("b3")))).not.toMatch(/Camille|Petit|0639|9200002|1990/i);
  });
});

describe("blinding", () => {
  const { nirIndex, pseudonym } = createBlinding(NIR_KEY);

  it("gives one index to a NIR with and without its key and spaces, and others to others", () => {
    expect(nirIndex("2 95 10 99 126 111 93")).toBe(nirIndex("2951099126111"));
    expect(nirIndex("253072B07300470")).toBe(nirIndex("2 53 07 2b 073 004 70"));
    expect(nirIndex("253072A07300443")).not.toBe(nirIndex("253072B07300470"));
    expect(nirIndex("295109912611193")).not.toContain("2951099");
  });

  it("refuses what is no NIR without repeating it", () => {
    expect(() => nirIndex("295109912611194")).toThrow(/^Expected a NIR/);
    expect(() => nirIndex("295109912611194")).not.toThrow(/2951099/);
    expect(() => nirIndex("269054958815780")).toThrow(/^Expected a NIR/);
  });

  it("gives a person one pseudonym an organisation, the same each time and under no other key", () => {
    expect(pseudonym("b1", "dept-92")).toMatch(/^[A-Z2-7]{16}$/);
    expect(pseudonym("b1", "dept-92")).toBe(pseudonym("b1", "dept-92"));
    const others = [pseudonym("b1", null), pseudonym("b1", "caf-92"), pseudonym("b2", "dept-92"), createBlinding(Buffer.alloc(32, 1)).pseudonym("b1", "dept-92")];
    expect(new Set([pseudonym("b1", "dept-92"), ...others]).size).toBe(5);
  });

  it("refuses a key of another length", () => {
    expect(() => createBlinding(Buffer.alloc(16))).toThrow("Expected a key of 32 bytes for the blind index, got 16.");
  });
});

describe("search keys", () => {
  it("fold case, accents and punctuation", () => {
    expect(foldName("  N’Diaye-LEFÈVRE ")).toBe("n diaye lefevre");
    const facts = { birthName: "Lê", usageName: null, firstNames: [], localIdentifiers: [{ system: "caf", value: "9200001" }, { system: "dept-92", value: "D92-1" }] };
    const blinding = createBlinding(NIR_KEY);
    expect(keysOf({ ...facts, phone: "00 33 6 39 98 00 01", email: " A@B.org " }, blinding)).toEqual({
      names: ["le"],
      prefixes: ["le"],
      firstName: null,
      phone: blinding.contactIndex("phone", "639980001"),
      email: blinding.contactIndex("email", "a@b.org"),
      localIds: ["9200001", "D92-1"].map(blinding.localIdIndex),
      caf: blinding.localIdIndex("9200001"),
    });
  });

  it("say of contacts and identifiers only whether they are the same, and under no other key", () => {
    const facts = { birthName: "Lê", usageName: null, firstNames: [], phone: "0639980001", email: "a@b.org", localIdentifiers: [{ system: "caf", value: "9200001" }] };
    const [one, other] = [NIR_KEY, Buffer.alloc(32, 1)].map((key) => keysOf(facts, createBlinding(key)));
    expect(JSON.stringify(one)).not.toMatch(/639980001|a@b|9200001/);
    expect([one?.phone, one?.email, one?.caf]).not.toEqual(expect.arrayContaining([other?.phone, other?.email, other?.caf]));
    expect(new Set([one?.phone, one?.email, one?.caf, other?.phone, other?.email, other?.caf]).size).toBe(6);
  });

  it("hold the beginnings of both names, from two letters to twelve", () => {
    const { prefixes } = keysOf({ birthName: "Petit", usageName: "Abcdefghijklmnop", firstNames: [], phone: null, email: null, localIdentifiers: [] }, createBlinding(NIR_KEY));
    expect(prefixes).toEqual(expect.arrayContaining(["pe", "petit", "ab", "abcdefghijkl"]));
    expect(prefixes).not.toContain("abcdefghijklm");
  });
});

describe("the seed", () => {
  it("invents NIR of the right form that nobody can have, one a person", () => {
    const people = Array.from({ length: 1500 }, (_, index) => person(`x${index}`, { sex: index % 2 === 0 ? "F" : "M" }));
    const numbers = people.map((one, index) => inventNir(one, index));
    expect(new Set(numbers).size).toBe(1500);
    expect(numbers.filter((nir) => !isNir(nir) || Number(nir.slice(7, 10)) < 990)).toEqual([]);
  });

  it("writes the same rows for the same world, but for the seals on them", () => {
    const [one, other] = [world(), world()].map((input) => toDocuments(input, createBlinding(NIR_KEY)));
    expect(one).toEqual(other);
  });

  it("gives three months to a child at risk and fifteen working days to an eviction survey (L5, L6)", () => {
    const { assessments } = toDocuments(world(), createBlinding(NIR_KEY));
    const due = (id: string) => {
      const row = assessments.find(({ _id }) => _id === id);
      return [row?.requestedAt.toISOString().slice(0, 10) ?? "", row?.dueAt?.toISOString().slice(0, 10) ?? ""];
    };
    const [childFrom = "", childTo] = due("assessment-sc1");
    const [surveyFrom = "", surveyTo] = due("assessment-s5");
    expect(childTo).toBe(addMonths(childFrom, 3));
    expect(surveyTo).toBe(addWorkingDays(surveyFrom, 15, "92"));
    expect(due("assessment-s2")[1]).toBe("");
  });
});
