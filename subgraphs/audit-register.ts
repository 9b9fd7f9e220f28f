// Which logs of readings an erasure waits for, and that one of them is no more: each subgraph's database knows the logs that its
// processes write, wherever they are kept.
import { readDataSettings, SettingError, SUBGRAPH_NAMES, type SubgraphName } from "./config.ts";
import { openLogRegister, openStore, type LogRegister } from "./kit/kit.ts";

type Settings = ReturnType<typeof readDataSettings>;
type Print = (text: string) => void;

/** Commands over whole files write a log of their own, which obeys the database that knows people. */
const REGISTERS: Readonly<Record<string, SubgraphName>> = { rights: "beneficiaries" };

/** A line for each log. Throws SettingError where no server is named. */
export async function printJoined(settings: Settings, print: Print): Promise<void> {
  const names = SUBGRAPH_NAMES.filter((name) => settings.uriOf(name) !== null);
  if (names.length === 0) throw new SettingError("Expected MONGODB_URI, or one of a subgraph, whose database knows its logs; none is named.");
  for (const name of names) {
    for (const { origin, joinedAt, startedAt, waiting } of await withRegister(settings, name, (register) => register.list())) {
      print(`${origin}: since ${joinedAt.toISOString()}, last started ${startedAt.toISOString()}, ${waiting} erasure(s) wait for it\n`);
    }
  }
}

/** Throws SettingError. */
export async function retireLog(settings: Settings, { origin, print }: { readonly origin: string | undefined; readonly print: Print }): Promise<void> {
  const kind = /^parcours\/(\w+)\/\w+$/.exec(origin ?? "")?.[1] ?? "";
  const name = REGISTERS[kind] ?? SUBGRAPH_NAMES.find((known) => known === kind);
  if (origin === undefined || name === undefined) throw new SettingError(`Expected --origin with the name of a log as \`npm run audit -- logs\` lists it, got ${origin ?? "none"}.`);
  if (settings.uriOf(name) === null) throw new SettingError(`Expected MONGODB_URI, or the one of ${name}, whose database knows the log; none is named.`);
  if (!(await withRegister(settings, name, (register) => register.retire(origin)))) throw new SettingError(`Expected --origin to be a log that joined, got ${origin}.`);
  print(`${origin}: retired; no erasure waits for it\n`);
}

async function withRegister<Result>({ uriOf, databaseOf }: Settings, name: SubgraphName, act: (register: LogRegister) => Promise<Result>): Promise<Result> {
  const store = await openStore({ uri: uriOf(name) ?? "", database: databaseOf(name) });
  return act(openLogRegister(store.connection, name)).finally(store.close);
}
