// `pathwayStats`: reads its arguments and builds the aggregation that counts steps, in MongoDB, from a table of dimensions.
//
// A step whose person is gone says itself what it counts under (`counted`).
//
// TERRITORY is the EPCI (its SIREN) of the commune where the person lived: the one inter-communal territory that all
// départements have, and coarse enough to be shown. THEME is the first part of a need's data.inclusion theme, of the needs
// that were open on the day; a step counts under each of them, as it does under each PUBLIC. AGE_BAND is that of the day.
import { assertIdentifier, assertStatsColumns, assertWholeYears, clientError } from "../kit/kit.ts";
import { AGE_BANDS } from "./ages.ts";

export interface StepStatsArgs {
  readonly filter: { readonly departmentCode?: string | null; readonly from: string; readonly to: string };
  readonly groupBy: readonly string[];
}

/** A pipeline over the collection of steps; its rows are `BlockCell`s, a block being a year of a département. */
export type Pipeline = readonly object[];

interface Dimension {
  readonly key: unknown;
  /** Whether the person must be looked up. */
  readonly ofPerson?: true;
  /** For what has several values: the list to take apart before the key is read. */
  readonly values?: unknown;
}

const NONE = "NONE";

/** What no two tables can be subtracted below. */
const BLOCK = { year: { $substrBytes: ["$countedOn", 0, 4] }, departmentCode: { $ifNull: ["$departmentCode", ""] } };

const DIMENSIONS: Readonly<Record<string, Dimension>> = {
  SITE: { key: orNone("$siteId") },
  COMMUNE: { key: orNone("$communeCode") },
  TERRITORY: { key: orNone("$territoryCode") },
  PARTNER: { key: "$leadPartnerId" },
  THEME: { key: "$THEME", values: { $ifNull: ["$counted.themes", openThemes()] }, ofPerson: true },
  AGE_BAND: { key: { $ifNull: ["$counted.ageBand", ageBand()] }, ofPerson: true },
  PUBLIC: { key: "$PUBLIC", values: { $ifNull: ["$counted.publics", "$person.publics"] }, ofPerson: true },
  STEP_KIND: { key: "$kind" },
  OUTCOME: { key: orNone("$outcome") },
  MONTH: { key: { $substrBytes: ["$countedOn", 0, 7] } },
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
  assertStatsColumns(groupBy);
}

/** For arguments that passed `assertStepStats`. */
export function stepStatsPipeline({ filter, groupBy }: StepStatsArgs): Pipeline {
  const { departmentCode, from, to } = filter;
  const dimensions = groupBy.flatMap((name) => (DIMENSIONS[name] === undefined ? [] : [{ name, ...DIMENSIONS[name] }]));
  const several = dimensions.filter(({ values }) => values !== undefined);
  return [
    { $match: { ...(departmentCode != null && { departmentCode }), countedOn: { $gte: from, $lte: to } } },
    ...(dimensions.some(({ ofPerson }) => ofPerson) ? lookUpPerson() : []),
    ...several.flatMap(({ name, values }) => [
      { $set: { [name]: { $cond: [{ $gt: [{ $size: { $ifNull: [values, []] } }, 0] }, values, [NONE]] } } },
      { $unwind: `$${name}` },
    ]),
    { $group: { _id: { block: BLOCK, keys: dimensions.map(({ key }) => key) }, count: { $sum: 1 }, personIds: { $addToSet: "$personId" } } },
    {
      $project: {
        _id: 0,
        block: { $concat: ["$_id.block.year", " ", "$_id.block.departmentCode"] },
        keys: "$_id.keys",
        count: 1,
        people: { $size: "$personIds" },
        first: { $min: "$personIds" },
        last: { $max: "$personIds" },
      },
    },
  ];
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
