// The people that personas, queries and tests know by id: b1 with her rich pathway p1 and her family, the couple b2 and b3, and
// the child of pathway p-child-1 with a sibling and the mother. Everything living is dated from `today`.
import { addDays, weekday } from "./calendar.ts";
import { cafNumberOf, phoneOf, type Households } from "./households.ts";
import { merge, type Journeys } from "./pathways.ts";
import { createJourneysOfB1 } from "./rich-pathway.ts";
import type { Surroundings } from "./surroundings.ts";
import type { PersonRecord } from "./records.ts";
import { dayOf, writePathway, type Line } from "./written-pathways.ts";

/** The first free number after the ids used here. */
export const FIRST_FREE_NUMBER = 10;

/** Whose pathways are written here; the others walk by chance. */
export const WITH_OWN_PATHWAYS: readonly string[] = ["b1", "b7", "b8"];

const CRIP = "pro-971-crip";
const CHILD_WORKER = "pro-tis-01-support-social-worker-1";
const NURSE = "pro-971-pmi-nurse";

/** Steps of the evaluation of a child; days from today. */
const CHILD_LINES: readonly Line[] = [
  {
    kind: "CHILD_EVALUATION",
    status: "IN_PROGRESS",
    day: -40,
    lead: "dept-971",
    actors: [CRIP, CHILD_WORKER, NURSE],
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
    actors: [CHILD_WORKER, NURSE],
    siteId: "tis-01",
    goals: [1],
    appointment: ["HOME_VISIT", "SEEN"],
  },
  { kind: "SUPPORT", status: "PLANNED", day: 20, lead: "dept-971", actors: [CHILD_WORKER], siteId: "tis-01", goals: [1] },
];

export function createKnownHouseholds(today: string): Households {
  return {
    households: [
      { id: "h1", tenancy: { landlordKind: "SOCIAL", rentArrears: true, hearingDate: weekday(addDays(today, 45)) } },
      { id: "h2", tenancy: { landlordKind: "PRIVATE", rentArrears: false, hearingDate: null } },
      { id: "h3", tenancy: { landlordKind: "SOCIAL", rentArrears: false, hearingDate: null } },
    ],
    people: [...familyOfB1(today), ...couple(), ...familyOfTheChild(today)],
  };
}

export function createKnownJourneys(around: Surroundings, today: string): Journeys {
  return merge([createJourneysOfB1(around, today), childJourney("b7", "p-child-1", today), childJourney("b8", "p-child-2", today)]);
}

type PersonPlan = Omit<PersonRecord, "usageName" | "phone" | "email" | "cafNumber" | "homeless" | "inPriorityDistrict"> &
  Partial<PersonRecord>;

function person(plan: PersonPlan): PersonRecord {
  return { usageName: null, phone: null, email: null, cafNumber: null, homeless: false, inPriorityDistrict: false, ...plan };
}

const CHILD = { householdRole: "CHILD", publics: ["FAMILIES"] } as const;

function familyOfB1(today: string): PersonRecord[] {
  const home = {
    departmentCode: "92",
    communeCode: "92075",
    birthCommuneCode: "92075",
    householdId: "h1",
    story: "rich-pathway",
    inPriorityDistrict: true,
    birthName: "Marchand",
  } as const;
  const b1 = person({
    ...home,
    id: "b1",
    sex: "F",
    birthName: "Fleury",
    usageName: "Marchand",
    firstNames: ["Nadia", "Louise"],
    birthDate: "1991-06-14",
    phone: phoneOf(1),
    email: "personne.1@example.org",
    cafNumber: cafNumberOf(1),
    householdRole: "APPLICANT",
    publics: ["FAMILIES", "WOMEN", "JOB_SEEKERS", "MINIMUM_INCOME_RECIPIENTS", "PRIORITY_AREA_RESIDENTS"],
  });
  const b4 = person({
    ...home,
    id: "b4",
    sex: "M",
    firstNames: ["Karim"],
    birthDate: "1989-09-02",
    phone: phoneOf(4),
    cafNumber: cafNumberOf(1),
    householdRole: "PARTNER",
    publics: ["FAMILIES", "EMPLOYED", "PRIORITY_AREA_RESIDENTS"],
  });
  const b5 = person({ ...home, ...CHILD, id: "b5", sex: "F", firstNames: ["Inès"], birthDate: birthDate(today, 8, "01-20") });
  const b6 = person({ ...home, ...CHILD, id: "b6", sex: "M", firstNames: ["Léo"], birthDate: birthDate(today, 3, "01-11") });
  return [b1, b4, b5, b6];
}

/** Two people with one phone, one CAF number and one first name. */
function couple(): PersonRecord[] {
  const shared = {
    departmentCode: "92",
    communeCode: "92023",
    birthCommuneCode: "92048",
    householdId: "h2",
    story: "couple-sharing-a-phone",
    phone: phoneOf(2),
    cafNumber: cafNumberOf(2),
    publics: ["FAMILIES", "MINIMUM_INCOME_RECIPIENTS"],
  } as const;
  return [
    person({
      ...shared,
      id: "b2",
      sex: "F",
      birthName: "Joly",
      firstNames: ["Dominique"],
      birthDate: "1988-02-29",
      householdRole: "APPLICANT",
    }),
    person({
      ...shared,
      id: "b3",
      sex: "M",
      birthName: "Caron",
      firstNames: ["Dominique"],
      birthDate: "1986-11-03",
      householdRole: "PARTNER",
    }),
  ];
}

function familyOfTheChild(today: string): PersonRecord[] {
  const home = {
    departmentCode: "971",
    communeCode: "97101",
    birthCommuneCode: "97120",
    householdId: "h3",
    story: "child-under-protection",
    birthName: "Rivière",
  } as const;
  const b9 = person({
    ...home,
    id: "b9",
    sex: "F",
    firstNames: ["Coralie"],
    birthDate: "1993-04-18",
    phone: phoneOf(9),
    cafNumber: cafNumberOf(9),
    householdRole: "PARENT",
    publics: ["FAMILIES", "MINIMUM_INCOME_RECIPIENTS"],
  });
  return [
    person({ ...home, ...CHILD, id: "b7", sex: "M", firstNames: ["Théo"], birthDate: birthDate(today, 5, "01-05") }),
    person({ ...home, ...CHILD, id: "b8", sex: "F", firstNames: ["Océane"], birthDate: birthDate(today, 9, "01-27") }),
    b9,
  ];
}

/** A child turns so many years old in the year of `today`. */
function birthDate(today: string, age: number, monthDay: string): string {
  return `${Number(today.slice(0, 4)) - age}-${monthDay}`;
}

/** An evaluation under way within its three months; the sibling is evaluated too (CASF L.226-3). */
function childJourney(personId: string, pathwayId: string, today: string): Journeys {
  const goal = {
    id: `${pathwayId}-g1`,
    label: "Assurer la sécurité de l'enfant",
    agreedWithBeneficiary: false,
    coSignedByIds: [],
    dueOn: dayOf(today, 50),
    status: "IN_PROGRESS",
    actions: [],
  };
  return writePathway({
    id: pathwayId,
    personId,
    status: "ACTIVE",
    openedOn: dayOf(today, -40),
    closedOn: null,
    closureReason: null,
    referentId: CHILD_WORKER,
    goals: [goal],
    day: today,
    lines: CHILD_LINES,
    referrals: [],
  });
}
