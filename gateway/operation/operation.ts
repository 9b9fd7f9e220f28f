// What is asked. The door of this folder: a client's operation, and what of it @skip and @include leave.
export { isIncluded, isVariableTrue } from "./include.ts";
export { readOperation, toOperation, type Operation } from "./read-operation.ts";
export { readConditions, specialise } from "./specialise.ts";
