// A process of its own that goes one round of telling, to be killed in the middle of it:
// `node killed-teller.ts <mongodb uri> <database> <address> <key> <instant>`.
import { createTelling, createWebhook } from "../../subgraphs/beneficiaries/subgraph.ts";
import { openStore } from "../../subgraphs/kit/kit.ts";
import { NIR_KEY } from "./beneficiaries-world.ts";

const [uri = "", database = "", url = "", key = "", at = ""] = process.argv.slice(2);
const store = await openStore({ uri, database });
const send = createWebhook({ url, key, timeoutMs: 60_000 });
await createTelling({ connection: store.connection, send, blindingKey: NIR_KEY, now: () => new Date(at), told: () => undefined }).round();
