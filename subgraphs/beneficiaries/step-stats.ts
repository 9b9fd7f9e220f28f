// `pathwayStats`: reads its arguments, and builds the aggregation that tells of each step, in MongoDB, what it counts under.
// A release counts (`kit/releases.ts`); a block is a year of a département.
//
// A step whose person is gone says itself what it counts under (`counted`).
//
// TERRITORY is the EPCI (its SIREN) of the commune where the person lived: the one inter-communal territory that all
// départements have, and coarse enough to be shown. THEME is the first part of a need's data.inclusion theme, of the needs
// that were open on the day; a step counts under each of them, as it does under each PUBLIC. AGE_BAND is that of the day.
import { assertGrouping, assertIdentifier, assertWholeYears, clientError, type TableReport } from "../kit/kit.ts";
import { AGE_BANDS } from "./ages.ts";

export interface StepStatsArgs {
  readonly filter: { readonly departmentCode?: string | null; readonly from: string; readonly to: string };
  readonly groupBy: readonly string[];
}

/** A pipeline over the collection of steps. */
export type Pipeline = readonly object[];

/** `values`: of those that a step has several of, the list. */
type Dimension = { readonly key: unknown } | { readonly values: unknown };

const NONE = "NONE";

const DIMENSIONS: Readonly<Record<string, Dimension>> = {
  SITE: { key: orNone("$siteId") },
  COMMUNE: { key: orNone("$communeCode") },
  TERRITORY: { key: orNone("$territoryCode") },
  PARTNER: { key: "$leadPartnerId" },
  THEME: { values: { $ifNull: ["$counted.themes", openThemes()] } },
  AGE_BAND: { key: { $ifNull: ["$counted.ageBand", ageBand()] } },
  PUBLIC: { values: { $ifNull: ["$counted.publics", "$person.publics"] } },
  STEP_KIND: { key: "$kind" },
  OUTCOME: { key: orNone("$outcome") },
  MONTH: { key: { $substrBytes: ["$countedOn", 0, 7] } },
};

/**
 * No rule of dominance here (L16): that rule keeps the business of enterprises (loi 51-711, article 6), and a step of a
 * pathway is an act of social action, by a public body or on its behalf. Who leads steps is one of the dimensions. Most
 * kinds of steps are led by one body alone (of the demonstration: all intakes, evaluations, home visits and surveys, by the
 * département), so that the rule would hide the report by STEP_KIND and keep little that PARTNER does not tell. People are
 * kept by the threshold, whoever leads.
 */
export const STEP_REPORT: TableReport = {
  dimensions: Object.keys(DIMENSIONS),
  combinations: [
    ["TERRITORY", "THEME", "OUTCOME"],
    ["TERRITORY", "OUTCOME", "MONTH"],
    ["STEP_KIND", "OUTCOME", "MONTH"],
    ["PARTNER", "STEP_KIND", "OUTCOME"],
    ["PARTNER", "MONTH"],
    ["SITE", "STEP_KIND"],
    ["SITE", "MONTH"],
    ["COMMUNE", "THEME"],
    ["AGE_BAND", "THEME", "PUBLIC"],
  ],
};

/** Throws BAD_USER_INPUT. */
export function assertStepStats({ filter, groupBy }: StepStatsArgs): void {
  const { departmentCode, from, to } = filter;
  if (departmentCode != null) assertIdentifier("DEPARTMENT", departmentCode);
  assertWholeYears(from, to);
  const unknown = groupBy.filter((name) => !(name in DIMENSIONS));
  if (unknown.length > 0) {
    const known = Object.keys(DIMENSIONS).join(", ");
    throw clientError("BAD_USER_INPUT", `Expected dimensions that steps of pathways have (${known}), got ${unknown.join(", ")}.`);
  }
  assertGrouping(groupBy, STEP_REPORT);
}

/** Whether a filter that passed `assertStepStats` takes a block in. */
export function takesIn({ departmentCode, from, to }: StepStatsArgs["filter"], block: string): boolean {
  const year = block.slice(0, 4);
  return year >= from.slice(0, 4) && year <= to.slice(0, 4) && (departmentCode == null || block.slice(5) === departmentCode);
}

/** Of each step a `TableFact`. */
export function stepFactStages(): Pipeline {
  const lists = Object.values(DIMENSIONS).map((dimension) => ("key" in dimension ? [dimension.key] : orNoneOf(dimension.values)));
  return [
    ...lookUpPerson(),
    { $project: { _id: 0, block: { $concat: [{ $substrBytes: ["$countedOn", 0, 4] }, " ", { $ifNull: ["$departmentCode", ""] }] }, person: "$personId", keys: lists } },
  ];
}

function orNoneOf(values: unknown): unknown {
  return { $cond: [{ $gt: [{ $size: { $ifNull: [values, []] } }, 0] }, values, [NONE]] };
}

function lookUpPerson(): Pipeline {
  const fields = { birthDate: 1, publics: 1, "needs.theme": 1, "needs.identifiedAt": 1, "needs.closedAt": 1 };
  return [
    { $lookup: { from: "people", localField: "personId", foreignField: "_id", pipeline: [{ $project: fields }], as: "person" } },
    { $set: { person: { $first: "$person" } } },
  ];
}

function openThemes(): unknown {
  const isOpen = [{ $lte: ["$$need.identifiedAt", "$countedOn"] }, { $gte: [{ $ifNull: ["$$need.closedAt", "9999"] }, "$countedOn"] }];
  const open = { $filter: { input: { $ifNull: ["$person.needs", []] }, as: "need", cond: { $and: isOpen } } };
  const category = { $first: { $split: ["$$open.theme", "--"] } };
  return { $setUnion: [{ $map: { input: open, as: "open", in: category } }, []] };
}

/** As `ageOn` and `ageBandOf` of ages.ts count. */
function ageBand(): unknown {
  const part = (path: string, from: number, length: number) => ({ $substrBytes: [path, from, length] });
  const years = { $subtract: [{ $toInt: part("$countedOn", 0, 4) }, { $toInt: part("$person.birthDate", 0, 4) }] };
  const isBeforeBirthday = { $lt: [part("$countedOn", 5, 5), part("$person.birthDate", 5, 5)] };
  const age = { $subtract: [years, { $cond: [isBeforeBirthday, 1, 0] }] };
  const isUnknown = { $or: [{ $eq: [{ $ifNull: ["$person.birthDate", null] }, null] }, { $gt: ["$person.birthDate", "$countedOn"] }] };
  const branches = AGE_BANDS.map(([band, end]) => ({ case: end === Infinity ? true : { $lt: ["$$age", end] }, then: band }));
  return { $cond: [isUnknown, "UNKNOWN", { $let: { vars: { age }, in: { $switch: { branches } } } }] };
}

function orNone(path: string): unknown {
  return { $ifNull: [path, NONE] };
}
