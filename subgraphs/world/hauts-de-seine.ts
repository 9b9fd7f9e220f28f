// Hauts-de-Seine (92): a pôle social at Issy-les-Moulineaux for Vanves, Issy, Clamart and Meudon, four other modernised sites,
// and an antenna in each of the 36 communes. The source says "sites sociaux" that were modernised in 2016, 2018, 2019 and
// June 2023; we take each for a pole, because it speaks of a mesh of poles within 20 minutes. It gives a day for Issy only,
// so the others open on the first day of the year or month. Which commune belongs to which of these four is ours.
export interface Pole {
  readonly id: string;
  readonly name: string;
  readonly communeCode: string;
  readonly opensOn: string;
  /** Null: the communes that are left to the nearest pole. */
  readonly serves: readonly string[] | null;
}

export const POLES: readonly Pole[] = [
  {
    id: "pole-issy",
    name: "Pôle social d'Issy-les-Moulineaux",
    communeCode: "92040",
    opensOn: "2023-09-26",
    serves: ["92075", "92040", "92023", "92048"],
  },
  { id: "pole-chatenay-malabry", name: "Pôle social de Châtenay-Malabry", communeCode: "92019", opensOn: "2016-01-01", serves: null },
  {
    id: "pole-villeneuve-la-garenne",
    name: "Pôle social de Villeneuve-la-Garenne",
    communeCode: "92078",
    opensOn: "2018-01-01",
    serves: null,
  },
  { id: "pole-chatillon", name: "Pôle social de Châtillon", communeCode: "92020", opensOn: "2019-01-01", serves: null },
  { id: "pole-asnieres", name: "Pôle social d'Asnières-sur-Seine", communeCode: "92004", opensOn: "2023-06-01", serves: null },
];

/** The twelve professions that the opening of pole-issy named. */
export const POLE_STAFF: Readonly<Record<string, number>> = {
  SOCIAL_WORKER: 6,
  CESF: 2,
  SPECIALISED_EDUCATOR: 2,
  PSYCHOLOGIST: 1,
  PAEDIATRIC_NURSE: 2,
  CHILDCARE_ASSISTANT: 1,
  DOCTOR: 1,
  MIDWIFE: 1,
  COUPLE_AND_FAMILY_COUNSELLOR: 1,
  EARLY_CHILDHOOD_EDUCATOR: 1,
  ADMINISTRATIVE_ASSISTANT: 3,
  OFFER_MANAGER: 1,
};

export const ANTENNA_STAFF: Readonly<Record<string, number>> = { SOCIAL_WORKER: 2, ADMINISTRATIVE_ASSISTANT: 1 };
