// Is this a GraphQL request at all? Checks of method, headers, parameters and body, before anything is executed.
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import type { GraphQLError } from "graphql";

import type { GetConfig } from "../config.ts";
import { isDeeperThan } from "../depth.ts";
import { gatewayError } from "../errors.ts";
import type { QueryPlanWish } from "../gateway.ts";
import { chooseType, isJson, OFFERED } from "./media-type.ts";

/** Headers that a page's script cannot send to another origin without asking first; Bearer is the only scheme that passes. */
export const PREFLIGHTED = ["authorization", "x-apollo-operation-name", "apollo-require-preflight"];

/** With it a caller asks to be shown how the operation is answered; the name and its values are Hive's. */
export const QUERY_PLAN_HEADER = "hive-expose-query-plan";

/** Far beyond what people and programs write; a tenth of what any library on the way, in subgraphs too, can bear. */
const MAX_VARIABLE_LEVELS = 200;

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const UTF_8 = new TextDecoder("utf-8", { fatal: true });

/** The client's own id when it is a harmless one (it goes into logs and to subgraphs), else a new one. */
export function readRequestId(header: string | string[] | undefined, secrets: RegExp | null): string {
  return typeof header === "string" && REQUEST_ID.test(header) && !holds(header, secrets) ? header : randomUUID();
}

/**
 * Throws BAD_REQUEST for the address of a caller with a token that has a secret in it: whatever forwards a request keeps
 * its address. Not of `extensions`, whose hash of a document is digits by chance. What nobody vouches for finds nobody.
 */
export function assertAddress(url: string, { authorization }: IncomingHttpHeaders, secrets: RegExp | null): void {
  if (secrets === null || authorization === undefined) return;
  const said = [...new URL(url, "http://gateway").searchParams].filter(([name]) => name !== "extensions");
  if (!said.some((parameter) => holds(parameter.join(" "), secrets))) return;
  throw expected("an address without what must be kept secret, which the body of a POST may hold");
}

/** Throws GET_REFUSED for who brings a token, good or bad: whatever forwards a GET keeps its address, and with it about whom it asks. */
export function assertMethod(method: string, { authorization }: IncomingHttpHeaders, get: GetConfig): void {
  if (method === "GET" && get === "anonymous" && authorization !== undefined) throw gatewayError("GET_REFUSED");
}

/** A pattern with `g` remembers where it was; this does not ask it. */
function holds(text: string, secrets: RegExp | null): boolean {
  return secrets !== null && text.search(secrets) >= 0;
}

/**
 * Throws what is wrong with the head of a request. A GET that carries a `content-type` is checked too: browsers may send
 * one with a type of their choice, past the guard against cross-site requests (GHSA-9q82-xgwf-vj6h).
 */
export function assertHead(method: string, headers: IncomingHttpHeaders): void {
  const contentType = headers["content-type"];
  if (contentType === undefined ? method === "POST" : !isJson(contentType)) throw unsupported();
  if ((headers["content-encoding"] ?? "identity") !== "identity") throw unsupported();
  if (chooseType(headers.accept) === null) throw gatewayError("NOT_ACCEPTABLE", { offered: OFFERED.join(", ") });
  readQueryPlanWish(headers[QUERY_PLAN_HEADER]);
  assertBearer(headers.authorization);
  // A POST of JSON is preflighted by its content type.
  if (method === "GET" && !isPreflighted(headers)) throw expected(`a GET to carry one of the headers ${PREFLIGHTED.join(", ")}, so that no link can make it`);
}

/** Whether a script has sent it that its browser had to ask first, or a program. */
export function isPreflighted(headers: IncomingHttpHeaders): boolean {
  return PREFLIGHTED.some((name) => headers[name]);
}

/** Throws BAD_REQUEST for another value than there is: a dry run that is misspelt must not be a run. */
export function readQueryPlanWish(header: string | string[] | null | undefined): QueryPlanWish | null {
  switch (header) {
    case null:
    case undefined:
    case "":
    case "false":
      return null;
    case "true":
      return "with data";
    case "dry-run":
      return "alone";
    default:
      throw expected(`\`${QUERY_PLAN_HEADER}\` to be true, dry-run or false`);
  }
}

/**
 * Only Bearer: browsers attach remembered Basic credentials by themselves, and the guard against cross-site requests
 * takes an `authorization` header as the proof that a page's script, not a link, made the request.
 */
function assertBearer(authorization: string | undefined): void {
  if (authorization !== undefined && !/^bearer /i.test(authorization)) throw gatewayError("UNAUTHENTICATED");
}

/** Throws BAD_REQUEST. */
export function readText(body: Buffer): string {
  try {
    return UTF_8.decode(body);
  } catch {
    throw expected("a body of JSON in UTF-8");
  }
}

/** The text of a body → its JSON. Throws BAD_REQUEST. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw expected("a body of JSON in UTF-8");
  }
}

/** Throws what is wrong with the parameters of a POST; properties that GraphQL over HTTP does not know are nobody's business. */
export function assertBody(body: unknown): asserts body is Record<string, unknown> {
  if (Array.isArray(body)) throw expected("one operation as a JSON object, got an array; batches are not served");
  if (!isObject(body)) throw expected("a JSON object with `query`");
  const { query, operationName, variables, extensions } = body;
  if (!isText(operationName) && !isNothing(operationName)) throw expected("`operationName` to be a string");
  if (!isObject(variables) && !isNothing(variables)) throw expected("`variables` to be an object");
  if (isDeeperThan(MAX_VARIABLE_LEVELS, variables)) throw expected(`\`variables\` nested at most ${MAX_VARIABLE_LEVELS} levels deep`);
  if (!isObject(extensions) && !isNothing(extensions)) throw expected("`extensions` to be an object");
  if (isNothing(query) && isObject(extensions) && "persistedQuery" in extensions) return;
  if (!isText(query) || query === "") throw expected("`query` to be the text of a GraphQL document");
}

/** The same for the parameters of a GET, where `variables` and `extensions` are JSON text. */
export function assertParameters(parameters: URLSearchParams): void {
  const repeated = ["query", "operationName", "variables", "extensions"].find((name) => parameters.getAll(name).length > 1);
  if (repeated !== undefined) throw expected(`\`${repeated}\` once`);
  const query = parameters.get("query");
  assertBody({ query, variables: readParameter(parameters, "variables"), extensions: readParameter(parameters, "extensions") });
}

function readParameter(parameters: URLSearchParams, name: string): unknown {
  const text = parameters.get(name);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw expected(`\`${name}\` to be JSON`);
  }
}

function unsupported(): GraphQLError {
  return gatewayError("UNSUPPORTED_MEDIA_TYPE", { expected: "`content-type: application/json` in UTF-8, not compressed" });
}

function expected(what: string): GraphQLError {
  return gatewayError("BAD_REQUEST", { expected: what });
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
