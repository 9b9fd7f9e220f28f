// One organisation is down: Q1 answers the rest, with one error for each missing part, and recovers by itself.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startStack, type Stack } from "../../deploy/stack.ts";
import type { SubgraphName } from "../../subgraphs/config.ts";
import { freePorts } from "../harness/ports.ts";
import { askAs, openSharedStack, printStack, readOperation, TEST_CLOCK, TEST_TODAY, type Answer, type Json } from "../harness/stack.ts";

let stack: Stack;
let dataFolder: string;
let query: string;

/** Processes of its own over the shared databases, because this test kills them. */
beforeAll(async () => {
  const shared = await openSharedStack();
  query = await readOperation("01_full_support_pathway");
  dataFolder = await mkdtemp(join(tmpdir(), "parcours-resilience-"));
  // What is sealed in those databases opens with the ring that sealed it.
  await cp(join(dirname(shared.logFolder), "keys"), join(dataFolder, "keys"), { recursive: true });
  const [gatewayPort, subgraphPort] = await freePorts();
  stack = await startStack({
    gatewayPort,
    subgraphPort,
    dataFolder,
    inMemory: true,
    seed: false,
    today: TEST_TODAY,
    clock: TEST_CLOCK,
    env: { ...process.env, MONGODB_URI: shared.mongodbUri },
    progress: () => undefined,
    databasePrefix: shared.databasePrefix,
  });
}, 180_000);

afterAll(async () => {
  await stack.close();
  await rm(dataFolder, { recursive: true, force: true });
}, 60_000);

const fullPathway = (): Promise<Answer> => askAs(printStack(stack), "hauts-de-seine-referent", query, { id: "b1" });

describe("with every subgraph up", () => {
  it("Q1 has no error", async () => {
    expect((await fullPathway()).errors).toEqual([]);
  });
});

describe("without one subgraph", () => {
  it.each(["services", "sites", "partners"] as const)("%s: withheld says of exactly what is missing that the partner is unavailable", async (name) => {
    const whole = await fullPathway();
    const { data } = await without(name);
    const lost = lostPaths(whole.data.beneficiary, data.beneficiary);
    expect(lost.length).toBeGreaterThan(0);
    const unavailable = data.beneficiary.withheld.filter(({ reason }: Json) => reason === "PARTNER_UNAVAILABLE").map(({ path }: Json) => path);
    expect(new Set(unavailable)).toEqual(new Set(lost));
    expect(unavailable).toHaveLength(lost.length);
    expect(data.beneficiary.withheld.filter(({ reason }: Json) => reason !== "PARTNER_UNAVAILABLE")).toEqual(whole.data.beneficiary.withheld);
  });

  it("services: the referrals' content is missing and nothing else", async () => {
    const { status, data, errors } = await without("services");
    expect(status).toBe(200);
    expect(data.beneficiary).toMatchObject({ id: "b1", identity: { birthName: expect.any(String) } });
    expect(data.beneficiary.careTeam.length).toBeGreaterThan(0);
    expect(data.beneficiary.pathways[0].steps.length).toBeGreaterThan(8);
    expect(data.beneficiary.pathways[0].steps.every(({ actors }) => actors.length > 0)).toBe(true);
    expectMissingParts(errors);
  });

  it("partners: names of organisations are missing and steps remain", async () => {
    const { data, errors } = await without("partners");
    expect(data.beneficiary.careTeam).toBeNull();
    expect(data.beneficiary.nearestSites.length).toBeGreaterThan(0);
    expect(data.beneficiary.pathways[0].steps.some(({ site }) => site !== null)).toBe(true);
    expectMissingParts(errors);
  });

  it("sites: places and appointments are missing and who acts remains", async () => {
    const { data, errors } = await without("sites");
    expect(data.beneficiary.nearestSites).toBeNull();
    expect(data.beneficiary.pathways[0].steps.every(({ site, appointments }) => site === null && appointments === null)).toBe(true);
    expect(data.beneficiary.pathways[0].steps.every(({ actors }) => actors.length > 0)).toBe(true);
    expectMissingParts(errors);
  });

  it("beneficiaries: the person is null and one error says why", async () => {
    const { status, data, errors } = await without("beneficiaries");
    expect(status).toBe(200);
    expect(data).toEqual({ beneficiary: null });
    expect(errors).toHaveLength(1);
    expectMissingParts(errors);
  });

  it("the gateway lives on, and recovers by itself once the subgraph is back", async () => {
    await without("sites");
    expect((await fetch(`${stack.gatewayUrl}/health/live`)).status).toBe(200);
    expect((await fullPathway()).errors).toEqual([]);
  });
});

/** Q1 while the subgraph is dead; it is started again afterwards. */
async function without(name: SubgraphName): Promise<Answer> {
  const running = stack.processes.get(name);
  running?.kill();
  await running?.ended;
  const answer = await fullPathway();
  await stack.restart(name);
  return answer;
}

/** Where the second answer has a null and the first has none, a list for its items; Q1 has no aliases. */
function lostPaths(whole: Json, part: Json): string[] {
  const walk = (before: Json, after: Json): string[] => {
    if (before === null || typeof before !== "object") return [];
    if (Array.isArray(before)) return before.flatMap((item, index) => (after[index] === null ? [""] : walk(item, after[index])));
    return Object.keys(before).flatMap((name) => {
      if (name === "withheld" || before[name] === null) return [];
      return after[name] === null ? [name] : walk(before[name], after[name]).map((path) => (path === "" ? name : `${name}.${path}`));
    });
  };
  return [...new Set(walk(whole, part))];
}

function expectMissingParts(errors: Answer["errors"]): void {
  expect(errors.length).toBeGreaterThan(0);
  for (const { message, extensions } of errors) {
    expect(extensions?.code).toMatch(/^(DOWNSTREAM_SERVICE_ERROR|SUBREQUEST_HTTP_ERROR)$/);
    expect(message).not.toMatch(/127\.0\.0\.1|ECONNREFUSED|\bat /);
  }
}
