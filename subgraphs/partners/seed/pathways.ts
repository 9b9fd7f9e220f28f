// Who acts on the steps of the world's pathways, and the care teams that follow from them: the referent leads, whoever
// acts on a step is in the team from the day on which the step began.
import { dayInFrance } from "../../kit/kit.ts";
import type { PathwayRecord, StepRecord, World } from "../../world/world.ts";
import type { CareTeamMemberRow, CareTeamRow, StepActorsRow, StepRole } from "../rows.ts";

const ROLES: readonly StepRole[] = ["LEAD", "CO_LEAD", "CONTRIBUTOR", "OBSERVER"];

type PathwayWorld = Pick<World, "pathways" | "professionals">;

/** One row a step. An actor acts for the employer of today; the row keeps it when they move. */
export function stepActorsRows({ pathways, professionals }: PathwayWorld): StepActorsRow[] {
  const employers = employersOf(professionals);
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

/** One row a person, a member once: with the strongest role, from the first day to the last. Leaders first, then by day. */
export function careTeamRows({ pathways, professionals }: PathwayWorld): CareTeamRow[] {
  const employers = employersOf(professionals);
  const teams = new Map<string, Map<string, CareTeamMemberRow>>();
  for (const pathway of pathways) {
    const team = teams.get(pathway.personId) ?? new Map<string, CareTeamMemberRow>();
    teams.set(pathway.personId, team);
    for (const { professionalId, ...membership } of membershipsOf(pathway)) {
      const partnerId = employers.get(professionalId);
      if (partnerId === undefined) continue;
      team.set(professionalId, join(team.get(professionalId), { professionalId, partnerId, ...membership }));
    }
  }
  return [...teams].map(([personId, team]) => ({ _id: personId, members: [...team.values()].sort(byRole) }));
}

function employersOf(professionals: PathwayWorld["professionals"]): ReadonlyMap<string, string> {
  return new Map(professionals.map(({ id, employerId }) => [id, employerId]));
}

type Membership = Omit<CareTeamMemberRow, "partnerId">;

function membershipsOf(pathway: PathwayRecord): Membership[] {
  const { referentId, openedOn, closedOn, steps } = pathway;
  const referent = { professionalId: referentId, role: "LEAD" as const, since: openedOn, ...(closedOn !== null && { until: closedOn }) };
  const acting = steps.filter(({ status }) => status !== "CANCELLED");
  return [
    referent,
    ...acting.flatMap((step) =>
      step.actors.map(({ professionalId, role }) => ({ professionalId, role: teamRole(readRole(role)), ...periodOf(step, pathway) })),
    ),
  ];
}

/** Who leads a step contributes to the pathway, which its referent leads. */
function teamRole(role: StepRole): StepRole {
  return role === "LEAD" ? "CONTRIBUTOR" : role;
}

/** From the day on which the step began, or the pathway when it has not, to the day on which either ended. */
function periodOf(step: StepRecord, { openedOn, closedOn }: PathwayRecord): { since: string; until?: string } {
  const since = step.startedAt === null ? openedOn : dayInFrance(new Date(step.startedAt));
  const until = step.endedAt === null ? closedOn : dayInFrance(new Date(step.endedAt));
  if (until === null) return { since };
  return { since, until: until < since ? since : until };
}

function join(known: CareTeamMemberRow | undefined, added: CareTeamMemberRow): CareTeamMemberRow {
  if (known === undefined) return added;
  const { professionalId, partnerId } = known;
  const role = ROLES.indexOf(known.role) <= ROLES.indexOf(added.role) ? known.role : added.role;
  const since = known.since < added.since ? known.since : added.since;
  if (known.until === undefined || added.until === undefined) return { professionalId, partnerId, role, since };
  return { professionalId, partnerId, role, since, until: known.until > added.until ? known.until : added.until };
}

function byRole(one: CareTeamMemberRow, other: CareTeamMemberRow): number {
  const byRank = ROLES.indexOf(one.role) - ROLES.indexOf(other.role);
  if (byRank !== 0) return byRank;
  const [left, right] = [one.since + one.professionalId, other.since + other.professionalId];
  return left < right ? -1 : left > right ? 1 : 0;
}

function readRole(role: string): StepRole {
  const known = ROLES.find((one) => one === role);
  if (known === undefined) throw new TypeError(`Expected a role of a step (${ROLES.join(", ")}), got ${role}.`);
  return known;
}
