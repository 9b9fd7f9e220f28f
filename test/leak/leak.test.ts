// The leak test: every caller asks for every way through the API schema that leads to somebody's data, six fields deep, and
// is answered what the law allows and nothing else.
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { buildClientSchema, getIntrospectionQuery, getNamedType, isObjectType, type GraphQLSchema } from "graphql";

import { openDemoKeys, type DemoKeys } from "../../deploy/keys.ts";
import { askAs, openSharedStack, type Json, type StackFacts } from "../harness/stack.ts";
import { CALLERS, type TestCaller } from "./callers.ts";
import { readFacts, type Facts } from "./facts.ts";
import { isParty, judgeAnswer, mayExchange, objectsIn, peopleIn, type Verdicts } from "./judge-answer.ts";
import { branchesOf, keyOf, pack, type Form } from "./paths.ts";
import type { Reader } from "./reading.ts";
import { ABOUT_NOBODY, ENTRANCES } from "./rests-on.ts";
import { openTruth, type Truth } from "./truth.ts";
import { openUnderTest, type AllUnderTest } from "./under-test.ts";
import { compareValues, isLeaf } from "./compare-values.ts";
import { readWorldValues } from "./world-values.ts";

const DEPTH = 6;
/** Below the gateway's limit for one operation, and planned in time on a machine that does much else. */
const MOST_SELECTIONS = 170;
const AT_ONCE = 4;

/** One of each story: the rich pathway, a child, a couple, protected children, a job seeker, an archived file, violence, a consent withdrawn. */
const PEOPLE = ["b1", "b5", "b2", "b7", "b9", "b14", "b15", "b24", "b27", "b30"];

interface Entrance {
  readonly field: (typeof ENTRANCES)[number];
  readonly args: string;
  readonly form: Form;
  readonly depth: number;
  /** Whom it is about, where one person is. */
  readonly personId: string;
}

const DOORS: readonly Entrance[] = [
  { field: "beneficiary", args: `id: "b5"`, form: "plain", depth: DEPTH, personId: "b5" },
  { field: "beneficiary", args: `id: "b9"`, form: "aliased", depth: DEPTH, personId: "b9" },
  ...PEOPLE.map((id) => ({ field: "beneficiary", args: `id: "${id}"`, form: "interfaces", depth: 4, personId: id }) as const),
  { field: "pathway", args: `id: "p1"`, form: "fragments", depth: DEPTH, personId: "b1" },
  { field: "referral", args: `id: "r-p1-housing"`, form: "interfaces", depth: DEPTH, personId: "b1" },
  { field: "referralInbox", args: `partnerId: "ngo-toit-et-vie", first: 2`, form: "plain", depth: DEPTH, personId: "" },
  { field: "beneficiarySearch", args: `input: { name: "Mar", purpose: SUPPORT }, first: 2`, form: "fragments", depth: DEPTH, personId: "" },
  { field: "possibleDuplicates", args: `of: "b2"`, form: "aliased", depth: DEPTH, personId: "b2" },
  { field: "accessLog", args: `beneficiaryId: "b1", first: 2`, form: "plain", depth: DEPTH, personId: "b1" },
];

let stack: StackFacts;
let under: AllUnderTest;
let keys: DemoKeys;
let facts: Facts;
let truth: Truth;
let questions: readonly Question[];

beforeAll(async () => {
  stack = await openSharedStack();
  under = await openUnderTest(stack);
  keys = await openDemoKeys(join(dirname(stack.logFolder), "keys"));
  facts = readFacts();
  truth = openTruth(under, facts.world.referrals);
  await truth.learn(PEOPLE);
  questions = questionsOf(await introspect());
}, 180_000);
afterAll(() => under.close());

const asked = { paths: 0, fields: 0, operations: 0 };

describe("who asks for everything about somebody is answered what the law allows", () => {
  it.each(CALLERS)("$name", async (caller) => {
    const reader = facts.readerOf(caller.claims ?? {});
    const findings = new Map<string, string>();
    const queue = [...questions];
    const work = async (): Promise<void> => {
      for (let question = queue.shift(); question !== undefined; question = queue.shift()) {
        for (const { kind, where } of (await judge(question, { caller, reader })).findings) findings.set(`${kind}: ${where}`, question.name);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect([...findings.keys()].slice(0, 20)).toEqual([]);
  }, 120_000);

  it("would tell another's value from this one's, and another's row", async () => {
    const reader = facts.readerOf(CALLERS.find(({ name }) => name === "hauts-de-seine-referent")?.claims ?? {});
    const below = "{ __typename id identity { __typename birthName contact { __typename phone } } needs { __typename id theme } }";
    const { data } = await askAs(stack, "hauts-de-seine-referent", `{ asked: beneficiary(id: "b1") ${below} }`);
    const { identity } = data.asked;
    const other = truth.objects.get("Beneficiary b2");
    const found = (change: object): string[] => {
      const { findings } = judgeAnswer({ ...data.asked, ...change }, { where: "b1", personId: "b1" }, { facts, truth, reader });
      return findings.map(({ kind, where }) => `${kind}: ${where}`);
    };
    expect(found({})).toEqual([]);
    expect(found({ identity: { ...identity, birthName: other.identity.birthName } })).toEqual(["wrong value: b1.identity Identity.birthName"]);
    const contact = { __typename: "Contact", phone: "+33 1 00 00 00 00" };
    expect(found({ identity: { ...identity, contact } })).toEqual(["wrong value: b1.identity.contact Contact.phone"]);
    const [first, ...others] = data.asked.needs;
    expect(found({ needs: [{ ...first, theme: "logement" }, ...others] })).toEqual(["wrong value: b1.needs Need.theme"]);
    expect(found({ needs: [{ ...first, id: "need-b2-1" }, ...others] })).toContain("wrong value: b1 Beneficiary.needs");
  });

  afterAll(() => console.log(`leak test: ${asked.paths} paths × callers (${CALLERS.length} callers), ${asked.operations} operations, ${asked.fields} fields looked at`));
});

/** Leaves about a person that the world's records do not have, and why not. */
const NOT_OF_THE_WORLD: Readonly<Record<string, string>> = {
  "Appointment.motive": "a word for its kind",
  "TimelineEvent.label": "a word for its kind",
  "Beneficiary.pseudonym": "another one for each organisation: compared between all answers, below",
  "CareTeamMember.canReadIdentity": "about the professional",
  "EligibleService.match": "about the service",
  "Referral.expiresAt": "reckoned from dates that are compared",
  "Referral.nextReminderAt": "reckoned from dates that are compared",
  "Referral.tenantId": "no client sees it",
  ...Object.fromEntries(["Intake", "Assessment", "Support", "Referral"].map((kind) => [`${kind}Step.sharingTicket`, "no client sees it"])),
};

/** What answers are compared with is compared in its turn with what was seeded: so a value is right, and of the right person. */
describe("what the four databases hold of everybody who was met", () => {
  it("is what the world's records say of that person, value by value", () => {
    const values = readWorldValues(facts.world);
    const compared = [...truth.objects].flatMap(([key, object]) => (values.has(key) ? [compareValues(object, values.get(key), key)] : []));
    expect(compared.flatMap(({ differing }) => differing).slice(0, 20)).toEqual([]);
    const leaves = new Set(compared.flatMap((one) => [...one.leaves]));
    const unknown = [...leavesOf([...truth.objects.values()])].filter((leaf) => !leaves.has(leaf) && !(leaf in NOT_OF_THE_WORLD));
    console.log(`${compared.length} objects compared with the world's records, ${leaves.size} kinds of leaves`);
    expect(unknown.sort()).toEqual([]);
  });

  it("hides behind a pseudonym that is the person's at one organisation, and nobody's anywhere else (L7)", () => {
    expect(pseudonyms.size).toBeGreaterThan(50);
    expect([...pseudonyms].filter(([, owners]) => owners.size > 1)).toEqual([]);
    const owners = [...pseudonyms.values()].flatMap((some) => [...some]);
    expect(new Set(owners).size).toBe(owners.length);
  });
});

/** Coordinates of leaves with a value, but for keys and for types with nobody in them. */
function leavesOf(value: Json): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((one) => [...leavesOf(one)]));
  if (value === null || typeof value !== "object" || ABOUT_NOBODY.has(value.__typename)) return new Set();
  return new Set(
    Object.entries(value).flatMap(([name, inside]) => {
      if (["id", "__typename"].includes(name) || inside === null || (Array.isArray(inside) && inside.length === 0)) return [];
      return isLeaf(inside) ? [`${value.__typename}.${name}`] : [...leavesOf(inside)];
    }),
  );
}

interface Question {
  readonly name: string;
  readonly query: string;
  readonly paths: number;
  readonly entrance: Entrance;
}

async function judge({ name, query, paths, entrance }: Question, { caller, reader }: { readonly caller: TestCaller; readonly reader: Reader }): Promise<Verdicts> {
  const { data, errors, status } = await askPatiently(caller, query);
  const broken = errors.filter(({ extensions }) => !["UNAUTHORIZED_FIELD"].includes(extensions?.code ?? "")).map(({ message }) => message);
  if (data === undefined || status !== 200) throw new Error(`${name}: ${JSON.stringify(broken.slice(0, 3))}`);
  const value = data?.asked ?? null;
  await truth.learn(peopleIn(value));
  rememberPseudonyms(value, reader.partnerId);
  const verdicts = judgeAnswer(value, { where: name, personId: entrance.personId }, { facts, truth, reader });
  asked.paths += paths;
  asked.fields += verdicts.fields;
  asked.operations += 1;
  return { ...verdicts, findings: [...verdicts.findings, ...judgeRoot(value, entrance, { caller, reader })] };
}

/** Pseudonym → whose it is, and for which organisation. */
const pseudonyms = new Map<string, Set<string>>();

function rememberPseudonyms(value: Json, partnerId: string | null): void {
  for (const { id, pseudonym } of objectsIn(value)) {
    if (typeof id !== "string" || typeof pseudonym !== "string") continue;
    pseudonyms.set(pseudonym, (pseudonyms.get(pseudonym) ?? new Set()).add(`${id} for ${partnerId}`));
  }
}

/** Whether there is an answer at all. Which people a search finds is the business of another test. */
function judgeRoot(value: Json, { field, personId }: Entrance, { caller, reader }: { readonly caller: TestCaller; readonly reader: Reader }): Verdicts["findings"] {
  const open: Readonly<Record<string, () => boolean | null>> = {
    beneficiary: () => facts.mayKnowOf(reader, personId),
    pathway: () => facts.may(reader, personId, "COORDINATION"),
    referral: () => ["referral:read", "self:read"].some((scope) => reader.scopes.has(scope)) && isParty("r-p1-housing", { facts, reader }),
    accessLog: () => mayAudit(reader, personId),
    referralInbox: () => reader.scopes.has("referral:read") && reader.personId === null && reader.partnerId === "ngo-toit-et-vie" && mayExchange(reader, facts),
  };
  const isOpen = caller.claims === null ? false : (open[field]?.() ?? null);
  const rows = value?.nodes ?? value?.as_nodes ?? value?.edges ?? value?.as_edges;
  // A connection is always answered; only its rows tell.
  if (value !== null && rows === undefined && String(value.__typename).endsWith("Connection")) return [];
  const isThere = value !== null && (rows === undefined || rows.length > 0);
  if (isOpen === null || isOpen === isThere) return [];
  return [{ kind: isThere ? "leak" : "needless refusal", where: `Query.${field} ${personId}` }];
}

/** L14: one's own; L11: whoever audits sees what their own organisation read, which is the file's holder for sure. */
function mayAudit({ personId, partnerId, scopes }: Reader, about: string): boolean | null {
  if (personId !== null) return scopes.has("self:read") && personId === about;
  if (!scopes.has("audit:read") || partnerId === null) return false;
  const holder = facts.world.people.find(({ id }) => id === about)?.departmentCode;
  return partnerId === `dept-${holder}` ? true : null;
}

/** A plan that was not made in time on a machine that does something else is asked for again. */
async function askPatiently(caller: TestCaller, query: string): Promise<Awaited<ReturnType<typeof askAs>>> {
  let answer = await ask(caller, query);
  for (let tries = 1; tries < 8 && answer.errors[0]?.extensions?.code === "PLANNING_TIMEOUT"; tries += 1) {
    await new Promise((settle) => setTimeout(settle, tries * 250));
    answer = await ask(caller, query);
  }
  return answer;
}

async function ask({ name, claims }: TestCaller, query: string): Promise<Awaited<ReturnType<typeof askAs>>> {
  const token = claims === null ? null : (tokens.get(name) ?? (await keys.signToken(name, claims as Record<string, string>)));
  if (token !== null) tokens.set(name, token);
  return askAs({ gatewayUrl: stack.gatewayUrl, tokens: { [name]: token } }, name, query);
}

const tokens = new Map<string, string>();

async function introspect(): Promise<GraphQLSchema> {
  const { data } = await askAs(stack, "anonymous", getIntrospectionQuery());
  return buildClientSchema(data);
}

function questionsOf(schema: GraphQLSchema): Question[] {
  return DOORS.flatMap((entrance) => {
    const { field, args, form, depth } = entrance;
    const type = getNamedType(schema.getQueryType()?.getFields()[field]?.type);
    if (!isObjectType(type)) throw new Error(`Expected Query.${field} to lead to an object.`);
    const packs = pack(branchesOf(schema, type, { depth: depth - 1, form }), MOST_SELECTIONS - 10);
    return packs.map((branches, index) => ({
      name: `${field}(${args}) ${form} ${index + 1}`,
      query: `{ asked: ${field}(${args}) { ${keyOf(type)} ${branches.map(({ text }) => text).join(" ")} } }`,
      paths: branches.reduce((sum, { paths }) => sum + paths, 0),
      entrance,
    }));
  });
}
