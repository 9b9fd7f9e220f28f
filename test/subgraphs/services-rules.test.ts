import { describe, expect, it } from "@jest/globals";

import { expiryOf, isStale, nextReminderOf } from "../../subgraphs/services/deadlines.ts";
import { matchService, rankServices } from "../../subgraphs/services/eligibility.ts";
import { qualityOf, type QualityFacts } from "../../subgraphs/services/quality.ts";
import { nearestTheme, readThemes, THEME_CATEGORIES, themeOf, THEMES } from "../../subgraphs/services/themes.ts";
import { ISSUE_CODES, validateRecord, type RawRecord } from "../../subgraphs/services/validation.ts";
import { isEpci, storedZones, zonesOf, zonesOfUnknown } from "../../subgraphs/services/zones.ts";
import { room, service, TODAY } from "./services-small-world.ts";

describe("Themes of data.inclusion v1", () => {
  it("are 69 codes in 16 categories, each code under its category", () => {
    expect(THEMES.size).toBe(69);
    expect(THEME_CATEGORIES.size).toBe(16);
    expect([...THEMES.values()].every(({ code, category }) => code.startsWith(`${category}--`))).toBe(true);
  });

  it("are named by code or by category, each once", () => {
    expect(readThemes(["numerique", "numerique--acquerir-un-equipement"])).toHaveLength(4);
    expect(readThemes(["sante--addictions"])).toEqual(["sante--addictions"]);
  });

  it.each([
    ["numérique", "numerique"],
    ["logement-hebergement--louer-un-appartement", "logement-hebergement--louer-un-logement"],
    ["sante--addiction", "sante--addictions"],
  ])("are suggested for what is written like them: %s → %s", (value, nearest) => {
    expect(nearestTheme(value)).toBe(nearest);
  });

  it("compares and repeats no more than a hundred characters of what a client sends", () => {
    expect(() => readThemes(["x".repeat(1_000_000)])).toThrow(new RegExp(`got "x{100}"\\.`));
  });

  it("keep the text of a code that the vocabulary does not know", () => {
    expect(themeOf("ancien--theme")).toEqual({ code: "ancien--theme", label: "ancien--theme", category: "ancien" });
  });
});

describe("Zones", () => {
  it("of a commune are itself, its EPCI, its département and France", () => {
    expect(zonesOf({ _id: "97110", epci: "200041507", department: "971" })).toEqual(["97110", "200041507", "971", "france"]);
    expect(zonesOf({ _id: "29083", epci: null, department: "29" })).toEqual(["29083", "29", "france"]);
  });

  it("of a commune that is not in the table are told by its code", () => {
    expect(zonesOfUnknown("2A004")).toEqual(["2A004", "2A", "france"]);
    expect(zonesOfUnknown("97411")).toEqual(["97411", "974", "france"]);
    expect(zonesOfUnknown(null)).toEqual(["france"]);
  });

  it("of a service without any are all of France", () => {
    expect(storedZones([])).toEqual(["france"]);
    expect([isEpci("200041507"), isEpci("97110"), isEpci("france")]).toEqual([true, false, false]);
  });
});

describe("Eligibility", () => {
  const person = { publics: ["FAMILIES", "WOMEN"], zones: ["92075", "200054781", "92", "france"] };
  const rules = (zones: string[], publics: string[], accessConditions: string | null = null) => ({ zones, publics, accessConditions });

  it.each([
    [["92075"], ["WOMEN"], null, "ELIGIBLE", []],
    [["200054781"], ["SENIORS", "FAMILIES"], null, "ELIGIBLE", []],
    [["92"], ["ALL"], null, "ELIGIBLE", []],
    [["france"], ["ALL"], "Ressources sous plafond", "PROBABLE", ["access conditions: Ressources sous plafond"]],
    [["92"], [], null, "PROBABLE", ["publics: not said by the service"]],
    [["92"], [], "Sur dossier", "PROBABLE", ["publics: not said by the service", "access conditions: Sur dossier"]],
    [["92"], ["SENIORS"], null, "NOT_ELIGIBLE", ["publics: SENIORS"]],
    [["92048", "971"], ["ALL"], null, "NOT_ELIGIBLE", ["zone: 92048, 971"]],
  ])("in zones %j for %j under conditions %j is %s, missing %j", (zones, publics, conditions, match, missing) => {
    expect(matchService(rules(zones, publics, conditions), person)).toEqual({ match, missing });
  });

  it.each([[[]], [["ALL"]]])("must be checked when nothing is known of the person's publics (%j)", (publics) => {
    expect(matchService(rules(["92"], ["SENIORS"]), { ...person, publics })).toEqual({ match: "TO_CHECK", missing: ["publics: SENIORS"] });
    expect(matchService(rules(["92"], ["ALL"]), { ...person, publics }).match).toBe("ELIGIBLE");
  });

  it("puts room before nearness, and nearness before quality; equals go by name", () => {
    const candidates = [
      service("full", { eligibilityZone: ["92075"], capacity: room("NO_CAPACITY") }),
      service("waiting", { eligibilityZone: ["92075"], capacity: room("WAITLIST") }),
      service("b-france", { eligibilityZone: [], qualityScore: 1 }),
      service("b-far", { eligibilityZone: ["92"], qualityScore: 0.4 }),
      service("a-near", { eligibilityZone: ["200054781"], qualityScore: 0.1 }),
      service("told-long-ago", { eligibilityZone: ["92075"], capacity: room("NO_CAPACITY", "2025-12-01T08:00:00Z") }),
      service("better", { eligibilityZone: ["92"], qualityScore: 0.8 }),
      service("a-far", { eligibilityZone: ["92"], qualityScore: 0.4 }),
      service("room", { eligibilityZone: [], capacity: room("CAPACITY") }),
      service("out", { eligibilityZone: ["14"] }),
    ];
    const ranked = rankServices(candidates, person, new Date(`${TODAY}T09:00:00Z`));
    expect(ranked.map(({ service: { _id } }) => _id)).toEqual(["room", "told-long-ago", "a-near", "better", "a-far", "b-far", "b-france", "waiting", "full"]);
  });
});

describe("The quality score", () => {
  const GOOD: QualityFacts = {
    description: "x".repeat(400),
    receptionModes: ["IN_PERSON"],
    mobilisationModes: ["PHONE", "EMAIL"],
    publics: ["ALL"],
    themes: ["numerique--acquerir-un-equipement"],
    fee: "FREE",
    feeNote: null,
    updatedOn: "2026-02-01",
    hasAddress: true,
    hasPhone: true,
    hasEmail: true,
    hasLink: false,
  };

  it.each<[string, Partial<QualityFacts>, number]>([
    ["nothing is missing", {}, 1],
    ["the address is missing", { hasAddress: false }, 0.9],
    ["the address is missing and not needed", { hasAddress: false, receptionModes: ["REMOTE"] }, 1],
    ["the telephone is missing", { hasPhone: false }, 0.9],
    ["the e-mail address is missing", { hasEmail: false }, 0.9],
    ["no way to come is told: of eight criteria one fails", { mobilisationModes: [] }, 0.88],
    ["no public is told", { publics: [] }, 0.9],
    ["no theme is told", { themes: [] }, 0.9],
    ["there is no contact at all", { hasPhone: false, hasEmail: false }, 0.7],
    ["it was updated 15 months ago, half way to two years", { updatedOn: "2024-12-01" }, 0.95],
    ["it was updated long ago", { updatedOn: "2020-01-01" }, 0.9],
    ["the fee is not told", { fee: null }, 0.9],
    ["a fee is told without a note", { fee: "PAID" }, 0.95],
    ["a fee is told with a note", { fee: "PAID", feeNote: "10 €" }, 1],
    ["the description has 300 characters", { description: "x".repeat(300) }, 0.95],
    ["the description has 199 characters", { description: "x".repeat(199) }, 0.9],
    ["there is no description", { description: null }, 0.9],
  ])("when %s", (_, said, score) => {
    expect(qualityOf({ ...GOOD, ...said }, TODAY)).toBeCloseTo(score, 2);
  });
});

describe("Deadlines", () => {
  const SENT = new Date("2026-01-01T09:00:00Z");
  const waiting = (status: string, inStudy = false) => ({ status, sentAt: SENT, respondedAt: new Date("2026-01-06T09:00:00Z"), inStudy });
  const day = (date: Date | null) => date?.toISOString().slice(0, 10) ?? null;

  it.each([
    ["REQUESTED", false, "2026-01-31"],
    ["RECEIVED", false, "2026-01-31"],
    ["RECEIVED", true, "2026-03-02"],
    ["EXPIRED", false, "2026-01-31"],
    ["DRAFT", false, null],
    ["ACCEPTED", false, null],
    ["WAITLISTED", false, null],
    ["COMPLETED", false, null],
  ])("%s, in study %s, expires on %s", (status, inStudy, expected) => {
    expect(day(expiryOf(waiting(status, inStudy)))).toBe(expected);
  });

  it.each([
    ["REQUESTED", "2026-01-01", "2026-01-11"],
    ["REQUESTED", "2026-01-11", "2026-01-21"],
    ["REQUESTED", "2026-01-20", "2026-01-21"],
    ["REQUESTED", "2026-01-21", null],
    ["WAITLISTED", "2026-01-20", "2026-01-26"],
    ["IN_PROGRESS", "2026-01-20", null],
  ])("%s on %s is next reminded on %s", (status, now, expected) => {
    expect(day(nextReminderOf(waiting(status), new Date(`${now}T09:00:00Z`)))).toBe(expected);
  });

  it("calls a capacity stale after thirty days, not on the thirtieth", () => {
    expect(isStale(SENT, new Date("2026-01-31T09:00:00Z"))).toBe(false);
    expect(isStale(SENT, new Date("2026-01-31T09:00:01Z"))).toBe(true);
  });
});

describe("The validation of an imported catalogue", () => {
  const SERVICE: RawRecord = { source: "s", id: "s--1", structure_id: "s--9", nom: "Un service", description: "x".repeat(200), date_maj: "2026-01-01" };
  const STRUCTURE: RawRecord = { source: "s", id: "s--9", nom: "Une structure", date_maj: "2026-01-01" };

  function codes(kind: "structure" | "service", record: RawRecord): string[] {
    return validateRecord(kind, record, TODAY).map(({ field, code }) => `${field} ${code}`);
  }

  it("finds nothing wrong with a record that keeps to the vocabulary", () => {
    expect(codes("structure", { ...STRUCTURE, siret: "13003013300016", site_web: "https://example.org/", reseaux_porteurs: ["ccas-cias"] })).toEqual([]);
    const full = { thematiques: ["sante--addictions"], publics: ["jeunes"], frais: "payant", zone_eligibilite: ["92", "200054781", "97110", "france"], nombre_semaines: 3 };
    expect(codes("service", { ...SERVICE, ...full })).toEqual([]);
  });

  it.each<[RawRecord, string[]]>([
    [{ siret: "6.0487647500499E13" }, ["siret SIRET_AS_NUMBER"]],
    [{ siret: 60487647500499 }, ["siret SIRET_AS_NUMBER"]],
    [{ siret: "7328293200007" }, ["siret BAD_SIRET"]],
    [{ siret: "73282932000079" }, ["siret SIRET_CHECK_DIGIT"]],
    [{ code_postal: "750121" }, ["code_postal BAD_POSTAL_CODE"]],
    [{ code_insee: "99100" }, ["code_insee BAD_COMMUNE_CODE"]],
    [{ site_web: "pas une url !" }, ["site_web BAD_URL"]],
    [{ site_web: "javascript:alert(1)" }, ["site_web BAD_URL"]],
    [{ courriel: "à demander" }, ["courriel BAD_EMAIL"]],
    [{ date_maj: "12/09/2025" }, ["date_maj BAD_DATE"]],
    [{ date_maj: "2026-03-03" }, ["date_maj BAD_DATE"]],
    [{ date_maj: undefined }, ["date_maj MISSING_FIELD"]],
    [{ latitude: 100 }, ["latitude OUT_OF_RANGE"]],
    [{ longitude: "2.3" }, ["longitude WRONG_TYPE"]],
    [{ nom: "ab" }, ["nom WRONG_LENGTH"]],
    [{ reseaux_porteurs: "ccas-cias" }, ["reseaux_porteurs WRONG_TYPE"]],
    [{ colonne: "libre" }, ["colonne UNKNOWN_FIELD"]],
  ])("finds in a structure with %j: %j", (said, expected) => {
    expect(codes("structure", { ...STRUCTURE, ...said })).toEqual(expected);
  });

  it.each<[RawRecord, string[]]>([
    [{ thematiques: ["logement-hebergement--louer-un-appartement"] }, ["thematiques UNKNOWN_THEME"]],
    [{ mobilisable_par: ["autres", "usagers"] }, ["mobilisable_par UNKNOWN_VALUE"]],
    [{ nombre_semaines: "beaucoup" }, ["nombre_semaines WRONG_TYPE"]],
    [{ publics: ["tous-publics", "jeunes"] }, ["publics ALL_WITH_OTHER_PUBLICS"]],
    [{ frais: "libre" }, ["frais UNKNOWN_VALUE"]],
    [{ zone_eligibilite: ["Calvados"] }, ["zone_eligibilite UNKNOWN_VALUE"]],
    [{ description: "x".repeat(199) }, ["description SHORT_DESCRIPTION"]],
    [{ description: "x" }, ["description WRONG_LENGTH"]],
    [{ structure_id: "" }, ["structure_id MISSING_FIELD"]],
  ])("finds in a service with %j: %j", (said, expected) => {
    expect(codes("service", { ...SERVICE, ...said })).toEqual(expected);
  });

  it("names the nearest theme, and repeats no name, number or address of a person", () => {
    const faults = validateRecord("service", { ...SERVICE, thematiques: ["numerik"], courriel: "jeanne chez exemple", telephone: 612345678, contact_nom_prenom: 42 }, TODAY);
    const text = faults.map(({ message }) => message).join("\n");
    expect(text).toMatch(/The nearest is numerique--/);
    expect(text).not.toMatch(/jeanne|612345678|42/);
    expect(faults.every(({ code, severity }) => ISSUE_CODES[code] === severity)).toBe(true);
  });

  it.each([["__proto__"], ["constructor"], ["toString"]])("takes a column called %s for an unknown field", (name) => {
    const record = JSON.parse(`{"source":"s","id":"s--9","nom":"Une structure","date_maj":"2026-01-01","${name}":"x"}`) as RawRecord;
    expect(codes("structure", record)).toEqual([`${name} UNKNOWN_FIELD`]);
  });
});
