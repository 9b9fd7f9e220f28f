// The header that asks for a query plan: who may send it, what comes back, and how the playground draws it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { chromium, type Browser, type Page } from "playwright-core";

import { readConfig } from "../../../gateway/config.ts";
import { ANONYMOUS, type RequestHeaders } from "../../../gateway/gateway.ts";
import { startHttp, type HttpServer } from "../../../gateway/http/http.ts";
import { callerWith, openFederation, OPERATOR, type Federation } from "../core/federation.ts";

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@requiresScopes"])\n';
const BOOKS = `${LINK}type Query { books: [Book!] } type Mutation { sell: Book } type Book @key(fields: "id") { id: ID! title: String sequel: Book }`;
const PRICES = `${LINK}type Book @key(fields: "id") { id: ID! price: Int cost: Int @requiresScopes(scopes: [["cost:read"]]) }`;
const QUERY = "{ books { title price } }";
const DATA = { books: [{ title: "Graphs", price: 10 }, { title: "Trees", price: 20 }] };
const DATA_AND_PLAN = { data: DATA, extensions: { queryPlan: { kind: "QueryPlan", node: { kind: "Sequence" } } } };

let federation: Federation;
let server: HttpServer;
let folder: string;
let sold = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "query-plan-"));
  writeFileSync(join(folder, "shelf.graphql"), "query Shelf { books { title price sequel { price } } }");
  writeFileSync(join(folder, "personas.json"), JSON.stringify([{ name: "Reader", description: "Reads.", token: "reader" }, { name: "Operator", description: "Operates.", token: "operator" }]));
  const one = { id: "1", title: "Graphs" };
  const two = { id: "2", title: "Trees", sequel: one };
  const book = { __resolveReference: ({ id }: { id: string }) => ({ price: Number(id) * 10, cost: Number(id) }) };
  federation = await openFederation(
    { books: { sdl: BOOKS, resolvers: { Query: { books: () => [one, two] }, Mutation: { sell: () => ((sold += 1), one) } } }, prices: { sdl: PRICES, resolvers: { Book: book } } },
    { on: { engine: "compiled", planner: "hive" } },
  );
  const callers = new Map([["Bearer operator", OPERATOR], ["Bearer reader", callerWith(["books:read"])]]);
  const gateway = { ...federation.gateway, authenticate: async ({ authorization = "" }: RequestHeaders) => callers.get(authorization) ?? ANONYMOUS };
  const playground = { enabled: true, collections: folder, personas: join(folder, "personas.json") };
  server = await startHttp({ gateway, config: { ...readConfig({}, {}), port: 0, playground, dedupe: { subgraph: false, inbound: true }, corsOrigins: ["https://portal.example"] } });
});
beforeEach(() => {
  for (const { seen } of Object.values(federation.servers)) seen.length = 0;
});
afterAll(async () => {
  await server.close();
  await federation.close();
  rmSync(folder, { recursive: true });
});

async function ask(query: string, headers: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${server.url}/graphql`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify({ query }) });
  return { status: response.status, body: await response.json() };
}

const operator = { authorization: "Bearer operator" };
const reader = { authorization: "Bearer reader" };

describe("hive-expose-query-plan", () => {
  it("brings an operator the plan beside the data", async () => {
    const { status, body } = await ask(QUERY, { ...operator, "hive-expose-query-plan": "true" });
    expect(status).toBe(200);
    expect(body).toMatchObject({ data: DATA, extensions: { queryPlan: { kind: "QueryPlan", node: { kind: "Sequence", nodes: [{ kind: "Fetch", serviceName: "books" }, { kind: "Flatten", path: [{ Field: "books" }, "@"], node: { kind: "Fetch", serviceName: "prices" } }] } } } });
    expect(federation.fetches().map((fetch) => fetch.split(":")[0])).toEqual(["books", "prices"]);
  });

  it("brings the plan alone for a dry run, and asks nobody anything", async () => {
    const { status, body } = await ask("mutation { sell { price } }", { ...operator, "hive-expose-query-plan": "dry-run" });
    expect(status).toBe(200);
    expect(body).toEqual({ extensions: { queryPlan: { kind: "QueryPlan", node: expect.objectContaining({ kind: "Sequence" }) } } });
    expect(federation.fetches()).toEqual([]);
    expect(sold).toBe(0);
  });

  it.each(["true", "dry-run"])("is refused with %s to who has not the scope, before anything is fetched, and names no subgraph", async (value) => {
    const { status, body } = await ask(QUERY, { ...reader, "hive-expose-query-plan": value });
    expect(status).toBe(403);
    expect(body).toEqual({ errors: [{ message: "Cannot show how this operation is answered because the caller's token lacks the scope gateway:operator.", extensions: { code: "QUERY_PLAN_REFUSED" } }] });
    expect((await ask(QUERY, { "hive-expose-query-plan": value })).status).toBe(403);
    expect(federation.fetches()).toEqual([]);
  });

  it.each([{}, { "hive-expose-query-plan": "false" }])("is not shown to an operator with %j", async (headers) => {
    expect(await ask(QUERY, { ...operator, ...headers })).toEqual({ status: 200, body: { data: DATA } });
  });

  it("must be spelt as it is: a dry run by another name is no run", async () => {
    const { status, body } = await ask("mutation { sell { title } }", { ...operator, "hive-expose-query-plan": "dryrun" });
    expect([status, body]).toEqual([400, { errors: [{ message: "Expected `hive-expose-query-plan` to be true, dry-run or false.", extensions: { code: "BAD_REQUEST" } }] }]);
    expect(sold).toBe(0);
  });

  it("shows the plan of what the caller may have", async () => {
    const { body } = await ask("{ books { title cost } }", { ...operator, "hive-expose-query-plan": "dry-run" });
    expect(JSON.stringify(body)).not.toMatch(/cost|prices/);
    const nothing = await ask("{ __typename }", { ...operator, "hive-expose-query-plan": "dry-run" });
    expect(nothing.body).toEqual({ extensions: { queryPlan: { kind: "QueryPlan" } } });
  });

  it("makes two questions of one: an answer with a plan is not shared with one without", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    federation.servers["books"]?.misbehave(async () => (await held, false));
    const both = [ask(QUERY, operator), ask(QUERY, { ...operator, "hive-expose-query-plan": "true" })];
    while (federation.servers["books"]?.seen.length !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
    release();
    const [plain, shown] = (await Promise.all(both)).map(({ body }) => body);
    federation.servers["books"]?.misbehave(null);
    expect(plain).toEqual({ data: DATA });
    expect(shown).toMatchObject(DATA_AND_PLAN);
  });

  it("may be sent by pages of the origins that may read answers", async () => {
    const headers = { origin: "https://portal.example", "access-control-request-method": "POST", "access-control-request-headers": "hive-expose-query-plan" };
    const allowed = await fetch(`${server.url}/graphql`, { method: "OPTIONS", headers });
    expect(allowed.headers.get("access-control-allow-headers")).toBe("hive-expose-query-plan");
  });

  it("is refused where `@apollo/gateway` plans", async () => {
    const reference = await openFederation({ books: { sdl: BOOKS } }, { on: { engine: "reference", planner: "apollo" } });
    const { data, errors } = await reference.ask("{ books { title } }", { caller: OPERATOR, queryPlan: "alone" });
    expect(data).toBeUndefined();
    expect(errors).toMatchObject([{ message: "Cannot show how this operation is answered because the engine `reference` does not tell its plans.", extensions: { code: "QUERY_PLAN_REFUSED" } }]);
    await reference.close();
  });
});

describe("the playground in Chromium", () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-background-networking"] });
    page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    await page.goto(`${server.url}/`);
    await page.getByText("query Shelf").first().waitFor({ timeout: 30_000 });
  }, 60_000);
  afterAll(() => browser?.close());

  const run = async (): Promise<unknown> => {
    const answered = page.waitForResponse((response) => response.request().postData()?.includes("Shelf") === true);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    return (await answered).json();
  };

  it("draws the plan for an operator: each subgraph that is asked, and for which entities", async () => {
    await page.getByLabel("Asking as").selectOption("Operator");
    await page.getByLabel("Query plan", { exact: true }).check();
    expect(await run()).toMatchObject({ extensions: { queryPlan: { kind: "QueryPlan" } } });
    await page.getByRole("tab", { name: "Query Plan" }).click();
    await page.getByText("BatchFetch(service: \"prices\")").waitFor();
    await page.getByText("Visual", { exact: true }).click();
    for (const drawn of ["books", "prices", "BatchFetch", "Book"]) await page.getByText(drawn, { exact: true }).first().waitFor();
    const picture = process.env["SCREENSHOT"];
    if (picture !== undefined) await page.screenshot({ path: picture });
  }, 30_000);

  it("says to others why it does not", async () => {
    await page.getByLabel("Asking as").selectOption("Reader");
    expect(await run()).toMatchObject({ errors: [{ extensions: { code: "QUERY_PLAN_REFUSED" } }] });
    await page.getByLabel("Query plan", { exact: true }).uncheck();
    expect(await run()).toMatchObject({ data: { books: [{}, {}] } });
  }, 30_000);
});
