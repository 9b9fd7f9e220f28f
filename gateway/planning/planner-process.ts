// The process in which operations are planned. A planner cannot be stopped from within its own process: Hive's stays in
// native code, Apollo's in one long function, and either may take more memory than there is. This one may be killed.
import { messageOf } from "../errors.ts";
import type { PlannerKind } from "./draft-maker.ts";
import { createPlanMaker, type PlanMaker, type PlannerSource } from "./make-plan.ts";
import type { Plan } from "./plan.ts";

/** The first message is the source, each other one the text of an operation; each is answered by one `Reply`, in order. */
export type Message = { readonly source: PlannerSource } | { readonly text: string };

export type Reply =
  | { readonly kind: "ready"; readonly planner: PlannerKind }
  /** `bytes`: how many characters the plan is as JSON. */
  | { readonly kind: "plan"; readonly plan: Plan; readonly bytes: number }
  | { readonly kind: "failure"; readonly message: string };

let maker: PlanMaker | null = null;

process.on("message", (message: Message) => {
  void answer(message).then(
    (reply) => process.send?.(reply),
    (error: unknown) => process.send?.({ kind: "failure", message: messageOf(error) } satisfies Reply),
  );
});
process.on("disconnect", () => process.exit());
// A signal to the whole group is for the gateway, which ends this process when it is done itself.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);

async function answer(message: Message): Promise<Reply> {
  if ("source" in message) {
    maker = await createPlanMaker(message.source);
    // After the answer has left, so that the start does not wait for it.
    setImmediate(maker.warmUp);
    return { kind: "ready", planner: maker.kind };
  }
  if (maker === null) throw new TypeError("Expected a supergraph before the first operation, got none.");
  const plan = maker.makePlan(message.text);
  return { kind: "plan", plan, bytes: JSON.stringify(plan).length };
}
