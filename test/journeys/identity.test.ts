// Identity stays home, over the whole stack (L13, décret 2019-341): what is asked with a NIR leaves it in no answer, error or
// log of any process, and no database holds one in the open.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { inventNir } from "../../subgraphs/beneficiaries/seed.ts";
import { completeNir, openStore, type Store } from "../../subgraphs/kit/kit.ts";
import { createWorld } from "../../subgraphs/world/world.ts";
import { askAs, openSharedStack, TEST_TODAY, type StackFacts } from "../harness/stack.ts";

const WORLD = createWorld(TEST_TODAY);
const NIRS = WORLD.people.map((person, index) => completeNir(inventNir(person, index)));
const [NIR = ""] = NIRS;
/** Of the right form, with another key. */
const WRONG = `${NIR.slice(0, 13)}${String(98 - (Number(NIR.slice(13)) % 97)).padStart(2, "0")}`;

let stack: StackFacts;
let store: Store;
beforeAll(async () => {
  stack = await openSharedStack();
  store = await openStore({ uri: stack.mongodbUri, database: "admin" });
}, 120_000);
afterAll(() => store?.close());

const SEARCH = "query ($input: BeneficiarySearchInput!) { beneficiarySearch(input: $input) { totalCount nodes { id } } }";
const search = (input: Record<string, unknown>) => ({ query: SEARCH, variables: { input: { purpose: "SUPPORT", ...input } } });

const ASKED: Readonly<Record<string, { readonly query: string; readonly variables?: Record<string, unknown> }>> = {
  "as it should be": search({ nir: NIR }),
  "with spaces": search({ nir: NIR.replace(/(\d{3})/g, "$1 ") }),
  "with a wrong key": search({ nir: WRONG }),
  "as a number of an organisation": search({ localId: NIR }),
  "as a commune": search({ communeCode: NIR }),
  "written into the document": { query: `{ beneficiarySearch(input: { nir: "${NIR}", purpose: SUPPORT }) { totalCount } }` },
  "written wrong into the document": { query: `{ beneficiarySearch(input: { nir: "${WRONG}", purpose: SUPPORT }) { totalCount } }` },
  "as somebody's id": { query: "query ($id: ID!) { beneficiary(id: $id) { id pseudonym } }", variables: { id: `x-${WRONG}` } },
};

describe("a NIR", () => {
  it.each(Object.entries(ASKED))("that is asked with %s comes back in no answer and no error", async (_, { query, variables }) => {
    for (const persona of ["hauts-de-seine-referent", "data-steward"]) {
      const { data, errors } = await askAs(stack, persona, query, variables);
      const text = JSON.stringify({ data: variables?.["id"] === undefined ? data : null, errors });
      expect([NIR, WRONG, NIR.slice(0, 13)].filter((secret) => text.includes(secret))).toEqual([]);
    }
  });

  it("stands in no line that any process logged", async () => {
    for (const { query, variables } of Object.values(ASKED)) await askAs(stack, "data-steward", query, variables);
    const names = await readdir(stack.logFolder);
    expect(names.length).toBeGreaterThanOrEqual(5);
    for (const name of names) {
      const text = await readFile(join(stack.logFolder, name), "utf8");
      expect([NIR, WRONG, NIR.slice(0, 13)].filter((secret) => text.includes(secret))).toEqual([]);
    }
  });

  it("stands in no database of the stack, nor does a telephone, an e-mail or a CAF number of anybody", async () => {
    const texts = await everythingStored();
    expect(texts.size).toBeGreaterThanOrEqual(6);
    const numbers = WORLD.people.flatMap(({ phone, email, cafNumber }) => [phone?.replace(/\D/g, "").slice(-9), email, cafNumber]);
    const secrets = new Set([...NIRS, ...numbers].filter((secret) => typeof secret === "string"));
    expect(secrets.size).toBeGreaterThan(800);
    const [planted = ""] = WORLD.people.flatMap(({ phone }) => phone ?? []);
    expect(secretsIn(`{"phone":"${planted}"}`, secrets)).toHaveLength(1);
    expect([...texts].flatMap(([database, text]) => secretsIn(text, secrets).map((secret) => `${database}: ${secret}`))).toEqual([]);
  }, 120_000);
});

/** Runs of digits, whole and by their last nine, and what looks like an address. */
function secretsIn(text: string, secrets: ReadonlySet<string>): string[] {
  const words = new Set([...text.matchAll(/\d{7,}|[\w.+-]+@[\w.-]+/g)].flatMap(([word]) => [word, word.slice(-9)]));
  return [...words].filter((word) => secrets.has(word));
}

/** Database → all that it holds, as JSON, of people and of their data keys; the anonymised agenda holds nobody. */
async function everythingStored(): Promise<Map<string, string>> {
  const client = store.connection.getClient();
  const { databases } = await client.db("admin").admin().listDatabases({ nameOnly: true });
  const names = databases.map(({ name }) => name).filter((name) => name.startsWith(stack.databasePrefix));
  const texts = await Promise.all(
    names.map(async (name): Promise<[string, string]> => {
      const collections = await client.db(name).collections();
      const rows = await Promise.all(collections.filter(({ collectionName }) => collectionName !== "travel").map((one) => one.find().toArray()));
      return [name, JSON.stringify(rows)];
    }),
  );
  return new Map(texts);
}
