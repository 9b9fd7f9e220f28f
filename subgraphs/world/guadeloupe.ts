// Guadeloupe (971): 13 seats of territoires d'intervention sociale (TIS), grouped into TAS that are the six EPCI; 14 reception
// secretaries and 17 reception social workers in pairs and trios; 67 support workers in teams on one, two or three communes;
// since 2018. Pairs and trios alone give 8 pairs and 5 trios. That the teams' areas are the TIS is our inference: 13 areas of
// one, two or three communes cover 32 in four ways, of which we take 1 × 1, 5 × 2, 7 × 3, with La Désirade alone on its island
// and no area across the border of an EPCI. Which communes go together and who works where is ours.
export const SEATS_OPEN_ON = "2018-01-01";

export interface Seat {
  /** `tis-NN`; its territory is `971-TIS-NN`. */
  readonly id: string;
  readonly place: string;
  /** The seat's commune first. */
  readonly communes: readonly string[];
  readonly receptionSecretaries: number;
  readonly receptionSocialWorkers: number;
  readonly supportWorkers: number;
}

export const SEATS: readonly Seat[] = [
  seat(1, "Les Abymes", { communes: ["97101", "97120", "97103"], reception: [2, 1], supportWorkers: 10 }),
  seat(2, "Le Gosier", { communes: ["97113", "97128", "97125"], reception: [1, 2], supportWorkers: 8 }),
  seat(3, "La Désirade", { communes: ["97110"], reception: [1, 1], supportWorkers: 2 }),
  seat(4, "Le Moule", { communes: ["97117", "97116"], reception: [1, 2], supportWorkers: 7 }),
  seat(5, "Port-Louis", { communes: ["97122", "97119", "97102"], reception: [1, 1], supportWorkers: 4 }),
  seat(6, "Petit-Bourg", { communes: ["97118", "97115", "97114"], reception: [1, 2], supportWorkers: 7 }),
  seat(7, "Sainte-Rose", { communes: ["97129", "97111", "97121"], reception: [1, 1], supportWorkers: 6 }),
  seat(8, "Basse-Terre", { communes: ["97105", "97104", "97124"], reception: [1, 2], supportWorkers: 6 }),
  seat(9, "Capesterre-Belle-Eau", { communes: ["97107", "97132"], reception: [1, 1], supportWorkers: 5 }),
  seat(10, "Gourbeyre", { communes: ["97109", "97133"], reception: [1, 1], supportWorkers: 3 }),
  seat(11, "Vieux-Habitants", { communes: ["97134", "97106"], reception: [1, 1], supportWorkers: 3 }),
  seat(12, "Terre-de-Haut", { communes: ["97131", "97130"], reception: [1, 1], supportWorkers: 2 }),
  seat(13, "Grand-Bourg", { communes: ["97112", "97108", "97126"], reception: [1, 1], supportWorkers: 4 }),
];

interface SeatPlan {
  readonly communes: readonly string[];
  /** Secretaries, social workers. */
  readonly reception: readonly [number, number];
  readonly supportWorkers: number;
}

function seat(number: number, place: string, plan: SeatPlan): Seat {
  const [receptionSecretaries, receptionSocialWorkers] = plan.reception;
  const { communes, supportWorkers } = plan;
  return { id: `tis-${String(number).padStart(2, "0")}`, place, communes, receptionSecretaries, receptionSocialWorkers, supportWorkers };
}
