// The integrity of the demonstration world: every id leads to a record, every value is one that the subgraphs know.
import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";

import { isSiret } from "../../subgraphs/kit/kit.ts";
import { createWorld } from "../../subgraphs/world/world.ts";

const world = createWorld("2026-03-02");
const steps = world.pathways.flatMap((pathway) => pathway.steps);

describe("ids and codes", () => {
  it("gives every record an id of its own", () => {
    const lists = [world.partners, world.professionals, world.sites, world.teams, world.services, world.households, world.people];
    const rows = [...lists, world.pathways, world.referrals, world.appointments, steps, world.pathways.flatMap((pathway) => pathway.goals)];
    for (const list of rows) expect(new Set(list.map((row) => row.id)).size).toBe(list.length);
  });

  it("leads from every reference to a record", () => {
    expect(danglingReferences()).toEqual([]);
  });

  it("uses only the values that the subgraphs' enums know", () => {
    expect(unknownValues()).toEqual([]);
  });

  it("gives partners SIRET that pass their checks and are unmistakably invented, but for France Travail's", () => {
    const written = world.partners.flatMap((partner) => (partner.siret === null ? [] : [partner.siret]));
    expect(written.filter((siret) => !isSiret(siret))).toEqual([]);
    expect(new Set(written).size).toBe(written.length);
    expect(written.filter((siret) => !siret.startsWith("999"))).toEqual(["13000548100010"]);
    expect(world.partners.filter((partner) => partner.siret === null).length).toBeGreaterThanOrEqual(3);
  });

  it("gives people telephone numbers and addresses that reach nobody", () => {
    const phones = world.people.flatMap((person) => person.phone ?? []);
    expect(phones.filter((phone) => !/^\+3363998\d{4}$/.test(phone))).toEqual([]);
    expect(world.people.flatMap((person) => person.email ?? []).filter((email) => !email.endsWith("@example.org"))).toEqual([]);
  });
});

/** "id → kind id" of every reference that leads nowhere. */
function danglingReferences(): string[] {
  const known = knownIds();
  const dangling: string[] = [];
  const check = (kind: keyof typeof known, from: string, ids: readonly (string | null)[]) => {
    for (const id of ids) if (id !== null && !known[kind].has(id)) dangling.push(`${from} → ${kind} ${id}`);
  };
  for (const row of world.partners) {
    check("commune", row.id, [row.communeCode]);
    check("partner", row.id, [row.parentId]);
  }
  for (const row of world.professionals) {
    check("partner", row.id, [row.employerId]);
    check("site", row.id, row.siteIds);
    check("team", row.id, [row.teamId]);
  }
  for (const row of world.sites) {
    check("commune", row.id, [row.communeCode, ...row.servesCommunes]);
    check("partner", row.id, [row.operatorId, ...row.hostedPartnerIds]);
    check("site", row.id, [row.parentId, ...row.replacesIds]);
  }
  for (const row of world.teams) {
    check("site", row.id, [row.siteId]);
    check("commune", row.id, row.communes);
  }
  for (const row of world.services) {
    check("partner", row.id, [row.providerId]);
    check("site", row.id, row.siteIds);
  }
  for (const row of world.people) {
    check("household", row.id, [row.householdId]);
    check("commune", row.id, [row.communeCode, row.birthCommuneCode]);
  }
  for (const row of world.pathways) {
    const goals = new Set(row.goals.map((goal) => goal.id));
    check("person", row.id, [row.personId]);
    check("professional", row.id, [row.referentId, ...row.goals.flatMap((goal) => goal.coSignedByIds)]);
    for (const step of row.steps) {
      check("partner", step.id, [step.leadPartnerId]);
      check("professional", step.id, step.actors.map((actor) => actor.professionalId));
      check("site", step.id, [step.siteId]);
      check("referral", step.id, [step.referralId]);
      for (const id of step.goalIds) if (!goals.has(id)) dangling.push(`${step.id} → goal ${id}`);
    }
  }
  for (const row of world.referrals) {
    check("person", row.id, [row.personId]);
    check("service", row.id, [row.serviceId]);
    check("partner", row.id, [row.senderId, row.receiverId, ...row.transitions.map((transition) => transition.byPartnerId)]);
    check("referral", row.id, [row.parentReferralId]);
    if (row.senderId === row.receiverId) dangling.push(`${row.id} → itself`);
  }
  for (const row of world.appointments) {
    check("person", row.id, [row.personId]);
    check("site", row.id, [row.siteId]);
    check("step", row.id, [row.stepId]);
    check("professional", row.id, row.professionalIds);
  }
  return dangling;
}

function knownIds() {
  return {
    commune: new Set(world.communes.map((row) => row.code)),
    partner: new Set(world.partners.map((row) => row.id)),
    professional: new Set(world.professionals.map((row) => row.id)),
    site: new Set(world.sites.map((row) => row.id)),
    team: new Set(world.teams.map((row) => row.id)),
    service: new Set(world.services.map((row) => row.id)),
    household: new Set(world.households.map((row) => row.id)),
    person: new Set(world.people.map((row) => row.id)),
    step: new Set(steps.map((row) => row.id)),
    referral: new Set(world.referrals.map((row) => row.id)),
  };
}

/** "Enum value" of everything that the owning subgraph's schema does not list. */
function unknownValues(): string[] {
  const unknown = new Set<string>();
  const check = (subgraph: string, name: string, values: readonly (string | null)[]) => {
    const allowed = enumValues(subgraph, name);
    for (const value of values) if (value !== null && !allowed.has(value)) unknown.add(`${name} ${value}`);
  };
  const goals = world.pathways.flatMap((pathway) => pathway.goals);
  const transitions = world.referrals.flatMap((referral) => referral.transitions);
  check("partners", "PartnerKind", world.partners.map((row) => row.kind));
  check("partners", "StepRole", steps.flatMap((step) => step.actors.map((actor) => actor.role)));
  check("sites", "Profession", world.professionals.map((row) => row.profession));
  check("sites", "SiteKind", world.sites.map((row) => row.kind));
  check("sites", "TeamKind", world.teams.map((row) => row.kind));
  check("sites", "AppointmentKind", world.appointments.map((row) => row.kind));
  check("sites", "AppointmentStatus", world.appointments.map((row) => row.status));
  check("services", "ServiceType", world.services.map((row) => row.type));
  check("services", "ServiceAudience", world.services.map((row) => row.audience));
  check("services", "AreaOfWork", world.services.flatMap((row) => row.areas));
  check("services", "TargetPublic", world.services.flatMap((row) => row.publics));
  check("services", "Priority", world.referrals.map((row) => row.priority));
  check("services", "ReferralStatus", transitions.flatMap((row) => [row.from, row.to]));
  check("services", "RefusalReason", transitions.map((row) => row.reason));
  check("services", "ReferralOutcome", world.referrals.map((row) => row.outcome));
  check("beneficiaries", "TargetPublic", world.people.flatMap((row) => row.publics));
  check("beneficiaries", "HouseholdRole", world.people.map((row) => row.householdRole));
  check("beneficiaries", "PathwayStatus", world.pathways.map((row) => row.status));
  check("beneficiaries", "ClosureReason", world.pathways.map((row) => row.closureReason));
  check("beneficiaries", "GoalStatus", goals.map((row) => row.status));
  check("beneficiaries", "ActionStatus", goals.flatMap((row) => row.actions.map((action) => action.status)));
  check("beneficiaries", "StepKind", steps.map((row) => row.kind));
  check("beneficiaries", "StepStatus", steps.map((row) => row.status));
  check("beneficiaries", "StepOutcome", steps.map((row) => row.outcome));
  return [...unknown];
}

function enumValues(subgraph: string, name: string): Set<string> {
  const document = parse(readFileSync(new URL(`../../subgraphs/${subgraph}/schema.graphql`, import.meta.url), "utf8"));
  const values = document.definitions.flatMap((definition) =>
    definition.kind === "EnumTypeDefinition" && definition.name.value === name
      ? (definition.values ?? []).map((value) => value.name.value)
      : [],
  );
  if (values.length === 0) throw new Error(`The schema of ${subgraph} has no enum ${name}.`);
  return new Set(values);
}
