// The people of the demonstration world and what they go through: those known by id first, then households by chance, each
// person with pathways of their own; and the inbox of the NGO that waits to be looked at.
import { addDays, ageOn, weekdayBefore } from "./calendar.ts";
import type { Commune } from "./geography.ts";
import { createHouseholds } from "./households.ts";
import { createKnownHouseholds, createKnownJourneys, FIRST_FREE_NUMBER, WITH_OWN_PATHWAYS } from "./known-people.ts";
import type { Organisations } from "./organisations.ts";
import { createJourneys, merge, stepOfReferral, type Journeys } from "./pathways.ts";
import type { Places } from "./places.ts";
import { createReferral } from "./referrals.ts";
import { createSurroundings, type Surroundings } from "./surroundings.ts";
import type { HouseholdRecord, PathwayRecord, PersonRecord, ReferralRecord } from "./records.ts";

export interface PeopleInput extends Organisations, Places {
  /** `YYYY-MM-DD`. */
  readonly today: string;
  readonly communes: readonly Commune[];
}

export interface People extends Journeys {
  readonly households: readonly HouseholdRecord[];
  readonly people: readonly PersonRecord[];
}

export function createPeople({ today, professionals, sites, services }: PeopleInput): People {
  const around = createSurroundings({ professionals, sites, services });
  const known = createKnownHouseholds(today);
  const others = createHouseholds(today, FIRST_FREE_NUMBER);
  const people = [...known.people, ...others.people];
  const journeys = merge([
    createKnownJourneys(around, today),
    ...people.filter((person) => !WITH_OWN_PATHWAYS.includes(person.id)).map((person) => createJourneys(person, around, today)),
  ]);
  return { households: [...known.households, ...others.households], people, ...fillInbox(journeys, { people, around, today }) };
}

interface InboxFacts {
  readonly people: readonly PersonRecord[];
  readonly around: Surroundings;
  readonly today: string;
}

const INBOX = { partnerId: "ngo-toit-et-vie", serviceId: "srv-ngo-toit-et-vie-vers-le-logement", size: 36, longestDays: 26 };

/** Referrals that the NGO has not answered, sent on each of the last four weeks' days, as one more step of living pathways. */
function fillInbox(journeys: Journeys, { people, around, today }: InboxFacts): Journeys {
  const adults = new Set(
    people.filter((person) => person.departmentCode === "92" && ageOn(person.birthDate, today) >= 18).map((person) => person.id),
  );
  const waiting = new Map<string, ReferralRecord>();
  for (const pathway of journeys.pathways) {
    if (waiting.size === INBOX.size) break;
    if (pathway.closedOn !== null || pathway.id === "p1" || !adults.has(pathway.personId) || pathway.steps.length >= 15) continue;
    const days = 1 + Math.floor((waiting.size * INBOX.longestDays) / INBOX.size);
    const referral = createReferral({
      id: `r-${pathway.id}-${pathway.steps.length + 1}`,
      personId: pathway.personId,
      service: around.service(INBOX.serviceId),
      senderId: "dept-92",
      sentOn: weekdayBefore(addDays(today, 1 - days)),
      fate: "unanswered",
      until: addDays(today, -1),
    });
    waiting.set(pathway.id, referral);
  }
  return {
    ...journeys,
    referrals: [...journeys.referrals, ...waiting.values()],
    pathways: journeys.pathways.map((pathway) => appendReferral(pathway, waiting.get(pathway.id))),
  };
}

function appendReferral(pathway: PathwayRecord, referral: ReferralRecord | undefined): PathwayRecord {
  if (referral === undefined) return pathway;
  const order = pathway.steps.length + 1;
  const step = {
    id: `${pathway.id}-s${order}`,
    kind: "REFERRAL",
    order,
    plannedFor: referral.transitions[0]?.at.slice(0, 10) ?? null,
    leadPartnerId: INBOX.partnerId,
    actors: [
      { professionalId: "pro-ngo-1", role: "LEAD" },
      { professionalId: pathway.referentId, role: "CO_LEAD" },
    ],
    siteId: `office-${INBOX.partnerId}`,
    ...stepOfReferral(referral),
  };
  return { ...pathway, steps: [...pathway.steps, step] };
}
