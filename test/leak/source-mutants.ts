// Copies of one source file that each differ from it in one place, loaded beside the original over the same imports.
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { SourceTextModule, SyntheticModule, type Module } from "node:vm";

export interface SourceMutant {
  /** The line that was changed, and how. */
  readonly name: string;
  readonly source: string;
}

/** What is exchanged, wherever it stands in code. */
const SWAPS: readonly (readonly [string, string])[] = [
  [" && ", " || "],
  [" || ", " && "],
  [" === ", " !== "],
  [" !== ", " === "],
  [" <= ", " < "],
  [" < ", " <= "],
  [".some(", ".every("],
  // Answer something, which counts as true; neither changes what it is asked of.
  [".includes(", ".concat("],
  [".has(", ".values("],
];

/** Every swap at every place, each string of a list left out, and each entry of the table `table` taken as always and as never met. */
export function mutate(source: string, table: string): SourceMutant[] {
  const lines = source.split("\n");
  const within = lines.flatMap((line, index) => {
    if (/^\s*(\/\/|\/?\*|import|export interface|readonly )/.test(line)) return [];
    return mutateLine(line).map(({ what, text }) => ({
      name: `${line.trim()}: ${what}`,
      source: [...lines.slice(0, index), text, ...lines.slice(index + 1)].join("\n"),
    }));
  });
  return [...within, ...mutateTable(source, table)];
}

interface Change {
  readonly what: string;
  readonly text: string;
}

function mutateLine(line: string): Change[] {
  const swaps = SWAPS.flatMap(([from, to]) =>
    placesOf(line, from).map((at, nth) => ({ what: `${from.trim()} ${nth + 1} becomes ${to.trim()}`, text: line.slice(0, at) + to + line.slice(at + from.length) })),
  );
  const isList = /new Set|\[".*"\]\.includes/.test(line);
  const items = isList ? [...line.matchAll(/"[A-Z_]+"(, )?/g)] : [];
  const lookups = [...line.matchAll(/\.(has|includes)\([^()]+\)/g)].map(({ 0: text, 1: verb = "", index }) => ({ what: `${text} finds nothing`, text: `${line.slice(0, index)}.${verb}("")${line.slice(index + text.length)}` }));
  return [...swaps, ...lookups, ...items.map(({ 0: text, index }) => ({ what: `${text} left out`, text: line.slice(0, index) + line.slice(index + text.length) }))];
}

function mutateTable(source: string, table: string): SourceMutant[] {
  const body = new RegExp(`const ${table}\\b[^]*?\n};`).exec(source)?.[0] ?? "";
  const names = [...body.matchAll(/^  ([A-Z_]+): /gm)].map(([, name = ""]) => name);
  return names.flatMap((name) => ["true", "false"].map((verdict) => ({ name: `${table}.${name}: always ${verdict}`, source: `${source}\n${table}.${name} = { asker: () => ${verdict} };` })));
}

function placesOf(line: string, part: string): number[] {
  const places: number[] = [];
  for (let at = line.indexOf(part); at !== -1; at = line.indexOf(part, at + 1)) places.push(at);
  return places;
}

/** `modules` are what the file imports, by how it names them. */
export async function loadSource(source: string, modules: Readonly<Record<string, object>>): Promise<Readonly<Record<string, unknown>>> {
  const main = new SourceTextModule(stripTypeScriptTypes(source));
  await main.link((specifier) => synthetic(modules[specifier] ?? {}));
  await main.evaluate();
  return main.namespace as Record<string, unknown>;
}

function synthetic(values: object): Module {
  const names = Object.keys(values);
  return new SyntheticModule(names, function setAll(this: SyntheticModule) {
    for (const name of names) this.setExport(name, (values as Record<string, unknown>)[name]);
  });
}

export function readText(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}
