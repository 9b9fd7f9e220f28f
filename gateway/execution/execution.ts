// Gets what is asked. The door of this folder: what an executor is; which one it is at this stage; and how an answer gets
// back the shape that the client asked for.
export { completeAnswer, type Completion } from "./complete.ts";
export type { Answer, Executor, Variables } from "./executor.ts";
export { openStockExecutor, type ExecutorOptions } from "./stock-executor.ts";
