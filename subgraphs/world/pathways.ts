// Pathways by chance: which steps a story takes, when, where and with whom. Closed pathways lie at fixed dates in 2024 and 2025,
// living ones are dated from `today`; both are walked the same way: a step that would start after the last day that has
// happened is still planned, one that would end after it is under way.
import { addDays, ageOn, daysBetween, instantOf, weekday } from "./calendar.ts";
import { MAIN_RECEIVERS } from "./catalogue.ts";
import { goalsOf } from "./goals.ts";
import { createRandom, type Random } from "./random.ts";
import { createReferral, pickFate, type Fate } from "./referrals.ts";
import type { Surroundings } from "./surroundings.ts";
import type {
  AppointmentRecord,
  GoalRecord,
  PathwayRecord,
  PersonRecord,
  ProfessionalRecord,
  ReferralRecord,
  SiteRecord,
  StepRecord,
} from "./records.ts";

export interface Journeys {
  readonly pathways: readonly PathwayRecord[];
  readonly referrals: readonly ReferralRecord[];
  readonly appointments: readonly AppointmentRecord[];
}

/** Closed pathways open between these days; with the longest walk and the longest step they end within 2025. */
const FIRST_OPENING = "2024-01-08";
const LAST_OPENING = "2025-05-26";
const CLOSED_UNTIL = "2025-12-31";
/** Days from the first step to the last one's beginning, about. */
const LONGEST_WALK = 90;

const REFERENTS = ["SOCIAL_WORKER", "SUPPORT_SOCIAL_WORKER"];
const RECEPTION = ["MEDICO_SOCIAL_SECRETARY", "ADMINISTRATIVE_ASSISTANT", "RECEPTION_SECRETARY", "RECEPTION_SOCIAL_WORKER"];

/** One to three pathways of a person; the last is alive for two people in three, and the only one of the very young. */
export function createJourneys(person: PersonRecord, around: Surroundings, today: string): Journeys {
  const random = createRandom(`journeys of ${person.id}`);
  const child = ageOn(person.birthDate, today) < 14;
  const bornInTime = person.birthDate < FIRST_OPENING;
  const alive = person.story !== "consent-withdrawn" && (!bornInTime || random.chance(0.66));
  const closed = (alive ? 0 : 1) + (!child && random.chance(0.6) ? 1 : 0) + (!child && random.chance(0.2) ? 1 : 0);
  const openings = Array.from({ length: closed }, () => openingDay(random)).sort();
  const closedJourneys = openings.map((openedOn, index) =>
    createJourney({ person, around, random, child, today: null, openedOn, number: index + 1 }),
  );
  const recent = addDays(today, -random.int(8, 200));
  const openedOn = weekday(recent < person.birthDate ? person.birthDate : recent);
  const living = alive ? [createJourney({ person, around, random, child, today, openedOn, number: openings.length + 1 })] : [];
  return merge([...closedJourneys, ...living]);
}

/** Three in four in the last half-year before the last opening, so that most of what they hold happens in 2025. */
function openingDay(random: Random): string {
  const span = daysBetween(FIRST_OPENING, LAST_OPENING) - 2;
  return weekday(addDays(LAST_OPENING, -random.int(2, random.chance(0.75) ? 180 : span)));
}

export function merge(journeys: readonly Journeys[]): Journeys {
  return {
    pathways: journeys.flatMap((journey) => journey.pathways),
    referrals: journeys.flatMap((journey) => journey.referrals),
    appointments: journeys.flatMap((journey) => journey.appointments),
  };
}

interface Journey {
  readonly person: PersonRecord;
  readonly around: Surroundings;
  readonly random: Random;
  readonly child: boolean;
  /** Null: closed, at fixed dates. */
  readonly today: string | null;
  readonly openedOn: string;
  readonly number: number;
}

/** What one step adds to the world. */
interface Walked {
  readonly step: StepRecord;
  readonly referrals: readonly ReferralRecord[];
  readonly appointments: readonly AppointmentRecord[];
}

function createJourney(journey: Journey): Journeys {
  const { person, around, random, today, openedOn, number } = journey;
  const id = `p-${person.id}-${number}`;
  const until = today === null ? CLOSED_UNTIL : addDays(today, -1);
  const referent = around.professionalAt(around.siteOf(person, openedOn), REFERENTS, random);
  const kinds = kindsOf(person, journey.child, random);
  const goals = goalsOf({ pathwayId: id, person, openedOn, closed: today === null, random });
  const walked = kinds.map((kind, index) =>
    walk({
      ...journey,
      pathwayId: id,
      until,
      referent,
      goals,
      kind,
      order: index + 1,
      day: dayOfStep(openedOn, index, { of: kinds.length, random }),
    }),
  );
  const steps = walked.map(({ step }) => step);
  const referrals = walked.flatMap((one) => one.referrals);
  const pathway = { id, personId: person.id, openedOn, referentId: referent.id, goals, steps, ...statusOf({ ...journey, steps }) };
  return { pathways: [pathway], referrals, appointments: walked.flatMap((one) => one.appointments) };
}

/** Intake and evaluation first, then what the story asks for. */
function kindsOf({ story }: PersonRecord, child: boolean, random: Random): readonly string[] {
  if (child && story === "child-under-protection") return CHILD_PROTECTION;
  if (child) return ["INTAKE", "EVALUATION", "HOME_VISIT", ...(random.chance(0.5) ? ["SUPPORT"] : [])];
  const wanted = [
    ...(story === "eviction" ? ["EVICTION_SURVEY"] : []),
    ...(story === "job-seeker" || story === "homeless" ? ["REFERRAL"] : []),
  ];
  const more = Array.from({ length: random.int(1, story === "consent-withdrawn" ? 3 : 8) }, () =>
    random.pick(["SUPPORT", "SUPPORT", "SUPPORT", "REFERRAL", "REFERRAL", "HOME_VISIT", "COLLECTIVE_ACTION", "FINANCIAL_AID"]),
  );
  return ["INTAKE", "EVALUATION", ...wanted, ...more];
}

const CHILD_PROTECTION = ["CHILD_EVALUATION", "HOME_VISIT", "SUPPORT"];

function dayOfStep(openedOn: string, index: number, { of, random }: { of: number; random: Random }): string {
  const pace = Math.min(14, Math.floor(LONGEST_WALK / of));
  return weekday(addDays(openedOn, index * pace + (index === 0 ? 0 : random.int(0, 4))));
}

interface Walk {
  readonly person: PersonRecord;
  readonly around: Surroundings;
  readonly random: Random;
  readonly pathwayId: string;
  readonly until: string;
  readonly referent: ProfessionalRecord;
  readonly goals: readonly GoalRecord[];
  readonly kind: string;
  readonly order: number;
  readonly day: string;
}

function walk(one: Walk): Walked {
  return one.kind === "REFERRAL" ? walkReferral(one) : walkStep(one);
}

/** Days that a step takes, from and to. */
const DURATIONS: Readonly<Record<string, readonly [number, number]>> = {
  EVALUATION: [0, 7],
  SUPPORT: [20, 60],
  EVICTION_SURVEY: [8, 30],
  CHILD_EVALUATION: [45, 105],
  FINANCIAL_AID: [5, 20],
};

/** Steps that a person may miss: they have one appointment. */
const MISSABLE = ["HOME_VISIT", "COLLECTIVE_ACTION", "EVALUATION"];

function walkStep(one: Walk): Walked {
  const { random, day, until, kind } = one;
  const [shortest, longest] = DURATIONS[kind] ?? [0, 0];
  const lastDay = weekday(addDays(day, random.int(shortest, longest)));
  const chance = random.next();
  const missed = day <= until && MISSABLE.includes(kind) && chance < 0.08;
  const cancelled = day <= until && !missed && kind === "SUPPORT" && chance > 0.96;
  const status = missed ? "MISSED" : cancelled ? "CANCELLED" : day > until ? "PLANNED" : lastDay > until ? "IN_PROGRESS" : "DONE";
  const { siteId, leadPartnerId, actors } = whoAndWhere(one);
  const step = {
    ...headOf(one),
    status,
    outcome: missed ? "NO_SHOW" : cancelled ? "REFUSED_BY_PERSON" : status === "DONE" ? outcomeOf(random) : null,
    startedAt: status === "DONE" || status === "IN_PROGRESS" ? instantOf(day, 8, random.int(0, 59)) : null,
    endedAt: status === "DONE" ? instantOf(lastDay, 15, random.int(0, 59)) : null,
    leadPartnerId,
    actors,
    siteId,
    referralId: null,
    goalIds: ["SUPPORT", "HOME_VISIT", "COLLECTIVE_ACTION", "FINANCIAL_AID"].includes(kind) ? [random.pick(one.goals).id] : [],
  };
  return { step, referrals: [], appointments: appointmentOf(one, step) };
}

function headOf({ pathwayId, kind, order, day }: Walk) {
  return { id: `${pathwayId}-s${order}`, kind, order, plannedFor: day };
}

function outcomeOf(random: Random): string {
  const chance = random.next();
  return chance < 0.78 ? "COMPLETED" : chance < 0.9 ? "PARTIALLY_COMPLETED" : chance < 0.95 ? "NOT_NEEDED" : "REDIRECTED";
}

type Doing = Pick<StepRecord, "siteId" | "leadPartnerId" | "actors">;

/** A financial aid is the CAF's, some support that of France Travail, everything else the département's. */
function whoAndWhere({ person, around, random, referent, kind, day }: Walk): Doing {
  const council = `dept-${person.departmentCode}`;
  const base = around.siteOf(person, day);
  if (kind === "FINANCIAL_AID") return ledBy(around.professionalOf(`caf-${person.departmentCode}`, random), referent);
  if (kind === "SUPPORT" && person.story === "job-seeker" && random.chance(0.4)) {
    return ledBy(around.professionalOf(FRANCE_TRAVAIL[person.departmentCode] ?? "", random), referent);
  }
  if (kind === "INTAKE") {
    const door = around.siteOf(person, day, "reception");
    return leadAt(door, council, [around.professionalAt(door, RECEPTION, random)]);
  }
  if (kind === "CHILD_EVALUATION" && person.departmentCode === "971") {
    return leadAt(base, council, [around.professional("pro-971-crip"), referent]);
  }
  const second = around.professionalAt(base, SECONDS[kind] ?? REFERENTS, random);
  return leadAt(base, council, second.id === referent.id || random.chance(0.4) ? [referent] : [referent, second]);
}

const FRANCE_TRAVAIL: Readonly<Record<string, string>> = {
  "14": "ft-14-caen",
  "76": "ft-76-rouen",
  "77": "ft-77-meaux",
  "92": "ft-92-issy",
  "971": "ft-971-abymes",
};

/** Who is asked to help the referent. */
const SECONDS: Readonly<Record<string, readonly string[]>> = {
  EVALUATION: ["PSYCHOLOGIST", "CESF", "SUPPORT_SOCIAL_WORKER"],
  SUPPORT: ["CESF", "SPECIALISED_EDUCATOR", "SUPPORT_SOCIAL_WORKER"],
  HOME_VISIT: ["PAEDIATRIC_NURSE", "MIDWIFE", "SUPPORT_SOCIAL_WORKER"],
  CHILD_EVALUATION: ["SPECIALISED_EDUCATOR", "PAEDIATRIC_NURSE"],
};

function leadAt(site: SiteRecord, leadPartnerId: string, [lead, ...others]: readonly ProfessionalRecord[]): Doing {
  const actors = [
    ...(lead === undefined ? [] : [{ professionalId: lead.id, role: "LEAD" }]),
    ...others.map((other) => ({ professionalId: other.id, role: "CONTRIBUTOR" })),
  ];
  return { siteId: site.id, leadPartnerId, actors };
}

function ledBy(lead: ProfessionalRecord, referent: ProfessionalRecord): Doing {
  return {
    siteId: lead.siteIds[0] ?? null,
    leadPartnerId: lead.employerId,
    actors: [
      { professionalId: lead.id, role: "LEAD" },
      { professionalId: referent.id, role: "CO_LEAD" },
    ],
  };
}

/** Kinds with an appointment, and of what kind it is. */
const APPOINTMENT_KINDS: Readonly<Record<string, readonly string[]>> = {
  INTAKE: ["WALK_IN", "ON_SITE"],
  EVALUATION: ["ON_SITE"],
  SUPPORT: ["ON_SITE", "ON_SITE", "PHONE", "VIDEO"],
  HOME_VISIT: ["HOME_VISIT"],
  COLLECTIVE_ACTION: ["COLLECTIVE"],
  EVICTION_SURVEY: ["ON_SITE", "HOME_VISIT"],
  CHILD_EVALUATION: ["HOME_VISIT"],
};

/** One appointment on the first day of the step. */
function appointmentOf({ person, random, until, day }: Walk, step: StepRecord): AppointmentRecord[] {
  const kinds = APPOINTMENT_KINDS[step.kind];
  if (kinds === undefined) return [];
  const kind = person.departmentCode === "971" && step.kind === "INTAKE" ? "WALK_IN" : random.pick(kinds);
  const startsAt = instantOf(day, random.int(8, 15), random.pick([0, 15, 30, 45]));
  const requestedOn = addDays(day, -random.int(2, 24));
  const lastDay = addDays(until, -3);
  return [
    {
      id: `a-${step.id}`,
      personId: person.id,
      siteId: step.siteId,
      stepId: step.id,
      kind,
      status: appointmentStatus(step, day > until || (day > lastDay && random.chance(0.4)), random),
      requestedAt: kind === "WALK_IN" ? startsAt : instantOf(requestedOn > until ? until : requestedOn, 9),
      startsAt,
      durationMinutes: kind === "COLLECTIVE" ? 120 : random.pick([30, 45, 60]),
      professionalIds: step.actors.map((actor) => actor.professionalId),
    },
  ];
}

function appointmentStatus(step: StepRecord, pending: boolean, random: Random): string {
  if (step.status === "MISSED") return random.chance(0.7) ? "NO_SHOW" : "EXCUSED";
  if (step.status === "CANCELLED") return "REVOKED";
  return pending ? "PENDING" : "SEEN";
}

/** Statuses of a referral → status and outcome of its step. */
const STEP_OF_REFERRAL: Readonly<Record<string, readonly [string, string | null]>> = {
  DRAFT: ["PLANNED", null],
  REQUESTED: ["WAITING", null],
  RECEIVED: ["WAITING", null],
  WAITLISTED: ["WAITING", null],
  ACCEPTED: ["IN_PROGRESS", null],
  IN_PROGRESS: ["IN_PROGRESS", null],
  ON_HOLD: ["IN_PROGRESS", null],
  COMPLETED: ["DONE", "COMPLETED"],
  REJECTED: ["DONE", "REFUSED_BY_SERVICE"],
  EXPIRED: ["DONE", "REDIRECTED"],
  FAILED: ["DONE", "NO_SHOW"],
  CANCELLED: ["CANCELLED", "REFUSED_BY_PERSON"],
  ENTERED_IN_ERROR: ["CANCELLED", "NOT_NEEDED"],
};

/** Of referrals that were taken up, so many are passed on in part. */
const PASSED_ON = 0.12;

function walkReferral(one: Walk): Walked {
  const { person, around, random, referent, until, day } = one;
  const id = `r-${one.pathwayId}-${one.order}`;
  const fate: Fate = person.story === "consent-withdrawn" ? "consent-withdrawn" : pickFate(random);
  const service = around.serviceFor(person.departmentCode, random);
  const senderId = senderOf(person.departmentCode, service.providerId, random);
  const referral = createReferral({ id, personId: person.id, service, senderId, sentOn: day, fate, until });
  const step = { ...headOf(one), ...stepOfReferral(referral), ...ledBy(around.professionalOf(service.providerId, random), referent) };
  const taken = referral.transitions.find((transition) => transition.to === "IN_PROGRESS");
  const passed = taken !== undefined && random.chance(PASSED_ON) ? [passOn(one, referral, taken.at.slice(0, 10))] : [];
  return { step, referrals: [referral, ...passed.filter((sub) => sub !== null)], appointments: [] };
}

/** The département, or now and then the hospital. */
function senderOf(departmentCode: string, receiverId: string, random: Random): string {
  const hospital = MAIN_RECEIVERS[departmentCode]?.at(-1);
  return hospital !== undefined && hospital !== receiverId && random.chance(0.1) ? hospital : `dept-${departmentCode}`;
}

/** What a referral says about its step. */
export function stepOfReferral(
  referral: ReferralRecord,
): Pick<StepRecord, "status" | "outcome" | "startedAt" | "endedAt" | "referralId" | "goalIds"> {
  const last = referral.transitions.at(-1);
  const [status, outcome] = STEP_OF_REFERRAL[last?.to ?? "DRAFT"] ?? ["PLANNED", null];
  const sent = referral.transitions.find((transition) => transition.to === "REQUESTED");
  return {
    status,
    outcome: outcome === "COMPLETED" && referral.outcome === "NEED_PARTLY_MET" ? "PARTIALLY_COMPLETED" : outcome,
    startedAt: sent?.at ?? null,
    endedAt: status === "DONE" || status === "CANCELLED" ? (last?.at ?? null) : null,
    referralId: referral.id,
    goalIds: [],
  };
}

/** The receiver asks another partner for help; null when it would ask itself. */
function passOn({ person, around, random, until }: Walk, parent: ReferralRecord, sentOn: string): ReferralRecord | null {
  const service = around.serviceFor(person.departmentCode, random);
  if (service.providerId === parent.receiverId) return null;
  const plan = { id: `${parent.id}-sub`, personId: person.id, service, senderId: parent.receiverId, sentOn, fate: pickFate(random), until };
  return createReferral({ ...plan, parentReferralId: parent.id });
}

type PathwayEnd = Pick<PathwayRecord, "status" | "closedOn" | "closureReason">;

const ENDINGS: readonly (readonly [string, string])[] = [
  ["COMPLETED", "GOALS_MET"],
  ["COMPLETED", "GOALS_MET"],
  ["COMPLETED", "GOALS_MET"],
  ["COMPLETED", "OTHER"],
  ["ABANDONED", "LOST_CONTACT"],
  ["ABANDONED", "WITHDREW"],
  ["TRANSFERRED", "TRANSFERRED"],
  ["TRANSFERRED", "MOVED_AWAY"],
];

function statusOf({ person, random, today, openedOn, steps }: Journey & { readonly steps: readonly StepRecord[] }): PathwayEnd {
  if (today !== null) {
    const fresh = openedOn > addDays(today, -21);
    return { status: fresh ? "AGREED" : random.chance(0.08) ? "ON_HOLD" : "ACTIVE", closedOn: null, closureReason: null };
  }
  const days = steps.map((step) => step.endedAt?.slice(0, 10) ?? step.plannedFor ?? openedOn).sort();
  const [status, closureReason] = person.story === "consent-withdrawn" ? ["ABANDONED", "WITHDREW"] : random.pick(ENDINGS);
  return { status: status ?? "COMPLETED", closedOn: days.at(-1) ?? openedOn, closureReason: closureReason ?? null };
}
