// The tables of gateway/README.md say what the code says. Run with UPDATE_README=1 to print them anew from the code.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, it } from "@jest/globals";

import { GATEWAY_SETTINGS } from "../../gateway/config.ts";
import { GATEWAY_ERRORS, type ErrorEntry } from "../../gateway/errors.ts";

const README = resolve("gateway/README.md");

const SECTIONS = {
  errors: printTable(
    ["code", "message", "status", "who reads it"],
    Object.entries<ErrorEntry>(GATEWAY_ERRORS).map(([code, { message, status, audience }]) => [`\`${code}\``, message, audience === "client" ? String(status) : "–", audience]),
  ),
  settings: printTable(
    ["setting", "what it sets"],
    Object.entries(GATEWAY_SETTINGS).map(([name, text]) => [`\`${name}\``, text]),
  ),
};

if (process.env["UPDATE_README"] === "1") {
  const updated = Object.entries(SECTIONS).reduce((text, [name, table]) => text.replace(sectionOf(name), () => `<!-- ${name} -->\n${table}\n<!-- /${name} -->`), read());
  writeFileSync(README, updated);
}

it.each(Object.entries(SECTIONS))("the table of %s in gateway/README.md is that of the code (else: UPDATE_README=1)", (name, table) => {
  expect(sectionOf(name).exec(read())?.[1]?.trim()).toBe(table);
});

it("gateway/README.md names every folder of the gateway that holds code", () => {
  const picture = read();
  for (const folder of ["http", "auth", "operation", "planning", "execution", "supergraph", "transport", "telemetry", "cli"]) expect(picture).toContain(`${folder}/`);
});

function read(): string {
  return readFileSync(README, "utf8");
}

function sectionOf(name: string): RegExp {
  return new RegExp(`<!-- ${name} -->([^]*?)<!-- /${name} -->`);
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
