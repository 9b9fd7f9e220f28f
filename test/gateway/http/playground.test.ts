// The playground: what is served, and what a visitor with a browser and no network can do with it.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { chromium, type Browser, type Page } from "playwright-core";

import { startPlain, TOKEN, type PlainServer } from "./plain-gateway.ts";

const CHROMIUM = "/usr/bin/chromium";
const LOADING_MS = 20_000;

let folder: string;
let server: PlainServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "playground-"));
  mkdirSync(join(folder, "queries", "more"), { recursive: true });
  writeFileSync(join(folder, "queries", "01_who_am_i.graphql"), "# Whom the gateway takes me for\nquery WhoAmI { whoami }\n");
  writeFileSync(join(folder, "queries", "02_hello.graphql"), "query Hello($name: String) { hello(name: $name) } # </script><script>alert(1)</script>\n");
  writeFileSync(join(folder, "queries", "02_hello.variables.json"), '{ "name": "you" }');
  writeFileSync(join(folder, "queries", "more", "hidden.graphql"), "{ secret }");
  writeFileSync(join(folder, "personas.json"), JSON.stringify([{ name: "Somebody", description: "Has a token.", token: TOKEN }]));
  server = await startPlain({ playground: { enabled: true, collections: join(folder, "queries"), personas: join(folder, "personas.json") } });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe("the page", () => {
  it("names nothing outside of the gateway and forbids to load or call anything else", async () => {
    const response = await fetch(`${server.url}/`);
    expect(await response.text()).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(response.headers.get("content-security-policy")).toContain("connect-src 'self'");
  });

  it("holds the operator's operations, and none of them can break out of it", async () => {
    const text = await (await fetch(`${server.url}/`)).text();
    expect(text).toContain("query WhoAmI { whoami }");
    expect(text).toContain('"name":"more"');
    expect(text).not.toContain("<script>alert(1)");
  });

  it("is not sent again while it is the same", async () => {
    const first = await fetch(`${server.url}/`);
    const again = await fetch(`${server.url}/`, { headers: { "if-none-match": String(first.headers.get("etag")) } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  it("has no chooser without personas", async () => {
    const plain = await startPlain({ playground: { enabled: true, collections: null, personas: null } });
    expect(await (await fetch(`${plain.url}/`)).text()).not.toContain("<select");
    await plain.close();
  });

  it("is not there when it is switched off", async () => {
    const off = await startPlain();
    expect((await fetch(`${off.url}/`)).status).toBe(404);
    expect((await fetch(`${off.url}/playground/laboratory.js`)).status).toBe(404);
    await off.close();
  });
});

describe("its scripts", () => {
  it("are sent compressed, and only once", async () => {
    const first = await fetch(`${server.url}/playground/laboratory.js`);
    expect(first.headers.get("content-encoding")).toBe("gzip");
    expect(await first.text()).toContain("HiveLaboratory");
    const etag = String(first.headers.get("etag"));
    expect((await fetch(`${server.url}/playground/laboratory.js`, { headers: { "if-none-match": etag } })).status).toBe(304);
  });

  it.each(["nothing.js", "..%2F..%2Fpackage.json", "__proto__"])("do not include %s", async (name) => {
    expect((await fetch(`${server.url}/playground/${name}`)).status).toBe(404);
  });
});

describe("settings that cannot be read", () => {
  it.each([
    ["personas that are not there", { personas: "/nowhere.json" }, "GATEWAY_PERSONAS"],
    ["personas without a name", { personas: "nameless.json" }, "GATEWAY_PERSONAS"],
    ["collections that are not there", { collections: "/nowhere" }, "GATEWAY_COLLECTIONS"],
  ])("%s stop the start and are named", async (_name, paths, setting) => {
    writeFileSync(join(folder, "nameless.json"), '[{ "token": "x" }]');
    const there = Object.fromEntries(Object.entries(paths).map(([key, path]) => [key, path.startsWith("/") ? path : join(folder, path)]));
    const playground = { enabled: true, collections: null, personas: null, ...there };
    await expect(startPlain({ playground })).rejects.toMatchObject({ message: expect.stringContaining(setting), extensions: { code: "SETTING_INVALID" } });
  });
});

describe("in Chromium, without a network", () => {
  let browser: Browser;
  let page: Page;
  const outside: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) throw new Error(`This test drives ${CHROMIUM}: install it with \`apt-get install -y chromium\`.`);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-background-networking"] });
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.route(
      (url) => url.hostname !== "127.0.0.1" && url.protocol.startsWith("http"),
      (route) => {
        outside.push(route.request().url());
        return route.abort();
      },
    );
    await page.goto(`${server.url}/`);
    await page.getByText("query WhoAmI").first().waitFor({ timeout: LOADING_MS });
  }, 2 * LOADING_MS);
  afterAll(() => browser?.close());

  const run = async () => {
    const answered = page.waitForResponse((response) => response.url().endsWith("/graphql"));
    await page.getByRole("button", { name: "Run", exact: true }).click();
    return (await answered).request().headers()["authorization"];
  };

  it("a visitor runs the first operation as nobody, chooses a persona, and is answered as that persona", async () => {
    expect(await run()).toBeUndefined();
    await page.getByText('"whoami"').waitFor();
    await page.getByLabel("Asking as").selectOption("Somebody");
    expect(await page.getByRole("status").first().textContent()).toBe("Has a token.");
    expect(await run()).toBe(`Bearer ${TOKEN}`);
    await page.getByText('"somebody"').waitFor();
  });

  it("opens another operation of the collection with its variables", async () => {
    await page.getByText("02 hello").click();
    await page.getByText('"you"').first().waitFor();
    await run();
    await page.getByText('"Hello you"').waitFor();
  });

  it("keeps the persona after a reload", async () => {
    await page.reload();
    await page.getByText("query Hello").first().waitFor({ timeout: LOADING_MS });
    expect(await page.getByLabel("Asking as").inputValue()).toBe("Somebody");
  });

  it("asked nobody but the gateway and broke no rule of its page", () => {
    expect(outside).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
