// What b1 goes through: the pathway p1 with every kind of step but the evaluation of a child, led by seven partners, dated from
// `today`; and a pathway of 2024, closed.
import { addDays } from "./calendar.ts";
import { merge, type Journeys } from "./pathways.ts";
import { createReferral, type Fate } from "./referrals.ts";
import type { Surroundings } from "./surroundings.ts";
import type { GoalRecord, ReferralRecord } from "./records.ts";
import { dayOf, writePathway, type Line } from "./written-pathways.ts";

const REFERENT = "pro-92-referent";
const CESF = "pro-pole-issy-cesf-1";
const HOUSING = "r-p1-housing";
const CARE = "r-p1-care";
const FOOD = "r-p1-food";

/** Steps of p1; days from today. */
const RICH_LINES: readonly Line[] = [
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
    actors: [REFERENT, "pro-pole-issy-psychologist-1", CESF],
    siteId: "pole-issy",
    appointment: ["ON_SITE", "SEEN"],
  },
  {
    kind: "REFERRAL",
    day: -112,
    lead: "ccas-92075",
    actors: ["pro-ccas-92075-1", REFERENT],
    siteId: "office-ccas-92075",
    referral: FOOD,
  },
  {
    kind: "FINANCIAL_AID",
    status: "DONE",
    outcome: "PARTIALLY_COMPLETED",
    day: -105,
    endDay: -90,
    lead: "caf-92",
    actors: ["pro-caf-92-1", REFERENT],
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
    actors: ["pro-pmi-vanves-nurse", REFERENT],
    siteId: "pmi-mary-besseyre",
    goals: [3],
    appointment: ["HOME_VISIT", "SEEN"],
  },
  {
    kind: "REFERRAL",
    day: -70,
    lead: "ngo-toit-et-vie",
    actors: ["pro-ngo-1", REFERENT],
    siteId: "office-ngo-toit-et-vie",
    referral: HOUSING,
    appointment: ["ON_SITE", "SEEN"],
    appointmentDay: -30,
  },
  {
    kind: "SUPPORT",
    status: "IN_PROGRESS",
    day: -63,
    lead: "dept-92",
    actors: [CESF, REFERENT],
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
    actors: ["pro-france-travail-1", REFERENT],
    siteId: "office-ft-92-issy",
    goals: [2],
    appointment: ["VIDEO", "PENDING"],
    appointmentDay: 9,
  },
  {
    kind: "REFERRAL",
    day: -40,
    lead: "hospital-issy",
    actors: ["pro-hospital-issy-1", REFERENT],
    siteId: "office-hospital-issy",
    referral: CARE,
  },
  {
    kind: "EVICTION_SURVEY",
    status: "IN_PROGRESS",
    day: -10,
    lead: "dept-92",
    actors: [REFERENT, "pro-landlord-hauts-de-seine-habitat-1"],
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
    actors: ["pro-landlord-hauts-de-seine-habitat-1", CESF],
    siteId: "office-landlord-hauts-de-seine-habitat",
    goals: [1],
    appointment: ["ON_SITE", "PENDING"],
  },
];

/** Steps of what was before, from its opening. */
const FORMER_LINES: readonly Line[] = [
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
    actors: [REFERENT],
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
    actors: ["pro-pmi-vanves-nurse", REFERENT],
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

export function createJourneysOfB1(around: Surroundings, today: string): Journeys {
  return merge([richJourney(around, today), formerJourney()]);
}

function richJourney(around: Surroundings, today: string): Journeys {
  return writePathway({
    id: "p1",
    personId: "b1",
    status: "ACTIVE",
    openedOn: dayOf(today, -120),
    closedOn: null,
    closureReason: null,
    referentId: REFERENT,
    goals: goalsOfB1(today),
    day: today,
    lines: RICH_LINES,
    referrals: referralsOfB1(around, today),
  });
}

function referralsOfB1(around: Surroundings, today: string): ReferralRecord[] {
  const plans: readonly { id: string; service: string; sent: number; fate: Fate; priority: string }[] = [
    { id: FOOD, service: "srv-ccas-92075-epicerie-sociale", sent: -112, fate: "completed", priority: "ROUTINE" },
    { id: HOUSING, service: "srv-ngo-toit-et-vie-vers-le-logement", sent: -70, fate: "in-progress", priority: "URGENT" },
    { id: CARE, service: "srv-hospital-issy-permanence-soins", sent: -40, fate: "waiting-list", priority: "ROUTINE" },
  ];
  const until = addDays(today, -1);
  return plans.map(({ service, sent, ...plan }) =>
    createReferral({ ...plan, personId: "b1", service: around.service(service), senderId: "dept-92", sentOn: dayOf(today, sent), until }),
  );
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

/** Closed, at fixed dates. */
function formerJourney(): Journeys {
  const openedOn = "2024-03-11";
  const closedOn = "2024-07-01";
  const goal = {
    id: "p2-g1",
    label: "Accueillir l'enfant dans de bonnes conditions",
    agreedWithBeneficiary: true,
    coSignedByIds: [],
    dueOn: closedOn,
    status: "ACHIEVED",
    actions: [],
  };
  return writePathway({
    id: "p2",
    personId: "b1",
    status: "COMPLETED",
    openedOn,
    closedOn,
    closureReason: "GOALS_MET",
    referentId: REFERENT,
    goals: [goal],
    day: openedOn,
    lines: FORMER_LINES,
    referrals: [],
  });
}
