// The directory of the demonstration world: what each subgraph is seeded with, and what *partners* then answers.
import { secrecyBasisOf } from "../law/law.ts";
import { agreementsOf, habilitationsOf, retentionMonthsOf, type World } from "../world/world.ts";
import type { Directory, Standing } from "./document.ts";

export function directoryOf(world: World): Directory {
  return {
    standings: standingsOf(world),
    agreements: agreementsOf(world).map(({ id, partyIds, purposes, validFrom, validTo, suspensions }) => ({
      id,
      partyIds,
      purposes,
      validFrom,
      validTo: validTo ?? null,
      suspensions: suspensions.map(({ from, until }) => ({ from, until: until ?? null })),
    })),
    retention: world.partners.filter(({ kind }) => kind === "DEPARTMENT_COUNCIL").map(({ id, kind }) => ({ holderId: id, months: retentionMonthsOf(kind) })),
  };
}

function standingsOf(world: World): Standing[] {
  const known = new Map(habilitationsOf(world).map((one) => [one.professionalId, one]));
  const kinds = new Map(world.partners.map(({ id, kind }) => [id, kind]));
  return world.professionals.map(({ id, employerId, profession }) => {
    const { missions = [], habilitation = null } = known.get(id) ?? {};
    return {
      id,
      partnerId: employerId,
      partnerKind: kinds.get(employerId) ?? "OTHER",
      profession,
      secrecyBasis: secrecyBasisOf({ profession, missions }),
      missions: missions.map(({ code }) => code),
      habilitation: habilitation && {
        purposes: habilitation.purposes,
        dataCategories: habilitation.dataCategories,
        validFrom: habilitation.validFrom,
        validTo: habilitation.validTo ?? null,
      },
    };
  });
}
