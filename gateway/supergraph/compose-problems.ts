// What a composer says, made readable: the rule, the place in every schema that takes part, and a way to mend it.
import type { ASTNode, DefinitionNode, DocumentNode, GraphQLError, Location, NameNode } from "graphql";

import { adviceFor } from "./compose-advice.ts";
import type { SubgraphSchema } from "./compose-sources.ts";

export interface ParsedSubgraph extends SubgraphSchema {
  readonly document: DocumentNode;
}

/** A line of a subgraph's schema; line and column count from 1. */
export interface Place {
  readonly subgraph: string;
  readonly origin: string;
  readonly line: number;
  readonly column: number;
  /** The line itself, without its indentation. */
  readonly text: string;
}

export interface CompositionProblem {
  /** The composer's code: `FIELD_TYPE_MISMATCH`. */
  readonly rule: string;
  readonly message: string;
  /** In the order of the subgraphs; empty only when the problem lies in no line (no subgraph has a query). */
  readonly places: readonly Place[];
  readonly advice: string;
}

/** Something that composes and may yet be unintended. */
export interface CompositionHint {
  readonly rule: string;
  readonly level: string;
  readonly message: string;
  readonly places: readonly Place[];
}

/** What the composer's own classes have in common; both carry the nodes from which they arose, but not always. */
interface Finding {
  readonly message: string;
  readonly nodes?: readonly ASTNode[] | undefined;
}

/** More places than this say no more than these. */
const MOST_PLACES = 12;

export function toProblem(error: GraphQLError, subgraphs: readonly ParsedSubgraph[]): CompositionProblem {
  const code = error.extensions["code"];
  const rule = typeof code === "string" ? code : "COMPOSITION_FAILED";
  return { rule, message: messageOf(error), places: placesOf(error, subgraphs), advice: adviceFor(rule) };
}

export function toHint(
  hint: Finding & { readonly definition: { readonly code: string; readonly level: { readonly name: string } } },
  subgraphs: readonly ParsedSubgraph[],
): CompositionHint {
  const { code, level } = hint.definition;
  return { rule: code, level: level.name, message: hint.message, places: placesOf(hint, subgraphs) };
}

/** Several lines, without a final line break. */
export function printProblem(problem: CompositionProblem): string {
  return [`${problem.rule}: ${indent(problem.message)}`, ...problem.places.map(printPlace), `  To mend it: ${problem.advice}`].join("\n");
}

export function printHint(hint: CompositionHint): string {
  return [`${hint.level} ${hint.rule}: ${indent(hint.message)}`, ...hint.places.map(printPlace)].join("\n");
}

function messageOf(error: GraphQLError): string {
  const message = error.message.trim();
  return message === "" ? "The composer gave no reason." : message;
}

function indent(message: string): string {
  return message.trim().replaceAll("\n", "\n    ");
}

function printPlace({ subgraph, origin, line, column, text }: Place): string {
  return `  ${subgraph}  ${origin}:${line}:${column}  ${text}`;
}

function placesOf(finding: Finding, subgraphs: readonly ParsedSubgraph[]): Place[] {
  const stated = (finding.nodes ?? []).flatMap((node) => toPlaces(nameLocation(node), subgraphs));
  const bothSides = new Set(stated.map(({ subgraph }) => subgraph)).size > 1;
  const places = bothSides ? stated : [...stated, ...syntaxPlaces(finding), ...namedPlaces(finding.message, subgraphs)];
  const distinct = new Map(places.map((place) => [`${place.subgraph}:${place.line}`, place]));
  const order = subgraphs.map(({ name }) => name);
  return [...distinct.values()]
    .sort((a, b) => order.indexOf(a.subgraph) - order.indexOf(b.subgraph) || a.line - b.line)
    .slice(0, MOST_PLACES);
}

/** The name rather than the start: a definition starts at its description, which can be many lines above. */
function nameLocation(node: ASTNode): Location | undefined {
  return ("name" in node ? node.name?.loc : undefined) ?? node.loc;
}

function toPlaces(location: Location | undefined, subgraphs: readonly ParsedSubgraph[]): Place[] {
  const subgraph = subgraphs.find(({ document }) => document.loc?.source === location?.source);
  if (location === undefined || subgraph === undefined) return [];
  return [toPlace(subgraph, location.startToken)];
}

function toPlace({ name, origin, sdl }: Omit<SubgraphSchema, "url">, at: { line: number; column: number }): Place {
  return { subgraph: name, origin, line: at.line, column: at.column, text: (sdl.split("\n")[at.line - 1] ?? "").trim() };
}

/** A schema that does not parse has no nodes: its error carries the source and the position. */
function syntaxPlaces(finding: Finding & Partial<Pick<GraphQLError, "source" | "locations">>): Place[] {
  const { source, locations, nodes } = finding;
  if (nodes !== undefined || source === undefined || locations === undefined) return [];
  const name = /^\[([^\]]+)\]/.exec(finding.message)?.[1] ?? source.name;
  return locations.map((at) => toPlace({ name, origin: source.name, sdl: source.body }, at));
}

/**
 * Some rules (satisfiability, duplicate types) give no nodes, and some those of one side only, but they name elements and
 * subgraphs in quotes. A field is shown wherever it is defined, and its type in the subgraphs that are named and lack it:
 * the missing side is the one to mend.
 */
function namedPlaces(message: string, subgraphs: readonly ParsedSubgraph[]): Place[] {
  const coordinates = new Set([...message.matchAll(/"([_A-Za-z]\w*(?:\.[_A-Za-z]\w*)?)"/g)].flatMap(([, coordinate]) => coordinate ?? []));
  return subgraphs.flatMap((subgraph) => {
    const isNamed = message.startsWith(`[${subgraph.name}]`) || message.includes(`"${subgraph.name}"`);
    const locations = [...coordinates].flatMap((coordinate) => locate(subgraph.document, coordinate, isNamed));
    return locations.flatMap((location) => toPlaces(location, [subgraph]));
  });
}

function locate(document: DocumentNode, coordinate: string, orItsType: boolean): Location[] {
  const [typeName, fieldName] = coordinate.split(".");
  const types = document.definitions.filter((definition) => "name" in definition && definition.name?.value === typeName);
  const fields = types.flatMap(fieldsOf).filter((field) => fieldName !== undefined && field.name.value === fieldName);
  if (fields.length > 0) return fields.flatMap((node) => nameLocation(node) ?? []);
  return orItsType ? types.flatMap((node) => nameLocation(node) ?? []) : [];
}

function fieldsOf(definition: DefinitionNode): readonly (ASTNode & { readonly name: NameNode })[] {
  return "fields" in definition ? (definition.fields ?? []) : [];
}
