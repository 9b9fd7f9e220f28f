// Equal queries of one caller that are under way at the same time are executed once, and their clients get the same bytes.
//
// What can change the bytes is what is asked, letter by letter, and who asks; both are in the key. The request id is not:
// it comes back in a header that each reply has for itself. Who joins a flight asks what was found to be in order when
// it began, so that their question is not even read.
import { gatewayError } from "../errors.ts";
import { publish } from "../events.ts";
import { createFlights, type Flights, type Passenger } from "../flights.ts";
import { callerKey } from "../gateway.ts";
import { answerHttp, type Apollo, type Ask, type GraphqlContext, type HttpAnswer } from "./graphql.ts";
import { printQuestion, readAsked, type HttpQuestion } from "./question.ts";

export interface Sharing {
  readonly ask: Ask;
  /** Nobody joins what is under way any more. */
  seal(): void;
}

export function createSharing(apollo: Apollo): Sharing {
  const flights = createFlights<HttpAnswer>({ copy: (answer) => answer });
  const ask: Ask = async (question, context) => {
    const { requestId, signal } = context;
    const key = keyOf(question, context);
    const passenger = { id: requestId, signal, joined: (leader: string) => publish("join", { requestId, leader, subgraph: null }) };
    try {
      return await (flights.join(key, passenger) ?? begin({ apollo, flights, question, context }, key, passenger));
    } catch (error) {
      throw signal.aborted ? gatewayError("REQUEST_CANCELLED") : error;
    }
  };
  return { ask, seal: flights.seal };
}

interface Beginning {
  readonly apollo: Apollo;
  readonly flights: Flights<HttpAnswer>;
  readonly question: HttpQuestion;
  readonly context: GraphqlContext;
}

function begin({ apollo, flights, question, context }: Beginning, key: string, passenger: Passenger): Promise<HttpAnswer> {
  const { body, query } = readAsked(question);
  const start = (signal: AbortSignal): Promise<HttpAnswer> => answerHttp(apollo, { question, body, context: { ...context, signal } });
  // The keyword has no other spelling: a document without it has no mutation.
  if (query?.includes("mutation") === true) return start(context.signal).finally(flights.seal);
  // Parts of an answer that leave one after the other belong to one connection.
  const isWhole = !question.accept.toLowerCase().includes("multipart");
  return query !== null && isWhole ? flights.share({ key, passenger, start }) : start(context.signal);
}

/** What says who asks is JSON, without a line break of its own, so that no two questions have one key. */
function keyOf(question: HttpQuestion, { caller }: GraphqlContext): string {
  return `${callerKey(caller)}\n${printQuestion(question)}`;
}

// Fails to compile as soon as a context has more to it, which would belong into the key.
({}) satisfies Record<Exclude<keyof GraphqlContext, "caller" | "requestId" | "signal">, never>;
