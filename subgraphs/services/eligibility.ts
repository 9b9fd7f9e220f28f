// Which services a person may get, decided where the rules are and on two facts only: the publics that the person belongs
// to and the commune of residence. Neither the identity nor even the id of the person is needed.
//
//                          publics: one in common   none known of the person   none in common   service names none
//   commune in zone        ELIGIBLE                 TO_CHECK                   NOT_ELIGIBLE     PROBABLE
//   commune out of zone    NOT_ELIGIBLE             NOT_ELIGIBLE               NOT_ELIGIBLE     NOT_ELIGIBLE
//
// A service for ALL has one in common with everybody. Conditions in free text, which no rule can check, make ELIGIBLE a
// PROBABLE. Room is not a right: a full service stays eligible and goes down the list.
import { isStale } from "./deadlines.ts";
import type { CapacityRow, ServiceRow } from "./rows.ts";
import { isEpci, EVERYWHERE } from "./zones.ts";

export interface PersonFacts {
  /** `TargetPublic`. */
  readonly publics: readonly string[];
  /** Every zone that holds the residence, see zones.ts; `france` alone when the residence is unknown. */
  readonly zones: readonly string[];
}

export type EligibilityMatch = "ELIGIBLE" | "PROBABLE" | "TO_CHECK" | "NOT_ELIGIBLE";

export interface EligibleService {
  readonly service: ServiceRow;
  readonly match: EligibilityMatch;
  /** `zone: …`, `publics: …` or `access conditions: …`. */
  readonly missing: readonly string[];
}

type Rules = Pick<ServiceRow, "publics" | "zones" | "accessConditions">;

/** Whether the person may get the service, and what is against it or open. */
export function matchService(rules: Rules, person: PersonFacts): { match: EligibilityMatch; missing: string[] } {
  if (!rules.zones.some((zone) => person.zones.includes(zone))) {
    return { match: "NOT_ELIGIBLE", missing: [`zone: ${rules.zones.join(", ")}`] };
  }
  const publics = matchPublics(rules.publics, person.publics);
  const open = publics === "ELIGIBLE" ? [] : [`publics: ${rules.publics.join(", ") || "not said by the service"}`];
  const conditions = rules.accessConditions === null ? [] : [`access conditions: ${rules.accessConditions}`];
  const match = publics === "ELIGIBLE" && conditions.length > 0 ? "PROBABLE" : publics;
  return { match, missing: [...open, ...conditions] };
}

/** The services that are worth proposing, best first: by right, then by room, nearness of the zone and quality. */
export function rankServices(candidates: readonly ServiceRow[], person: PersonFacts, now: Date): EligibleService[] {
  return candidates
    .map((service) => ({ service, ...matchService(service, person) }))
    .filter(({ match }) => match !== "NOT_ELIGIBLE")
    .map((eligible) => ({ eligible, rank: rankOf(eligible, person, now) }))
    .sort((a, b) => compare(a.rank, b.rank))
    .map(({ eligible }) => eligible);
}

function matchPublics(wanted: readonly string[], publics: readonly string[]): EligibilityMatch {
  if (wanted.includes("ALL") || wanted.some((one) => publics.includes(one))) return "ELIGIBLE";
  if (wanted.length === 0) return "PROBABLE";
  return publics.every((one) => one === "ALL") ? "TO_CHECK" : "NOT_ELIGIBLE";
}

const MATCH_ORDER: readonly EligibilityMatch[] = ["ELIGIBLE", "PROBABLE", "TO_CHECK", "NOT_ELIGIBLE"];

function rankOf({ service, match }: EligibleService, person: PersonFacts, now: Date): (number | string)[] {
  return [
    MATCH_ORDER.indexOf(match),
    roomOf(service.capacity, now),
    Math.min(...service.zones.filter((zone) => person.zones.includes(zone)).map(widthOf)),
    -(service.qualityScore ?? 0),
    service.sortName,
    service._id,
  ];
}

/** 0 room · 1 nothing (recent) is known · 2 after a wait or an assessment · 3 full. */
function roomOf(capacity: readonly CapacityRow[], now: Date): number {
  const told = capacity.filter(({ updatedAt }) => !isStale(updatedAt, now)).map(({ status }) => status);
  if (told.length === 0) return 1;
  if (told.includes("CAPACITY")) return 0;
  return told.every((status) => status === "NO_CAPACITY") ? 3 : 2;
}

/** 0 commune · 1 EPCI · 2 département · 3 everywhere. */
function widthOf(zone: string): number {
  if (zone === EVERYWHERE) return 3;
  if (isEpci(zone)) return 1;
  return zone.length === 5 ? 0 : 2;
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? value;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
