// Who asks, what they may read, and how subgraphs are told. The door of this folder.
export { authorise, createVerdict, requirementsOn, type Authorised, type Verdict } from "./authorise.ts";
export { ANONYMOUS, assertOpens, callerKey, withExtensionClaims, withHeaderClaims, type Caller } from "./caller.ts";
export { createCallerTokens, type CallerTokens } from "./caller-token.ts";
export { meets, printReason, type GrantsPolicy } from "./rights.ts";
export { createAuthenticate, type Authenticate } from "./token.ts";
