// Gets what is asked. The door of this folder: what an executor is; the two that there are; and how an answer gets back the
// shape that the client asked for, after parts of the operation were refused.
export { completeAnswer, type Completion } from "./complete.ts";
export { openCompiledExecutor, printCompiled, type CompiledExecutorOptions, type ReplaySettings } from "./compiled/compiled.ts";
export { ReadyData, type Answer, type Delivery, type Executor, type LaterParts, type Part, type PendingPart, type Variables } from "./executor.ts";
export { hideInside, withEnd } from "./later-parts.ts";
export { openStockExecutor, type ExecutorOptions } from "./stock-executor.ts";
