// What is true of the demonstration world, for the tests: from the world's records, and from what *beneficiaries* seeds
// beside them (grants, the day of the last contact).
import { createBlinding } from "../../subgraphs/beneficiaries/blinding.ts";
import { toDocuments } from "../../subgraphs/beneficiaries/seed.ts";
import { agreementsOf, careTeamsOf, createWorld, habilitationsOf } from "../../subgraphs/world/world.ts";
import { TEST_CLOCK, TEST_TODAY, type Json } from "../harness/stack.ts";
import { toEvaluation, toGrant } from "./made-up.ts";
import { read, readEntry, type FileOnPerson, type Moment, type Reader } from "./reading.ts";
import { retentionOf } from "./world-values.ts";

export interface Claims {
  readonly scope?: string;
  readonly professional?: string;
  readonly partner?: string;
  readonly person?: string;
  readonly purpose?: string;
}

export interface Facts {
  readonly world: ReturnType<typeof createWorld>;
  /** Who asks with these claims. */
  readerOf(claims: Claims): Reader;
  may(reader: Reader, personId: string, category: string): boolean;
  /** In person, on the day, for the purpose. */
  isHabilitated(reader: Reader): boolean;
  /** Whether the reader may learn that there is such a person. */
  mayKnowOf(reader: Reader, personId: string): boolean;
  /** L4: what is told of it to whoever protects the child, an evaluator's visits included. */
  retentionWithVisits(personId: string): Json;
}

/** Texts that bind to secrecy: CASF L.411-3, CSP R.4127-4 and -303, L.4314-3; missions: CASF L.221-6, L.133-5, CSP L.2112-9. */
const SWORN_PROFESSIONS = ["SOCIAL_WORKER", "RECEPTION_SOCIAL_WORKER", "SUPPORT_SOCIAL_WORKER", "DOCTOR", "MIDWIFE", "PAEDIATRIC_NURSE"];
const SWORN_MISSIONS = ["ASE", "CRIP", "PMI", "AIDE_SOCIALE"];

const AT: Moment = { now: new Date(TEST_CLOCK), today: TEST_TODAY };

export function readFacts(): Facts {
  const world = createWorld(TEST_TODAY);
  const files = filesOf(world);
  const known = knownOf(world);
  const conventions = agreementsOf(world).map(({ partyIds, purposes, validFrom, validTo, suspensions }) => ({
    parties: partyIds,
    purposes,
    from: validFrom,
    to: validTo ?? null,
    pauses: suspensions.map(({ from, until }) => ({ from, until: until ?? null })),
  }));
  const secret = secretPeople(world);
  const may: Facts["may"] = (reader, personId, category) => {
    const file = files.get(personId);
    return file !== undefined && read(category, reader, file, AT) === "yes";
  };
  return {
    world,
    readerOf: ({ scope = "", professional, partner, person, purpose }) => ({
      professionalId: professional ?? null,
      partnerId: partner ?? null,
      personId: person ?? null,
      purpose: purpose ?? null,
      scopes: new Set(scope.split(" ")),
      known: known.get(professional ?? "") ?? null,
      conventions: conventions.filter(({ parties }) => parties.includes(partner ?? "")),
    }),
    may,
    isHabilitated: (reader) => readEntry(reader, AT) === "yes",
    retentionWithVisits: (personId) => {
      const { lastContact = null, lastProtectionContact = null, disputed = false, activeMonths = null } = files.get(personId) ?? {};
      const lastContactAt = [lastContact, lastProtectionContact].sort((a, b) => Number(a) - Number(b)).at(-1) ?? null;
      return retentionOf({ lastContactAt, litigationHold: disputed, retentionMonths: activeMonths });
    },
    mayKnowOf: (reader, personId) => (reader.personId !== null ? reader.personId === personId : files.has(personId) && (!secret.has(personId) || may(reader, personId, "CHILD_PROTECTION"))),
  };
}

function filesOf(world: Facts["world"]): ReadonlyMap<string, FileOnPerson> {
  const { people, grants, evaluations } = toDocuments(world, createBlinding(new Uint8Array(32)));
  const teams = new Map(careTeamsOf(world).map(({ personId, members }) => [personId, members]));
  const grantsOf = Map.groupBy(grants, ({ personId }) => personId);
  return new Map(
    people.map(({ _id, departmentCode, birthDate, householdId, householdUntil, lastContactAt, lastProtectionContactAt, protectedOnly, retentionMonths, litigationHold, anonymisedOn }) => [
      _id,
      {
        ...{ id: _id, departmentCode, bornOn: birthDate, homeId: householdId, homeUntil: householdUntil },
        ...{ lastContact: lastContactAt, lastProtectionContact: lastProtectionContactAt, isSecret: protectedOnly },
        ...{ activeMonths: retentionMonths, disputed: litigationHold, anonymisedOn },
        team: (teams.get(_id) ?? []).map((member) => ({ ...member, until: member.until ?? null })),
        grants: (grantsOf.get(_id) ?? []).map(toGrant),
        emergencies: [],
        evaluations: evaluations.map(toEvaluation),
      },
    ]),
  );
}

function knownOf(world: Facts["world"]): ReadonlyMap<string, NonNullable<Reader["known"]>> {
  const rights = new Map(habilitationsOf(world).map((one) => [one.professionalId, one]));
  const kinds = new Map(world.partners.map(({ id, kind }) => [id, kind]));
  return new Map(
    world.professionals.map(({ id, employerId, profession }) => {
      const { missions = [], habilitation = null } = rights.get(id) ?? {};
      const codes = missions.map(({ code }) => code);
      const sworn = SWORN_PROFESSIONS.includes(profession) || codes.some((code) => SWORN_MISSIONS.includes(code));
      const rest = habilitation && { purposes: habilitation.purposes, categories: habilitation.dataCategories, from: habilitation.validFrom, to: habilitation.validTo ?? null };
      return [id, { id, employerId, isMunicipal: kinds.get(employerId) === "COMMUNE", profession, sworn, missions: codes, habilitation: rest }];
    }),
  );
}

/** Whom nothing but a child's protection made known (L4). */
function secretPeople({ people, pathways }: Facts["world"]): ReadonlySet<string> {
  const pathwaysOf = Map.groupBy(pathways, ({ personId }) => personId);
  const isProtecting = ({ steps }: (typeof pathways)[number]): boolean => steps.some(({ kind }) => kind === "CHILD_EVALUATION");
  return new Set(people.map(({ id }) => id).filter((id) => pathwaysOf.get(id)?.every(isProtecting) === true));
}
