// Issues sharing tickets: all that are asked for side by side are signed together.
import { createRowLoader, type RequestFacts } from "../kit/kit.ts";
import { refuse, type ReadTrail, type TicketIssuer, type TicketTerms } from "../law/law.ts";
import type { BeneficiariesJudge } from "./judge.ts";
import { categoryOfStep } from "./policy.ts";
import type { PersonRow, StepRow } from "./rows.ts";

interface TicketOptions {
  readonly request: RequestFacts & { readonly judge: BeneficiariesJudge };
  readonly tickets: TicketIssuer;
}

export interface Tickets {
  ticketOfPerson(person: PersonRow): Promise<string>;
  ticketOfStep(step: StepRow): Promise<string>;
}

export function ticketsFor({ request: { judge, caller, clock, audit }, tickets }: TicketOptions): Tickets {
  const terms = new Map<string, TicketTerms>();
  const signed = createRowLoader(
    async (entities: readonly string[]) => {
      const batch = entities.flatMap((entity) => terms.get(entity) ?? []);
      const issued = tickets.issue(batch, caller, clock.now());
      return batch.map(({ entity }, index) => ({ entity, ticket: issued[index] ?? "" }));
    },
    ({ entity }) => entity,
  );
  const issue = async (one: TicketTerms): Promise<string> => {
    await writeDown(one, audit);
    terms.set(one.entity, one);
    return (await signed.load(one.entity))?.ticket ?? "";
  };
  return {
    ticketOfPerson: async ({ _id }) => issue({ entity: `Beneficiary/${_id}`, personId: _id, decisions: await judge.decisionsFor(_id) }),
    ticketOfStep: async (step) => issue({ entity: `PathwayStep/${step._id}`, personId: step.personId, decisions: await decisionsOn(step, judge) }),
  };
}

/** A ticket opens the person's records at the other three, so that who was given one is known here before. */
async function writeDown({ entity, personId, decisions }: TicketTerms, audit: ReadTrail): Promise<void> {
  const allowed = Object.values(decisions).find((decision) => decision.allowed);
  if (allowed?.allowed !== true) return;
  const field = `${entity.split("/")[0] ?? ""}.sharingTicket`;
  await audit.before({ personId, field, basis: allowed.basis });
}

/** A step that is of another category than pathways are is read by that category alone, and so is what others add to it. */
async function decisionsOn(step: StepRow, judge: BeneficiariesJudge): Promise<TicketTerms["decisions"]> {
  const decisions = await judge.decisionsFor(step.personId);
  const own = categoryOfStep(step);
  if (own === "PATHWAY") return decisions;
  const deciding = decisions[own] ?? refuse("NO_GRANT");
  return deciding.allowed ? { ...decisions, PATHWAY: deciding } : (Object.fromEntries(Object.keys(decisions).map((name) => [name, deciding])) as TicketTerms["decisions"]);
}
