// Who acts on the steps of the world's pathways, and the care teams that follow from them.
import { careTeamsOf, type World } from "../../world/world.ts";
import type { CareTeamRow, StepActorsRow, StepRole } from "../rows.ts";

const ROLES: readonly StepRole[] = ["LEAD", "CO_LEAD", "CONTRIBUTOR", "OBSERVER"];

type PathwayWorld = Pick<World, "pathways" | "professionals">;

/** One row a step. An actor acts for the employer of today; the row keeps it when they move. */
export function stepActorsRows({ pathways, professionals }: PathwayWorld): StepActorsRow[] {
  const employers = new Map(professionals.map(({ id, employerId }) => [id, employerId]));
  return pathways.flatMap(({ personId, steps }) =>
    steps.map(({ id, leadPartnerId, actors }) => ({
      _id: id,
      personId,
      leadPartnerId,
      actors: actors.flatMap(({ professionalId, role }) => {
        const partnerId = employers.get(professionalId);
        return partnerId === undefined ? [] : { professionalId, partnerId, role: readRole(role) };
      }),
    })),
  );
}

/** One row a person. */
export function careTeamRows(world: PathwayWorld): CareTeamRow[] {
  return careTeamsOf(world).map(({ personId, members }) => ({ _id: personId, members: members.map((member) => ({ ...member, role: readRole(member.role) })) }));
}

function readRole(role: string): StepRole {
  const known = ROLES.find((one) => one === role);
  if (known === undefined) throw new TypeError(`Expected a role of a step (${ROLES.join(", ")}), got ${role}.`);
  return known;
}
