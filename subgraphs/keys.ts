// The keys that wrap people's data keys: makes a ring, rotates it, says which of its keys still wrap something.
import { access } from "node:fs/promises";

import { readKeySettings, SEALING, SettingError } from "./config.ts";
import { printFailure } from "./failures.ts";
import { dayInFrance, openStore } from "./kit/kit.ts";
import { createKeyStore, makeRingKey, openKeyRing, readRing, writeRing, type KeyStore } from "./sealed/sealed.ts";

const USAGE = `Usage: node subgraphs/keys.ts <command>

  new            write a ring with one key into the file that PARCOURS_KEY_RING names
  rotate         put a new key first: it wraps from now on; running processes see it by themselves
  rewrap         wrap with the first key what another one wrapped; erased people stay erased
  list           the ring's keys, and how many data keys each wraps
  retire KID     take a key off the ring; refused while it wraps something

The databases are those of KEYS_MONGODB_URI, or else of the data (MONGODB_URI).
`;

type Settings = ReturnType<typeof readKeySettings>;
type Print = (line: string) => void;

await main();

async function main(): Promise<void> {
  try {
    const [verb, kid] = process.argv.slice(2);
    await run({ verb, kid }, readKeySettings(process.env), (line) => void process.stdout.write(`${line}\n`));
  } catch (error) {
    process.stderr.write(`${printFailure(error)}\n`);
    process.exitCode = 1;
  }
}

async function run({ verb, kid }: { readonly verb: string | undefined; readonly kid: string | undefined }, settings: Settings, print: Print): Promise<void> {
  if (verb === undefined || verb === "help" || verb === "--help") return print(USAGE);
  const file = settings.ringFile;
  if (file === null) throw new SettingError("Expected PARCOURS_KEY_RING, the file of the key ring.");
  switch (verb) {
    case "new":
      return makeRing(file, print);
    case "rotate":
      return rotate(file, print);
    case "rewrap":
      return withStores(settings, file, async (name, keys) => print(`${name}: ${await keys.rewrap()} data keys wrapped anew`));
    case "list":
      return list(file, settings, print);
    case "retire":
      return retire(file, settings, { kid, print });
    default:
      throw new SettingError(`Expected new, rotate, rewrap, list or retire, got ${verb}.`);
  }
}

/** A ring that is there is not written over: what it wrapped would be lost for ever. */
async function makeRing(file: string, print: Print): Promise<void> {
  const isThere = await access(file).then(() => true, () => false);
  if (isThere) throw new SettingError(`Cannot write a new key ring to ${file} because there is a file already. Use rotate.`);
  const key = makeRingKey(today());
  await writeRing(file, [key]);
  print(`${file}: ${key.kid}`);
}

async function rotate(file: string, print: Print): Promise<void> {
  const keys = await readRing(file);
  const key = makeRingKey(today());
  await writeRing(file, [key, ...keys]);
  print(`${file}: ${key.kid} wraps from now on; run rewrap, then retire ${keys.map(({ kid }) => kid).join(", ")}`);
}

async function list(file: string, settings: Settings, print: Print): Promise<void> {
  const counts = await countAll(settings, file);
  const kids = (await readRing(file)).map(({ kid }) => kid);
  for (const kid of kids) print(`${kid}  wraps ${counts.get(kid) ?? 0}${kid === kids[0] ? ", first" : ""}`);
  for (const [kid, count] of counts) if (!kids.includes(kid)) print(`${kid}  wraps ${count}, NOT ON THE RING: they cannot be read`);
}

async function retire(file: string, settings: Settings, { kid, print }: { readonly kid: string | undefined; readonly print: Print }): Promise<void> {
  const keys = await readRing(file);
  const index = keys.findIndex((key) => key.kid === kid);
  if (kid === undefined || index < 0) throw new SettingError(`Expected a key of the ring (${keys.map((key) => key.kid).join(", ")}), got ${kid ?? "nothing"}.`);
  if (index === 0) throw new SettingError(`Cannot retire ${kid} because it is the one that wraps. Use rotate first.`);
  const count = (await countAll(settings, file)).get(kid) ?? 0;
  if (count > 0) throw new SettingError(`Cannot retire ${kid} because it still wraps ${count} data keys. Use rewrap first.`);
  await writeRing(file, keys.filter((key) => key.kid !== kid));
  print(`${file}: ${kid} is off the ring; backups that it wrapped can no longer be read`);
}

async function countAll(settings: Settings, file: string): Promise<Map<string, number>> {
  const total = new Map<string, number>();
  await withStores(settings, file, async (_, keys) => {
    for (const [kid, count] of await keys.inUse()) total.set(kid, (total.get(kid) ?? 0) + count);
  });
  return total;
}

async function withStores(settings: Settings, file: string, act: (name: string, keys: KeyStore) => Promise<void>): Promise<void> {
  const ring = await openKeyRing(file);
  for (const name of SEALING) {
    const uri = settings.uriOf(name);
    if (uri === null) throw new SettingError(`Expected KEYS_MONGODB_URI or MONGODB_URI, the server of the data keys of ${name}.`);
    const store = await openStore({ uri, database: settings.databaseOf(name) });
    await act(name, createKeyStore(store.connection, ring)).finally(store.close);
  }
}

function today(): string {
  return dayInFrance(new Date());
}
