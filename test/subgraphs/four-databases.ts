// The four databases with a part of the demonstration world, and what an operator's commands over them need.
import { createBeneficiaries, openRetention, type Retention } from "../../subgraphs/beneficiaries/subgraph.ts";
import { openPersonDoor, openStore, type PersonDoor, type Store, type Subgraph } from "../../subgraphs/kit/kit.ts";
import { createPartners } from "../../subgraphs/partners/subgraph.ts";
import { createServices } from "../../subgraphs/services/subgraph.ts";
import { createSites } from "../../subgraphs/sites/subgraph.ts";
import { createWorld, type World } from "../../subgraphs/world/world.ts";
import { createTestTickets, type TestTickets } from "../harness/law.ts";
import { testMongodbUri } from "../harness/subgraph.ts";

export const BLINDING_KEY = Buffer.alloc(32, "demonstration");

export interface FourDatabases {
  readonly prefix: string;
  readonly subgraphs: ReadonlyMap<string, Subgraph>;
  readonly stores: ReadonlyMap<string, Store>;
  readonly doors: ReadonlyMap<string, PersonDoor>;
  readonly retention: Retention;
  readonly tickets: TestTickets;
  collection(subgraph: string, name: string): ReturnType<Store["connection"]["collection"]>;
  /** Everything that lies in a database, as text. */
  dump(subgraph: string): Promise<string>;
  close(): Promise<void>;
}

export async function openFourDatabases(prefix: string, today: string): Promise<FourDatabases> {
  const tickets = createTestTickets();
  const { issuer, options } = tickets;
  const all = [createBeneficiaries({ blindingKey: BLINDING_KEY, tickets: issuer }), createServices(options), createSites(options), createPartners(options)];
  const world = smallWorld(createWorld(today));
  const stores = new Map<string, Store>();
  for (const subgraph of all) {
    const store = await openStore({ uri: testMongodbUri(), database: `${prefix}${subgraph.name}` });
    stores.set(subgraph.name, store);
    await (await subgraph.open(store.connection)).seed(world);
  }
  // As the commands open them: without the subgraphs' own models.
  const jobs = new Map(await Promise.all(all.map(async ({ name }) => [name, await openStore({ uri: testMongodbUri(), database: `${prefix}${name}` })] as const)));
  const connectionOf = (name: string) => {
    const store = jobs.get(name);
    if (store === undefined) throw new Error(`No subgraph ${name}.`);
    return store.connection;
  };
  return {
    prefix,
    tickets,
    stores,
    subgraphs: new Map(all.map((subgraph) => [subgraph.name, subgraph])),
    doors: new Map(all.map(({ name, personData }) => [name, openPersonDoor(connectionOf(name), { name, tables: personData })])),
    retention: openRetention(connectionOf("beneficiaries"), BLINDING_KEY),
    collection: (subgraph, name) => connectionOf(subgraph).collection(name),
    dump: async (name) => {
      const { db } = connectionOf(name);
      const collections = (await db?.collections()) ?? [];
      return JSON.stringify(await Promise.all(collections.map((one) => one.find().toArray())));
    },
    close: async () => {
      for (const { connection } of stores.values()) await connection.dropDatabase();
      for (const store of [...stores.values(), ...jobs.values()]) await store.close();
    },
  };
}

/** People in all their households, with all that is theirs, and no more places than theirs: the rest only costs time. */
function smallWorld(world: World): World {
  const people = world.people.slice(0, PEOPLE);
  const ids = new Set(people.map(({ id }) => id));
  const isTheirs = ({ personId }: { readonly personId: string }) => ids.has(personId);
  const households = new Set(people.map(({ householdId }) => householdId));
  return {
    ...world,
    people: world.people.filter(({ householdId }) => households.has(householdId)),
    households: world.households.filter(({ id }) => households.has(id)),
    pathways: world.pathways.filter(isTheirs),
    referrals: world.referrals.filter(isTheirs),
    appointments: world.appointments.filter(isTheirs),
    communes: [],
    sites: [],
    teams: [],
  };
}

const PEOPLE = 90;
