// Who is bound by professional secrecy (code pénal 226-13), and by which text: nobody is unless a text says so, either
// for a profession wherever it is exercised, or for a mission whoever carries it out.

/** Profession → the text that binds it. */
const BY_PROFESSION: Readonly<Record<string, string>> = {
  SOCIAL_WORKER: "CASF L.411-3",
  RECEPTION_SOCIAL_WORKER: "CASF L.411-3",
  SUPPORT_SOCIAL_WORKER: "CASF L.411-3",
  DOCTOR: "CSP R.4127-4",
  MIDWIFE: "CSP R.4127-303",
  PAEDIATRIC_NURSE: "CSP L.4314-3",
};

/** Code of a mission → the text that binds whoever carries it out. */
const BY_MISSION: Readonly<Record<string, string>> = {
  ASE: "CASF L.221-6",
  CRIP: "CASF L.221-6",
  PMI: "CSP L.2112-9",
  AIDE_SOCIALE: "CASF L.133-5",
};

/** The text that binds the professional to secrecy; null when none does. The profession's own text comes first. */
export function secrecyBasisOf(professional: { readonly profession: string; readonly missions: readonly { readonly code: string }[] }): string | null {
  const byMission = professional.missions.map(({ code }) => BY_MISSION[code]).find((basis) => basis !== undefined);
  return BY_PROFESSION[professional.profession] ?? byMission ?? null;
}

/**
 * Professions among which data of people in care may be shared at all (CSP R.1110-2): those that social and health law
 * names. Whoever is not among them needs the person's consent (L.1110-4 III).
 */
const OF_CARE: ReadonlySet<string> = new Set([
  "SOCIAL_WORKER",
  "RECEPTION_SOCIAL_WORKER",
  "SUPPORT_SOCIAL_WORKER",
  "SPECIALISED_EDUCATOR",
  "CESF",
  "PSYCHOLOGIST",
  "PAEDIATRIC_NURSE",
  "CHILDCARE_ASSISTANT",
  "DOCTOR",
  "MIDWIFE",
  "COUPLE_AND_FAMILY_COUNSELLOR",
  "EARLY_CHILDHOOD_EDUCATOR",
]);

export function isOfCare(profession: string): boolean {
  return OF_CARE.has(profession);
}
