// Referrals as they go: a fate is what finally happens and after how many days; a referral is as much of its fate as lies
// before a given day, so that open referrals are in states that the state machine allows.
import { addDays, instantOf, weekday } from "./calendar.ts";
import { createRandom, type Random } from "./random.ts";
import type { ReferralRecord, ServiceRecord } from "./records.ts";

/** One step of a fate: to which status, how many days after the sending, by whom, why. */
type Move = readonly [to: string, day: number, by: "sender" | "receiver", reason?: string | null, comment?: string];

export interface ReferralPlan {
  readonly id: string;
  readonly personId: string;
  readonly service: ServiceRecord;
  readonly senderId: string;
  readonly sentOn: string;
  readonly fate: Fate;
  /** The last day that has happened. */
  readonly until: string;
  readonly purpose?: string;
  readonly priority?: string;
  readonly parentReferralId?: string;
}

export type Fate =
  | "completed"
  | "held"
  | "rejected"
  | "waitlisted"
  | "waitlisted-rejected"
  | "expired"
  | "cancelled"
  | "consent-withdrawn"
  | "failed"
  | "error"
  | "unanswered"
  | "in-progress"
  | "waiting-list";

/** What happens to referrals, in hundredths. */
const ODDS: readonly (readonly [Fate, number])[] = [
  ["completed", 44],
  ["held", 4],
  ["rejected", 24],
  ["waitlisted", 7],
  ["waitlisted-rejected", 4],
  ["expired", 7],
  ["cancelled", 4],
  ["failed", 5],
  ["error", 1],
];

const REFUSALS: readonly (readonly [string, string, number])[] = [
  ["NO_CAPACITY", "Plus de place pour le moment.", 55],
  ["NOT_ELIGIBLE", "Conditions d'accès non remplies.", 20],
  ["INCOMPLETE_FILE", "Pièces manquantes.", 13],
  ["OUT_OF_AREA", "Hors du secteur d'intervention.", 12],
];

export function pickFate(random: Random): Fate {
  let rest = random.int(0, 99);
  for (const [fate, odds] of ODDS) {
    if (rest < odds) return fate;
    rest -= odds;
  }
  return "completed";
}

export function createReferral(plan: ReferralPlan): ReferralRecord {
  const { id, personId, service, senderId, sentOn, until } = plan;
  const random = createRandom(`referral ${id}`);
  const createdOn = sentOn > until ? until : sentOn;
  const happened = movesOf(plan.fate, random).filter((move) => dayOf(sentOn, move) <= until);
  const moves: Move[] = [["DRAFT", 0, "sender"], ...happened];
  const transitions = moves.map(([to, day, by, reason, comment], index) => ({
    from: moves[index - 1]?.[0] ?? null,
    to,
    at: instantOf(index === 0 ? createdOn : dayOf(sentOn, [to, day, by]), 7 + Math.min(index, 8), random.int(0, 59)),
    byPartnerId: by === "sender" ? senderId : service.providerId,
    reason: reason ?? null,
    comment: comment ?? null,
  }));
  const completed = transitions.at(-1)?.to === "COMPLETED";
  return {
    id,
    personId,
    serviceId: service.id,
    senderId,
    receiverId: service.providerId,
    parentReferralId: plan.parentReferralId ?? null,
    priority: plan.priority ?? (random.chance(0.75) ? "ROUTINE" : random.pick(["URGENT", "ASAP"])),
    purpose: plan.purpose ?? purposeOf(service),
    transitions,
    outcome: completed ? random.pick(["NEED_MET", "NEED_MET", "NEED_MET", "NEED_PARTLY_MET", "ENROLLED", "NEED_NOT_MET"]) : null,
  };
}

/** Offices work from Monday to Friday; the timer that lets a referral expire does not. */
function dayOf(sentOn: string, [to, days]: Move): string {
  const day = addDays(sentOn, days);
  return days === 0 || to === "EXPIRED" ? day : weekday(day);
}

/** In the order of days; what is refused, held, failed or cancelled says why. */
function movesOf(fate: Fate, random: Random): Move[] {
  const seen = random.int(1, 4);
  const answered = seen + random.int(1, 15);
  const begun = answered + random.int(2, 10);
  const ended = begun + random.int(15, 45);
  const asked: Move[] = [
    ["REQUESTED", 0, "sender"],
    ["RECEIVED", seen, "receiver"],
  ];
  const started: Move[] = [...asked, ["ACCEPTED", answered, "receiver"], ["IN_PROGRESS", begun, "receiver"]];
  const [reason, comment] = refusal(random);
  switch (fate) {
    case "completed":
      return [...started, ["COMPLETED", ended, "receiver"]];
    case "held":
      return [
        ...started,
        ["ON_HOLD", begun + 5, "receiver", "OTHER", "En attente d'un document de la personne."],
        ["IN_PROGRESS", begun + 12, "receiver"],
        ["COMPLETED", ended + 12, "receiver"],
      ];
    case "rejected":
      return [...asked, ["REJECTED", answered, "receiver", reason, comment]];
    case "waitlisted":
      return [
        ...asked,
        ["WAITLISTED", answered, "receiver"],
        ["ACCEPTED", answered + 25, "receiver"],
        ["IN_PROGRESS", answered + 30, "receiver"],
        ["COMPLETED", answered + 60, "receiver"],
      ];
    case "waitlisted-rejected":
      return [
        ...asked,
        ["WAITLISTED", answered, "receiver"],
        ["REJECTED", answered + 40, "receiver", "NO_CAPACITY", "La liste d'attente n'avance pas."],
      ];
    case "waiting-list":
      return [...asked, ["WAITLISTED", answered, "receiver"]];
    case "in-progress":
      return started;
    case "unanswered":
    case "expired":
      return [...(random.chance(0.5) ? asked : asked.slice(0, 1)), ["EXPIRED", 30, "receiver", null, "Sans réponse pendant trente jours."]];
    case "cancelled":
      return [...asked, ["CANCELLED", answered, "sender", "PERSON_DECLINED", "La personne a renoncé."]];
    case "consent-withdrawn":
      return [...asked, ["CANCELLED", answered, "sender", "CONSENT_WITHDRAWN", "Le consentement a été retiré."]];
    case "failed":
      return [...started, ["FAILED", ended, "receiver", random.pick(["NO_SHOW", "UNREACHABLE"]), "La personne ne s'est pas présentée."]];
    case "error":
      return [...asked.slice(0, 1), ["ENTERED_IN_ERROR", 1, "sender", null, "Saisie en double."]];
  }
}

function refusal(random: Random): readonly [string, string] {
  let rest = random.int(0, 99);
  for (const [reason, comment, odds] of REFUSALS) {
    if (rest < odds) return [reason, comment];
    rest -= odds;
  }
  return ["OTHER", "Autre motif."];
}

const PURPOSES: Readonly<Record<string, string>> = {
  "logement-hebergement": "Accès ou maintien dans le logement",
  "preparer-sa-candidature": "Retour à l'emploi",
  "equipement-et-alimentation": "Aide alimentaire ou matérielle",
  sante: "Accès aux soins",
  famille: "Soutien à la famille",
};

function purposeOf(service: ServiceRecord): string {
  return PURPOSES[service.themes[0]?.split("--")[0] ?? ""] ?? "Accompagnement social";
}
