// A federation of four subgraphs, the one on which federation gateways are commonly compared: accounts, inventory,
// products and reviews. Its data are computed from ids, so that answers of any size can be asked for.
import { readFileSync } from "node:fs";

import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse, type GraphQLSchema } from "graphql";

export const SHOP_SUBGRAPHS = ["accounts", "inventory", "products", "reviews"] as const;
export type ShopSubgraph = (typeof SHOP_SUBGRAPHS)[number];

/**
 * Stands where a value may be replaced by a counter of the same length when answers are to change; never in what another
 * subgraph requires, so that requests stay the same.
 */
export const SLOT = "7000000";

export function createShopSchema(name: ShopSubgraph): GraphQLSchema {
  const typeDefs = parse(readFileSync(new URL(`${name}.graphql`, import.meta.url), "utf8"));
  return buildSubgraphSchema([{ typeDefs, resolvers: RESOLVERS[name] }]);
}

/**
 * A cluster is 6 users who wrote 18 reviews of 9 products, two of each; nothing leads from one cluster to another. Plain
 * @apollo/gateway sends 438 representations of these 33 for the wide tree.
 */
const USERS = 6;
const PRODUCTS = 9;
const REVIEWS = 18;

/** Of such a length that the wide tree's answer has 90 kB. */
const BODY =
  "I have worked with it through a whole winter and would take it again: it is heavier than it looks, it wants oil once " +
  "a month, and the manual takes more for granted than it should, but it has never given a wrong figure, and when a " +
  "wheel broke in March the new one came within the week and fitted at once.";

interface Reference {
  readonly id: string;
}

interface ProductReference {
  readonly upc: string;
}

const RESOLVERS = {
  accounts: {
    Query: {
      users: (_: unknown, { clusters }: { readonly clusters: number }) => range(clusters * USERS).map(accountOf),
      user: (_: unknown, { id }: Reference) => accountOf(numberOf(id)),
    },
    User: { __resolveReference: ({ id }: Reference) => accountOf(numberOf(id)) },
  },
  inventory: {
    Product: {
      __resolveReference: (product: ProductReference) => ({ ...product, ...stockOf(numberOf(product.upc)) }),
    },
  },
  products: {
    Query: { topProducts: (_: unknown, { first }: { readonly first: number }) => range(first).map(productOf) },
    Product: { __resolveReference: ({ upc }: ProductReference) => productOf(numberOf(upc)) },
  },
  reviews: {
    Mutation: {
      addReview: (_: unknown, { upc, body }: { readonly upc: string; readonly body: string }) => ({ ...reviewOf(numberOf(upc)), body, product: { upc } }),
    },
    User: {
      __resolveReference: ({ id }: Reference) => ({ id, username: accountOf(numberOf(id)).username }),
      reviews: ({ id }: Reference) => reviewsWhere(Math.floor(numberOf(id) / USERS), (review) => review.author.id === id),
      numberOfReviews: ({ id }: Reference) => reviewsWhere(Math.floor(numberOf(id) / USERS), (review) => review.author.id === id).length,
    },
    Product: {
      __resolveReference: ({ upc }: ProductReference) => ({ upc }),
      reviews: ({ upc }: ProductReference) => reviewsWhere(Math.floor(numberOf(upc) / PRODUCTS), (review) => review.product.upc === upc),
    },
  },
};

function accountOf(index: number) {
  return {
    id: `u${index}`,
    name: `Ada Lovelace ${SLOT}`,
    username: `ada.lovelace.${index}`,
    birthday: 1815 + index,
    city: "Issy-les-Moulineaux",
    country: "France",
    language: "fr",
    memberSince: 2001 + index,
  };
}

function productOf(index: number) {
  return { upc: `p${index}`, name: `Difference engine ${SLOT}`, price: 899 + index, weight: 100 + index, brand: "Analytical", colour: "brass" };
}

function stockOf(index: number) {
  return { inStock: index % 2 === 0, shippingEstimate: Number(SLOT), warehouse: `w${index % 7}` };
}

function reviewOf(index: number) {
  const cluster = Math.floor(index / REVIEWS);
  const place = index % REVIEWS;
  const author = accountOf(cluster * USERS + (place % USERS));
  return {
    id: `r${index}`,
    body: `${BODY} ${SLOT}`,
    stars: index % 5,
    product: { upc: `p${cluster * PRODUCTS + (place % PRODUCTS)}` },
    author: { id: author.id, username: author.username },
  };
}

function reviewsWhere(cluster: number, keep: (review: ReturnType<typeof reviewOf>) => boolean) {
  return range(REVIEWS)
    .map((place) => reviewOf(cluster * REVIEWS + place))
    .filter(keep);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** `u12` → 12. */
function numberOf(id: string): number {
  return Number(id.slice(1));
}
