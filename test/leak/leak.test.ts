// The leak test: every caller asks for every way through the API schema that leads to somebody's data, six fields deep, and
// is answered what the law allows and nothing else.
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { buildClientSchema, getIntrospectionQuery, getNamedType, isObjectType, type GraphQLSchema } from "graphql";

import { openDemoKeys, type DemoKeys } from "../../deploy/keys.ts";
import { askAs, openSharedStack, type Json, type StackFacts } from "../harness/stack.ts";
import { CALLERS, type TestCaller } from "./callers.ts";
import { readFacts, type Facts } from "./facts.ts";
import { isParty, judgeAnswer, peopleIn, type Verdicts } from "./judge-answer.ts";
import { branchesOf, keyOf, pack, type Form } from "./paths.ts";
import type { Reader } from "./reading.ts";
import { ENTRANCES } from "./rests-on.ts";
import { openTruth, type Truth } from "./truth.ts";
import { openUnderTest, type AllUnderTest } from "./under-test.ts";

const DEPTH = 6;
/** Below the gateway's limit for one operation, and planned in time on a busy machine. */
const MOST_SELECTIONS = 550;
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
  truth = openTruth(under);
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

  afterAll(() => console.log(`leak test: ${asked.paths} paths × callers (${CALLERS.length} callers), ${asked.operations} operations, ${asked.fields} fields looked at`));
});

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
  const verdicts = judgeAnswer(value, { where: name, personId: entrance.personId }, { facts, truth, reader });
  asked.paths += paths;
  asked.fields += verdicts.fields;
  asked.operations += 1;
  return { ...verdicts, findings: [...verdicts.findings, ...judgeRoot(value, entrance, { caller, reader })] };
}

/** Whether there is an answer at all. Which people a search finds is the business of another test. */
function judgeRoot(value: Json, { field, personId }: Entrance, { caller, reader }: { readonly caller: TestCaller; readonly reader: Reader }): Verdicts["findings"] {
  const open: Readonly<Record<string, () => boolean | null>> = {
    beneficiary: () => facts.mayKnowOf(reader, personId),
    pathway: () => facts.may(reader, personId, "COORDINATION"),
    referral: () => isParty("r-p1-housing", { facts, reader }),
    accessLog: () => mayAudit(reader, personId),
    referralInbox: () => reader.scopes.has("referral:read") && reader.personId === null && reader.partnerId === "ngo-toit-et-vie",
  };
  const isOpen = caller.claims === null ? false : (open[field]?.() ?? null);
  const isThere = value !== null && (!("nodes" in value || "as_nodes" in value) || (value.nodes ?? value.as_nodes ?? value.edges).length > 0);
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
  for (let tries = 1; tries < 5 && answer.errors[0]?.extensions?.code === "PLANNING_TIMEOUT"; tries += 1) answer = await ask(caller, query);
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
