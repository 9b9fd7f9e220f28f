// One request to one subgraph: the body is written, sent, and what comes back is merged into the tree.
import { codeOf, gatewayError } from "../../errors.ts";
import type { FetchNode, Path } from "../../planning/planning.ts";
import type { SubgraphAnswer, SubgraphError, SubgraphRequest } from "../../transport/transport.ts";
import { createBrought, type Brought } from "../losses.ts";
import { collect, compileEntities, distribute, placesOf, placesOfAll, type Collected, type CompiledEntities } from "./collect.ts";
import { compileRewrites, type CompiledRewrites } from "./rewrites.ts";
import { addFailure, countRequest, isFull, type ErrorPath, type Run } from "./run.ts";
import { mergeTree } from "./tree.ts";
import type { TypeNames } from "./types.ts";

/** Never rejects: what goes wrong is an error of the run. */
export type Task = (run: Run) => Promise<void>;

/** One error of a subgraph about an entity is told at so many places of the client's answer at most. */
const MAX_PLACES = 100;

/** `pathsOfOthers` are the paths of every `_entities` field of the plan but the given one. */
export function compileFetch(node: FetchNode, pathsOfOthers: (entities: FetchNode["entities"][number]) => readonly Path[], types: TypeNames): Task {
  const outputRewrites = compileRewrites(node.outputRewrites, types);
  const entities = node.entities.map((one) => compileEntities(one, pathsOfOthers(one), types));
  const fetch: CompiledFetch = {
    node,
    types,
    head: printHead(node),
    keys: node.entities.map(({ variable }) => `${JSON.stringify(variable)}:[`),
    entities,
    outputRewrites,
    brought: createBrought({
      document: node.document,
      entities: entities.map((one) => ({ alias: one.alias, places: placesOfAll(one), rename: one.outputRewrites?.rename })),
      rename: outputRewrites?.rename,
    }),
  };
  return node.entities.length === 0 ? (run) => fetchRoot(fetch, run) : (run) => fetchEntities(fetch, run);
}

/** The body up to its variables. */
export function printHead({ document }: FetchNode): string {
  return `{"query":${JSON.stringify(document)},"variables":{`;
}

interface CompiledFetch {
  readonly node: FetchNode;
  readonly types: TypeNames;
  /** The body up to its variables. */
  readonly head: string;
  /** For each `_entities` field: the variable's name up to the first representation. */
  readonly keys: readonly string[];
  readonly entities: readonly CompiledEntities[];
  readonly outputRewrites: CompiledRewrites | null;
  readonly brought: Brought;
}

async function fetchRoot(fetch: CompiledFetch, run: Run): Promise<void> {
  try {
    countRequest(run, 0);
    const { data, errors } = await run.send(createRequest(fetch, run, ""), fetch.node);
    for (const error of errors) {
      const path = error.path && (fetch.outputRewrites?.rename(error.path) ?? error.path);
      addError({ run, fetch }, error, [path]);
      noteError({ run, fetch }, error, [data === null ? undefined : path]);
    }
    if (data === null) return;
    run.notes.answered.push(fetch.brought);
    fetch.outputRewrites?.apply(data);
    mergeTree(run.root, data, fetch.types.isObject);
  } catch (error) {
    addFailure(run, error, []);
    noteFailure({ run, fetch }, error);
  }
}

async function fetchEntities(fetch: CompiledFetch, run: Run): Promise<void> {
  const collected = fetch.entities.map((entities) => collect(entities, run.root));
  const count = collected.reduce((sum, { representations }) => sum + representations.length, 0);
  if (count === 0) return;
  try {
    countRequest(run, count);
    const lists = collected.map(({ representations }, index) => `${fetch.keys[index]}${representations.join(",")}]`);
    merge({ fetch, run, collected }, await run.send(createRequest(fetch, run, lists.join(",")), fetch.node));
  } catch (error) {
    addFailure(run, error, fetch.entities.flatMap((entities, index) => (collected[index]?.representations.length === 0 ? [] : placesOfAll(entities))));
    noteFailure({ run, fetch }, error);
  }
}

/** `lists` are representations, as members of `variables`. */
function createRequest({ node, head }: CompiledFetch, run: Run, lists: string): SubgraphRequest {
  const variables = printVariables(node.variables, run);
  const body = `${head}${variables}${variables === "" || lists === "" ? "" : ","}${lists}}}`;
  return {
    subgraph: node.subgraph,
    query: node.document,
    operationName: null,
    body,
    // Who sends the body has no need of them.
    get variables() {
      return (JSON.parse(body) as { readonly variables: Record<string, unknown> }).variables;
    },
    headers: {},
    facts: run.facts,
  };
}

function printVariables(names: readonly string[], { variables }: Run): string {
  const members = names.flatMap((name) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return value === undefined ? [] : [`${JSON.stringify(name)}:${JSON.stringify(value)}`];
  });
  return members.join(",");
}

interface Asked {
  readonly fetch: CompiledFetch;
  readonly run: Run;
  readonly collected: readonly Collected[];
}

function merge({ fetch, run, collected }: Asked, { data, errors }: SubgraphAnswer): void {
  for (const error of errors) {
    if (isFull(run.errors)) break;
    const places = placesOfError({ fetch, run, collected }, error);
    addError({ run, fetch }, error, places);
    const isWhole = !isAboutEntity({ fetch, run, collected }, data, error);
    noteError({ run, fetch }, error, isWhole ? [undefined] : places.map((place) => place && upToNull(place, data, error)));
  }
  if (data === null) return;
  run.notes.answered.push(fetch.brought);
  for (const [index, asked] of collected.entries()) {
    const entities = fetch.entities[index];
    if (entities === undefined) continue;
    const answer = data[entities.alias];
    if ((answer === null || answer === undefined) && errors.length > 0) continue;
    if (isAnswerTo(asked, answer)) distribute(entities, asked, { entities: answer, types: fetch.types });
    else {
      addFailure(run, malformed(fetch.node.subgraph), placesOfAll(entities));
      noteFailure({ run, fetch }, malformed(fetch.node.subgraph));
    }
  }
}

/** An answer has one place for each representation; otherwise values would land on other objects. */
function isAnswerTo({ representations }: Collected, answer: unknown): answer is readonly unknown[] {
  return Array.isArray(answer) && answer.length === representations.length && answer.every((entity) => typeof entity === "object" && !Array.isArray(entity));
}

function malformed(service: string): Error {
  const params = { service, detail: "it has not one entity for each that was asked" };
  return gatewayError("SUBREQUEST_MALFORMED_RESPONSE", params, { extensions: { serviceName: service } });
}

/**
 * `_entities, 3, name` → where the client sees that entity's name: everywhere that it is. An error that names no entity is
 * told where the first of them are.
 */
function placesOfError({ fetch, run, collected }: Asked, { path }: SubgraphError): readonly (ErrorPath | undefined)[] {
  if (path === undefined) {
    run.explained.push(...fetch.entities.flatMap(placesOfAll));
    return [undefined];
  }
  const [alias, index, ...rest] = path;
  const at = fetch.entities.findIndex((entities) => entities.alias === alias);
  const entities = fetch.entities[at];
  if (entities === undefined) return fetch.entities.flatMap(placesOfAll).slice(0, 1);
  const targets = typeof index === "number" ? collected[at]?.targets[index] : undefined;
  if (targets === undefined) {
    run.explained.push(...placesOfAll(entities));
    return placesOfAll(entities).slice(0, 1);
  }
  const below = entities.outputRewrites?.rename(rest) ?? rest;
  return placesOf(entities, targets, { root: run.root, limit: MAX_PLACES }).map((place) => [...place, ...below]);
}

function isAboutEntity({ fetch, collected }: Asked, data: SubgraphAnswer["data"], { path = [] }: SubgraphError): boolean {
  const [alias, index] = path;
  const at = fetch.entities.findIndex((entities) => entities.alias === alias);
  return at >= 0 && typeof index === "number" && collected[at]?.targets[index] !== undefined && Array.isArray(data?.[String(alias)]);
}

/** The place of the whole entity where its error left nothing of it. */
function upToNull(place: ErrorPath, data: SubgraphAnswer["data"], { path = [] }: SubgraphError): ErrorPath {
  const [alias, index, ...below] = path;
  const entities = data?.[String(alias)];
  return Array.isArray(entities) && entities[Number(index)] === null ? place.slice(0, place.length - below.length) : place;
}

/** For what tells what is missing. Without a path: all that the fetch was to bring. */
function noteError({ run, fetch }: Pick<Asked, "run" | "fetch">, { extensions }: SubgraphError, paths: readonly (ErrorPath | undefined)[]): void {
  const { code } = extensions;
  for (const path of paths) run.notes.failures.push({ brought: fetch.brought, code: typeof code === "string" ? code : null, path: path ?? null });
}

/** What was never asked for, because the whole is too large, is nobody's failure. */
function noteFailure({ run, fetch }: Pick<Asked, "run" | "fetch">, error: unknown): void {
  const code = codeOf(error);
  if (code !== "REQUEST_TOO_LARGE") run.notes.failures.push({ brought: fetch.brought, code, path: null });
}

function addError({ run, fetch }: Pick<Asked, "run" | "fetch">, { message, extensions }: SubgraphError, places: readonly (ErrorPath | undefined)[]): void {
  for (const path of places) {
    if (isFull(run.errors)) return;
    run.errors.push({ message, ...(path !== undefined && { path }), extensions: { ...extensions, serviceName: fetch.node.subgraph } });
  }
}
