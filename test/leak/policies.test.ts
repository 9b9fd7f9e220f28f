// The policy tables of the four subgraphs against the tests' own reading (rests-on.ts): with each category alone, and with
// all but that one, exactly what rests on it is shown, and `withheld` says the rest. A table with any one line changed
// must then show something else, or not start.
import { isDeepStrictEqual } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { getNamedType, isObjectType, type GraphQLSchema } from "graphql";

import { DATA_CATEGORIES, ofNobody, type DataCategory, type Policy } from "../../subgraphs/law/law.ts";
import { createWorld } from "../../subgraphs/world/world.ts";
import { openSharedStack, TEST_TODAY, type Json } from "../harness/stack.ts";
import { byPath, coordinatesIn, prune } from "./expected.ts";
import { mutatePolicy, type PolicyMutant } from "./policy-mutants.ts";
import { ABOUT_NOBODY, RESTS_ON } from "./rests-on.ts";
import { selectAll } from "./select.ts";
import { EVERY_SCOPE, EVERYTHING, openedToAll, openUnderTest, PROTECTING_REFERRAL, type AllUnderTest, type AskUnderTest, type UnderTest } from "./under-test.ts";

const NAMES = ["beneficiaries", "services", "sites", "partners"] as const;

const { pathways, people, referrals, sites } = createWorld(TEST_TODAY);
const CHILD = pathways.find(({ steps }) => steps.some(({ kind, status }) => kind === "CHILD_EVALUATION" && status === "DONE"))?.personId ?? "";
const ELDERLY = pathways.find(({ id }) => id.startsWith("p-") && id !== "p1")?.personId ?? "";
/** Whose referral was refused with a reason. */
const REFUSED = referrals.find(({ transitions }) => transitions.at(-1)?.reason != null)?.personId ?? "";
/** Whose referral waits for an answer, and will not wait for ever. */
const WAITING = referrals.find(({ transitions }) => transitions.at(-1)?.to === "REQUESTED")?.personId ?? "";
/** Whom a message could reach through somebody who endangers them. */
const ENDANGERED = people.find(({ story }) => story === "violence")?.id ?? "";
/** A public that tells of health. */
const DISABLED = people.find(({ publics }) => publics.includes("DISABLED_PEOPLE"))?.id ?? "";
const PEOPLE = [...new Set(["b1", CHILD, ELDERLY, REFUSED, WAITING, ENDANGERED, DISABLED])];
const STEPS = pathways.filter(({ personId }) => PEOPLE.includes(personId)).flatMap(({ steps }) => steps.map(({ id }) => id));

/** Refuges, which nobody may find, and a place of each other kind, which everybody may. */
const REFUGES = sites.filter(({ kind }) => kind === "SHELTER").map(({ id }) => id);
const PLACES = [...REFUGES, ...new Map(sites.filter(({ kind }) => kind !== "SHELTER").map(({ id, kind }) => [kind, id])).values()];

/** Come by `@requires`. */
const OF_PERSON = new Set(["Beneficiary.publics", "Beneficiary.residence"]);
// Which assessment a step leads to is decided in the query, which finds every row here.
const GIVEN = { beneficiaries: new Set(["AssessmentStep.assessment"]), services: OF_PERSON, sites: OF_PERSON, partners: OF_PERSON };

/** Party to some of the referrals that steps lead to, and not to others. */
const PARTNER = { beneficiaries: "ngo-toit-et-vie", services: null, sites: null, partners: null };

const PROTECTING: ReadonlySet<string> = new Set([PROTECTING_REFERRAL]);

let under: AllUnderTest;
const full = new Map<string, Json>();
/** As they are for whoever may locate all of them. */
let places: Json;

beforeAll(async () => {
  under = await openUnderTest(await openSharedStack());
  places = await askPlaces(under.byName.sites.start(), true);
  for (const name of NAMES) {
    const { start, subgraph } = under.byName[name];
    full.set(name, await askAll(start(openedToAll(subgraph.policy)), { name, categories: EVERYTHING, scopes: EVERY_SCOPE }));
  }
}, 120_000);
afterAll(() => under.close());

interface Configuration {
  readonly name: (typeof NAMES)[number];
  readonly categories: ReadonlySet<string>;
  readonly scopes: readonly string[];
}

describe.each(NAMES)("the policy of %s", (name) => {
  it("shows with each category, and without it, what rests on that category, and says what it hides", async () => {
    expect(await breach(under.byName[name].start(), name)).toBeNull();
  });

  it("calls about a person what is, and hangs each part below a field that leads to it", () => {
    const { subgraph, schema } = under.byName[name];
    expect(misplaced(subgraph.policy, schema)).toEqual([]);
  });

  it("with any one line changed is told from the original: no mutant survives", async () => {
    const mutants = mutatePolicy(under.byName[name].subgraph.policy);
    const survivors: string[] = [];
    // What is not as it should be cannot tell a mutant from the original.
    expect(await breach(under.byName[name].start(), name)).toBeNull();
    for (const mutant of mutants) if (!(await isKilled(under.byName[name], mutant))) survivors.push(mutant.name);
    console.log(`policy of ${name}: ${mutants.length} mutants, ${survivors.length} survive${survivors.map((one) => `\n  ${one}`).join("")}`);
    expect(survivors).toEqual([]);
  }, 300_000);
});

it("speaks of every field that rests on something, with somebody who has it", () => {
  const seen = new Set([...full.values()].flatMap((answer) => [...coordinatesIn(answer)]));
  expect(Object.keys(RESTS_ON).filter((coordinate) => !seen.has(coordinate) && !/^(Identity.nir|(Intake|Assessment|Support|Referral)Step.(site|actors|leadPartner|appointments))$/.test(coordinate))).toEqual([]);
});

it("speaks of refuges whose address and staff are kept back from others, and of places where nothing is", () => {
  const isRefuge = ({ id }: Json): boolean => REFUGES.includes(id);
  const refuges = places.sites.filter(isRefuge);
  expect(refuges.length).toBeGreaterThan(0);
  const told = { address: expect.objectContaining({ line1: expect.any(String) }), withheld: [] };
  for (const { address, withheld } of refuges) expect({ address, withheld }).toEqual(told);
  expect(refuges.flatMap(({ staffing }: Json) => staffing).some(({ professional }: Json) => professional !== null)).toBe(true);
  expect(places.sites.filter((site: Json) => !isRefuge(site) && site.address !== null).length).toBeGreaterThan(3);
});

async function isKilled({ subgraph, schema, start }: UnderTest, { policy, near }: PolicyMutant): Promise<boolean> {
  try {
    const ask = start(policy);
    if (misplaced(policy, schema).length > 0) return true;
    return (await breach(ask, subgraph.name as Configuration["name"], near)) !== null;
  } catch {
    return true;
  }
}

interface Breach {
  readonly categories: string;
  readonly path: string;
  readonly answer: Json;
  readonly expected: Json;
}

/** L1: where a refuge is and who works there is read by whoever may locate it; of other places everything is, by everybody. */
async function breachOfPlaces(ask: AskUnderTest): Promise<Breach | null> {
  const hidden = (site: Json): Json => ({
    ...site,
    address: null,
    staffing: site.staffing.map((post: Json) => ({ ...post, team: null, professional: null })),
    withheld: [{ __typename: "Withheld", path: "address", reason: "CONFIDENTIAL_ADDRESS", count: null }],
  });
  for (const locates of [true, false]) {
    const answer = await askPlaces(ask, locates);
    const expected = locates ? places : { sites: places.sites.map((site: Json) => (REFUGES.includes(site.id) ? hidden(site) : site)) };
    if (!isDeepStrictEqual(answer, expected)) return { categories: `locates: ${locates}`, ...difference(answer, expected) };
  }
  return null;
}

async function askPlaces(ask: AskUnderTest, locates: boolean): Promise<Json> {
  const { schema } = under.byName.sites;
  const shown = new Set(["Withheld", "StaffPost", "Team", "Address"]);
  const site = schema.getType("Site");
  if (site === undefined) throw new Error("No type Site.");
  const below = selectAll(schema, site, (one) => ABOUT_NOBODY.has(one.name) && !shown.has(one.name));
  const query = `query ($of: [_Any!]!) { sites: _entities(representations: $of) { ... on Site ${below} } }`;
  return normalise(await ask(query, { categories: new Set(), locates, people: new Set() }, { of: PLACES.map((id) => ({ __typename: "Site", id })) }));
}

/** The first configuration whose answer is not what it should be. */
async function breach(ask: AskUnderTest, name: Configuration["name"], near: DataCategory | null = null): Promise<Breach | null> {
  const told = name === "sites" ? await breachOfPlaces(ask) : null;
  if (told !== null) return told;
  for (const { categories, scopes } of configurations(near)) {
    const answer = await askAll(ask, { name, categories, scopes });
    const expected = prune(full.get(name), { categories, scopes: null, told: new Set(scopes), given: GIVEN[name], protecting: PROTECTING, partnerId: PARTNER[name] });
    if (!isDeepStrictEqual(answer, expected)) return { categories: [...categories].join(" "), ...difference(answer, expected) };
  }
  return null;
}

/** The first place where they differ. */
function difference(answer: Json, expected: Json, path = ""): { readonly path: string; readonly answer: Json; readonly expected: Json } {
  const isDeeper = answer !== null && expected !== null && typeof answer === "object" && typeof expected === "object";
  const name = isDeeper ? [...new Set([...Object.keys(answer), ...Object.keys(expected)])].find((one) => !isDeepStrictEqual(answer[one], expected[one])) : undefined;
  return name === undefined ? { path, answer, expected } : difference(answer[name], expected[name], `${path}.${name}`);
}

/** All but `near` first, where a mutant is most likely to show. */
function configurations(near: DataCategory | null): Pick<Configuration, "categories" | "scopes">[] {
  const but = DATA_CATEGORIES.map((category) => new Set(DATA_CATEGORIES.filter((other) => other !== category)));
  const alone = DATA_CATEGORIES.map((category) => new Set([category]));
  return [
    ...but.filter((categories) => near !== null && !categories.has(near)).map((categories) => ({ categories, scopes: EVERY_SCOPE })),
    { categories: EVERYTHING, scopes: EVERY_SCOPE },
    { categories: EVERYTHING, scopes: [] },
    ...[...but, ...alone].map((categories) => ({ categories, scopes: EVERY_SCOPE })),
  ];
}

async function askAll(ask: AskUnderTest, { name, categories, scopes }: Configuration): Promise<Json> {
  const { query, variables } = QUERIES.get(name) ?? question(name, under.byName[name].schema);
  QUERIES.set(name, { query, variables });
  return normalise(await ask(query, { categories, scopes, people: new Set([...PEOPLE, ...STEPS]), partnerId: PARTNER[name] }, variables));
}

const STEP_TYPES: Readonly<Record<string, string>> = { SUPPORT: "SupportStep", REFERRAL: "ReferralStep", INTAKE: "IntakeStep", EVALUATION: "AssessmentStep" };

interface Question {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

const QUERIES = new Map<string, Question>();

function question(name: Configuration["name"], schema: GraphQLSchema): Question {
  const type = (of: string, stop = ""): string => {
    const found = schema.getType(of);
    return found === undefined ? "" : selectAll(schema, found, (one) => one.name === stop || (ABOUT_NOBODY.has(one.name) && one.name !== "Withheld"));
  };
  // A pathway is reached by itself too, where nothing above it was decided.
  const alone = ["b1", CHILD].flatMap((person) => pathways.find(({ personId, status }) => personId === person && status === "ACTIVE")?.id ?? []);
  const ways = alone.map((id, index) => `way${index}: pathway(id: "${id}") ${type("Pathway", "Beneficiary")}`).join(" ");
  const single = pathways.flatMap(({ personId, steps }) => (personId === "b1" ? steps : [])).flatMap(({ id, kind }) => (kind in STEP_TYPES ? [{ __typename: STEP_TYPES[kind], id }] : []));
  const stepsAlone = `_entities(representations: $of) { __typename ${Object.values(STEP_TYPES).map((of) => `... on ${of} ${type(of)}`).join(" ")} }`;
  if (name === "beneficiaries") return { query: `query ($of: [_Any!]!) { ${stepsAlone} ${ways} ${PEOPLE.map((id) => `${id.replaceAll("-", "_")}: beneficiary(id: "${id}") ${type("Beneficiary")}`).join(" ")} }`, variables: { of: single } };
  const people = PEOPLE.map((id) => ({ __typename: "Beneficiary", id, publics: ["FAMILIES"], residence: { communeCode: "92075" }, sharingTicket: "as it came" }));
  const steps = name === "services" ? [] : STEPS.map((id) => ({ __typename: "PathwayStep", id, sharingTicket: "as it came" }));
  // With `_id`, a reference is a row too.
  const [sender, receiver] = ["dept-92", "ngo-toit-et-vie"].map((id) => ({ id, _id: id }));
  const referrals = name === "partners" ? [{ __typename: "Referral", id: "r", sender, receiver, createdAt: "2026-02-01T09:00:00.000Z" }] : [];
  const types = [...new Set([...people, ...steps, ...referrals].map(({ __typename }) => __typename))];
  const fragments = types.map((of) => `... on ${of} ${type(of)}`).join(" ");
  return { query: `query ($of: [_Any!]!) { _entities(representations: $of) { __typename ${fragments} } }`, variables: { of: [...people, ...steps, ...referrals] } };
}

function normalise(answer: Json): Json {
  if (Array.isArray(answer)) return answer.map(normalise);
  if (answer === null || typeof answer !== "object") return answer;
  const entries = Object.entries(answer).map(([name, value]) => {
    if (name === "withheld") return [name, [...(value as Json[])].sort(byPath)];
    // Signed anew each time.
    return [name, name === "sharingTicket" && value !== null ? "a ticket" : normalise(value)];
  });
  return Object.fromEntries(entries);
}

/** Types whose line calls them public or not against what they are, and parts of a field that does not lead to them. */
function misplaced(policy: Policy, schema: GraphQLSchema): string[] {
  return Object.entries(policy).flatMap(([name, rule]) => {
    const type = schema.getType(name);
    if (rule.kind === "root" || !isObjectType(type)) return [];
    const isStub = Object.keys(type.getFields()).join() === "id";
    const isAboutNobody = rule.kind === "public" || (rule.kind === "person" && rule.subject === ofNobody);
    if (!isStub && isAboutNobody !== ABOUT_NOBODY.has(name)) return [`${name} is called ${rule.kind}.`];
    return rule.kind === "part" && !reachedFrom(schema, rule.of).has(name) ? [`${name} is no part of ${rule.of}.`] : [];
  });
}

/** By any number of fields. */
function reachedFrom(schema: GraphQLSchema, coordinate: string): ReadonlySet<string> {
  const [owner = "", field = ""] = coordinate.split(".");
  const reached = new Set<string>();
  const visit = (type: string, only: string | null): void => {
    const object = schema.getType(type);
    if (!isObjectType(object) || reached.has(type)) return;
    if (only === null) reached.add(type);
    for (const { name, type: returned } of Object.values(object.getFields())) if (only === null || name === only) visit(getNamedType(returned).name, null);
  };
  visit(owner, field);
  return reached;
}
