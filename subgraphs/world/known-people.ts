// The people that personas, queries and tests know by id: b1 with her rich pathway p1 and her family, the couple b2 and b3, and
// the child of pathway p-child-1 with a sibling and the mother. Everything living is dated from `today`.
import { addDays, weekday } from "./calendar.ts";
import { cafNumberOf, phoneOf, type Households } from "./households.ts";
import { merge, type Journeys } from "./pathways.ts";
import { createFormerJourney, createRichJourney } from "./rich-pathway.ts";
import type { Surroundings } from "./surroundings.ts";
import type { PersonRecord } from "./world.ts";
import { dayOf, stepsOf, type Line } from "./written-steps.ts";

/** The first free number after the ids used here. */
export const FIRST_FREE_NUMBER = 10;

/** Whose pathways are written here; the others walk by chance. */
export const WITH_OWN_PATHWAYS: readonly string[] = ["b1", "b7", "b8"];

export function createKnownHouseholds(today: string): Households {
  const vanves = {
    departmentCode: "92",
    communeCode: "92075",
    birthCommuneCode: "92075",
    householdId: "h1",
    story: "rich-pathway",
    inPriorityDistrict: true,
  } as const;
  const couple = {
    departmentCode: "92",
    communeCode: "92023",
    birthCommuneCode: "92048",
    householdId: "h2",
    story: "couple-sharing-a-phone",
    phone: phoneOf(2),
    cafNumber: cafNumberOf(2),
  } as const;
  const abymes = {
    departmentCode: "971",
    communeCode: "97101",
    birthCommuneCode: "97120",
    householdId: "h3",
    story: "child-under-protection",
    birthName: "Rivière",
  } as const;
  const parents = { publics: ["FAMILIES", "MINIMUM_INCOME_RECIPIENTS"] };
  const years = (age: number, monthDay: string) => `${Number(today.slice(0, 4)) - age}-${monthDay}`;
  return {
    households: [
      { id: "h1", tenancy: { landlordKind: "SOCIAL", rentArrears: true, hearingDate: weekday(addDays(today, 45)) } },
      { id: "h2", tenancy: { landlordKind: "PRIVATE", rentArrears: false, hearingDate: null } },
      { id: "h3", tenancy: { landlordKind: "SOCIAL", rentArrears: false, hearingDate: null } },
    ],
    people: [
      person("b1", {
        ...{ ...vanves, sex: "F", birthName: "Fleury", usageName: "Marchand", firstNames: ["Nadia", "Louise"], birthDate: "1991-06-14" },
        ...{ phone: phoneOf(1), email: "personne.1@example.org", cafNumber: cafNumberOf(1), householdRole: "APPLICANT" },
        publics: ["FAMILIES", "WOMEN", "JOB_SEEKERS", "MINIMUM_INCOME_RECIPIENTS", "PRIORITY_AREA_RESIDENTS"],
      }),
      person("b2", {
        ...couple,
        ...parents,
        sex: "F",
        birthName: "Joly",
        firstNames: ["Danielle"],
        birthDate: "1988-02-29",
        householdRole: "APPLICANT",
      }),
      person("b3", {
        ...couple,
        ...parents,
        sex: "M",
        birthName: "Caron",
        firstNames: ["Daniel"],
        birthDate: "1986-11-03",
        householdRole: "PARTNER",
      }),
      person("b4", {
        ...{ ...vanves, sex: "M", birthName: "Marchand", firstNames: ["Karim"], birthDate: "1989-09-02", householdRole: "PARTNER" },
        ...{ phone: phoneOf(4), cafNumber: cafNumberOf(1), publics: ["FAMILIES", "EMPLOYED"] },
      }),
      person("b5", {
        ...vanves,
        sex: "F",
        birthName: "Marchand",
        firstNames: ["Inès"],
        birthDate: years(8, "01-20"),
        householdRole: "CHILD",
        publics: ["FAMILIES"],
      }),
      person("b6", {
        ...vanves,
        sex: "M",
        birthName: "Marchand",
        firstNames: ["Léo"],
        birthDate: years(3, "01-11"),
        householdRole: "CHILD",
        publics: ["FAMILIES"],
      }),
      person("b7", {
        ...abymes,
        sex: "M",
        firstNames: ["Théo"],
        birthDate: years(5, "01-05"),
        householdRole: "CHILD",
        publics: ["FAMILIES"],
      }),
      person("b8", {
        ...abymes,
        sex: "F",
        firstNames: ["Océane"],
        birthDate: years(9, "01-27"),
        householdRole: "CHILD",
        publics: ["FAMILIES"],
      }),
      person("b9", {
        ...{ ...abymes, ...parents, sex: "F", firstNames: ["Coralie"], birthDate: "1993-04-18", householdRole: "PARENT" },
        ...{ phone: phoneOf(9), cafNumber: cafNumberOf(9) },
      }),
    ],
  };
}

type PersonPlan = Omit<PersonRecord, "id" | "usageName" | "phone" | "email" | "cafNumber" | "homeless" | "inPriorityDistrict"> &
  Partial<PersonRecord>;

function person(id: string, plan: PersonPlan): PersonRecord {
  return { usageName: null, phone: null, email: null, cafNumber: null, homeless: false, inPriorityDistrict: false, ...plan, id };
}

export function createKnownJourneys(around: Surroundings, today: string): Journeys {
  const children = { b7: "p-child-1", b8: "p-child-2" };
  return merge([
    createRichJourney(around, today),
    createFormerJourney(),
    ...Object.entries(children).map(([personId, pathwayId]) => childJourney(personId, pathwayId, today)),
  ]);
}

/** An evaluation under way within its three months; the sibling is evaluated too (CASF L.226-3). */
function childJourney(personId: string, pathwayId: string, today: string): Journeys {
  const worker = "pro-tis-01-support-social-worker-1";
  const team = ["pro-971-crip", worker, "pro-971-pmi-nurse"];
  const lines: readonly Line[] = [
    {
      kind: "CHILD_EVALUATION",
      status: "IN_PROGRESS",
      day: -40,
      lead: "dept-971",
      actors: team,
      siteId: "crip-971",
      appointment: ["ON_SITE", "PENDING"],
      appointmentDay: 5,
    },
    {
      kind: "HOME_VISIT",
      status: "DONE",
      outcome: "COMPLETED",
      day: -33,
      endDay: -33,
      lead: "dept-971",
      actors: [worker, "pro-971-pmi-nurse"],
      siteId: "tis-01",
      goals: [1],
      appointment: ["HOME_VISIT", "SEEN"],
    },
    { kind: "SUPPORT", status: "PLANNED", day: 20, lead: "dept-971", actors: [worker], siteId: "tis-01", goals: [1] },
  ];
  const goal = {
    id: `${pathwayId}-g1`,
    label: "Assurer la sécurité de l'enfant",
    agreedWithBeneficiary: false,
    coSignedByIds: [],
    dueOn: dayOf(today, 50),
    status: "IN_PROGRESS",
    actions: [],
  };
  const walked = stepsOf({ personId, pathwayId, today, goals: [goal] }, lines);
  const pathway = {
    id: pathwayId,
    personId,
    status: "ACTIVE",
    openedOn: dayOf(today, -40),
    closedOn: null,
    closureReason: null,
    referentId: worker,
    goals: [goal],
    steps: walked.steps,
  };
  return { pathways: [pathway], referrals: [], appointments: walked.appointments };
}
