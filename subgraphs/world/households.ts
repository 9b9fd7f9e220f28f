// Invented people in their households: who lives with whom and what is special about them. Ages are relative to `today`, so
// that a child stays a child on whatever day the world is made. Phone numbers are of the range kept for fiction, e-mail
// addresses of example.org, CAF numbers begin with 99.
import { addDays, ageOn, weekday } from "./calendar.ts";
import { FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES } from "./names.ts";
import { createRandom, type Random } from "./random.ts";
import type { HouseholdRecord, PersonRecord, Story } from "./records.ts";

export interface Households {
  readonly households: readonly HouseholdRecord[];
  readonly people: readonly PersonRecord[];
}

/** One person of a household to be made. */
interface MemberPlan {
  readonly role: string;
  readonly sex: "F" | "M";
  /** Youngest and oldest, both included. */
  readonly age: readonly [number, number];
  /** Own family name, not the household's. */
  readonly ownName?: true;
}

const MOTHER = { role: "APPLICANT", sex: "F", age: [22, 48] } as const;
const FATHER = { role: "PARTNER", sex: "M", age: [24, 52] } as const;
const GIRL = { role: "CHILD", sex: "F", age: [1, 16] } as const;
const BOY = { role: "CHILD", sex: "M", age: [0, 17] } as const;
const WOMAN = { role: "APPLICANT", sex: "F", age: [19, 62] } as const;
const MAN = { role: "APPLICANT", sex: "M", age: [19, 62] } as const;
const OLD_WOMAN = { role: "APPLICANT", sex: "F", age: [70, 93] } as const;
const OLD_MAN = { role: "PARTNER", sex: "M", age: [70, 93] } as const;
const DAUGHTER = { role: "CAREGIVER", sex: "F", age: [44, 62], ownName: true } as const;

/** The households of a story, each in turn. */
const COMPOSITIONS: Readonly<Record<Exclude<Story, "rich-pathway">, readonly (readonly MemberPlan[])[]>> = {
  family: [
    [MOTHER, FATHER, GIRL, BOY],
    [MOTHER, BOY],
    [MOTHER, { ...FATHER, ownName: true }, BOY],
  ],
  "couple-sharing-a-phone": [
    [MOTHER, { ...FATHER, ownName: true }],
    [MOTHER, FATHER, GIRL],
  ],
  "child-under-protection": [
    [{ ...MOTHER, role: "PARENT" }, GIRL, BOY],
    [{ ...MOTHER, role: "PARENT" }, { ...FATHER, role: "PARENT" }, BOY],
  ],
  homeless: [[MAN], [MAN], [WOMAN]],
  "consent-withdrawn": [[WOMAN], [MAN]],
  elderly: [[OLD_WOMAN], [OLD_WOMAN, OLD_MAN], [OLD_WOMAN, DAUGHTER]],
  island: [[WOMAN], [MAN], [MOTHER, FATHER, GIRL], [OLD_WOMAN]],
  "job-seeker": [[MAN], [WOMAN]],
  eviction: [[MOTHER, FATHER, BOY], [MAN], [MOTHER, GIRL], [WOMAN]],
  violence: [[MOTHER, GIRL], [WOMAN]],
  ordinary: [[WOMAN], [MAN], [WOMAN]],
};

interface DepartmentPlan {
  readonly code: string;
  /** At least so many people. */
  readonly people: number;
  readonly stories: readonly Exclude<Story, "rich-pathway">[];
  /** Where they live; communes named twice hold twice as many. */
  readonly communes: readonly string[];
}

const USUAL_STORIES = [
  "family",
  "job-seeker",
  "ordinary",
  "elderly",
  "eviction",
  "homeless",
  "couple-sharing-a-phone",
  "job-seeker",
  "violence",
  "ordinary",
  "consent-withdrawn",
  "eviction",
  "child-under-protection",
] as const;

/** Guadeloupe has most people, and few communes: its statistics are to show more than suppressed cells. */
const PLANS: readonly DepartmentPlan[] = [
  {
    code: "14",
    people: 130,
    stories: USUAL_STORIES,
    communes: ["14118", "14118", "14118", "14327", "14366", "14762", "14047", "14258", "14333", "14174"],
  },
  { code: "76", people: 100, stories: USUAL_STORIES, communes: ["76540", "76540", "76351", "76351", "76217", "76231", "76758"] },
  { code: "77", people: 100, stories: USUAL_STORIES, communes: ["77288", "77284", "77284", "77379", "77333", "77131", "77186"] },
  {
    code: "92",
    people: 180,
    stories: USUAL_STORIES,
    communes: ["92075", "92075", "92040", "92023", "92048", "92050", "92004", "92020", "92078", "92024"],
  },
  {
    code: "971",
    people: 300,
    stories: [
      "family",
      "eviction",
      "job-seeker",
      "child-under-protection",
      "island",
      "elderly",
      "eviction",
      "ordinary",
      "homeless",
      "violence",
      "couple-sharing-a-phone",
      "consent-withdrawn",
    ],
    communes: ["97101", "97101", "97101", "97120", "97120", "97105", "97117", "97128", "97118"],
  },
];

const ISLANDS = ["97110", "97112", "97131", "97130", "97108", "97126"];

/** Persons who were registered twice, by mistake. */
const DUPLICATES = 6;

/** Ids go on from `firstNumber`: `b<number>` and `h<number>`. */
export function createHouseholds(today: string, firstNumber: number): Households {
  const households: HouseholdRecord[] = [];
  const people: PersonRecord[] = [];
  for (const plan of PLANS) {
    const random = createRandom(`households of ${plan.code}`);
    for (let turn = 0, count = 0; count < plan.people; turn++) {
      const story = plan.stories[turn % plan.stories.length] ?? "ordinary";
      const household = { id: `h${firstNumber + households.length}`, tenancy: tenancyOf(story, random, today) };
      const round = Math.floor(turn / plan.stories.length);
      const compositions = COMPOSITIONS[story];
      const members = membersOf(compositions[round % compositions.length] ?? [], {
        ...{ story, plan, random, today, householdId: household.id, firstNumber: firstNumber + people.length },
        communeCode: story === "island" ? (ISLANDS[round % ISLANDS.length] ?? "97110") : random.pick(plan.communes),
      });
      households.push(household);
      people.push(...members);
      count += members.length;
    }
  }
  const doubles = duplicatesOf(people, { person: firstNumber + people.length, household: firstNumber + households.length });
  return { households: [...households, ...doubles.households], people: [...people, ...doubles.people] };
}

interface HouseholdFacts {
  readonly story: Story;
  readonly plan: DepartmentPlan;
  readonly random: Random;
  readonly today: string;
  readonly householdId: string;
  readonly firstNumber: number;
  readonly communeCode: string;
}

function membersOf(members: readonly MemberPlan[], facts: HouseholdFacts): PersonRecord[] {
  const { story, plan, random, today } = facts;
  const familyName = random.pick(FAMILY_NAMES);
  const shared = { phone: phoneOf(facts.firstNumber), cafNumber: cafNumberOf(facts.firstNumber) };
  const homeless = story === "homeless";
  const place = {
    departmentCode: plan.code,
    communeCode: homeless && random.chance(0.5) ? null : facts.communeCode,
    homeless,
    inPriorityDistrict: !homeless && random.chance(0.25),
  };
  return members.map((member, index) => {
    const number = facts.firstNumber + index;
    const birthDate = birthDateOf(random.int(...member.age), today, random);
    const adult = ageOn(birthDate, today) >= 18;
    const birthName = member.ownName === true ? random.pick(FAMILY_NAMES) : familyName;
    const married = adult && member.sex === "F" && members.length > 2 && random.chance(0.5);
    const sharesPhone = story === "couple-sharing-a-phone" || index === 0;
    return {
      id: `b${number}`,
      story,
      sex: member.sex,
      birthName: married ? random.pick(FAMILY_NAMES) : birthName,
      usageName: married ? birthName : null,
      firstNames: firstNamesOf(member.sex, random),
      birthDate,
      birthCommuneCode: random.pick(plan.communes),
      phone: !adult || (homeless && random.chance(0.5)) ? null : sharesPhone ? shared.phone : phoneOf(number),
      email: adult && random.chance(0.6) ? `personne.${number}@example.org` : null,
      cafNumber: adult && !homeless ? shared.cafNumber : null,
      ...place,
      publics: publicsOf({ story, sex: member.sex, age: ageOn(birthDate, today), inPriorityDistrict: place.inPriorityDistrict, random }),
      householdId: facts.householdId,
      householdRole: member.role,
    };
  });
}

/** 06 39 98 xx xx, the range of mobile numbers kept for fiction. */
export function phoneOf(number: number): string {
  return `+3363998${String(number % 10_000).padStart(4, "0")}`;
}

export function cafNumberOf(number: number): string {
  return `99${String(number).padStart(5, "0")}`;
}

/** A birthday with which the person has this age today; nobody was born within the last fortnight. */
function birthDateOf(age: number, today: string, random: Random): string {
  const lastBirthday = addDays(today, -random.int(14, 364));
  const year = Number(lastBirthday.slice(0, 4)) - age;
  const day = lastBirthday.slice(4) === "-02-29" ? "-02-28" : lastBirthday.slice(4);
  return `${year}${day}`;
}

function firstNamesOf(sex: "F" | "M", random: Random): string[] {
  const names = sex === "F" ? FEMALE_NAMES : MALE_NAMES;
  const first = random.pick(names);
  const second = random.pick(names);
  return second === first || random.chance(0.5) ? [first] : [first, second];
}

interface PublicFacts {
  readonly story: Story;
  readonly sex: "F" | "M";
  readonly age: number;
  readonly inPriorityDistrict: boolean;
  readonly random: Random;
}

const STORY_PUBLICS: Readonly<Partial<Record<Story, readonly string[]>>> = {
  "rich-pathway": ["FAMILIES", "JOB_SEEKERS"],
  family: ["FAMILIES"],
  "couple-sharing-a-phone": ["FAMILIES"],
  "child-under-protection": ["FAMILIES"],
  homeless: ["EMERGENCY", "MINIMUM_INCOME_RECIPIENTS"],
  "job-seeker": ["JOB_SEEKERS"],
  eviction: ["MINIMUM_INCOME_RECIPIENTS"],
  violence: ["EMERGENCY", "SPECIFIC_LEGAL_SITUATION"],
};

function publicsOf({ story, sex, age, inPriorityDistrict, random }: PublicFacts): string[] {
  const publics = new Set(STORY_PUBLICS[story] ?? []);
  if (age < 18) return [...(publics.has("FAMILIES") ? ["FAMILIES"] : []), ...(age >= 11 ? ["YOUTH"] : [])];
  if (sex === "F" && age < 65) publics.add("WOMEN");
  if (age < 26) publics.add("YOUTH");
  if (age >= 60) publics.add("SENIORS");
  if (inPriorityDistrict) publics.add("PRIORITY_AREA_RESIDENTS");
  if (random.chance(0.12)) publics.add("DISABLED_PEOPLE");
  if (age < 62 && random.chance(0.3)) publics.add(random.chance(0.6) ? "MINIMUM_INCOME_RECIPIENTS" : "EMPLOYED");
  return [...publics];
}

function tenancyOf(story: Story, random: Random, today: string): HouseholdRecord["tenancy"] {
  if (story === "homeless") return null;
  if (story !== "eviction")
    return random.chance(0.6) ? { landlordKind: random.pick(["SOCIAL", "PRIVATE"]), rentArrears: false, hearingDate: null } : null;
  return { landlordKind: random.pick(["SOCIAL", "PRIVATE"]), rentArrears: true, hearingDate: weekday(addDays(today, random.int(20, 120))) };
}

/** The same adults a second time: without accents, with the same birthday and phone, in a household of their own. */
function duplicatesOf(people: readonly PersonRecord[], first: { person: number; household: number }): Households {
  const originals = people.filter((person) => person.story === "ordinary" && person.phone !== null).slice(0, DUPLICATES);
  const doubles = originals.map((person, index) => ({
    ...person,
    id: `b${first.person + index}`,
    birthName: person.birthName.normalize("NFD").replace(/\p{Diacritic}/gu, ""),
    firstNames: person.firstNames.slice(0, 1).map((name) => name.normalize("NFD").replace(/\p{Diacritic}/gu, "")),
    email: null,
    householdId: `h${first.household + index}`,
  }));
  return { people: doubles, households: doubles.map((double) => ({ id: double.householdId, tenancy: null })) };
}
