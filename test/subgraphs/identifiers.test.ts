// The identifiers that are checked when written, with their test vectors, and folded text.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import {
  assertIdentifier,
  completeNir,
  escapeRegExp,
  fold,
  isDepartmentCode,
  isFiness,
  isFranceTravailId,
  isInseeCommune,
  isNir,
  isRna,
  isSiren,
  isSiret,
  printNirKey,
  wordsOf,
  type IdentifierKind,
} from "../../subgraphs/kit/kit.ts";

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));
const place = (length: number) => fc.tuple(fc.nat(length - 1), fc.integer({ min: 1, max: 9 }));

/** The same text with another digit at one place. */
function changeDigit(text: string, [at, by]: readonly [number, number]): string {
  return text.slice(0, at) + String((Number(text[at]) + by) % 10) + text.slice(at + 1);
}

/** The digits, completed by the one that makes them pass. */
function complete(body: string, isValid: (value: string) => boolean): string {
  const found = [..."0123456789"].map((last) => body + last).find(isValid);
  if (found === undefined) throw new Error("No last digit passes.");
  return found;
}

describe("organisations", () => {
  it("accepts a SIREN that passes Luhn and refuses one that does not", () => {
    expect(["732829320", "130005481", "200000172", "356000000"].filter((siren) => !isSiren(siren))).toEqual([]);
    expect(["404833047", "000000000", "73282932", "7328293200", "732 829 320", "73282932O", 732829320, null, undefined, ["732829320"]].filter(isSiren)).toEqual([]);
  });

  it("accepts a SIRET when its 14 digits and its SIREN pass Luhn", () => {
    expect(["73282932000074", "13003013300016", "13000548100010"].filter((siret) => !isSiret(siret))).toEqual([]);
    expect(["73282932000079", "7328293200007", "732829320000740", "7.3282932000074E13", "732 829 320 00074", ""].filter(isSiret)).toEqual([]);
  });

  it("refuses a SIRET whose 14 digits pass Luhn while its SIREN does not", () => {
    const siret = complete("4048330470001", passesLuhn);
    expect(isSiret(siret)).toBe(false);
  });

  it("checks La Poste's establishments by the sum of their digits, its head office by Luhn", () => {
    expect(isSiret("35600000049837")).toBe(true);
    expect(isSiret("35600000000048")).toBe(true);
    expect(isSiret("35600000049838")).toBe(false);
    expect(isSiret("35600000049836")).toBe(false);
  });

  it("refuses a SIREN with any one digit changed", () => {
    fc.assert(
      fc.property(digits(8).filter((body) => Number(body) !== 0), place(9), (body, change) => {
        const siren = complete(body, isSiren);
        expect(isSiren(changeDigit(siren, change))).toBe(false);
      }),
    );
  });

  it("refuses a SIRET with any one digit changed", () => {
    fc.assert(
      fc.property(digits(8).filter((body) => Number(body) !== 0), digits(4), place(14), (body, establishment, change) => {
        const siren = complete(body, isSiren);
        fc.pre(siren !== "356000000");
        const siret = complete(siren + establishment, isSiret);
        const changed = changeDigit(siret, change);
        expect(changed.startsWith("356000000") || !isSiret(changed)).toBe(true);
      }),
    );
  });

  it("knows the forms of RNA and FINESS", () => {
    expect(["W123456789", "W751000001"].filter((rna) => !isRna(rna))).toEqual([]);
    expect(["w123456789", "W12345678", "W1234567890", "X123456789", "W12345678A", "W123456789\n"].filter(isRna)).toEqual([]);
    expect(["750712184", "690781810", "010002350", "2A0000014", "2B0000012"].filter((finess) => !isFiness(finess))).toEqual([]);
    expect(["750712185", "990712184", "2C0000014", "75071218", "7507121840", "000000000"].filter(isFiness)).toEqual([]);
  });
});

describe("places", () => {
  it("knows an INSEE code from a postal code only by its form", () => {
    expect(["92075", "2A004", "2B033", "97110", "01001", "95690"].filter((code) => !isInseeCommune(code))).toEqual([]);
    expect(["00001", "20004", "99100", "2C004", "9207", "920755", "92O75", "2a004", " 92075"].filter(isInseeCommune)).toEqual([]);
  });

  it("knows the 101 départements", () => {
    const numbers = Array.from({ length: 1000 }, (_, at) => String(at));
    const candidates = new Set([...numbers, ...numbers.map((number) => number.padStart(2, "0")), ...numbers.map((number) => number.padStart(3, "0")), "2A", "2B"]);
    expect([...candidates].filter(isDepartmentCode)).toHaveLength(101);
    expect(["20", "96", "975", "2a", "1"].filter(isDepartmentCode)).toEqual([]);
  });
});

describe("people", () => {
  it("accepts a NIR with its key and without, Corsica included", () => {
    expect(["295109912611193", "2951099126111", "253072B07300470", "253072A07300443"].filter((nir) => !isNir(nir))).toEqual([]);
  });

  it("refuses wrong keys, months that no civil status has, and the specimen", () => {
    expect(["295109912611194", "253072A07300470", "269054958815780", "2690549588157"].filter(isNir)).toEqual([]);
    const withMonth = (month: string) => `295${month}99126111`;
    expect(["00", "13", "19", "43", "49"].map(withMonth).filter(isNir)).toEqual([]);
    expect(["01", "12", "20", "42", "50", "99"].map(withMonth).filter((nir) => !isNir(nir))).toEqual([]);
  });

  it("completes a NIR with the key and refuses to complete what is none", () => {
    expect(completeNir("2951099126111")).toBe("295109912611193");
    expect(completeNir("253072B07300470")).toBe("253072B07300470");
    expect(printNirKey("253072A073004")).toBe("43");
    expect(() => completeNir("29510991261")).toThrow("Expected a NIR");
    expect(() => printNirKey("29510991261")).toThrow("Expected 13 characters");
  });

  it("refuses a NIR with any one digit changed", () => {
    fc.assert(
      fc.property(digits(2), fc.integer({ min: 1, max: 12 }), digits(8), place(15), (year, month, rest, change) => {
        const nir = completeNir(`2${year}${String(month).padStart(2, "0")}${rest}`);
        expect(isNir(changeDigit(nir, change))).toBe(false);
      }),
    );
  });

  it("knows the two forms of a France Travail id", () => {
    expect(["1234567A", "12345678", "12345678901"].filter((id) => !isFranceTravailId(id))).toEqual([]);
    expect(["1234567", "123456AB", "123456789", "1234567890A", "A2345678"].filter(isFranceTravailId)).toEqual([]);
  });
});

describe("refusals", () => {
  it("say what was expected and what came, with the code BAD_USER_INPUT", () => {
    expect(refusal("SIRET", "123")).toEqual({ code: "BAD_USER_INPUT", message: 'Expected a SIRET (14 digits, Luhn), got "123".' });
    expect(refusal("COMMUNE", null).message).toMatch(/got nothing\.$/);
    expect(refusal("DEPARTMENT", { $ne: "" }).message).toMatch(/got no text\.$/);
    expect(refusal("SIREN", "9".repeat(5000)).message.length).toBeLessThan(120);
  });

  it("never repeat what identifies a person", () => {
    expect(refusal("NIR", "295109912611194").message).not.toMatch(/2951/);
    expect(refusal("FRANCE_TRAVAIL_ID", "123456").message).not.toMatch(/1234/);
    expect(refusal("SIRET", "2 95 10 99 126 111 93").message).toBe("Expected a SIRET (14 digits, Luhn), got a NIR.");
  });

  it("are silent for what is valid", () => {
    expect(() => assertIdentifier("SIRET", "73282932000074")).not.toThrow();
  });
});

describe("folded text", () => {
  it("forgets case, accents, ligatures and spacing", () => {
    expect(fold("  Pôle \t EMPLOI ")).toBe("pole emploi");
    expect(fold("Cœur d’Ain, Lætitia Ÿ")).toBe("coeur d'ain, laetitia y");
    expect(wordsOf("L'Étape, l’étape n°2")).toEqual(["l", "etape", "n", "2"]);
    expect(wordsOf(" — ")).toEqual([]);
  });

  it("folds twice as it folds once", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => expect(fold(fold(text))).toBe(fold(text))));
  });

  it("escapes a text into a pattern of itself", () => {
    fc.assert(fc.property(fc.string(), (text) => expect(new RegExp(`^${escapeRegExp(text)}$`, "u").test(text)).toBe(true)));
    expect(new RegExp(escapeRegExp(".*")).test("anything")).toBe(false);
  });
});

function passesLuhn(digits14: string): boolean {
  const sum = [...digits14].reverse().map(Number).reduce((total, digit, at) => total + (at % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)), 0);
  return sum % 10 === 0;
}

function refusal(kind: IdentifierKind, value: unknown): { readonly code: unknown; readonly message: string } {
  try {
    assertIdentifier(kind, value);
  } catch (error) {
    if (error instanceof Error) return { code: "extensions" in error ? (error.extensions as { code?: unknown }).code : undefined, message: error.message };
  }
  throw new Error("Nothing was refused.");
}
