// What an HTTP request asks: all that its answer may depend on, apart from who asks. Nothing else of the request is
// handed on, so that equal questions of one caller have equal answers.
import type { FastifyRequest } from "fastify";

import { assertBody, assertParameters, isPreflighted, QUERY_PLAN_HEADER, readJson } from "./request.ts";

/** A header that answers come to depend on belongs here, and thereby into `printQuestion`. */
export interface HttpQuestion {
  readonly method: string;
  /** Of the URL of a GET, with its question mark. */
  readonly search: string;
  readonly accept: string;
  readonly contentType: string;
  /** Whether the plan is asked for beside the answer, or in its place. */
  readonly queryPlan: string;
  /** Whether it has a header that no link can send. */
  readonly isPreflighted: boolean;
  /** The body as it came, letter by letter; null where there is none. */
  readonly text: string | null;
}

/** What a checked question asks for. */
export interface Asked {
  /** The JSON of a POST. */
  readonly body: unknown;
  /** The document; null where it is only named. */
  readonly query: string | null;
}

/** Its head has been checked. */
export function readQuestion({ method, url, headers, body }: FastifyRequest): HttpQuestion {
  return {
    method,
    search: method === "GET" ? new URL(url, "http://gateway").search : "",
    accept: headers.accept ?? "",
    contentType: headers["content-type"] ?? "",
    queryPlan: String(headers[QUERY_PLAN_HEADER] ?? ""),
    isPreflighted: isPreflighted(headers),
    text: typeof body === "string" ? body : null,
  };
}

/** Throws BAD_REQUEST. A pure function, so that what it says of one question it says of any equal one. */
export function readAsked({ method, search, text }: HttpQuestion): Asked {
  if (method === "GET") {
    const parameters = new URLSearchParams(search);
    assertParameters(parameters);
    return { body: undefined, query: parameters.get("query") };
  }
  const body = text === null ? undefined : readJson(text);
  assertBody(body);
  return { body, query: typeof body.query === "string" ? body.query : null };
}

/** Another text for any other question: a head has no line breaks, and of its parts there are always as many. */
export function printQuestion(question: HttpQuestion): string {
  const { method, search, accept, contentType, queryPlan, isPreflighted, text } = question;
  return `${method}\n${search}\n${accept}\n${contentType}\n${queryPlan}\n${isPreflighted}\n${text === null ? "none" : `body\n${text}`}`;
}

// Fails to compile as soon as a question has more to it, which would belong into its text.
({}) satisfies Record<Exclude<keyof HttpQuestion, "method" | "search" | "accept" | "contentType" | "queryPlan" | "isPreflighted" | "text">, never>;
