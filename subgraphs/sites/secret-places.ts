// Places of refuge: who may know where one is, and its address, which is stored sealed. It is known to those who work there
// for whoever runs it, and to the habilitated professionals who act on a step of somebody's pathway that takes place there, as
// long as it goes on: they brought the person there. Everybody else reads null, whether an address is stored or not, after the same
// queries.
import { createGroupLoader, createKeyedLoader, createRowLoader, type Asker, type RequestFacts } from "../kit/kit.ts";
import { whyNotHabilitated } from "../law/law.ts";
import { openField, SealError, type KeyStore, type Place } from "../sealed/sealed.ts";
import type { SitesModels } from "./models.ts";
import type { AddressValue, SiteRow } from "./rows.ts";

export interface Whereabouts {
  /** Whether the caller may know where a place is that must stay secret. */
  mayLocate(siteId: string): Promise<boolean>;
}

/** For one request; nothing is asked for a caller who is no professional. */
export function createWhereabouts(models: SitesModels, { caller, clock }: RequestFacts, asker: () => Promise<Asker>): Whereabouts {
  const { professionalId, partnerId, purpose } = caller;
  if (professionalId === null || partnerId === null) return { mayLocate: async () => false };
  const site = createRowLoader(models.sitesByIds, ({ _id }) => _id);
  const posts = createGroupLoader((ids: readonly string[]) => models.postsHeldBy(professionalId, ids), ({ siteId }) => [siteId]);
  const steps = createGroupLoader((ids: readonly string[]) => models.stepsActedOnBy(professionalId, ids, clock.today()), ({ siteId }) => (siteId === null ? [] : [siteId]));
  return {
    mayLocate: async (siteId) => {
      const [row, held, acted, who] = await Promise.all([site.load(siteId), posts.load(siteId), steps.load(siteId), asker()]);
      if (row === null) return false;
      const worksThere = held.length > 0 && [row.operator.id, ...row.hostedPartnerIds].includes(partnerId);
      return worksThere || (acted.length > 0 && purpose !== null && OF_REFERRING.has(purpose) && whyNotHabilitated(who, who) === null);
    },
  };
}

/** For what somebody who brought a person to a refuge needs its address. */
const OF_REFERRING: ReadonlySet<string> = new Set(["SUPPORT", "REFERRAL"]);

/** The addresses that are stored sealed; null where none is, or its key was destroyed. Throws SealError. */
export function openAddresses(models: SitesModels, keys: Pick<KeyStore, "load">): (site: SiteRow) => Promise<AddressValue | null> {
  const row = createRowLoader(models.secretAddressesOf, ({ _id }) => _id);
  const key = createKeyedLoader((ids: readonly string[]) => keys.load(ids));
  return async ({ _id }) => {
    const [stored, own] = await Promise.all([row.load(_id), key.load(_id)]);
    if (own instanceof SealError) throw own;
    return stored === null || own === null ? null : (JSON.parse(openField(own, stored.address, placeOfAddress(_id))) as AddressValue);
  };
}

export function placeOfAddress(siteId: string): Place {
  return { collection: "secretAddresses", id: siteId, path: "address" };
}
