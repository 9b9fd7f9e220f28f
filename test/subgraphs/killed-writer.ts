// A process of its own that gives a consent and is killed (SIGKILL) when MongoDB has committed it, before anybody is
// answered: `node killed-writer.ts <mongodb uri> <database> <idempotency key>`.
import { graphql } from "graphql";

import { ANONYMOUS, buildSchema, createClock, openStore } from "../../subgraphs/kit/kit.ts";
import { createBeneficiaries } from "../../subgraphs/beneficiaries/subgraph.ts";
import { UNAUDITED } from "../../subgraphs/law/law.ts";
import { createTestTickets } from "../harness/law.ts";
import { NIR_KEY, NOW } from "./beneficiaries-world.ts";
import { CONSENT, GIVE_GRANT, REFERENT } from "./grants-world.ts";

const [uri = "", database = "", key = ""] = process.argv.slice(2);
const store = await openStore({ uri, database, onCommand: () => undefined });
store.connection.getClient().on("commandSucceeded", ({ commandName }) => void (commandName === "commitTransaction" && process.kill(process.pid, "SIGKILL")));
const subgraph = createBeneficiaries({ blindingKey: NIR_KEY, tickets: createTestTickets().issuer });
const open = await subgraph.open(store.connection);
const contextValue = open.createContext({ caller: { ...ANONYMOUS, ...REFERENT }, clock: createClock(NOW), audit: UNAUDITED });
const answer = await graphql({ schema: buildSchema(subgraph), source: GIVE_GRANT, variableValues: { input: CONSENT, key }, contextValue });
// Reached only where nothing was committed.
process.stdout.write(JSON.stringify(answer));
process.exit(0);
