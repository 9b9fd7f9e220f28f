// What is asked. The door of this folder: a client's operation, what of it @skip and @include leave, and what may come later.
export { hasDefer, splitDeferred, withoutDefer, type DeferredFragment, type PathStep, type Split } from "./defer.ts";
export { isIncluded, isVariableTrue } from "./include.ts";
export { readOperation, toOperation, type Operation } from "./read-operation.ts";
export { readConditions, specialise } from "./specialise.ts";
