// Lets one request be followed through the logs of all who took part.
import { withHeader, type Send } from "../send.ts";

const REQUEST_ID_HEADER = "x-request-id";

export function withRequestId(next: Send): Send {
  return (request) => next(withHeader(request, REQUEST_ID_HEADER, request.facts.requestId));
}
