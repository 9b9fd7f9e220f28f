// The demonstration's four processes: partners tells the others who is habilitated (L11), before they answer anybody, and
// tells nobody else.
import { beforeAll, describe, expect, it } from "@jest/globals";

import { openSharedStack, readLog, type StackFacts } from "../harness/stack.ts";

let stack: StackFacts;
beforeAll(async () => void (stack = await openSharedStack()), 180_000);

interface Line {
  readonly event?: string;
  readonly outcome?: string;
  readonly fault?: string;
}

async function linesOf(name: string): Promise<Line[]> {
  const log = await readLog(stack, name);
  return log.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Line] : []));
}

describe("npm start", () => {
  it.each(["beneficiaries", "services", "sites"])("lets %s carry the directory of partners over: at once, or some seconds after partners is up", async (name) => {
    const outcomes = async () => (await linesOf(name)).filter(({ event }) => event === "directory").map(({ outcome, fault }) => fault ?? outcome);
    for (let tries = 0; tries < 100 && !(await outcomes()).includes("same"); tries += 1) await new Promise((settle) => setTimeout(settle, 200));
    // All four begin together, and partners is not always the first to be up. What it tells is what each was seeded with.
    expect((await outcomes()).filter((one) => one !== "DIRECTORY_UNREACHABLE")).toEqual(["same"]);
    const lines = await linesOf(name);
    const [first, listening] = ["directory", "listening"].map((of) => lines.findIndex(({ event }) => event === of));
    expect(first).toBeGreaterThanOrEqual(0);
    expect(first).toBeLessThan(listening ?? -1);
  }, 60_000);

  it("lets nobody else read it, and has it nowhere but at partners", async () => {
    const at = (name: string, path: string) => (stack.subgraphUrls[name] ?? "").replace("/graphql", path);
    expect((await fetch(at("partners", "/directory"))).status).toBe(401);
    expect((await fetch(at("services", "/directory"))).status).toBe(404);
    const { keys } = (await (await fetch(at("partners", "/directory-keys"))).json()) as { keys: object[] };
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([["alg", "crv", "kid", "kty", "use", "x"]]);
  });
});
