// Reads the project's TypeScript files as the architecture test needs them: what each imports, and what it is made of.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

import { parse } from "@babel/parser";

export interface SourceFile {
  /** From the top of the repository: `gateway/http/http.ts`. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionSize[];
  /** Constructs that the house does not use, each with its line. */
  readonly findings: readonly Finding[];
}

export interface Import {
  readonly line: number;
  /** A path of this repository, or null for a package. */
  readonly file: string | null;
  /** `graphql`, `@apollo/server`, `node:fs`; null for a file. */
  readonly package: string | null;
}

export interface FunctionSize {
  readonly line: number;
  readonly lines: number;
}

export interface Finding {
  readonly line: number;
  readonly what: string;
}

/** What the walk needs to know of a node of the syntax tree. */
interface SyntaxNode {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number }; readonly end: { readonly line: number } } | null;
  readonly [part: string]: unknown;
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression", "ObjectMethod", "ClassMethod", "ClassPrivateMethod"]);

/** Syntax that Node cannot strip, that hides a type, or that names nothing where it is imported. */
const UNWANTED: Readonly<Record<string, string>> = {
  TSAnyKeyword: "the type any",
  TSNonNullExpression: "the operator ! that asserts a value is not null",
  TSEnumDeclaration: "an enum",
  TSParameterProperty: "a parameter property",
  TSModuleDeclaration: "a namespace",
  TSExportAssignment: "export =",
  ExportDefaultDeclaration: "a default export",
};

/** Every `.ts` file under the folders, in alphabetical order. */
export function readSources(folders: readonly string[]): SourceFile[] {
  return folders.flatMap(listFiles).filter((path) => path.endsWith(".ts")).sort().map((path) => readSource(path, readFileSync(path, "utf8")));
}

/** Every file under the folder, of whatever kind. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** `path` need not exist: the test of the test gives its own text. */
export function readSource(path: string, text: string): SourceFile {
  const imports: Import[] = [];
  const functions: FunctionSize[] = [];
  const findings: Finding[] = [];
  const tree = parse(text, { sourceType: "module", plugins: ["typescript"], sourceFilename: path });
  visit(tree.program, (node) => {
    const { start, end } = node.loc ?? { start: { line: 0 }, end: { line: 0 } };
    const specifier = specifierOf(node);
    if (specifier !== null) imports.push({ line: start.line, ...resolveImport(path, specifier) });
    if (FUNCTIONS.has(node.type)) functions.push({ line: start.line, lines: end.line - start.line + 1 });
    const what = UNWANTED[node.type] ?? exportedAsDefault(node);
    if (what !== null) findings.push({ line: start.line, what });
  });
  for (const { value, loc } of tree.comments ?? []) {
    if (/^\s*@ts-(ignore|nocheck|expect-error)/.test(value)) findings.push({ line: loc?.start.line ?? 0, what: "a comment that silences the compiler" });
  }
  return { path, text, lines: text.trimEnd().split("\n").length, imports, functions, findings };
}

function visit(value: unknown, see: (node: SyntaxNode) => void): void {
  if (Array.isArray(value)) return value.forEach((one) => visit(one, see));
  if (!isNode(value)) return;
  see(value);
  for (const [key, part] of Object.entries(value)) if (typeof part === "object" && !key.endsWith("Comments")) visit(part, see);
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** The text between the quotes of whatever way there is to import: static, re-export, dynamic, or of a type. */
function specifierOf(node: SyntaxNode): string | null {
  const isCall = node.type === "CallExpression" && isNode(node["callee"]) && node["callee"].type === "Import";
  const [argument] = isCall && Array.isArray(node["arguments"]) ? (node["arguments"] as unknown[]) : [];
  const source = isCall ? argument : (node["source"] ?? (node.type === "TSImportType" ? node["argument"] : undefined));
  const literal = isNode(source) && isNode(source["literal"]) ? source["literal"] : source;
  return isNode(literal) && literal.type === "StringLiteral" ? String(literal["value"]) : null;
}

function exportedAsDefault(node: SyntaxNode): string | null {
  if (node.type !== "ExportSpecifier" || !isNode(node["exported"])) return null;
  return node["exported"]["name"] === "default" ? "a default export" : null;
}

function resolveImport(from: string, specifier: string): Omit<Import, "line"> {
  if (specifier.startsWith(".")) return { file: normalize(join(dirname(from), specifier)), package: null };
  const [scope = "", name = ""] = specifier.split("/");
  return { file: null, package: scope.startsWith("@") ? `${scope}/${name}` : scope };
}
