// What *beneficiaries* holds about a person, what is left of it when the file ends, and what an export leaves out.
//
// Of a file that was counted the steps stay: each says what it counts under (as `step-stats.ts` counts), its days are
// rounded to the month, and what they led to is cut. They share one new person's id, because statistics count people and
// not only steps; nothing else bears that id.
import type { Ending, PersonTable, RowsByCollection } from "../kit/kit.ts";
import type { OpenKeys } from "../sealed/sealed.ts";
import { ageBandOf, ageOn } from "./ages.ts";
import { endangeredBeside, helpersBeside } from "./danger.ts";
import { isReadIn, OF_REVIEWS } from "./filters.ts";
import { openIdentities } from "./identity-seal.ts";
import { createOpener } from "./opening.ts";
import { categoryOfAssessment, categoryOfGrant, categoryOfPathway, categoryOfStep } from "./policy.ts";
import type { AccessEventRow, AssessmentRow, CountedFacts, EmergencyAccessRow, GrantRow, HouseholdRow, PathwayRow, PersonRow, StepRow } from "./rows.ts";
import { isForChild, openTexts, type AlarmRow, type DeedRow, type NotificationRow, type RectificationRow, type Texts } from "./writing/writing.ts";

const ofPerson = (personId: string) => ({ personId });
/** What protects a child may speak of others, and is no part of anybody's own file (CASF L.226-2-2): see `decide.ts`. */
const PROTECTED = "CHILD_PROTECTION";
const OF_PROTECTION = "Réglage interne de protection (CASF L.226-2-2).";

export function personDataOf(openKeys: OpenKeys): readonly PersonTable[] {
  const openerOf = (connection: Parameters<OpenKeys>[0]) => createOpener(openKeys(connection));
  const withTexts =
    <Row>(open: (row: Row, texts: Texts) => Promise<object>): PersonTable["opened"] & object =>
    (connection) => {
      const texts = openTexts(openerOf(connection));
      return (row: Row) => open(row, texts);
    };
  return [
    {
      ...people,
      opened: (connection) => {
        const { phoneOf, emailOf, localIdentifiersOf } = openIdentities(openerOf(connection));
        return async (row: PersonRow) => {
          const contact = row.contact && { ...row.contact, phone: await phoneOf(row), email: await emailOf(row) };
          // Who protects a child would tell that one is protected.
          const team = row.team.filter(({ childProtection }) => !childProtection);
          return { ...row, contact, team, localIdentifiers: await localIdentifiersOf(row) };
        };
      },
    },
    ...files,
    {
      collection: "grants",
      rowsOf: ofPerson,
      opened: withTexts(async (row: GrantRow, texts) => ({ ...row, evidence: await texts.evidenceOf(row), informedException: await texts.exceptionOf(row) })),
      hides: (row: GrantRow) => categoryOfGrant(row) === PROTECTED,
    },
    {
      collection: "emergencies",
      rowsOf: ofPerson,
      opened: withTexts(async (row: EmergencyAccessRow, texts) => ({ ...row, text: await texts.ofEmergency(row) })),
      // It would warn the child's family, or who endangers somebody of the home.
      hides: (row: EmergencyAccessRow, _, rows) => isForChild(row) || endangeredAtHome(rows).length > 0,
      notExported: { review: "Appréciation portée sur le professionnel.", tellWhenLate: "Réglage technique du suivi.", secret: OF_PROTECTION },
    },
    {
      collection: "rectifications",
      rowsOf: ofPerson,
      opened: withTexts(async (row: RectificationRow, texts) => {
        const answer = row.answer && { ...row.answer, reason: await texts.ofAnswer(row) };
        const extension = row.extension ? { ...row.extension, reason: await texts.ofExtension(row) } : null;
        return { ...row, statement: await texts.ofRectification(row), extension, answer };
      }),
      hides: ({ secret, byPersonId, personId }: RectificationRow) => secret && byPersonId !== personId,
      notExported: { secret: OF_PROTECTION },
    },
    {
      collection: "deeds",
      rowsOf: ofPerson,
      opened: withTexts(async (row: DeedRow, texts) => ({ ...row, text: await texts.ofDeed(row) })),
      // What was done about an access that is hidden tells of it.
      hides: ({ purpose, subjectId }: DeedRow, without) => purpose === PROTECTED || without.has(subjectId),
      notExported: { unlogged: "Marque technique du journal." },
    },
    ...traces,
  ];
}

/** What is read of those who live with the person. */
const HOME = "home";

const people: PersonTable = {
  collection: "people",
  rowsOf: (personId) => ({ _id: personId }),
  beside: {
    ...{ name: HOME, collection: "people", fields: ["contact.safeToContact", "team"] },
    rowsOf: ({ people: own = [] }) => ({ householdId: { $in: own.flatMap(({ householdId }) => householdId ?? []) } }),
  },
  notExported: {
    nir: "Le NIR ne sort d’ici sous aucune forme (décret 2019-341) ; il figure sur votre carte Vitale.",
    nirIndex: "Empreinte à clé du NIR, qui ne se relit pas (décret 2019-341).",
    keys: "Formes dérivées du nom et des coordonnées, pour la recherche seulement.",
    protectedOnly: OF_PROTECTION,
    lastProtectionContactAt: OF_PROTECTION,
  },
};

const files: readonly PersonTable[] = [
  {
    collection: "households",
    rowsOf: (_, { people: own = [] }) => ({ _id: { $in: own.flatMap(({ householdId }) => householdId ?? []) } }),
    keep: async (row: HouseholdRow, { personId, exists }) => ((await exists("people", { householdId: row._id, _id: { $ne: personId } })) ? row : null),
  },
  { collection: "assessments", rowsOf: ofPerson, hides: (row: AssessmentRow) => categoryOfAssessment(row) === PROTECTED },
  { collection: "pathways", rowsOf: ofPerson, hides: (row: PathwayRow) => categoryOfPathway(row) === PROTECTED },
  { collection: "steps", rowsOf: ofPerson, keep: toCountedStep, hides: (row: StepRow, without) => categoryOfStep(row) === PROTECTED || without.has(row.pathwayId) },
  { collection: "evaluations", rowsOf: ofPerson, hides: () => true, notExported: { _id: "Protège un enfant (CASF L.226-2-2)." } },
];

const OF_LOG = "Place dans le journal.";
const OF_SENDING = "Réglage technique de l’envoi.";
const SENDING = { nextAt: OF_SENDING, attempts: OF_SENDING, claim: OF_SENDING };

/** What was written about writing. Where it speaks of what protects a child, or of somebody to be warned of, it is hidden. */
const traces: readonly PersonTable[] = [
  // Before the writes, which are all hidden and bear the ids of their deeds.
  {
    collection: "accessEvents",
    rowsOf: ofPerson,
    hides: (row: AccessEventRow, without, rows) => tellsOfEmergency(row, without, rows) || tellsOfHelp(row, rows) || tellsOfProtection(row, rows as OwnRows),
    notExported: { log: OF_LOG, place: OF_LOG, request: OF_LOG, over: OF_LOG, elsewhere: OF_LOG },
  },
  { collection: "notifications", rowsOf: ofPerson, hides: isUntold, notExported: { ...SENDING, secret: OF_PROTECTION } },
  { collection: "writes", rowsOf: ofPerson, hides: () => true, notExported: { answer: "Copie technique de ce qui a été écrit, gardée trente jours." } },
  { collection: "turns", rowsOf: (personId) => ({ _id: personId }), hides: () => true, notExported: { count: "Compteur technique." } },
  {
    collection: "alarms",
    rowsOf: (_, { emergencies = [] }) => ({ emergencyId: { $in: emergencies.map(({ _id }) => _id) } }),
    // Of a professional, who answers for it when the file is gone.
    keep: (row: AlarmRow, { newId }) => ({ ...row, emergencyId: newId(`emergency ${row.emergencyId}`) }),
    hides: () => true,
    notExported: { _id: "Surveillance des professionnels, qui ne vous concerne pas." },
  },
  {
    collection: "matchDecisions",
    rowsOf: (personId) => ({ personIds: personId }),
    hides: () => true,
    notExported: { _id: "Nomme une autre personne.", personIds: "Nomme une autre personne.", decision: "Comparaison avec une autre personne." },
  },
];

interface AllRows extends OwnRows {
  readonly emergencies?: readonly EmergencyAccessRow[];
  readonly [HOME]?: readonly PersonRow[];
}

interface OwnRows {
  readonly people?: readonly PersonRow[];
  readonly grants?: readonly GrantRow[];
}

/** Until a reading is over, it may be one that protects a child; so may an evaluation whose ground is not known, where there was one. */
function tellsOfProtection({ purpose, bases, over, byProfessionalId }: AccessEventRow, { people: own = [], grants = [] }: OwnRows): boolean {
  if (purpose === PROTECTED || bases.includes(PROTECTED) || over === false) return true;
  const posts = own.flatMap(({ team }) => team.filter(({ professionalId }) => professionalId === byProfessionalId));
  if (posts.length > 0 && posts.every(({ childProtection }) => childProtection)) return true;
  return purpose === "EVALUATION" && bases.length === 0 && grants.some((grant) => categoryOfGrant(grant) === PROTECTED);
}

/** Not told yet, or about an access that is hidden. */
function isUntold({ state, subjectId }: NotificationRow, without: ReadonlySet<string>): boolean {
  return state === "HELD" || without.has(subjectId);
}

/** Those of the home whom somebody endangers: it may be the person, or who reads the export with them. As in the log. */
function endangeredAtHome(rows: RowsByCollection): PersonRow[] {
  const { people: [person] = [], [HOME]: home = [] } = rows as AllRows;
  return person === undefined ? [] : endangeredBeside(person, home);
}

const DEED = "deed/";

/** What was read in an access that is hidden, or done about it, tells of it. */
function tellsOfEmergency(row: AccessEventRow, without: ReadonlySet<string>, rows: RowsByCollection): boolean {
  const { _id, bases, fields } = row;
  if (_id.startsWith(DEED)) return without.has(_id.slice(DEED.length));
  const hidden = ((rows as AllRows).emergencies ?? []).filter((one) => without.has(one._id));
  if (hidden.length === 0) return false;
  return bases.includes("VITAL_INTEREST") || fields.some((field) => OF_REVIEWS.includes(field)) || hidden.some((one) => isReadIn(one, row));
}

/** Elsewhere, and until a reading is over, its ground is not known. */
function tellsOfHelp({ byProfessionalId, elsewhere, bases }: AccessEventRow, rows: RowsByCollection): boolean {
  const endangered = endangeredAtHome(rows);
  const [person] = (rows as AllRows).people ?? [];
  if (person === undefined || endangered.length === 0) return false;
  const isOwn = person.team.some(({ professionalId }) => professionalId === byProfessionalId);
  return helpersBeside(person, endangered).includes(byProfessionalId) || (elsewhere === true && bases.length === 0 && !isOwn);
}

function toCountedStep(step: StepRow, { counts, rows, newId }: Ending): StepRow | null {
  const { _id, kind, status, outcome, countedOn, departmentCode, communeCode, territoryCode, siteId, leadPartnerId, childProtection } = step;
  const person = rows["people"]?.[0] as PersonRow | undefined;
  if (!counts || person === undefined) return null;
  return {
    ...{ _id: newId(`step ${_id}`), pathwayId: newId(`pathway ${_id}`), personId: newId("person") },
    ...{ kind, status, outcome, departmentCode, communeCode, territoryCode, siteId, leadPartnerId },
    ...{ order: 0, plannedFor: null, startedAt: null, endedAt: null, withoutAppointment: false, onlineProcedures: [] },
    ...{ assessmentId: null, referralId: null, referralPartnerIds: [], goalIds: [], childProtection },
    // Tables are of whole months.
    countedOn: `${countedOn.slice(0, 7)}-01`,
    counted: countedFactsOf(person, countedOn),
  };
}

/** As the aggregation of `step-stats.ts` finds them while the person is there. */
function countedFactsOf({ birthDate, publics, needs }: PersonRow, day: string): CountedFacts {
  const open = needs.filter(({ identifiedAt, closedAt }) => identifiedAt <= day && (closedAt ?? "9999") >= day);
  const themes = [...new Set(open.map(({ theme }) => theme.split("--")[0] ?? theme))].sort();
  return { ageBand: ageBandOf(ageOn(birthDate, day)), publics, themes };
}
