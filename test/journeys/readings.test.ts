// A person sees who read of her, at whichever of the four subgraphs, as soon as she looks (L14: GDPR art. 15).
import { createHash } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { openStore, type Store } from "../../subgraphs/kit/kit.ts";
import { askAs, openSharedStack, readLog, type Json, type StackFacts } from "../harness/stack.ts";

let stack: StackFacts;
let store: Store;
beforeAll(async () => {
  stack = await openSharedStack();
  store = await openStore({ uri: stack.mongodbUri, database: `${stack.databasePrefix}beneficiaries` });
}, 120_000);
afterAll(() => store.close());

/** Other tests read of her at the same time: ours is known by its request. In letters, since digits may look like a NIR, and go. */
const REQUEST = "request-of-readings";
const MARK = createHash("sha256").update(REQUEST).digest("base64url").slice(0, 12);
const READ = '{ beneficiary(id: "b1") { needs { theme } referrals { status } appointments { kind } careTeam { role } } }';
const GROUPS = '{ accessLog(beneficiaryId: "b1", first: 1) { groups { byPartnerId purpose text } } }';
const LOG = `query ($after: String) {
  accessLog(beneficiaryId: "b1", first: 200, after: $after) { nodes { byPartnerId purpose fields decision } pageInfo { hasNextPage endCursor } }
}`;
const LOGS = ["beneficiaries", "partners", "services", "sites"];

async function readAsReferent(): Promise<Json> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${stack.tokens["hauts-de-seine-referent"]}`, "x-request-id": REQUEST };
  const response = await fetch(`${stack.gatewayUrl}/graphql`, { method: "POST", headers, body: JSON.stringify({ query: READ }) });
  return response.json();
}

/** By the index, once each log is in it. */
async function rowsOfRequest(): Promise<readonly Json[]> {
  const events = store.connection.collection("accessEvents");
  for (let tries = 0; ; tries += 1) {
    const rows = await events.find({ personId: "b1", request: MARK }).toArray();
    if (new Set(rows.map(({ log }) => log)).size === LOGS.length || tries > 100) return rows;
    await new Promise((settle) => setTimeout(settle, 100));
  }
}

/** All pages: other tests leave thousands of entries at the same moment of the same clock. */
async function readOwnLog(): Promise<Json[]> {
  const nodes: Json[] = [];
  for (let after: string | null = null; ; ) {
    const { accessLog } = (await askAs(stack, "person-b1", LOG, { after })).data;
    nodes.push(...accessLog.nodes);
    if (!accessLog.pageInfo.hasNextPage) return nodes;
    after = accessLog.pageInfo.endCursor;
  }
}

describe("one request of her referent, over four subgraphs", () => {
  it("is told by each as the same one, and she reads in her log what was read", async () => {
    const { data, errors } = await readAsReferent();
    expect([errors, data.beneficiary.appointments.length > 0]).toEqual([undefined, true]);
    const rows = await rowsOfRequest();
    expect([...new Set(rows.map(({ log }) => String(log).split("/")[1]))].sort()).toEqual(LOGS);
    const fields = [...new Set(rows.flatMap((row) => row.fields))];
    expect(fields).toEqual(expect.arrayContaining(["Beneficiary.needs", "Beneficiary.referrals", "Referral.status", "Beneficiary.appointments", "Appointment.kind", "Beneficiary.careTeam"]));
    const nodes = await readOwnLog();
    for (const row of rows) expect(nodes).toContainEqual({ byPartnerId: "dept-92", purpose: "SUPPORT", fields: row.fields, decision: "ALLOWED" });
    const { groups } = (await askAs(stack, "person-b1", GROUPS)).data.accessLog;
    const { text } = groups.find(({ byPartnerId, purpose }: Json) => byPartnerId === "dept-92" && purpose === "SUPPORT");
    for (const words of ["vos besoins", "vos orientations", "vos rendez-vous", "qui vous accompagne"]) expect(text).toContain(words);
  }, 60_000);

  it("leaves no word of her in a log of the processes", async () => {
    const logs = await Promise.all(LOGS.map((name) => readLog(stack, name)));
    for (const log of logs) expect(log).not.toMatch(/"b1"|"personId"|whsec_/);
  });
});
