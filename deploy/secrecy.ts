// What the law keeps secret, and the same question about what there is not, asked in pairs over the demonstration's whole stack:
// neither bytes nor time may tell them apart (L1, L4).
import { openStore, type Store } from "../subgraphs/kit/kit.ts";
import type { Stack } from "./stack.ts";
import { compareTimes, SIGNIFICANT } from "./timing.ts";

interface Secret {
  readonly what: string;
  readonly query: string;
  /** Variables for what is secret, and for what there is not. */
  readonly pair: readonly [Readonly<Record<string, string>>, Readonly<Record<string, string>>];
  /** What both are answered with. */
  readonly answer: string;
  readonly pairs: number;
}

/** A search takes a beat: so many take four minutes. */
const PAIRS = 5_000;
const MANY_PAIRS = 20_000;
const WARM_UP = 200;

/** Known by its protection only. */
const CHILD = "b7";
/** Nobody's birth date. */
const OTHER_DAY = "1901-01-05";
/** Both are refuges of the demonstration; the address of the second is taken away. */
const [REFUGE, REFUGE_WITHOUT] = ["hebergement-76-1", "hebergement-76-2"];
/** Who asks: of another département than the child, the stranger and the refuges, and party to none of the referrals. */
const REFERENT = "hauts-de-seine-referent";

/** One line for each secret, as it is measured. */
export async function* measureSecrecy(stack: Stack): AsyncGenerator<readonly [string, string]> {
  for (const secret of await listSecrets(stack)) {
    const [one, other] = secret.pair.map((variables) => () => ask(stack, secret, variables)) as [() => Promise<number>, () => Promise<number>];
    for (let run = 0; run < WARM_UP; run++) await (run % 2 === 0 ? one : other)();
    const { medians, share, p, canBeToldApart } = await compareTimes(one, other, { pairs: secret.pairs });
    const slower = `the latter slower in ${(share * 100).toFixed(1)} %`;
    const figures = `medians ${medians.map((median) => median.toFixed(3)).join(" and ")} ms, ${slower}, p = ${p.toFixed(3)} by Mann–Whitney, level ${SIGNIFICANT}`;
    yield [`${secret.what}, ${secret.pairs} pairs`, `${canBeToldApart ? "CAN BE TOLD APART" : "cannot be told apart"} (${figures})`];
  }
}

/** Changes the stack's databases: one refuge forgets where it is. */
async function listSecrets(stack: Stack): Promise<Secret[]> {
  const child = await withCollection(stack, ["beneficiaries", "people"], (people) => people.findOne({ _id: CHILD }));
  const stranger = await withCollection(stack, ["beneficiaries", "people"], (people) => people.findOne({ departmentCode: "76", protectedOnly: false, birthDate: { $ne: null } }));
  const referral = await withCollection(stack, ["services", "referrals"], (referrals) => referrals.findOne({ senderId: { $ne: "dept-92" }, receiverId: { $ne: "dept-92" } }));
  const { deletedCount } = await withCollection(stack, ["sites", "secretAddresses"], (addresses) => addresses.deleteOne({ _id: REFUGE_WITHOUT }));
  if (child === null || stranger === null || referral === null || deletedCount !== 1) throw new Error("Expected the demonstration's child, a stranger, a referral between others and a refuge, got less.");
  const search = {
    query: "query ($name: String, $day: Date) { beneficiarySearch(input: { name: $name, birthDate: $day, purpose: SUPPORT }) { nodes { id } } }",
    answer: '{"data":{"beneficiarySearch":{"nodes":[]}}}',
    pairs: PAIRS,
  };
  return [
    {
      what: "a secret child and nobody, by id",
      query: "query ($id: ID!) { beneficiary(id: $id) { id pseudonym ageBand needs { theme } } }",
      pair: [{ id: CHILD }, { id: "b0" }],
      answer: '{"data":{"beneficiary":null}}',
      pairs: MANY_PAIRS,
    },
    { ...search, what: "a secret child and nobody, by a search", pair: [searchedBy(child), { ...searchedBy(child), day: OTHER_DAY }] },
    { ...search, what: "somebody of another département and nobody, by a search", pair: [searchedBy(stranger), { ...searchedBy(stranger), day: OTHER_DAY }] },
    {
      what: "the address of a refuge and one that nobody told",
      query: "query ($id: ID!) { site(id: $id) { address { line1 } withheld { path reason } } }",
      pair: [{ id: REFUGE }, { id: REFUGE_WITHOUT }],
      answer: '{"data":{"site":{"address":null,"withheld":[{"path":"address","reason":"CONFIDENTIAL_ADDRESS"}]}}}',
      pairs: PAIRS,
    },
    {
      what: "a referral between others and none",
      query: "query ($id: ID!) { referral(id: $id) { id status } }",
      pair: [{ id: referral._id }, { id: referral._id.replace(/.$/, "~") }],
      answer: '{"data":{"referral":null}}',
      pairs: MANY_PAIRS,
    },
  ];
}

/** The longest beginning of a person's name that is stored, and their birth date. */
function searchedBy(person: Row): { readonly name: string; readonly day: string } {
  const { prefixes } = person["keys"] as { readonly prefixes: readonly string[] };
  return { name: prefixes.toSorted((a, b) => b.length - a.length)[0] ?? "", day: String(person["birthDate"]) };
}

interface Row {
  readonly _id: string;
  readonly [field: string]: unknown;
}

async function withCollection<Value>(
  { mongodbUri, databasePrefix }: Stack,
  [database, name]: readonly [string, string],
  work: (rows: ReturnType<typeof collectionOf>) => Promise<Value>,
): Promise<Value> {
  const store = await openStore({ uri: mongodbUri, database: `${databasePrefix}${database}` });
  try {
    return await work(collectionOf(store, name));
  } finally {
    await store.close();
  }
}

function collectionOf({ connection }: Store, name: string) {
  return connection.collection<Row>(name);
}

async function ask(stack: Stack, { query, answer }: Secret, variables: Readonly<Record<string, string>>): Promise<number> {
  const token = stack.personas.find(({ id }) => id === REFERENT)?.token;
  const startedAt = performance.now();
  const response = await fetch(`${stack.gatewayUrl}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const took = performance.now() - startedAt;
  if (text.trim() !== answer) throw new Error(`Expected ${answer}, got ${text.slice(0, 200)}`);
  return took;
}
