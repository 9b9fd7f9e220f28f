// What the demonstration world says of kinds of places, as tables. Published facts are marked with where they come from;
// the rest is ours, chosen to be plausible.
import type { GuaranteeRow, TransportValue } from "./rows.ts";
import type { Span } from "./travel/travel.ts";

export interface KindFacts {
  /** OpenStreetMap opening_hours; PH are public holidays. */
  readonly openingHours: string | null;
  readonly walkIn: boolean;
  /** Kinds of units, keys of `UNITS`. */
  readonly units: readonly string[];
}

/** Office hours of mainland France. */
const OFFICE = "Mo-Fr 08:30-12:30,13:30-17:00; PH off";

export const KIND_FACTS: Readonly<Record<string, KindFacts>> = {
  MAISON_DES_SOLIDARITES: { openingHours: "Mo-Th 08:30-12:30,13:30-17:30; Fr 08:30-12:30,13:30-16:30; PH off", walkIn: true, units: ["RECEPTION", "SUPPORT", "PMI", "INSERTION"] },
  CENTRE_MEDICO_SOCIAL: { openingHours: OFFICE, walkIn: false, units: ["RECEPTION", "SUPPORT", "PMI"] },
  // Conseil départemental des Hauts-de-Seine, opening of the pôle social of Issy-les-Moulineaux: three units of the way
  // through, and the services PMI, sexual health, social action and insertion, child welfare.
  POLE_SOCIAL: {
    openingHours: "Mo-Fr 08:30-18:00; PH off",
    walkIn: true,
    units: ["RECEPTION", "EVALUATION", "SUPPORT", "PMI", "SEXUAL_HEALTH", "INSERTION", "CHILD_WELFARE"],
  },
  ANTENNE: { openingHours: "Mo-Fr 09:00-12:30,13:30-17:00; PH off", walkIn: true, units: ["RECEPTION"] },
  // Conseil départemental de la Guadeloupe, action sociale de proximité: any public, without appointment; the two poles
  // "Accueil social" and "Accompagnement".
  TIS_SEAT: { openingHours: "Mo,Tu,Th 07:30-12:30,14:00-16:30; We,Fr 07:30-12:30; PH off", walkIn: true, units: ["RECEPTION", "SUPPORT"] },
  PMI_CENTRE: { openingHours: "Mo-Fr 08:45-12:15,13:30-17:00; PH off", walkIn: false, units: ["PMI"] },
  NURSING_HOME: { openingHours: "24/7", walkIn: false, units: ["AUTONOMY"] },
  DAY_CENTRE: { openingHours: "Mo-Fr 09:30-16:30; PH off", walkIn: false, units: ["AUTONOMY"] },
  // Neither hours nor units: nothing about a shelter that helps to find it.
  SHELTER: { openingHours: null, walkIn: false, units: [] },
  MEETING_POINT: { openingHours: "We 14:00-18:30; Sa 09:30-18:00; PH off", walkIn: false, units: ["CHILD_WELFARE"] },
  PARTNER_OFFICE: { openingHours: "Mo-Fr 09:00-12:00,14:00-17:00; PH off", walkIn: true, units: [] },
  MOBILE_UNIT: { openingHours: null, walkIn: true, units: ["RECEPTION"] },
};

export const OTHER_KIND: KindFacts = { openingHours: null, walkIn: false, units: [] };

/** Kinds whose place stays secret: places of refuge from violence. */
export const CONFIDENTIAL_KINDS: readonly string[] = ["SHELTER"];

export const UNITS: Readonly<Record<string, { readonly label: string; readonly domains: readonly string[] }>> = {
  RECEPTION: { label: "Unité d'accueil", domains: ["Accueil inconditionnel", "Préinstruction", "Aide aux démarches en ligne"] },
  EVALUATION: { label: "Unité d'évaluation", domains: ["Évaluation globale des fragilités", "Proposition de parcours"] },
  SUPPORT: { label: "Unité d'accompagnement", domains: ["Accompagnement dans la durée", "Actions collectives"] },
  PMI: { label: "Protection maternelle et infantile", domains: ["Suivi de grossesse", "Consultations d'enfants de moins de six ans", "Modes d'accueil"] },
  SEXUAL_HEALTH: { label: "Centre de santé sexuelle", domains: ["Contraception", "Dépistage", "Conseil conjugal et familial"] },
  INSERTION: { label: "Action sociale et insertion", domains: ["Accès aux droits", "Logement", "Insertion professionnelle", "RSA"] },
  CHILD_WELFARE: { label: "Aide sociale à l'enfance", domains: ["Prévention", "Protection de l'enfance", "Soutien à la parentalité"] },
  AUTONOMY: { label: "Autonomie", domains: ["Personnes âgées", "Personnes en situation de handicap"] },
};

/**
 * Site → lines near it. The tramway and the future station at Issy are published by the conseil départemental; the line
 * 15 Sud is planned for early 2027, April at the latest (Société des grands projets, 8 December 2025). Minutes are ours.
 */
export const TRANSPORT: Readonly<Record<string, readonly TransportValue[]>> = {
  "pole-issy": [
    line("Tramway T2", 4),
    line("Grand Paris Express, ligne 15 Sud (ouverture prévue)", 6, "2027-04-30"),
  ],
  "pole-chatenay-malabry": [line("Tramway T10", 5)],
  "pole-villeneuve-la-garenne": [line("Tramway T1", 6)],
  "pole-chatillon": [line("Métro 13", 7), line("Tramway T6", 7)],
  "pole-asnieres": [line("Métro 13", 8)],
};

/** Closures for works or holidays, by kind and commune of the site. */
export const CLOSURES: readonly { readonly kind: string; readonly communeCode: string; readonly closure: Span }[] = [
  { kind: "ANTENNE", communeCode: "92062", closure: { from: "2025-07-28", to: "2025-08-22" } },
  { kind: "DAY_CENTRE", communeCode: "76540", closure: { from: "2025-12-22", to: "2026-01-04" } },
];

/**
 * The promises. Published: 92 ("à moins de 20 minutes d'un pôle social, ou à défaut à moins de 15 minutes d'une antenne")
 * and 971 ("à moins de 30 minutes du domicile"). The others publish none: theirs are ours, to show what a promise would
 * mean there; Calvados' second alternative lets one compare the centres with the houses that replaced them.
 */
export const GUARANTEES: readonly GuaranteeRow[] = [
  promise("92", ["POLE_SOCIAL", 20], ["ANTENNE", 15]),
  promise("971", ["TIS_SEAT", 30]),
  promise("14", ["MAISON_DES_SOLIDARITES", 20], ["CENTRE_MEDICO_SOCIAL", 20]),
  promise("76", ["CENTRE_MEDICO_SOCIAL", 30]),
  promise("77", ["MAISON_DES_SOLIDARITES", 25]),
];

/** Calvados' five areas (published) as groups of EPCI, by SIREN (ours). */
export const LOCAL_AREAS: readonly { readonly code: string; readonly name: string; readonly departmentCode: string; readonly epci: readonly string[] }[] = [
  localArea("14-AGGLOMERATION-CAENNAISE", "Agglomération caennaise", ["200065597", "200065589", "200066728", "241400860"]),
  localArea("14-BESSIN", "Bessin", ["241400555", "200066801", "200069516"]),
  localArea("14-BOCAGE", "Bocage", ["200068799", "200069524"]),
  localArea("14-PAYS-D-AUGE", "Pays d'Auge", ["200069532", "241400878", "241400415", "200066827", "200065563"]),
  localArea("14-SUISSE-NORMANDE", "Suisse normande", ["200066710", "241400514"]),
];

export const DEPARTMENT_NAMES: Readonly<Record<string, string>> = {
  "14": "Calvados",
  "76": "Seine-Maritime",
  "77": "Seine-et-Marne",
  "92": "Hauts-de-Seine",
  "971": "Guadeloupe",
};

export const STREETS: readonly string[] = [
  "rue de la République",
  "avenue Jean Jaurès",
  "rue des Écoles",
  "place de la Mairie",
  "rue Victor Hugo",
  "boulevard de la Liberté",
  "rue du Marché",
  "allée des Tilleuls",
  "rue Simone Veil",
  "rue Aimé Césaire",
];

function line(label: string, walkMinutes: number, availableFrom: string | null = null): TransportValue {
  return { mode: "PUBLIC_TRANSPORT", label, walkMinutes, availableFrom };
}

function promise(departmentCode: string, ...alternatives: (readonly [string, number])[]): GuaranteeRow {
  return { _id: departmentCode, alternatives: alternatives.map(([siteKind, maxMinutes]) => ({ siteKind, maxMinutes })) };
}

function localArea(code: string, name: string, epci: readonly string[]) {
  return { code, name, departmentCode: code.slice(0, 2), epci };
}
