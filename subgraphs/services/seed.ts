// This subgraph's part of the demonstration world: catalogue, referrals, communes and the issues of a small import. What the
// world does not say of a service (texts, hours, room) is made up here, the same for the same service and day.
import { directoryOf } from "../directory/directory.ts";
import { dayInFrance, fold, wordsOf } from "../kit/kit.ts";
import type { Commune, PartnerRecord, ReferralRecord, ServiceRecord, SiteRecord, World } from "../world/world.ts";
import type { ServicesStores } from "./loaders.ts";
import { qualityOf } from "./quality.ts";
import type { CapacityRow, CatalogueIssueRow, ReferralRow, ServiceDocument } from "./rows.ts";
import { FAULTY_SERVICES, FAULTY_STRUCTURES } from "./seed-imports.ts";
import {
  AUDIENCE_NOTES,
  CLOSING,
  DOCUMENTS,
  EMERGENCY_ONLY,
  ENERGY_DOCUMENTS,
  LEADS,
  MEANS_TESTED,
  OPENING_HOURS,
  PAID_NOTE,
  PUBLIC_LABELS,
  RECEPTION_SENTENCES,
} from "./seed-texts.ts";
import { themeOf } from "./themes.ts";
import { validateRecord } from "./validation.ts";
import { EVERYWHERE, storedZones } from "./zones.ts";

/** Writes into an empty database. */
export async function seed(models: ServicesStores, world: World): Promise<void> {
  const lookup = createLookup(world);
  const services = [...world.services.map((record) => toService(record, lookup)), ...withdrawnServices(world.services, lookup)];
  await models.insert({
    services,
    referrals: toReferrals(world, services),
    communes: world.communes.map(({ code, epciCode, departmentCode }) => ({ _id: code, epci: epciCode, department: departmentCode })),
    catalogueIssues: importIssues(world.today),
  });
  await models.standings.take(directoryOf(world));
}

interface Lookup {
  readonly today: string;
  readonly partners: ReadonlyMap<string, PartnerRecord>;
  readonly sites: ReadonlyMap<string, SiteRecord>;
  readonly communes: ReadonlyMap<string, Commune>;
}

function createLookup({ today, partners, sites, communes }: World): Lookup {
  return {
    today,
    partners: new Map(partners.map((partner) => [partner.id, partner])),
    sites: new Map(sites.map((site) => [site.id, site])),
    communes: new Map(communes.map((commune) => [commune.code, commune])),
  };
}

function toService(record: ServiceRecord, lookup: Lookup): ServiceDocument {
  const { id, name, type, audience, areas, themes, publics, providerId, siteIds } = record;
  const source = sourceOf(record, lookup);
  const eligibilityZone = zoneOf(record, lookup);
  const terms = termsOf(record, lookup);
  const description = describe(record, terms.receptionModes);
  const updatedOn = daysBefore(lookup.today, pick(id, "updated", 20) === 0 ? 500 : 3 + pick(id, "updated", 150));
  const facts = { ...terms, description, publics, themes, updatedOn };
  const contact = { hasAddress: siteIds.length > 0, hasPhone: true, hasEmail: true, hasLink: terms.mobilisationModes.includes("LINK") };
  return {
    _id: id,
    sourceId: `${source}--${id}`,
    source,
    name,
    sortName: fold(name),
    type,
    audience,
    areas,
    ...facts,
    ...scheduleOf(record),
    publicsNote: AUDIENCE_NOTES[audience] ?? null,
    eligibilityZone,
    zones: storedZones(eligibilityZone),
    status: "ACTIVE",
    qualityScore: qualityOf({ ...facts, ...contact }, lookup.today),
    providerId,
    siteIds,
    capacity: capacityOf(record, lookup.today),
    words: wordsOf(`${name} ${description}`),
    positions: positionsOf(siteIds, lookup),
  };
}

/** What came before, is not yet there or pauses: found by its id, never listed. */
function withdrawnServices(services: readonly ServiceRecord[], lookup: Lookup): ServiceDocument[] {
  const [model] = services;
  if (model === undefined) return [];
  return (["DRAFT", "SUSPENDED", "ARCHIVED", "GONE"] as const).map((status) => {
    const id = `retire-${status.toLowerCase()}`;
    return { ...toService({ ...model, id, name: `${model.name} (ancienne fiche)` }, lookup), status };
  });
}

/** As data.inclusion names its sources: a département's own catalogue, France Travail's, or DORA. */
function sourceOf({ providerId, departmentCode }: ServiceRecord, { partners }: Lookup): string {
  const kind = partners.get(providerId)?.kind;
  if (kind === "DEPARTMENT_COUNCIL") return `cd${departmentCode}`;
  return kind === "FRANCE_TRAVAIL" ? "france-travail" : "dora";
}

/** National providers serve everywhere, municipal ones their commune, EPCI and missions locales their EPCI, others their département. */
function zoneOf({ providerId, departmentCode }: ServiceRecord, { partners, communes }: Lookup): string[] {
  const provider = partners.get(providerId);
  const communeCode = provider?.communeCode ?? null;
  if (provider?.departmentCode === null) return [EVERYWHERE];
  if (communeCode === null) return [departmentCode];
  if (provider?.kind === "CCAS" || provider?.kind === "COMMUNE") return [communeCode];
  const epci = communes.get(communeCode)?.epciCode ?? null;
  const isOfEpci = provider?.kind === "EPCI" || provider?.kind === "MISSION_LOCALE";
  return isOfEpci && epci !== null ? [epci] : [departmentCode];
}

type Terms = Pick<
  ServiceDocument,
  "accessConditions" | "requiredDocuments" | "fee" | "feeNote" | "receptionModes" | "mobilisableBy" | "mobilisationModes" | "welcome"
>;

function termsOf(record: ServiceRecord, { sites }: Lookup): Terms {
  const { id, type, audience, areas, siteIds } = record;
  const kinds = siteIds.map((siteId) => sites.get(siteId)?.kind);
  const isShelter = kinds.includes("SHELTER");
  const isAid = type === "FINANCIAL_AID";
  const meansTest = isAid ? MEANS_TESTED : null;
  const isPaid = kinds.includes("NURSING_HOME") || kinds.includes("DAY_CENTRE") || /domicile/i.test(record.name);
  const unpaid = audience === "BENEFICIARIES" && pick(id, "fee", 12) === 0 ? null : "FREE";
  const welcome = welcomeOf(record, isShelter);
  const receptionModes = receptionOf(record);
  return {
    accessConditions: isShelter ? EMERGENCY_ONLY : meansTest,
    requiredDocuments: isAid && areas.includes("ENERGY_POVERTY") ? ENERGY_DOCUMENTS : (DOCUMENTS[type ?? ""] ?? []),
    fee: isPaid ? "PAID" : unpaid,
    feeNote: isPaid ? PAID_NOTE : null,
    receptionModes,
    mobilisableBy: audience === "BENEFICIARIES" ? ["USERS", "PROFESSIONALS"] : ["PROFESSIONALS"],
    mobilisationModes: [
      ...(welcome === "UNCONDITIONAL" ? ["WALK_IN"] : []),
      "PHONE",
      ...(receptionModes.includes("REMOTE") ? ["LINK"] : ["EMAIL"]),
    ],
    welcome,
  };
}

/** Where anybody is received, the name says so: Guadeloupe's seats, the antennas of Hauts-de-Seine. */
function welcomeOf({ name, audience, publics, type }: ServiceRecord, isShelter: boolean): string {
  if (audience !== "BENEFICIARIES" || isShelter) return "EXCLUSIVE";
  const isReception = /^(premier )?accueil (social|inconditionnel)/.test(fold(name));
  return isReception && publics.includes("ALL") && type !== "FINANCIAL_AID" ? "UNCONDITIONAL" : "PREFERENTIAL";
}

function receptionOf({ id, name, audience, siteIds, type }: ServiceRecord): string[] {
  if (siteIds.length === 0 && audience !== "BENEFICIARIES") return [];
  if (siteIds.length === 0) return /domicile/i.test(name) ? ["IN_PERSON"] : ["REMOTE"];
  return type === "INFORMATION" || pick(id, "remote", 6) === 0 ? ["IN_PERSON", "REMOTE"] : ["IN_PERSON"];
}

/** Some entries are poor on purpose, as they are in life: their score shows it. */
function describe({ id, name, type, audience, themes, publics }: ServiceRecord, receptionModes: readonly string[]): string {
  const lead = LEADS[type ?? ""] ?? LEADS[""] ?? "";
  if (pick(id, "description", 9) === 0) return lead;
  const labels = themes.map((code) => themeOf(code).label.toLowerCase()).join(" ; ");
  const people = audience === "BENEFICIARIES" ? publics.map((one) => PUBLIC_LABELS[one] ?? one).join(", ") : "";
  return [
    `${name}. ${lead}`,
    labels === "" ? "" : `Domaines abordés : ${labels}.`,
    people === "" ? (AUDIENCE_NOTES[audience] ?? "") : `Pour : ${people}.`,
    RECEPTION_SENTENCES[receptionModes[0] ?? ""] ?? "",
    CLOSING,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

function scheduleOf({ id, type, siteIds }: ServiceRecord): Pick<ServiceDocument, "weeklyHours" | "weeks" | "openingHours"> {
  const [site] = siteIds;
  const openingHours = site === undefined ? null : (OPENING_HOURS[pick(site, "opening", OPENING_HOURS.length)] ?? null);
  if (type === "WORKSHOP") return { weeklyHours: 2 + pick(id, "hours", 3) * 0.5, weeks: 6 + pick(id, "weeks", 7), openingHours };
  if (type === "TRAINING") return { weeklyHours: 7, weeks: 3 + pick(id, "weeks", 4), openingHours };
  return { weeklyHours: null, weeks: null, openingHours };
}

const LIMITED = new Set(["SUPPORT", "WORKSHOP", "TRAINING"]);
const CAPACITY_STATUS = ["CAPACITY", "CAPACITY", "CAPACITY", "CAPACITY", "WAITLIST", "NO_CAPACITY", "ADDITIONAL_ASSESSMENT_REQUIRED"];

/** Told one to forty-five days ago, so that some of it is stale; what b1's story needs has room, told this week. */
function capacityOf({ id, type, audience }: ServiceRecord, today: string): CapacityRow[] {
  if (audience !== "BENEFICIARIES" || !LIMITED.has(type ?? "")) return [];
  const isInStory = id === "srv-ngo-toit-et-vie-vers-le-logement";
  const status = isInStory ? "CAPACITY" : (CAPACITY_STATUS[pick(id, "status", CAPACITY_STATUS.length)] ?? "CAPACITY");
  const toldDaysAgo = isInStory ? 4 : 1 + pick(id, "told", 45);
  const maximum = 8 + pick(id, "maximum", 24);
  return [
    {
      unit: type === "SUPPORT" ? "suivis" : "places",
      available: status === "CAPACITY" ? 1 + pick(id, "available", maximum - 1) : 0,
      maximum,
      status,
      waitlist: status === "WAITLIST" ? 3 + pick(id, "waitlist", 20) : null,
      updatedAt: new Date(`${daysBefore(today, toldDaysAgo)}T08:00:00Z`),
    },
  ];
}

/** A shelter's place is kept out: distances from three points would tell where it is. */
function positionsOf(siteIds: readonly string[], { sites }: Lookup): ServiceDocument["positions"] {
  return siteIds.flatMap((siteId) => {
    const site = sites.get(siteId);
    if (site === undefined || site.kind === "SHELTER") return [];
    return [{ at: { type: "Point" as const, coordinates: [site.lon, site.lat] as const } }];
  });
}

function toReferrals({ referrals, partners, pathways }: World, services: readonly ServiceDocument[]): ReferralRow[] {
  const names = new Map(partners.map(({ id, name }) => [id, name]));
  const byId = new Map(services.map((service) => [service._id, service]));
  const protecting = withFollowing(pathways.filter(isChildProtection).flatMap(({ steps }) => steps.flatMap(({ referralId }) => referralId ?? [])), referrals);
  return referrals.map((record) => {
    const row = toReferral(record, { service: byId.get(record.serviceId), names });
    return protecting.has(record.id) ? { ...row, childProtection: true } : row;
  });
}

/** A pathway that evaluates a child at risk is about that as a whole. */
function isChildProtection({ steps }: World["pathways"][number]): boolean {
  return steps.some(({ kind }) => kind === "CHILD_EVALUATION");
}

/** These referrals and all that followed from them. */
function withFollowing(ids: readonly string[], referrals: readonly ReferralRecord[]): ReadonlySet<string> {
  const below = referrals.flatMap(({ id, parentReferralId }) => (parentReferralId !== null && ids.includes(parentReferralId) && !ids.includes(id) ? [id] : []));
  return below.length === 0 ? new Set(ids) : withFollowing([...ids, ...below], referrals);
}

const FINAL = new Set(["COMPLETED", "REJECTED", "CANCELLED", "EXPIRED", "FAILED", "ENTERED_IN_ERROR"]);
const ANSWERS = new Set(["ACCEPTED", "REJECTED", "WAITLISTED"]);

interface Surroundings {
  readonly service: ServiceDocument | undefined;
  readonly names: ReadonlyMap<string, string>;
}

function toReferral(record: ReferralRecord, { service, names }: Surroundings): ReferralRow {
  const history = record.transitions.map(({ at, ...transition }) => ({ ...transition, at: new Date(at) }));
  const [first] = history;
  const last = history.at(-1);
  if (first === undefined || last === undefined) throw new Error(`Expected a transition at least of referral ${record.id}, got none.`);
  const at = (statuses: ReadonlySet<string>) => history.find(({ to }) => statuses.has(to))?.at ?? null;
  const createdOn = dayInFrance(first.at);
  return {
    _id: record.id,
    status: last.to,
    statusReason: last.reason,
    priority: record.priority,
    purpose: record.purpose,
    createdAt: first.at,
    createdOn,
    createdMonth: createdOn.slice(0, 7),
    sentAt: at(new Set(["REQUESTED"])),
    respondedAt: at(ANSWERS),
    closedAt: FINAL.has(last.to) ? last.at : null,
    inStudy: last.to === "RECEIVED" && (service?.capacity.some(({ status }) => status === "ADDITIONAL_ASSESSMENT_REQUIRED") ?? false),
    personId: record.personId,
    serviceId: record.serviceId,
    originalServiceName: service?.name ?? record.serviceId,
    senderId: record.senderId,
    senderName: names.get(record.senderId) ?? record.senderId,
    receiverId: record.receiverId,
    receiverName: names.get(record.receiverId) ?? record.receiverId,
    parentReferralId: record.parentReferralId,
    history,
    outcome: record.outcome,
    themeCategories: [...new Set(service?.themes.map((code) => themeOf(code).category) ?? [])],
    serviceType: service?.type ?? null,
    siteIds: service?.siteIds ?? [],
  };
}

function importIssues(today: string): CatalogueIssueRow[] {
  const issues = [
    ...FAULTY_STRUCTURES.flatMap((record) => validateRecord("structure", record, today)),
    ...FAULTY_SERVICES.flatMap((record) => validateRecord("service", record, today)),
  ];
  return issues.map((issue, index) => ({ _id: `${issue.source}-${String(index + 1).padStart(4, "0")}`, ...issue }));
}

function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * 86_400_000).toISOString().slice(0, 10);
}

/** A number from 0 to `choices` − 1 that depends on the id and what it is for, and on nothing else (FNV-1a). */
function pick(id: string, purpose: string, choices: number): number {
  let hash = 0x811c9dc5;
  for (const letter of `${purpose}:${id}`) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % choices;
}
