// What each field about somebody must say, object by object, from the records of the demonstration world and from what is
// seeded beside them; nothing of it is read from a database or comes out of a resolver.
import { createBlinding } from "../../subgraphs/beneficiaries/blinding.ts";
import { toDocuments } from "../../subgraphs/beneficiaries/seed.ts";
import { careTeamsOf, type createWorld } from "../../subgraphs/world/world.ts";
import { TEST_CLOCK, TEST_TODAY, type Json } from "../harness/stack.ts";

type World = ReturnType<typeof createWorld>;
type Drafts = ReturnType<typeof toDocuments>;

/** `Beneficiary b1` → field → value; what leads to another object has the keys by which that one is known. */
export type WorldValues = ReadonlyMap<string, Json>;

export function readWorldValues(world: World): WorldValues {
  const drafts = toDocuments(world, createBlinding(new Uint8Array(32)));
  const facts: Facts = { world, drafts, teams: new Map(careTeamsOf(world).map(({ personId, members }) => [personId, members])) };
  return new Map<string, Json>([
    ...drafts.people.map((draft) => [`Beneficiary ${draft._id}`, valuesOfPerson(draft, facts)] as const),
    ...drafts.pathways.map((row) => [`Pathway ${row._id}`, valuesOfPathway(row, facts)] as const),
    ...drafts.assessments.map((row) => [`Assessment ${row._id}`, valuesOfAssessment(row, facts)] as const),
    ...world.pathways.flatMap((pathway) => pathway.steps.map((step) => [`${typeOfStep(step.kind)} ${step.id}`, valuesOfStep(step, facts)] as const)),
    ...world.referrals.map((record) => [`Referral ${record.id}`, valuesOfReferral(record, facts)] as const),
    ...world.appointments.map((record) => [`Appointment ${record.id}`, valuesOfAppointment(record)] as const),
  ]);
}

interface Facts {
  readonly world: World;
  readonly drafts: Drafts;
  readonly teams: ReadonlyMap<string, ReturnType<typeof careTeamsOf>[number]["members"]>;
}

function valuesOfPerson(draft: Drafts["people"][number], { world, drafts, teams }: Facts): Json {
  const record = world.people.find(({ id }) => id === draft._id);
  if (record === undefined) throw new Error(`No record of ${draft._id}.`);
  const isMine = ({ personId }: { readonly personId: string }): boolean => personId === draft._id;
  return {
    identity: identityOf(draft, record),
    ...agesOf(record.birthDate),
    publics: record.publics,
    residence: residenceOf(record, world),
    household: householdOf(record, world),
    needs: draft.needs.map(renamed),
    assessments: drafts.assessments.filter(isMine).map(keyed),
    pathways: world.pathways.filter(isMine).map(({ id }) => ({ id })),
    grants: drafts.grants.filter(isMine).map(({ _id, personId, professionalIds, informedException, ...row }) => json({ id: _id, ...row })),
    // As it is told to whoever does not protect the child (L4).
    retention: retentionOf(draft),
    referrals: world.referrals.filter(isMine).map(({ id }) => ({ id })),
    appointments: world.appointments.filter(isMine).map(({ id }) => ({ id })),
    careTeam: (teams.get(draft._id) ?? []).map(({ professionalId, partnerId, role, since, until = null }) => ({
      professional: { id: professionalId },
      partner: { id: partnerId },
      role,
      since,
      until,
    })),
  };
}

function identityOf(
  draft: Drafts["people"][number],
  { story, birthName, usageName, firstNames, birthDate, birthCommuneCode, phone, email }: World["people"][number],
): Json {
  // L2: how somebody in danger is reached is told to their referent alone.
  const reached = story === "violence" ? { phone: null, email: null } : { phone, email };
  const { preferred, safeToContact, language } = draft.contact ?? {};
  const { nirStatus, localIdentifiers } = draft;
  // L13: a NIR is answered to nobody.
  return {
    birthName,
    usageName,
    firstNames,
    birthDate,
    birthCommuneCode,
    contact: { ...reached, preferred, safeToContact, language },
    nir: null,
    nirStatus,
    localIdentifiers,
  };
}

function agesOf(birthDate: string): Json {
  const age = Math.floor((Number(TEST_TODAY.replaceAll("-", "")) - Number(birthDate.replaceAll("-", ""))) / 10_000);
  const bands = ["A0_2", "A3_5", "A6_10", "A11_17", "A18_25", "A26_39", "A40_59", "A60_74", "A75_PLUS"];
  const stages = ["CHILDHOOD", "YOUTH", "ADULTHOOD", "OLD_AGE"];
  return {
    ageBand: bands[[3, 6, 11, 18, 26, 40, 60, 75].filter((from) => age >= from).length],
    lifeStage: stages[[18, 26, 60].filter((from) => age >= from).length],
  };
}

function residenceOf({ communeCode, inPriorityDistrict, homeless }: World["people"][number], { communes }: World): Json {
  if (communeCode === null) return null;
  const { lat = null, lon = null } = communes.find(({ code }) => code === communeCode) ?? {};
  return { communeCode, lat, lon, inPriorityDistrict, homeless };
}

function householdOf({ householdId }: World["people"][number], { people, households }: World): Json {
  const members = people.filter((one) => one.householdId === householdId);
  return {
    id: householdId,
    tenancy: households.find(({ id }) => id === householdId)?.tenancy ?? null,
    members: members.map(({ id, householdRole, birthDate }) => ({
      beneficiary: { id },
      role: householdRole,
      since: householdRole === "CHILD" ? birthDate : null,
      until: null,
    })),
  };
}

/** L8: the day in France, two years later or as the council decided, and two years more. */
export function retentionOf({ lastContactAt, litigationHold, retentionMonths }: Pick<Drafts["people"][number], "lastContactAt" | "litigationHold" | "retentionMonths">): Json {
  const archiveOn =
    lastContactAt === null ? null : monthsAfter(lastContactAt.toLocaleDateString("sv-SE", { timeZone: "Europe/Paris" }), retentionMonths ?? 24);
  const destroyOn = archiveOn === null || litigationHold ? null : monthsAfter(archiveOn, 24);
  const state =
    archiveOn !== null && TEST_TODAY < archiveOn
      ? "ACTIVE"
      : destroyOn !== null && destroyOn <= TEST_TODAY
        ? "DUE_FOR_DESTRUCTION"
        : "INTERMEDIATE_ARCHIVE";
  return json({ state, lastContactAt, archiveOn, destroyOn, litigationHold });
}

function valuesOfPathway({ _id, personId, status, openedAt, closedAt, closureReason, referent }: Drafts["pathways"][number], { world }: Facts): Json {
  const record = world.pathways.find(({ id }) => id === _id);
  if (record === undefined || referent === null) throw new Error(`No record of ${_id}.`);
  const goals = record.goals.map(({ coSignedByIds, ...goal }) => ({ ...goal, coSignedBy: coSignedByIds.map((id) => ({ id })) }));
  return {
    ...{ beneficiary: { id: personId }, status, openedAt, closedAt, closureReason, goals },
    steps: record.steps.map(({ id }) => ({ id })),
    timeline: timelineOf(record),
    referent: { professional: { id: record.referentId }, since: referent.since, until: referent.until },
  };
}

/** Its opening, what happened to each step, its end: oldest first, at one instant in the order of the steps. */
function timelineOf({ openedOn, closedOn, steps }: World["pathways"][number]): Json[] {
  const events = steps.flatMap(({ id: stepId, status, plannedFor, startedAt, endedAt, leadPartnerId: byPartnerId }) => {
    const of = { stepId, byPartnerId };
    const ended = endedAt ?? (status === "MISSED" ? plannedFor : null);
    const end = status === "MISSED" || status === "CANCELLED" ? `STEP_${status}` : "STEP_ENDED";
    return [
      ...(startedAt === null ? [] : [{ at: instant(startedAt), kind: "STEP_STARTED", ...of }]),
      ...(ended === null ? [] : [{ at: instant(ended), kind: end, ...of }]),
    ];
  });
  const of = { stepId: null, byPartnerId: null };
  const all = [
    { at: instant(openedOn), kind: "PATHWAY_OPENED", ...of },
    ...events,
    ...(closedOn === null ? [] : [{ at: instant(closedOn), kind: "PATHWAY_CLOSED", ...of }]),
  ];
  return all.sort((one, other) => Date.parse(one.at ?? "") - Date.parse(other.at ?? ""));
}

function valuesOfAssessment({ _id, personId, needIds, childProtection, ...row }: Drafts["assessments"][number], { drafts }: Facts): Json {
  const needs = drafts.people.find((one) => one._id === personId)?.needs ?? [];
  const overdue = row.dueAt !== null && (row.completedAt ?? new Date(TEST_CLOCK)) > row.dueAt;
  return { ...json(row), overdue, needs: needs.filter((need) => needIds.includes(need._id)).map(renamed) };
}

type Step = World["pathways"][number]["steps"][number];

function typeOfStep(kind: string): string {
  if (kind === "INTAKE" || kind === "REFERRAL") return kind === "INTAKE" ? "IntakeStep" : "ReferralStep";
  return ["EVALUATION", "EVICTION_SURVEY", "CHILD_EVALUATION"].includes(kind) ? "AssessmentStep" : "SupportStep";
}

function valuesOfStep(step: Step, { world, drafts }: Facts): Json {
  const { id, kind, status, order, plannedFor, outcome, leadPartnerId, actors, siteId, goalIds, referralId } = step;
  const { withoutAppointment, onlineProcedures, assessmentId } = drafts.steps.find(({ _id }) => _id === id) ?? {};
  const type = typeOfStep(kind);
  const employers = new Map(world.professionals.map((one) => [one.id, one.employerId]));
  return {
    ...{ kind, status, order, plannedFor, outcome, startedAt: instant(step.startedAt), endedAt: instant(step.endedAt) },
    ...(type === "IntakeStep" && { withoutAppointment, onlineProcedures }),
    ...(type === "AssessmentStep" && { assessment: { id: assessmentId } }),
    ...(type === "SupportStep" && { goals: goalIds.map((goal) => ({ id: goal })) }),
    ...(type === "ReferralStep" && { referral: referralId === null ? null : { id: referralId } }),
    leadPartner: { id: leadPartnerId },
    site: siteId === null ? null : { id: siteId },
    actors: actors.map(({ professionalId, role }) => ({
      professional: { id: professionalId },
      role,
      partner: { id: employers.get(professionalId) },
    })),
    appointments: world.appointments.filter(({ stepId }) => stepId === id).map((one) => ({ id: one.id })),
  };
}

function valuesOfReferral(
  { id, personId, serviceId, senderId, receiverId, priority, purpose, transitions, outcome }: World["referrals"][number],
  { world }: Facts,
): Json {
  const last = transitions.at(-1);
  const firstTo = (...statuses: readonly string[]) => instant(transitions.find(({ to }) => statuses.includes(to))?.at ?? null);
  const isOver = ["COMPLETED", "REJECTED", "CANCELLED", "EXPIRED", "FAILED", "ENTERED_IN_ERROR"].includes(last?.to ?? "");
  return {
    ...{ status: last?.to, statusReason: last?.reason ?? null, priority, purpose, outcome },
    ...{
      createdAt: instant(transitions[0]?.at ?? null),
      sentAt: firstTo("REQUESTED"),
      respondedAt: firstTo("ACCEPTED", "REJECTED", "WAITLISTED"),
      closedAt: isOver ? instant(last?.at ?? null) : null,
    },
    ...{ beneficiary: { id: personId }, service: { id: serviceId }, sender: { id: senderId }, receiver: { id: receiverId } },
    originalServiceName: world.services.find((one) => one.id === serviceId)?.name ?? serviceId,
    history: transitions.map(({ at, ...transition }) => ({ ...transition, at: instant(at) })),
    subReferrals: world.referrals.filter(({ parentReferralId }) => parentReferralId === id).map((one) => ({ id: one.id })),
  };
}

function valuesOfAppointment({ personId, siteId, kind, status, startsAt, durationMinutes, professionalIds }: World["appointments"][number]): Json {
  const site = siteId === null ? null : { id: siteId };
  const shown = status === "PENDING" && Date.parse(startsAt) <= Date.parse(TEST_CLOCK) ? "TO_RECORD" : status;
  return {
    beneficiary: { id: personId },
    site,
    kind,
    status: shown,
    startsAt: instant(startsAt),
    durationMinutes,
    withProfessionals: professionalIds.map((id) => ({ id })),
  };
}

function monthsAfter(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, last))).toISOString().slice(0, 10);
}

function renamed({ _id, ...row }: { readonly _id: string }): Json {
  return json({ id: _id, ...row });
}

function keyed({ _id }: { readonly _id: string }): Json {
  return { id: _id };
}

function instant(text: string | null): string | null {
  return text === null ? null : new Date(text).toISOString();
}

/** As it leaves a server. */
function json(value: object): Json {
  return JSON.parse(JSON.stringify(value));
}
