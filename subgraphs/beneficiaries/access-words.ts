// The log of readings and deeds in plain French, for the person whose file it is.
import type { AccessGroupRow } from "./rows.ts";

export interface AccessGroup {
  readonly day: string;
  readonly byPartnerId: string;
  readonly purpose: string | null;
  readonly times: number;
  readonly refused: number;
  readonly fields: readonly string[];
  readonly text: string;
}

export function groupInWords({ _id, times, refused, fields, refusedFields }: AccessGroupRow): AccessGroup {
  const [done, notDone] = [fields, refusedFields].map((lists) => [...new Set(lists.flat())].sort());
  const [names = [], refusedNames = []] = [done, notDone];
  const [deeds, read] = [names.filter(isDeed), names.filter((name) => !isDeed(name))];
  const said = [...(times + refused > 0 ? [printTimes(times, refused, times > 0 ? read : refusedNames)] : []), ...printDeeds(deeds)];
  const text = `${said.join(" ")} ${PURPOSES[_id.purpose ?? ""] ?? "Sans but indiqué."}`;
  return { ..._id, times, refused, fields: [...new Set([...names, ...refusedNames])].sort(), text };
}

/** What is read with a field, in the words of the person; null: none of their own. */
export function wordsOf(field: string): string | null {
  return WORDS.find(([start]) => field.startsWith(start))?.[1] ?? null;
}

const PURPOSES: Readonly<Record<string, string>> = {
  SUPPORT: "C’était pour vous accompagner.",
  REFERRAL: "C’était pour vous orienter vers un service.",
  EVALUATION: "C’était pour évaluer votre situation.",
  CHILD_PROTECTION: "C’était pour la protection d’un enfant.",
  EVICTION_PREVENTION: "C’était pour éviter une expulsion.",
  STATISTICS: "C’était pour des statistiques.",
};

/** Beginning of a field's name → what is read with it. */
const WORDS: readonly (readonly [string, string])[] = [
  ["Identity.contact", "vos coordonnées"],
  ["Contact.", "vos coordonnées"],
  ["Identity.", "votre identité"],
  ["Beneficiary.identity", "votre identité"],
  ["Beneficiary.pseudonym", "un numéro qui vous remplace"],
  ["Beneficiary.ageBand", "votre âge"],
  ["Beneficiary.lifeStage", "votre âge"],
  ["Beneficiary.household", "votre foyer"],
  ["Household.", "votre foyer"],
  ["Beneficiary.residence", "votre commune"],
  ["Beneficiary.needs", "vos besoins"],
  ["Beneficiary.publics", "les publics dont vous faites partie"],
  ["Beneficiary.assessments", "vos évaluations"],
  ["Assessment.", "vos évaluations"],
  ["Beneficiary.referrals", "vos orientations"],
  ["Referral.", "vos orientations"],
  ["Beneficiary.eligibleServices", "les services qui peuvent vous aider"],
  ["Beneficiary.appointments", "vos rendez-vous"],
  ["PathwayStep.appointments", "vos rendez-vous"],
  ["Appointment.", "vos rendez-vous"],
  ["Beneficiary.nearestSites", "les lieux d’accueil près de chez vous"],
  ["PathwayStep.site", "les lieux de votre parcours"],
  ["Beneficiary.careTeam", "qui vous accompagne"],
  ["PathwayStep.actors", "qui vous accompagne"],
  ["PathwayStep.leadPartner", "qui vous accompagne"],
  ["Beneficiary.retention", "combien de temps votre dossier est gardé"],
  ["Beneficiary.pathways", "votre parcours"],
  ["Pathway", "votre parcours"],
  ["IntakeStep.", "votre parcours"],
  ["AssessmentStep.", "votre parcours"],
  ["SupportStep.", "votre parcours"],
  ["ReferralStep.referral", "vos orientations"],
  ["ReferralStep.", "votre parcours"],
  ["Beneficiary.grants", "vos accords de partage"],
  ["Query.accessLog", "ce journal"],
  ["Query.emergencyAccesses", "les accès à votre dossier en urgence"],
  ["Query.notifications", "les messages qui vous concernent"],
  ["Query.possibleDuplicates", "votre identité, pour la comparer à celle d’autres dossiers"],
  ["Query.rectificationRequests", "vos demandes de rectification"],
  ["export", "tout votre dossier, pour en faire une copie"],
  ["Beneficiary.sharingTicket", "ce que les autres services savent de vous"],
];

/** Mutation → what was done with it. */
const DEEDS: Readonly<Record<string, string>> = {
  giveGrant: "enregistré un accord de partage",
  acceptGrant: "enregistré l’acceptation d’un partage",
  refuseGrant: "enregistré le refus d’un partage",
  withdrawGrant: "enregistré le retrait d’un accord de partage",
  opposeSharing: "enregistré une opposition au partage",
  liftOpposition: "enregistré la levée d’une opposition au partage",
  openEmergencyAccess: "ouvert votre dossier en urgence",
  reviewEmergencyAccess: "contrôlé un accès à votre dossier en urgence",
  requestRectification: "demandé la rectification de votre dossier",
  answerRectification: "répondu à une demande de rectification",
  extendRectification: "prolongé de deux mois le délai de réponse à une demande de rectification",
  setLitigationHold: "suspendu ou repris la conservation de votre dossier pour un litige",
};

const DEED = "Mutation.";
const OTHER_DEED = "modifié votre dossier";

const REST = "d’autres éléments de votre dossier";

function isDeed(field: string): boolean {
  return field.startsWith(DEED);
}

function printDeeds(fields: readonly string[]): string[] {
  const words = [...new Set(fields.map((field) => DEEDS[field.slice(DEED.length)] ?? OTHER_DEED))];
  if (words.length === 0) return [];
  return [`A ${words.length > 1 ? `${words.slice(0, -1).join(", ")} et ${words.at(-1) ?? ""}` : (words[0] ?? OTHER_DEED)}.`];
}

function printTimes(times: number, refused: number, fields: readonly string[]): string {
  const what = [...new Set(fields.map((field) => wordsOf(field) ?? REST))];
  const list = what.length > 1 ? `${what.slice(0, -1).join(", ")} et ${what.at(-1) ?? ""}` : (what[0] ?? REST);
  if (times === 0) return refused === 1 ? `A demandé ${list} : refusé.` : `A demandé ${refused} fois ${list} : refusé.`;
  const read = times === 1 ? `A lu ${list}.` : `A lu ${times} fois ${list}.`;
  return refused === 0 ? read : `${read} ${refused} autre${refused === 1 ? "" : "s"} demande${refused === 1 ? "" : "s"} refusée${refused === 1 ? "" : "s"}.`;
}
