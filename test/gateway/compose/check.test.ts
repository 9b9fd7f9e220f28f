// `node gateway/main.ts check --against REV`, in a git repository of its own.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { openFolder, type Folder, type Outcome } from "./gateway-cli.ts";

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@inaccessible", "@authenticated", "@requiresScopes"])\n`;
const BOOKS = `${LINK}type Query { book(id: ID!): Book }\ntype Book @key(fields: "id") { id: ID! title: String stock: Int secret: Int @inaccessible }\n`;
const PRICES = `${LINK}type Book @key(fields: "id") { id: ID! price: Int }\n`;
const CONFIG = `federation_version: 2
subgraphs:
  books: { routing_url: "http://127.0.0.1:9/graphql", schema: { file: schemas/books.graphql } }
  prices: { routing_url: "http://127.0.0.1:9/graphql", schema: { file: schemas/prices.graphql } }
`;
const START = {
  "supergraph.yaml": CONFIG,
  "schemas/books.graphql": BOOKS,
  "schemas/prices.graphql": PRICES,
  "queries/shelf.graphql": "query Shelf {\n  book(id: 1) {\n    title\n    stock\n  }\n}\n",
  "queries/deep/price.graphql": "query Price { book(id: 1) { price } }\n",
};

let folder: Folder;

async function git(...args: string[]): Promise<void> {
  const outcome = await folder.run("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...args]);
  if (outcome.code !== 0) throw new Error(`git ${args.join(" ")}: ${outcome.stderr}`);
}

/** The working tree is the start with these files over it. */
async function check(files: Readonly<Record<string, string>>, args: readonly string[] = ["--against", "start"]): Promise<Outcome> {
  await folder.write({ ...START, ...files });
  return folder.gateway(["check", ...args]);
}

beforeAll(async () => {
  folder = await openFolder({ "README.md": "nothing yet" });
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", ".");
  await git("commit", "--quiet", "--message=nothing yet");
  await git("tag", "empty");
  await folder.write(START);
  await git("add", ".");
  await git("commit", "--quiet", "--message=start");
  await git("tag", "start");
  await folder.write({ "schemas/prices.graphql": PRICES.replace("price: Int", "title: Int") });
  await git("commit", "--quiet", "--all", "--message=does not compose");
  await git("tag", "broken");
});

afterAll(() => folder.remove());

describe("check --against", () => {
  it("finds nothing where nothing changed", async () => {
    expect(await check({})).toEqual({ code: 0, stdout: "0 change(s) against start; 0 of 2 operation file(s) broken by them.\n", stderr: "" });
  });

  it("lists a removed field as breaking, with the operation, the file and the line that it breaks", async () => {
    const { code, stdout } = await check({ "schemas/books.graphql": BOOKS.replace("stock: Int ", "") });
    expect(stdout).toBe(
      [
        "breaking (1)",
        "  Book.stock  Field 'stock' was removed from object type 'Book'",
        "",
        "operations that do not work",
        '  queries/shelf.graphql:4  Shelf  Cannot query field "stock" on type "Book".',
        "",
        "1 change(s) against start; 1 of 2 operation file(s) broken by them.",
        "",
      ].join("\n"),
    );
    expect(code).toBe(1);
  });

  it("tells breaking, dangerous and safe changes apart, worst first", async () => {
    const books = BOOKS.replace("book(id: ID!)", "book(id: ID!, size: Size = BIG, lang: String!)").replace("secret: Int @inaccessible", "pages: Int") + "enum Size { BIG }\n";
    const { code, stdout } = await check({ "schemas/books.graphql": books });
    expect(stdout.split("\n").filter((line) => /^\w+ \(\d+\)$/.test(line))).toEqual(["breaking (1)", "dangerous (1)", "safe (3)"]);
    expect(stdout).toMatch(/^ {2}Query\.book\.lang {2}Argument 'lang: String!' added/m);
    expect(code).toBe(1);
  });

  it("passes what only adds", async () => {
    const { code, stdout } = await check({ "schemas/prices.graphql": PRICES.replace("price: Int", "price: Int currency: String") });
    expect(stdout).toContain("safe (1)\n  Book.currency  ");
    expect(code).toBe(0);
  });

  it("sees what clients see: an inaccessible field may go, a visible one may not become inaccessible", async () => {
    expect((await check({ "schemas/books.graphql": BOOKS.replace("secret: Int @inaccessible", "") })).code).toBe(0);
    expect((await check({ "schemas/books.graphql": BOOKS.replace("title: String", "title: String @inaccessible") })).stdout).toContain("Book.title");
  });

  it("counts a field that asks more of its readers as breaking, and one that asks less as dangerous", async () => {
    const gated = BOOKS.replace("stock: Int", 'stock: Int @requiresScopes(scopes: [["stock:read", "shop"], ["admin"]])');
    const { code, stdout } = await check({ "schemas/books.graphql": gated });
    expect(stdout).toContain("breaking (1)\n  Book.stock  Field 'Book.stock' now requires scopes admin, or shop and stock:read\n");
    expect(code).toBe(1);
    await git("commit", "--quiet", "--all", "--message=gated");
    const opened = await check({}, ["--against", "HEAD"]);
    expect(opened.stdout).toContain("dangerous (1)\n  Book.stock  Field 'Book.stock' no longer requires scopes admin, or shop and stock:read\n");
    expect(opened.code).toBe(0);
  });

  it("does not blame a change for an operation that did not work before", async () => {
    const { code, stdout } = await check({ "queries/shelf.graphql": "query Shelf { book(id: 1) { never } }" });
    expect(stdout).toMatch(/queries\/shelf\.graphql:1 {2}Shelf {2}Cannot query field "never" on type "Book"\. \(as before\)[^]*0 of 2 operation file\(s\) broken/);
    expect(code).toBe(0);
  });

  it("fails on an operation that cannot be read", async () => {
    const { code, stdout } = await check({ "queries/shelf.graphql": "query Shelf {\n" });
    expect(stdout).toMatch(/queries\/shelf\.graphql:\d {2}\(unreadable\) {2}Syntax Error/);
    expect(code).toBe(1);
  });

  const impossible: readonly [sentence: string, files: Readonly<Record<string, string>>, args: readonly string[], answer: RegExp][] = [
    ["without a revision", {}, [], /^SETTING_INVALID: Expected --against to be a git revision, such as origin\/main, got nothing\./],
    ["with an unknown revision", {}, ["--against", "nowhere"], /^SCHEMA_CHECK_IMPOSSIBLE: Cannot compare the schema with nowhere because git knows no such revision here/],
    ["with a revision that looks like an option", {}, ["--against=--output=x"], /Cannot compare the schema with --output=x because git knows no such revision here/],
    ["with a revision before supergraph.yaml", {}, ["--against", "empty"], /Cannot compare the schema with empty because it has no file supergraph\.yaml\./],
    ["with a revision that does not compose", {}, ["--against", "broken"], /with broken because its schemas do not compose:\nFIELD_TYPE_MISMATCH: [^]*broken:schemas\/books\.graphql:3/],
    ["with a working tree that does not compose", { "schemas/prices.graphql": PRICES.replace("price", "title") }, ["--against", "start"], /^COMPOSITION_FAILED: .*\n\nFIELD_TYPE_MISMATCH/],
    [
      "with a schema that is asked for by HTTP",
      { "supergraph.yaml": CONFIG.replace("file: schemas/books.graphql", "subgraph_url: http://127.0.0.1:9/graphql") },
      ["--against", "start"],
      /because supergraph\.yaml takes the schema of books from an address; only schemas in files have a past/,
    ],
    ["with operations in no folder", {}, ["--against", "start", "--queries", "nowhere"], /^SETTING_INVALID: Expected --queries to be a folder that can be read, got "nowhere"\./],
  ];
  for (const [sentence, files, args, answer] of impossible) {
    it(`says what is amiss ${sentence}`, async () => {
      const { code, stderr } = await check(files, args);
      expect(stderr).toMatch(answer);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(code).toBe(1);
    });
  }

  it("says so outside a git repository", async () => {
    const outside = await openFolder(START);
    try {
      expect((await outside.gateway(["check", "--against", "main"])).stderr).toContain("because this folder is not in a git repository");
    } finally {
      await outside.remove();
    }
  });

  it("works from a folder below the top of the repository", async () => {
    await folder.write(Object.fromEntries(Object.entries(START).map(([name, text]) => [`below/${name}`, text])));
    await git("add", "below");
    await git("commit", "--quiet", "--message=below");
    await folder.write({ "below/schemas/books.graphql": BOOKS.replace("stock: Int ", "") });
    const { stdout } = await folder.gateway(["check", "--against", "HEAD", "--config", "below/supergraph.yaml", "--queries", "below/queries"]);
    expect(stdout).toContain("  below/queries/shelf.graphql:4  Shelf  ");
  });
});
