// What *partners* tells the others of its rows, so that they decide by themselves: no names, no labels, no communes.
import type { Directory } from "../directory/directory.ts";
import { secrecyBasisOf } from "../law/law.ts";
import type { AgreementRow, PartnerRow, ProfessionalRow } from "./rows.ts";

export interface DirectoryRows {
  readonly partners: readonly Pick<PartnerRow, "_id" | "kind" | "retentionMonths">[];
  readonly professionals: readonly Omit<ProfessionalRow, "displayName">[];
  readonly agreements: readonly AgreementRow[];
}

/** In the order of the rows. */
export function toDirectory({ partners, professionals, agreements }: DirectoryRows): Directory {
  const kinds = new Map(partners.map(({ _id, kind }) => [_id, kind]));
  return {
    standings: professionals.map(({ _id, employerId, profession, missions, habilitation }) => ({
      id: _id,
      partnerId: employerId,
      partnerKind: kinds.get(employerId) ?? "OTHER",
      profession,
      secrecyBasis: secrecyBasisOf({ profession, missions }),
      missions: missions.map(({ code }) => code),
      habilitation: habilitation === undefined ? null : toHabilitation(habilitation),
    })),
    agreements: agreements.map(({ _id, partyIds, purposes, validFrom, validTo, suspensions }) => ({
      id: _id,
      partyIds,
      purposes,
      validFrom,
      validTo: validTo ?? null,
      suspensions: suspensions.map(({ from, until }) => ({ from, until: until ?? null })),
    })),
    retention: partners.filter(({ kind }) => kind === "DEPARTMENT_COUNCIL").map(({ _id, retentionMonths }) => ({ holderId: _id, months: retentionMonths ?? null })),
  };
}

function toHabilitation({ purposes, dataCategories, validFrom, validTo }: NonNullable<ProfessionalRow["habilitation"]>): Directory["standings"][number]["habilitation"] {
  return { purposes, dataCategories, validFrom, validTo: validTo ?? null };
}
