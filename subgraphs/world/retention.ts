// After how many months each kind of organisation archives a file: what *partners* keeps of it and *beneficiaries* was told.

const MONTHS: Readonly<Record<string, number>> = { DEPARTMENT_COUNCIL: 24, FRANCE_TRAVAIL: 24, HOSPITAL: 36, ASSOCIATION: 12, COMMUNE: 12, SIAO: 24 };
/** Two years from the last communication (CASF R.263-8), where an organisation has no duration of its own. */
const OTHER_MONTHS = 24;

/** By `PartnerKind`. */
export function retentionMonthsOf(kind: string): number {
  return MONTHS[kind] ?? OTHER_MONTHS;
}
