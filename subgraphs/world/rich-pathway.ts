// What b1 goes through: the pathway p1 with every kind of step but the evaluation of a child, led by seven partners, dated from
// `today`; and a pathway of 2024, closed.
import { addDays } from "./calendar.ts";
import type { Journeys } from "./pathways.ts";
import { createReferral, type Fate } from "./referrals.ts";
import type { Surroundings } from "./surroundings.ts";
import type { GoalRecord } from "./world.ts";
import { dayOf, stepsOf, type Line } from "./written-steps.ts";

export function createRichJourney(around: Surroundings, today: string): Journeys {
  const yesterday = addDays(today, -1);
  const refer = (id: string, service: string, plan: { sent: number; fate: Fate; priority?: string }) =>
    createReferral({
      ...{
        id,
        personId: "b1",
        service: around.service(service),
        senderId: "dept-92",
        sentOn: dayOf(today, plan.sent),
        fate: plan.fate,
        until: yesterday,
      },
      priority: plan.priority ?? "ROUTINE",
    });
  const housing = refer("r-p1-housing", "srv-ngo-toit-et-vie-vers-le-logement", { sent: -70, fate: "in-progress", priority: "URGENT" });
  const care = refer("r-p1-care", "srv-hospital-issy-permanence-soins", { sent: -40, fate: "waiting-list" });
  const food = refer("r-p1-food", "srv-ccas-92075-epicerie-sociale", { sent: -112, fate: "completed" });
  const referent = "pro-92-referent";
  const cesf = "pro-pole-issy-cesf-1";
  const lines: readonly Line[] = [
    {
      kind: "INTAKE",
      status: "DONE",
      outcome: "COMPLETED",
      day: -120,
      endDay: -120,
      lead: "dept-92",
      actors: ["pro-antenne-92075-administrative-assistant-1", "pro-antenne-92075-social-worker-1"],
      siteId: "antenne-92075",
      appointment: ["WALK_IN", "SEEN"],
    },
    {
      kind: "EVALUATION",
      status: "DONE",
      outcome: "COMPLETED",
      day: -116,
      endDay: -113,
      lead: "dept-92",
      actors: [referent, "pro-pole-issy-psychologist-1", cesf],
      siteId: "pole-issy",
      appointment: ["ON_SITE", "SEEN"],
    },
    {
      kind: "REFERRAL",
      day: -112,
      lead: "ccas-92075",
      actors: ["pro-ccas-92075-1", referent],
      siteId: "office-ccas-92075",
      referral: food,
    },
    {
      kind: "FINANCIAL_AID",
      status: "DONE",
      outcome: "PARTIALLY_COMPLETED",
      day: -105,
      endDay: -90,
      lead: "caf-92",
      actors: ["pro-caf-92-1", referent],
      siteId: "office-caf-92",
      goals: [1],
    },
    {
      kind: "HOME_VISIT",
      status: "DONE",
      outcome: "COMPLETED",
      day: -84,
      endDay: -84,
      lead: "dept-92",
      actors: ["pro-pmi-vanves-nurse", referent],
      siteId: "pmi-mary-besseyre",
      goals: [3],
      appointment: ["HOME_VISIT", "SEEN"],
    },
    {
      kind: "REFERRAL",
      day: -70,
      lead: "ngo-toit-et-vie",
      actors: ["pro-ngo-1", referent],
      siteId: "office-ngo-toit-et-vie",
      referral: housing,
      appointment: ["ON_SITE", "SEEN"],
      appointmentDay: -30,
    },
    {
      kind: "SUPPORT",
      status: "IN_PROGRESS",
      day: -63,
      lead: "dept-92",
      actors: [cesf, referent],
      siteId: "pole-issy",
      goals: [1],
      appointment: ["ON_SITE", "PENDING"],
      appointmentDay: 6,
    },
    {
      kind: "SUPPORT",
      status: "IN_PROGRESS",
      day: -56,
      lead: "ft-92-issy",
      actors: ["pro-france-travail-1", referent],
      siteId: "office-ft-92-issy",
      goals: [2],
      appointment: ["VIDEO", "PENDING"],
      appointmentDay: 9,
    },
    {
      kind: "REFERRAL",
      day: -40,
      lead: "hospital-issy",
      actors: ["pro-hospital-issy-1", referent],
      siteId: "office-hospital-issy",
      referral: care,
    },
    {
      kind: "EVICTION_SURVEY",
      status: "IN_PROGRESS",
      day: -10,
      lead: "dept-92",
      actors: [referent, "pro-landlord-hauts-de-seine-habitat-1"],
      siteId: "pole-issy",
      appointment: ["HOME_VISIT", "PENDING"],
      appointmentDay: 3,
    },
    {
      kind: "COLLECTIVE_ACTION",
      status: "PLANNED",
      day: 10,
      lead: "ccas-92075",
      actors: ["pro-ccas-92075-2", "pro-vanves-2"],
      siteId: "office-ccas-92075",
      goals: [3],
      appointment: ["COLLECTIVE", "PENDING"],
    },
    {
      kind: "SUPPORT",
      status: "PLANNED",
      day: 17,
      lead: "landlord-hauts-de-seine-habitat",
      actors: ["pro-landlord-hauts-de-seine-habitat-1", cesf],
      siteId: "office-landlord-hauts-de-seine-habitat",
      goals: [1],
      appointment: ["ON_SITE", "PENDING"],
    },
  ];
  const goals = goalsOfB1(today);
  const walked = stepsOf({ personId: "b1", pathwayId: "p1", today, goals }, lines);
  const pathway = {
    id: "p1",
    personId: "b1",
    status: "ACTIVE",
    openedOn: dayOf(today, -120),
    closedOn: null,
    closureReason: null,
    referentId: referent,
    goals,
  };
  return { pathways: [{ ...pathway, steps: walked.steps }], referrals: [food, housing, care], appointments: walked.appointments };
}

function goalsOfB1(today: string): GoalRecord[] {
  const day = (days: number) => dayOf(today, days);
  return [
    {
      ...{
        id: "p1-g1",
        label: "Rester dans le logement",
        agreedWithBeneficiary: true,
        coSignedByIds: [],
        dueOn: day(60),
        status: "IN_PROGRESS",
      },
      actions: [
        { id: "p1-g1-a1", label: "Demander l'aide aux impayés de loyer", status: "DONE", startsOn: day(-110), dueOn: day(-90) },
        {
          id: "p1-g1-a2",
          label: "Conclure un plan d'apurement avec le bailleur",
          status: "IN_PROGRESS",
          startsOn: day(-60),
          dueOn: day(30),
        },
      ],
    },
    {
      ...{
        id: "p1-g2",
        label: "Retrouver un emploi à temps plein",
        agreedWithBeneficiary: true,
        coSignedByIds: ["pro-france-travail-1"],
        dueOn: day(150),
        status: "IN_PROGRESS",
      },
      actions: [
        { id: "p1-g2-a1", label: "Mettre à jour le CV", status: "DONE", startsOn: day(-56), dueOn: day(-28) },
        { id: "p1-g2-a2", label: "Suivre une formation d'aide-soignante", status: "PLANNED", startsOn: day(40), dueOn: day(150) },
      ],
    },
    {
      ...{
        id: "p1-g3",
        label: "Trouver une place en crèche",
        agreedWithBeneficiary: true,
        coSignedByIds: ["pro-vanves-2"],
        dueOn: day(90),
        status: "PLANNED",
      },
      actions: [{ id: "p1-g3-a1", label: "Rencontrer le relais petite enfance", status: "PLANNED", startsOn: day(10), dueOn: day(30) }],
    },
  ];
}

/** What b1 had before: closed, at fixed dates. */
export function createFormerJourney(): Journeys {
  const referent = "pro-92-referent";
  const lines: readonly Line[] = [
    {
      kind: "INTAKE",
      status: "DONE",
      outcome: "COMPLETED",
      day: 0,
      endDay: 0,
      lead: "dept-92",
      actors: ["pro-antenne-92075-social-worker-1"],
      siteId: "antenne-92075",
      appointment: ["ON_SITE", "SEEN"],
    },
    {
      kind: "EVALUATION",
      status: "DONE",
      outcome: "COMPLETED",
      day: 14,
      endDay: 14,
      lead: "dept-92",
      actors: [referent],
      siteId: "pole-issy",
      appointment: ["ON_SITE", "SEEN"],
    },
    {
      kind: "SUPPORT",
      status: "DONE",
      outcome: "COMPLETED",
      day: 21,
      endDay: 105,
      lead: "dept-92",
      actors: ["pro-pmi-vanves-nurse", referent],
      siteId: "pmi-mary-besseyre",
      goals: [1],
      appointment: ["ON_SITE", "SEEN"],
    },
    {
      kind: "COLLECTIVE_ACTION",
      status: "MISSED",
      outcome: "NO_SHOW",
      day: 70,
      lead: "ccas-92075",
      actors: ["pro-ccas-92075-2"],
      siteId: "office-ccas-92075",
      goals: [1],
      appointment: ["COLLECTIVE", "NO_SHOW"],
    },
  ];
  const opened = "2024-03-11";
  const goal = {
    id: "p2-g1",
    label: "Accueillir l'enfant dans de bonnes conditions",
    agreedWithBeneficiary: true,
    coSignedByIds: [],
    dueOn: "2024-07-01",
    status: "ACHIEVED",
    actions: [],
  };
  const walked = stepsOf({ personId: "b1", pathwayId: "p2", today: opened, goals: [goal] }, lines);
  const pathway = {
    id: "p2",
    personId: "b1",
    status: "COMPLETED",
    openedOn: opened,
    closedOn: "2024-07-01",
    closureReason: "GOALS_MET",
    referentId: referent,
    goals: [goal],
    steps: walked.steps,
  };
  return { pathways: [pathway], referrals: [], appointments: walked.appointments };
}
