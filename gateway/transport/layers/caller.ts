// Tells the subgraph who asks, in a header that it can verify.
import type { Caller } from "../../auth/auth.ts";
import { withHeader, type Layer } from "../send.ts";

/** Null where no token is to be sent. */
export type TokenFor = (caller: Caller, subgraph: string) => Promise<string | null>;

const CALLER_HEADER = "x-gateway-caller";

export function withCaller(tokenFor: TokenFor): Layer {
  return (next) => async (request) => {
    const token = await tokenFor(request.facts.caller, request.subgraph);
    return next(token === null ? request : withHeader(request, CALLER_HEADER, token));
  };
}
