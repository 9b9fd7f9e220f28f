// Goals of a pathway and the actions agreed for them, by story.
import { addDays } from "./calendar.ts";
import type { Random } from "./random.ts";
import type { GoalRecord, PersonRecord, Story } from "./records.ts";

/** A goal and its actions. */
type GoalPlan = readonly [goal: string, ...actions: string[]];

const RIGHTS: GoalPlan = ["Ouvrir tous les droits", "Mettre à jour le dossier de prestations", "Demander la complémentaire santé"];
const HOME: GoalPlan = ["Rester dans le logement", "Conclure un plan d'apurement", "Demander l'aide aux impayés"];
const WORK: GoalPlan = ["Retrouver un emploi", "Mettre à jour le CV", "Rencontrer le conseiller emploi"];
const FAMILY: GoalPlan = ["Soutenir la vie de famille", "Trouver un mode de garde", "Rencontrer la puéricultrice"];

const GOALS: Readonly<Partial<Record<Story, readonly GoalPlan[]>>> = {
  family: [FAMILY, RIGHTS],
  "couple-sharing-a-phone": [RIGHTS, HOME],
  "child-under-protection": [["Assurer la sécurité de l'enfant", "Rencontrer les parents", "Associer l'école"], FAMILY],
  homeless: [["Accéder à un hébergement", "Déposer la demande d'hébergement", "Obtenir une domiciliation"], RIGHTS],
  elderly: [["Vivre chez soi", "Mettre en place une aide à domicile", "Adapter le logement"], RIGHTS],
  island: [["Accéder aux services depuis l'île", "Apprendre les démarches en ligne", "Prendre rendez-vous au siège"], RIGHTS],
  "job-seeker": [WORK, ["Se déplacer", "Demander une aide à la mobilité"]],
  eviction: [HOME, RIGHTS, ["Retrouver un budget en équilibre", "Faire le point sur les charges"]],
  violence: [
    ["Être en sécurité", "Préparer un départ protégé", "Rencontrer la juriste"],
    ["Se reloger", "Déposer une demande de logement"],
  ],
};

const DEFAULT_GOALS: readonly GoalPlan[] = [RIGHTS, ["Renouer des liens", "Participer à une action collective"]];

const CO_SIGNERS: Readonly<Record<string, string>> = {
  "92": "pro-france-travail-1",
  "14": "pro-france-travail-2",
  "76": "pro-france-travail-3",
  "77": "pro-france-travail-4",
  "971": "pro-france-travail-5",
};

export interface GoalFacts {
  readonly pathwayId: string;
  readonly person: PersonRecord;
  readonly openedOn: string;
  readonly closed: boolean;
  readonly random: Random;
}

/** One to three; a professional of France Travail co-signs what concerns work. */
export function goalsOf({ pathwayId, person, openedOn, closed, random }: GoalFacts): GoalRecord[] {
  const plans = GOALS[person.story] ?? DEFAULT_GOALS;
  return plans.slice(0, random.int(1, plans.length)).map(([label, ...actions], index) => {
    const status = closed ? (random.chance(0.7) ? "ACHIEVED" : "DROPPED") : random.pick(["PLANNED", "IN_PROGRESS", "IN_PROGRESS"]);
    const coSigner = CO_SIGNERS[person.departmentCode];
    return {
      id: `${pathwayId}-g${index + 1}`,
      label,
      agreedWithBeneficiary: random.chance(0.9),
      coSignedByIds: person.story === "job-seeker" && coSigner !== undefined ? [coSigner] : [],
      dueOn: addDays(openedOn, random.int(60, 240)),
      status,
      actions: actions.map((action, turn) => ({
        id: `${pathwayId}-g${index + 1}-a${turn + 1}`,
        label: action,
        status: status === "ACHIEVED" ? "DONE" : status === "DROPPED" ? "ABANDONED" : turn === 0 ? "IN_PROGRESS" : "PLANNED",
        startsOn: addDays(openedOn, 7 * turn),
        dueOn: addDays(openedOn, 30 + 30 * turn),
      })),
    };
  });
}
