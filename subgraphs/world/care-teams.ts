// The care teams that follow from the pathways: the referent leads, whoever acts on a step is in the team from the day on
// which the step began. Agencies work by day, so that the day of an instant in UTC is the day in France.
import type { CareTeamMemberRecord, CareTeamRecord, PathwayRecord, ProfessionalRecord, StepRecord } from "./records.ts";

/** From the strongest to the weakest. */
const ROLES = ["LEAD", "CO_LEAD", "CONTRIBUTOR", "OBSERVER"];

interface PathwayWorld {
  readonly pathways: readonly PathwayRecord[];
  readonly professionals: readonly ProfessionalRecord[];
}

/** One row a person, a member once, and once more where they protect a child: with the strongest role, from the first day to the last. Leaders first, then by day. */
export function careTeamsOf({ pathways, professionals }: PathwayWorld): CareTeamRecord[] {
  const employers = employersOf(professionals);
  const teams = new Map<string, Map<string, CareTeamMemberRecord>>();
  for (const pathway of pathways) {
    const team = teams.get(pathway.personId) ?? new Map<string, CareTeamMemberRecord>();
    teams.set(pathway.personId, team);
    for (const { professionalId, ...membership } of membershipsOf(pathway)) {
      const partnerId = employers.get(professionalId);
      if (partnerId === undefined) continue;
      const key = `${professionalId} ${String(membership.childProtection)}`;
      team.set(key, join(team.get(key), { professionalId, partnerId, ...membership }));
    }
  }
  return [...teams].map(([personId, team]) => ({ personId, members: [...team.values()].sort(byRole) }));
}

function employersOf(professionals: readonly ProfessionalRecord[]): ReadonlyMap<string, string> {
  return new Map(professionals.map(({ id, employerId }) => [id, employerId]));
}

type Membership = Omit<CareTeamMemberRecord, "partnerId">;

function membershipsOf(pathway: PathwayRecord): Membership[] {
  const { referentId, openedOn, closedOn, steps } = pathway;
  // A pathway that evaluates a child at risk is about that as a whole.
  const childProtection = steps.some(({ kind }) => kind === "CHILD_EVALUATION");
  const referent = { professionalId: referentId, role: "LEAD", since: openedOn, ...(closedOn !== null && { until: closedOn }), childProtection };
  const acting = steps.filter(({ status }) => status !== "CANCELLED");
  return [
    referent,
    ...acting.flatMap((step) =>
      step.actors.map(({ professionalId, role }) => ({ professionalId, role: teamRole(role), ...periodOf(step, pathway), childProtection })),
    ),
  ];
}

/** Who leads a step contributes to the pathway, which its referent leads. */
function teamRole(role: string): string {
  return role === "LEAD" ? "CONTRIBUTOR" : role;
}

/** From the day on which the step began, or the pathway when it has not, to the day on which either ended. */
function periodOf(step: StepRecord, { openedOn, closedOn }: PathwayRecord): { since: string; until?: string } {
  const since = step.startedAt === null ? openedOn : step.startedAt.slice(0, 10);
  const until = step.endedAt === null ? closedOn : step.endedAt.slice(0, 10);
  if (until === null) return { since };
  return { since, until: until < since ? since : until };
}

function join(known: CareTeamMemberRecord | undefined, added: CareTeamMemberRecord): CareTeamMemberRecord {
  if (known === undefined) return added;
  const { professionalId, partnerId, childProtection } = known;
  const role = ROLES.indexOf(known.role) <= ROLES.indexOf(added.role) ? known.role : added.role;
  const since = known.since < added.since ? known.since : added.since;
  if (known.until === undefined || added.until === undefined) return { professionalId, partnerId, role, since, childProtection };
  return { professionalId, partnerId, role, since, childProtection, until: known.until > added.until ? known.until : added.until };
}

function byRole(one: CareTeamMemberRecord, other: CareTeamMemberRecord): number {
  const byRank = ROLES.indexOf(one.role) - ROLES.indexOf(other.role);
  if (byRank !== 0) return byRank;
  const [left, right] = [one.since + one.professionalId, other.since + other.professionalId];
  return left < right ? -1 : left > right ? 1 : 0;
}
