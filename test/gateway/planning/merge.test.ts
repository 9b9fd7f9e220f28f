// Fetches of one stage from one subgraph, before and after they become one. The plans before are Apollo's own.
import { describe, expect, it } from "@jest/globals";

import { openPlans } from "./plans.ts";

const LIBRARY = {
  books: `
    type Query { book(id: ID!): Book  shelf: Shelf }
    type Book @key(fields: "id") { id: ID! title: String writer: Person reader: Person }
    type Shelf @key(fields: "id") { id: ID! first: Book }
    type Person @key(fields: "id", resolvable: false) { id: ID! }`,
  people: `
    type Person @key(fields: "id") { id: ID! name(form: String): String home: Town }
    type Shelf @key(fields: "id") { id: ID! owner: Person }
    type Town @key(fields: "id", resolvable: false) { id: ID! }`,
  towns: `
    type Town @key(fields: "id") { id: ID! size: Int }
    type Book @key(fields: "id") { id: ID! soldIn: Town }`,
};

async function printShape(query: string, optimized: boolean): Promise<string> {
  const { print } = await openPlans("apollo", LIBRARY);
  return shapeOf(print(query, optimized));
}

/** Without documents. */
function shapeOf(text: string): string {
  const lines = text.split("\n").filter((line) => /^ *(Fetch|Parallel|Sequence|If|_e\w+\(\$)/.test(line));
  return lines.map((line) => line.replace(/ \{$/, "").replace(/\(\$\w+\) of/, " of").replace(/ (query|with \$\w+)/g, "").replaceAll("... on ", "").replaceAll(" { __typename id }", "")).join("\n");
}

describe("merging", () => {
  it("asks in one field for entities that differ in their place only", async () => {
    const query = "{ book(id: 1) { writer { name } reader { name } } }";
    expect(await printShape(query, false)).toBe(`Sequence
  Fetch from books
  Parallel
    Fetch from people
      _entities of book.writer: Person
    Fetch from people
      _entities of book.reader: Person`);
    expect(await printShape(query, true)).toBe(`Sequence
  Fetch from books
  Fetch from people
    _entities of book.writer and book.reader: Person`);
  });

  it("asks in a field each for other selections and types, with the client's variables once", async () => {
    const { print } = await openPlans("apollo", LIBRARY);
    const text = print("query($f: String) { book(id: 1) { writer { name(form: $f) } reader { name(form: $f) home { id } } } shelf { owner { name } } }");
    expect(text.slice(text.indexOf("Fetch query from people"))).toBe(`Fetch query from people with $f {
    _e0($_r0) of book.writer: ... on Person { __typename id }
    _e1($_r1) of book.reader: ... on Person { __typename id }
    _e2($_r2) of shelf: ... on Shelf { __typename id }
    query ($_r0: [_Any!]!, $_r1: [_Any!]!, $_r2: [_Any!]!, $f: String) {
      _e0: _entities(representations: $_r0) {
        ... on Person {
          name(form: $f)
        }
      }
      _e1: _entities(representations: $_r1) {
        ... on Person {
          name(form: $f)
          home {
            id
          }
        }
      }
      _e2: _entities(representations: $_r2) {
        ... on Shelf {
          owner {
            name
          }
        }
      }
    }
  }
}
`);
  });

  it("lets what followed one fetch follow the merged one, and merges that again", async () => {
    const query = "{ book(id: 1) { soldIn { size } writer { home { size } } reader { name home { size } } } }";
    expect(await printShape(query, false)).toBe(`Sequence
  Fetch from books
  Parallel
    Fetch from towns
      _entities of book: Book
    Sequence
      Fetch from people
        _entities of book.writer: Person
      Fetch from towns
        _entities of book.writer.home: Town
    Sequence
      Fetch from people
        _entities of book.reader: Person
      Fetch from towns
        _entities of book.reader.home: Town`);
    expect(await printShape(query, true)).toBe(`Sequence
  Fetch from books
  Parallel
    Fetch from towns
      _entities of book: Book
    Sequence
      Fetch from people
        _e0 of book.writer: Person
        _e1 of book.reader: Person
      Fetch from towns
        _entities of book.writer.home and book.reader.home: Town`);
  });

  it("leaves fetches apart that stand under different conditions", async () => {
    expect(await printShape("query($x: Boolean!) { book(id: 1) { writer @include(if: $x) { name } reader { name } } }", true)).toBe(`Sequence
  Fetch from books
  Parallel
    If $x
      Fetch from people
        _entities of book.writer: Person
    Fetch from people
      _entities of book.reader: Person`);
  });
});
