// Answers in parts over HTTP, for clients that say in `Accept` which form they read:
//
//   multipart/mixed;deferSpec=20220824       Apollo Router's, Apollo Client 3 and 4, Apollo Kotlin and iOS
//   multipart/mixed;incrementalSpec=v0.2     that of graphql-js 17, Apollo Client 4, urql, Apollo Kotlin
//
// Apollo Server answers with the first part as if it were the whole, so that its checks and statuses hold here too; what
// comes later goes past it. Each part ends with the boundary of the next one, because clients read up to there.
import { Readable } from "node:stream";

import type { GraphQLFormattedError } from "graphql";

import type { Delivery, LaterParts, PendingPart } from "../gateway.ts";
import { answerHttp, type Apollo, type Asking, type HttpAnswer, type PartsContext } from "./graphql.ts";
import { choosePartsForm, type PartsForm } from "./media-type.ts";
import { readAsked, type HttpQuestion } from "./question.ts";

export interface AnswerInParts extends Omit<HttpAnswer, "body"> {
  readonly body: Buffer | Readable;
}

/** The form in which the client reads parts, null for a question whose answer has only one: the directive's name has no other spelling. */
export function readPartsForm(question: HttpQuestion): PartsForm | null {
  const form = choosePartsForm(question.accept);
  return form !== null && readAsked(question).query?.includes("defer") === true ? form : null;
}

export async function answerInParts(apollo: Apollo, form: PartsForm, { question, context }: Omit<Asking, "body">): Promise<AnswerInParts> {
  const came: LaterParts[] = [];
  const inParts: PartsContext = { ...context, takeLater: (later) => void came.push(later) };
  const first = await answerHttp(apollo, { question, body: readAsked(question).body, context: inParts });
  const [later] = came;
  if (later === undefined) return first;
  const type = `multipart/mixed; boundary="-"; ${form === "v0.2" ? "incrementalSpec=v0.2" : "deferSpec=20220824"}`;
  const body = Readable.from(printParts(form, first.body.toString(), later));
  return { status: first.status, headers: { ...first.headers, "content-type": type }, body };
}

const BOUNDARY = "\r\n---";
const HEAD = "\r\ncontent-type: application/json; charset=utf-8\r\n\r\n";

/** `first` is the body that a client without parts would get. */
async function* printParts(form: PartsForm, first: string, { pending, deliveries }: LaterParts): AsyncGenerator<string> {
  const announced = form === "v0.2" ? `,"pending":${printPending(pending)}` : "";
  yield `${BOUNDARY}${HEAD}${first.trimEnd().slice(0, -1)}${announced},"hasNext":true}${BOUNDARY}`;
  for await (const delivery of deliveries) {
    const members = form === "v0.2" ? printIncrements(delivery) : printPatches(delivery);
    if (members.length === 0 && delivery.hasNext) continue;
    yield `${HEAD}{${[...members, `"hasNext":${String(delivery.hasNext)}`].join(",")}}${BOUNDARY}${delivery.hasNext ? "" : "--\r\n"}`;
  }
}

/** By path. What became null in the meantime has no place any more. */
function printPatches({ parts }: Delivery): string[] {
  const patches = parts.filter(({ gone }) => !gone).map(({ data, path, label, errors }) => {
    const head = `{"path":${JSON.stringify(path)}${label === null ? "" : `,"label":${JSON.stringify(label)}`}`;
    return `${head},"data":${data?.text ?? "null"}${printErrors(errors)}}`;
  });
  return printList("incremental", patches);
}

/** By id; a part without data ends with its errors. */
function printIncrements({ parts, pending }: Delivery): string[] {
  const incremental = parts.flatMap(({ id, data, errors }) => (data === null ? [] : [`{"id":"${id}","data":${data.text}${printErrors(errors)}}`]));
  const completed = parts.map(({ id, data, errors }) => `{"id":"${id}"${data === null ? printErrors(errors) : ""}}`);
  const announced = pending.length === 0 ? [] : [`"pending":${printPending(pending)}`];
  return [...announced, ...printList("incremental", incremental), ...printList("completed", completed)];
}

function printPending(pending: readonly PendingPart[]): string {
  return JSON.stringify(pending.map(({ id, path, label }) => ({ id, path, ...(label !== null && { label }) })));
}

function printErrors(errors: readonly GraphQLFormattedError[]): string {
  return errors.length === 0 ? "" : `,"errors":${JSON.stringify(errors)}`;
}

function printList(name: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`"${name}":[${items.join(",")}]`];
}
