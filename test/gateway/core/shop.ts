// A shop in three subgraphs — users, catalogue, reviews — over one set of data, which the tests also run as one schema.
import type { SubgraphSource } from "./federation.ts";

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@interfaceObject", "@override", "@inaccessible", "@authenticated", "@requiresScopes", "@policy"])`;

interface User {
  readonly __typename: "User";
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly salary: number;
  readonly nickname: string | null;
  readonly manager: () => User | null;
  readonly reviews: () => Review[];
}

interface Item {
  readonly __typename: "Book" | "Film";
  readonly id: string;
  readonly title: string;
  readonly price: number;
  readonly cost: number;
  readonly pages?: number;
  readonly minutes?: number;
  readonly maker: () => User | null;
  readonly reviews: () => Review[];
  readonly label: string;
}

interface Review {
  readonly __typename: "Review";
  readonly id: string;
  readonly text: string;
  readonly stars: number;
  readonly author: () => User | null;
  readonly item: () => Item | null;
}

const USERS: readonly User[] = [
  user("u1", { name: "Ada", nickname: "countess", managerId: null }),
  user("u2", { name: "Bob", nickname: null, managerId: "u1" }),
  user("u3", { name: "Cleo", nickname: "C", managerId: "u2" }),
];

const ITEMS: readonly Item[] = [
  item("b1", "Book", { title: "Graphs", makerId: "u1" }),
  item("b2", "Book", { title: "Trees", makerId: "u2" }),
  item("f1", "Film", { title: "Edges", makerId: "u3" }),
  item("f2", "Film", { title: "Nobody", makerId: null }),
];

const REVIEWS: readonly Review[] = [
  review("r1", { authorId: "u1", itemId: "b2", stars: 5 }),
  review("r2", { authorId: "u2", itemId: "b1", stars: 3 }),
  review("r3", { authorId: "u2", itemId: "f1", stars: 1 }),
  review("r4", { authorId: "u3", itemId: "b1", stars: 4 }),
];

function user(id: string, facts: { name: string; nickname: string | null; managerId: string | null }): User {
  const { name, nickname, managerId } = facts;
  const email = `${name.toLowerCase()}@shop.example`;
  return {
    __typename: "User", id, name, email, salary: 1000 + name.length, nickname,
    manager: () => findUser(managerId),
    reviews: () => REVIEWS.filter((one) => one.author()?.id === id),
  };
}

function item(id: string, kind: Item["__typename"], facts: { title: string; makerId: string | null }): Item {
  const { title, makerId } = facts;
  return {
    __typename: kind, id, title, price: title.length * 10, cost: title.length * 7,
    ...(kind === "Book" ? { pages: title.length * 100 } : { minutes: title.length * 20 }),
    maker: () => findUser(makerId),
    reviews: () => REVIEWS.filter((one) => one.item()?.id === id),
    label: `${title} costs ${title.length * 10}`,
  };
}

function review(id: string, facts: { authorId: string; itemId: string; stars: number }): Review {
  return { __typename: "Review", id, text: `${id} says ${facts.stars}`, stars: facts.stars, author: () => findUser(facts.authorId), item: () => findItem(facts.itemId) };
}

function findUser(id: string | null): User | null {
  return USERS.find((one) => one.id === id) ?? null;
}

function findItem(id: string): Item | null {
  return ITEMS.find((one) => one.id === id) ?? null;
}

function search({ text }: { text: string }): (User | Item)[] {
  return [...ITEMS.filter((one) => one.title.includes(text)), ...USERS.filter((one) => one.name.includes(text))];
}

/** The same data for an executor over the whole API schema. */
export const WHOLE = {
  user: ({ id }: { id: string }) => findUser(id),
  users: () => USERS,
  items: ({ kind }: { kind?: string | null }) => ITEMS.filter((one) => kind == null || one.__typename.toUpperCase() === kind),
  item: ({ id }: { id: string }) => findItem(id),
  search,
  review: ({ id }: { id: string }) => REVIEWS.find((one) => one.id === id) ?? null,
  topReviews: ({ first }: { first: number }) => REVIEWS.slice(0, first),
};

const users: SubgraphSource = {
  sdl: `${LINK}
    type Query { user(id: ID!): User  users: [User!]! }
    type User @key(fields: "id") {
      id: ID!
      name: String!
      email: String @requiresScopes(scopes: [["email:read"]])
      salary: Int @authenticated
      nickname: String
      manager: User
    }`,
  resolvers: {
    Query: { user: (_: unknown, { id }: { id: string }) => findUser(id), users: () => USERS },
    User: { __resolveReference: ({ id }: { id: string }) => findUser(id) },
  },
};

const catalogue: SubgraphSource = {
  sdl: `${LINK}
    enum Kind { BOOK FILM }
    type Query { items(kind: Kind): [Item!]!  item(id: ID!): Item  search(text: String!): [Found!]! }
    interface Item @key(fields: "id") { id: ID!  title: String!  price: Int!  cost: Int  maker: User }
    type Book implements Item @key(fields: "id") { id: ID!  title: String!  price: Int!  cost: Int @requiresScopes(scopes: [["cost:read"], ["admin", "audit"]])  maker: User  pages: Int }
    type Film implements Item @key(fields: "id") { id: ID!  title: String!  price: Int!  cost: Int  maker: User  minutes: Int }
    union Found = Book | Film | User
    type User @key(fields: "id", resolvable: false) { id: ID! }`,
  resolvers: {
    Query: {
      items: (_: unknown, args: { kind?: string | null }) => WHOLE.items(args),
      item: (_: unknown, { id }: { id: string }) => findItem(id),
      search: (_: unknown, args: { text: string }) => search(args),
    },
    Item: { __resolveReference: ({ id }: { id: string }) => findItem(id) },
    Book: { __resolveReference: ({ id }: { id: string }) => findItem(id) },
    Film: { __resolveReference: ({ id }: { id: string }) => findItem(id) },
  },
};

const reviews: SubgraphSource = {
  sdl: `${LINK}
    type Query { review(id: ID!): Review  topReviews(first: Int! = 2): [Review!]! }
    type Review @key(fields: "id") { id: ID!  text: String!  stars: Int!  author: User  item: Item }
    type User @key(fields: "id") { id: ID!  reviews: [Review!] }
    type Item @interfaceObject @key(fields: "id") { id: ID!  reviews: [Review!]  title: String! @external  price: Int! @external  label: String @requires(fields: "title price") }`,
  resolvers: {
    Query: { review: (_: unknown, args: { id: string }) => WHOLE.review(args), topReviews: (_: unknown, args: { first: number }) => WHOLE.topReviews(args) },
    User: { reviews: ({ id }: { id: string }) => findUser(id)?.reviews() ?? null },
    Item: {
      __resolveReference: (stub: object) => stub,
      reviews: ({ id }: { id: string }) => findItem(id)?.reviews() ?? null,
      label: ({ title, price }: { title: string; price: number }) => `${title} costs ${price}`,
    },
    Review: { item: (one: Review) => ({ id: one.item()?.id }), author: (one: Review) => ({ id: one.author()?.id }) },
  },
};

export const SHOP = { users, catalogue, reviews };
