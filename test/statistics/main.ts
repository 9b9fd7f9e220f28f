// `npm run statistics`: the referee of the reports over the demonstration world. Everything that the API can publish of it,
// every grouping of every block and the activity of every site, one release and then two, is solved together by linear
// programming (published.ts says what the attacker knows). Exit code 1 when somebody could tell a suppressed cell to less than
// the threshold, 0 when every cell is settled and none is told.
import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import { openModels as openBeneficiaries } from "../../subgraphs/beneficiaries/models.ts";
import { createClock, createOwnTicketIssuer, DEMONSTRATION_DISCLOSURE, openStore, type Store, type Subgraph, type TableBody, type TableFact, type TableReport } from "../../subgraphs/kit/kit.ts";
import { createTicketReader } from "../../subgraphs/law/law.ts";
import { startMongod } from "../../subgraphs/mongod/mongod.ts";
import { openModels as openServices } from "../../subgraphs/services/models.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { ACTIVITY_TABLE, type ActivityFact, type SiteYear } from "../../subgraphs/sites/activity.ts";
import { openModels as openSites } from "../../subgraphs/sites/models.ts";
import { createSites } from "../../subgraphs/sites/subgraph.ts";
import { createWorld } from "../../subgraphs/world/world.ts";
import { toldByActivity, toldByTables, type SolvedReport, type TablesOfBlock } from "./published.ts";
import { tablesOf } from "./small-world.ts";
import { REFERRALS, STEPS } from "./solved-reports.ts";
import { judgeSystem, openHighs, type ToldSum, type Verdict } from "./system.ts";

const TODAY = "2026-03-02";
const DISCLOSURE = DEMONSTRATION_DISCLOSURE;
const { threshold } = DISCLOSURE;

/** Of the people of a block, those that come between two releases: every fifth, or of few people every second. */
const COMERS = 5;

const highs = await openHighs();
process.exitCode = await main();

async function main(): Promise<number> {
  const mongod = await startMongod({ folder: null, progress: () => undefined, env: process.env });
  const tickets = createTicketReader(() => []);
  const told = () => undefined;
  try {
    const verdicts = [
      await judgeSites(mongod.uri, createSites({ tickets, told })),
      ...(await judgeReport(mongod.uri, createServices({ tickets, told }), { name: "referralStats", solved: REFERRALS, read: (store) => openServices(store.connection).referralFacts })),
      ...(await judgeReport(mongod.uri, createBeneficiaries({ blindingKey: Buffer.alloc(32, "demonstration"), tickets: createOwnTicketIssuer() }), { name: "pathwayStats", solved: STEPS, read: (store) => openBeneficiaries(store.connection).stepFacts })),
    ];
    return print("all", verdicts);
  } finally {
    await mongod.stop();
  }
}

interface TableQuestion {
  readonly name: string;
  readonly solved: SolvedReport;
  readonly read: (store: Store) => (session: Awaited<ReturnType<Store["connection"]["startSession"]>>) => AsyncIterable<TableFact>;
}

async function judgeReport(uri: string, subgraph: Subgraph, { name, solved, read }: TableQuestion): Promise<Verdict[]> {
  const store = await openReleased(uri, subgraph);
  try {
    const facts = await readAll(store, read(store));
    const stored = await readStored<TableBody>(store);
    const verdicts: Verdict[] = [];
    for (const [block, tables] of stored) {
      const now = { facts: facts.get(block) ?? [], tables };
      const once = judgeSystem(highs, toldByTables([now], solved, DISCLOSURE), threshold);
      print(`${name} ${block}`, [once]);
      const twice = judgeSystem(highs, toldByTables([before(now.facts, solved.report), now], solved, DISCLOSURE), threshold);
      print(`${name} ${block}, two releases`, [twice]);
      verdicts.push(once, twice);
    }
    return verdicts;
  } finally {
    await store.close();
  }
}

/** The block as it was before some of its people came. */
function before(facts: readonly TableFact[], report: TableReport): TablesOfBlock {
  const people = [...new Set(facts.map(({ person }) => person))].sort();
  const every = people.length < COMERS * threshold ? 2 : COMERS;
  const comers = new Set(people.filter((_, at) => at % every === 0));
  const earlier = facts.filter(({ person }) => !comers.has(person));
  return { facts: earlier, tables: tablesOf(earlier, report, DISCLOSURE) };
}

async function judgeSites(uri: string, subgraph: Subgraph): Promise<Verdict> {
  const store = await openReleased(uri, subgraph);
  try {
    const now = createClock(`${TODAY}T09:00:00Z`).now();
    const facts = await readAll<ActivityFact>(store, (session) => openSites(store.connection).activityFacts(session, now));
    const told = [...(await readStored<SiteYear>(store))].flatMap(([block, tables], at): ToldSum[] => {
      const year = tables.get(ACTIVITY_TABLE);
      if (year === undefined) throw new Error(`Expected the activity of ${block}.`);
      return toldByActivity(facts.get(block) ?? [], year, DISCLOSURE).map((sum) => ({ ...sum, atoms: sum.atoms.map((atom) => atom + at * 5) }));
    });
    const verdict = judgeSystem(highs, told, threshold);
    print("siteActivity", [verdict]);
    return verdict;
  } finally {
    await store.close();
  }
}

async function openReleased(uri: string, subgraph: Subgraph): Promise<Store> {
  const store = await openStore({ uri, database: `statistics-${subgraph.name}` });
  const open = await subgraph.open(store.connection);
  await open.seed(createWorld(TODAY));
  await open.prepareRelease(createClock(`${TODAY}T09:00:00Z`));
  return store;
}

type Session = Awaited<ReturnType<Store["connection"]["startSession"]>>;

async function readAll<Fact extends { readonly block: string }>(store: Store, read: (session: Session) => AsyncIterable<Fact>): Promise<Map<string, Fact[]>> {
  const session = await store.connection.startSession({ snapshot: true });
  const facts: Fact[] = [];
  for await (const fact of read(session)) facts.push(fact);
  await session.endSession();
  return Map.groupBy(facts, ({ block }) => block);
}

/** Block → table → body, as the release has them. */
async function readStored<Body>(store: Store): Promise<Map<string, Map<string, Body>>> {
  const head = await store.connection.collection("releases").findOne({});
  const blocks = (head?.["blocks"] ?? []) as readonly { readonly block: string; readonly version: string }[];
  const rows = await store.connection.collection<{ readonly _id: string; readonly body: Body }>("release_tables").find().toArray();
  return new Map(
    blocks.map(({ block, version }) => {
      const start = `${version} ${block} `;
      return [block, new Map(rows.filter(({ _id }) => _id.startsWith(start)).map(({ _id, body }) => [_id.slice(start.length), body as Body]))];
    }),
  );
}

/** The exit code. */
function print(what: string, verdicts: readonly Verdict[]): number {
  const suppressed = verdicts.reduce((total, verdict) => total + verdict.suppressed, 0);
  const told = verdicts.flatMap((verdict) => verdict.told);
  const cells = told.map(({ cell, least, most }) => `\n  ${cell}: ${least} to ${most}`).join("");
  process.stdout.write(`${what}: ${suppressed} suppressed cells, ${told.length} told to less than ${threshold} (${Math.round(performance.now() / 1000)} s)${cells}\n`);
  return told.length > 0 ? 1 : 0;
}
