// A small import with faults, so that `catalogueIssues` has something to say: the kinds of mistakes that data.inclusion's own
// test file makes (a SIRET that a spreadsheet turned into a number, a theme that does not exist, an address that is none),
// in records made up for this demonstration.
import type { RawRecord } from "./validation.ts";

export const FAULTY_STRUCTURES: readonly RawRecord[] = [
  {
    source: "tableur-demo",
    id: "tableur-demo--structure-1",
    nom: "Association du Bocage solidaire",
    date_maj: "2025-09-12",
    siret: "9.9901234500018E13",
    code_postal: "145001",
    code_insee: "14762",
    site_web: "pas une url !",
    telephone: "02 00 00 00 00",
  },
  {
    source: "tableur-demo",
    id: "tableur-demo--structure-2",
    nom: "Entraide du Plateau",
    date_maj: "12/09/2025",
    siret: "99901234500019",
    latitude: 100,
    reseaux_porteurs: "ccas-cias",
  },
];

export const FAULTY_SERVICES: readonly RawRecord[] = [
  {
    source: "tableur-demo",
    id: "tableur-demo--service-1",
    structure_id: "tableur-demo--structure-1",
    nom: "Aide à la recherche d'un logement",
    description: "Recherche de logement.",
    date_maj: "2025-09-12",
    type: "accompagnement",
    thematiques: ["logement-hebergement--louer-un-appartement"],
    publics: ["tous-publics", "jeunes"],
    mobilisable_par: ["autres"],
    nombre_semaines: "beaucoup",
    colonne_libre: "à trier",
  },
  {
    source: "tableur-demo",
    id: "tableur-demo--service-2",
    structure_id: "tableur-demo--structure-2",
    nom: "Colis alimentaire",
    date_maj: "2031-01-01",
    frais: "libre",
    courriel: "à demander",
    zone_eligibilite: ["Calvados"],
  },
];
