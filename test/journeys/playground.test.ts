// Each persona in the playground of the whole stack: chosen in Chromium, the full pathway is asked with its token.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { chromium, type Browser, type Page } from "playwright-core";

import { PERSONAS } from "../../deploy/personas.ts";
import { openSharedStack, type Json } from "../harness/stack.ts";

let browser: Browser;
let page: Page;

beforeAll(async () => {
  const stack = await openSharedStack();
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-background-networking"] });
  page = await browser.newPage({ viewport: { width: 1500, height: 950 } });
  await page.goto(stack.gatewayUrl);
  await page.getByText("query FullPathway").first().waitFor({ timeout: 30_000 });
}, 180_000);

afterAll(() => browser?.close());

/** Chooses the persona, runs the operation that is open, and gives what the gateway answered. */
async function runAs(name: string): Promise<{ readonly status: number; readonly body: Json }> {
  await page.getByLabel("Asking as").selectOption({ label: name });
  // The page introspects by itself, with an operation of another name.
  const answered = page.waitForResponse((response) => response.request().postData()?.includes("FullPathway") === true);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const response = await answered;
  return { status: response.status(), body: await response.json() };
}

describe("the playground", () => {
  it.each(PERSONAS)("answers $name", async ({ name, claims }) => {
    const { status, body } = await runAs(name);
    const errors: Json[] = body.errors ?? [];
    const codes: string[] = errors.map(({ extensions }) => extensions.code);
    // A referral of the pathway that passed between two others: *services* does not know it to this caller.
    const ofOthers = errors.filter(({ path, extensions }) => extensions.code === "VALUE_MISSING" && path.at(-2) === "referral");
    const ownFile = claims?.["person"] === "b1" || claims?.["professional"] !== undefined || claims?.["partner"] !== undefined;
    expect(status).toBe(200);
    expect(body.data.beneficiary === null).toBe(!ownFile);
    expect(codes.filter((code) => code !== "UNAUTHORIZED_FIELD")).toEqual(ofOthers.map(() => "VALUE_MISSING"));
    if (name === "Hauts-de-Seine referent") {
      expect(codes).toEqual([]);
      await page.getByText('"Fleury"').first().waitFor();
      const picture = process.env["SCREENSHOT"];
      if (picture !== undefined) await page.screenshot({ path: picture });
    }
  });
});
