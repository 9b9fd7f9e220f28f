// What the READMEs state as facts, held against the code. UPDATE_README=1 writes the tables anew.
import { access, readFile, writeFile } from "node:fs/promises";

import { describe, expect, it } from "@jest/globals";

import { PERSONAS } from "../deploy/personas.ts";
import { SUBGRAPH_SETTINGS } from "../subgraphs/config.ts";
import { DIRECTORY_FAULTS } from "../subgraphs/directory/directory.ts";
import { SUBGRAPH_ERRORS } from "../subgraphs/kit/kit.ts";
import { askAs, openSharedStack, type StackFacts } from "./harness/stack.ts";

const UPDATES = process.env["UPDATE_README"] === "1";

/** The text between `<!-- name -->` and `<!-- /name -->`, or else the fenced block after `<!-- name -->`. */
function findPart(text: string, name: string): { readonly start: number; readonly end: number } {
  const marker = `<!-- ${name} -->\n`;
  const start = text.indexOf(marker) + marker.length;
  const closing = text.indexOf(`<!-- /${name} -->`, start);
  if (closing >= 0) return { start, end: closing };
  const fence = text.indexOf("\n", text.indexOf("```", start)) + 1;
  return { start: fence, end: text.indexOf("```", fence) };
}

async function expectPart(file: string, name: string, expected: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const { start, end } = findPart(text, name);
  if (UPDATES) await writeFile(file, text.slice(0, start) + expected + text.slice(end));
  else expect(text.slice(start, end)).toBe(expected);
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** Part of a file → what is asked of it. */
const PARTS: Readonly<Record<string, string>> = {
  identity: "{ birthName }",
  household: "{ id }",
  needs: "{ id }",
  assessments: "{ id }",
  pathways: "{ id }",
  referrals: "{ id }",
  appointments: "{ kind }",
  careTeam: "{ role }",
  grants: "{ id }",
};

interface Hidden {
  readonly path: string;
  readonly reason: string;
  readonly count: number | null;
}

/** Of each part `seen`, or the reason that `withheld` gives: what is null has one, and of what is seen only counted rows may be hidden. */
async function seenBy(stack: StackFacts, persona: string): Promise<string[]> {
  const query = `{ beneficiary(id: "b1") { ${Object.entries(PARTS).map((part) => part.join(" ")).join(" ")} withheld { path reason count } } }`;
  const { data } = await askAs(stack, persona, query);
  if (data.beneficiary === null) return Object.keys(PARTS).map(() => "not asked without a token");
  const hidden = new Map((data.beneficiary.withheld as Hidden[]).map((one) => [one.path, one]));
  return Object.keys(PARTS).map((part) => {
    const { reason, count } = hidden.get(part) ?? { reason: null, count: 0 };
    expect([persona, part, data.beneficiary[part] === null]).toEqual([persona, part, count === null]);
    return reason === null ? "seen" : count === null ? reason : `seen but ${count}: ${reason}`;
  });
}

describe("README.md", () => {
  it("opens with the two commands", async () => {
    const text = await readFile("README.md", "utf8");
    const firstBlock = text.slice(text.indexOf("```"), text.indexOf("```", text.indexOf("```") + 3));
    expect(firstBlock).toContain("npm ci && npm start");
    expect(firstBlock).toContain("npm ci && npm test");
  });

  it("lists the personas", async () => {
    await expectPart("README.md", "personas", printTable(["persona", "what it is"], PERSONAS.map(({ name, description }) => [name, description])));
  });

  it("shows what each persona sees of b1, and why not", async () => {
    const stack = await openSharedStack();
    const rows = await Promise.all(PERSONAS.map(async ({ id, name }) => [name, ...(await seenBy(stack, id))]));
    await expectPart("README.md", "seen", printTable(["persona", ...Object.keys(PARTS)], rows));
  }, 120_000);

  it("names only npm scripts that there are", async () => {
    const { scripts } = JSON.parse(await readFile("package.json", "utf8")) as { scripts: Record<string, string> };
    const texts = await Promise.all(["README.md", "gateway/README.md", "subgraphs/README.md"].map((file) => readFile(file, "utf8")));
    const named = texts.flatMap((text) => [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? ""));
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    expect(named.length).toBeGreaterThan(3);
  });

  it("links to files that there are", async () => {
    const text = await readFile("README.md", "utf8");
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target ?? "");
    const missing = await Promise.all(links.map((target) => access(target).then(() => [], () => [target])));
    expect(missing.flat()).toEqual([]);
    expect(links.length).toBeGreaterThan(5);
  });

  it("shows the first query with its true answer", async () => {
    const stack = await openSharedStack();
    const text = await readFile("README.md", "utf8");
    const { start, end } = findPart(text, "first-query");
    const { data, errors } = await askAs(stack, "hauts-de-seine-referent", text.slice(start, end));
    expect(errors).toEqual([]);
    await expectPart("README.md", "first-answer", `${JSON.stringify({ data }, null, 2)}\n`);
  }, 120_000);
});

describe("subgraphs/README.md", () => {
  it("lists the codes of errors", async () => {
    const rows = Object.entries(SUBGRAPH_ERRORS).map(([code, text]) => [`\`${code}\``, text] as const);
    await expectPart("subgraphs/README.md", "errors", printTable(["code", "means"], rows));
  });

  it("lists why a directory was not taken over", async () => {
    const rows = Object.entries(DIRECTORY_FAULTS).map(([code, text]) => [`\`${code}\``, text] as const);
    await expectPart("subgraphs/README.md", "directory-faults", printTable(["in the log", "means"], rows));
  });

  it("lists the settings", async () => {
    const rows = Object.entries(SUBGRAPH_SETTINGS).map(([name, text]) => [`\`${name}\``, text] as const);
    await expectPart("subgraphs/README.md", "settings", printTable(["variable", "sets"], rows));
  });
});
