// What *services* holds about a person: referrals. When the file ends they are counted on, without days, texts and history.
import type { Ending, PersonTable } from "../kit/kit.ts";
import type { ReferralRow } from "./rows.ts";

export const personData: readonly PersonTable[] = [
  {
    collection: "referrals",
    rowsOf: (personId) => ({ personId }),
    keep: toCountedReferral,
    hides: ({ _id, childProtection }: ReferralRow, without) => childProtection === true || without.has(_id),
    notExported: {
      createdMonth: "Mois de `createdAt`, pour les statistiques.",
      themeCategories: "Du service du catalogue, pour les statistiques.",
      serviceType: "Du service du catalogue, pour les statistiques.",
      siteIds: "Du service du catalogue, pour les statistiques.",
    },
  },
];

/** Never sent, it is in nobody's inbox; its month and what reports group by stay (`referral-stats.ts`). */
function toCountedReferral(referral: ReferralRow, { counts, newId }: Ending): ReferralRow | null {
  if (!counts) return null;
  const { childProtection, ...rest } = referral;
  const { _id, createdMonth } = rest;
  return {
    ...rest,
    ...{ _id: newId(`referral ${_id}`), personId: newId("person"), parentReferralId: null },
    ...{ createdAt: new Date(`${createdMonth}-01T00:00:00.000Z`), createdOn: `${createdMonth}-01` },
    ...{ purpose: "Anonymisé", sentAt: null, respondedAt: null, closedAt: null, inStudy: false, history: [] },
  };
}
