// Calvados (14): since 27 January 2025, 25 maisons des solidarités in the place of 7 centres médico-sociaux, from Bessin
// to pays d'Auge, with 600 agents. The date, both numbers, the five areas, the professions and the 600 are published; which
// communes, which house took over from which centre and the mix of professions are ours.
export const HOUSES_OPEN_ON = "2025-01-27";
export const CENTRES_CLOSE_ON = "2025-01-26";

export interface Centre {
  readonly id: string;
  readonly name: string;
  readonly communeCode: string;
}

export const CENTRES: readonly Centre[] = [
  { id: "cms-caen-ouest", name: "Centre médico-social Caen Ouest", communeCode: "14118" },
  { id: "cms-caen-est", name: "Centre médico-social Caen Est", communeCode: "14118" },
  { id: "cms-herouville", name: "Centre médico-social d'Hérouville-Saint-Clair", communeCode: "14327" },
  { id: "cms-bayeux", name: "Centre médico-social de Bayeux", communeCode: "14047" },
  { id: "cms-vire", name: "Centre médico-social de Vire", communeCode: "14762" },
  { id: "cms-falaise", name: "Centre médico-social de Falaise", communeCode: "14258" },
  { id: "cms-lisieux", name: "Centre médico-social de Lisieux", communeCode: "14366" },
];

export interface House {
  readonly id: string;
  readonly name: string;
  readonly communeCode: string;
  /** The centre it took over from. */
  readonly centreId: string;
}

// By area: agglomération caennaise (10), Bessin (3), Bocage (4), Suisse normande and Falaise (2), pays d'Auge (6).
export const HOUSES: readonly House[] = [
  ...["Centre", "Chemin-Vert", "Folie-Couvrechef"].map((part, index) => caen(part, index + 1, "cms-caen-ouest")),
  ...["Guérinière", "Grâce de Dieu"].map((part, index) => caen(part, index + 4, "cms-caen-est")),
  house("d'Hérouville-Saint-Clair", "herouville", { communeCode: "14327", centreId: "cms-herouville" }),
  house("de Mondeville", "mondeville", { communeCode: "14437", centreId: "cms-caen-est" }),
  house("d'Ifs", "ifs", { communeCode: "14341", centreId: "cms-caen-est" }),
  house("de Ouistreham", "ouistreham", { communeCode: "14488", centreId: "cms-herouville" }),
  house("de Douvres-la-Délivrande", "douvres", { communeCode: "14228", centreId: "cms-herouville" }),
  house("de Bayeux", "bayeux", { communeCode: "14047", centreId: "cms-bayeux" }),
  house("d'Isigny-sur-Mer", "isigny", { communeCode: "14342", centreId: "cms-bayeux" }),
  house("de Creully sur Seulles", "creully", { communeCode: "14200", centreId: "cms-bayeux" }),
  house("de Vire Normandie", "vire", { communeCode: "14762", centreId: "cms-vire" }),
  house("de Condé-en-Normandie", "conde", { communeCode: "14174", centreId: "cms-vire" }),
  house("de Villers-Bocage", "villers-bocage", { communeCode: "14752", centreId: "cms-vire" }),
  house("des Monts d'Aunay", "monts-d-aunay", { communeCode: "14027", centreId: "cms-vire" }),
  house("de Thury-Harcourt-le-Hom", "thury-harcourt", { communeCode: "14689", centreId: "cms-falaise" }),
  house("de Falaise", "falaise", { communeCode: "14258", centreId: "cms-falaise" }),
  house("de Lisieux Centre", "lisieux-1", { communeCode: "14366", centreId: "cms-lisieux" }),
  house("de Lisieux Hauteville", "lisieux-2", { communeCode: "14366", centreId: "cms-lisieux" }),
  house("de Pont-l'Évêque", "pont-l-eveque", { communeCode: "14514", centreId: "cms-lisieux" }),
  house("de Honfleur", "honfleur", { communeCode: "14333", centreId: "cms-lisieux" }),
  house("de Dives-sur-Mer", "dives", { communeCode: "14225", centreId: "cms-lisieux" }),
  house("de Saint-Pierre-en-Auge", "saint-pierre-en-auge", { communeCode: "14654", centreId: "cms-falaise" }),
];

/** 24 agents a house: 600 in 25 houses. */
export const HOUSE_STAFF: Readonly<Record<string, number>> = {
  MEDICO_SOCIAL_SECRETARY: 4,
  SOCIAL_WORKER: 9,
  SPECIALISED_EDUCATOR: 4,
  CESF: 3,
  MIDWIFE: 2,
  PAEDIATRIC_NURSE: 2,
};

function caen(part: string, number: number, centreId: string): House {
  return { id: `mds-caen-${number}`, name: `Maison des solidarités Caen ${part}`, communeCode: "14118", centreId };
}

function house(place: string, slug: string, rest: Pick<House, "communeCode" | "centreId">): House {
  return { id: `mds-${slug}`, name: `Maison des solidarités ${place}`, ...rest };
}
