// Policy tables that each differ from the original in one line.
import { DATA_CATEGORIES, never, ofNobody, open, type DataCategory, type FieldRule, type PersonRule, type Policy, type TypeRule } from "../../subgraphs/law/law.ts";

export interface PolicyMutant {
  readonly name: string;
  readonly policy: Policy;
  /** What the changed line rests on. */
  readonly near: DataCategory | null;
}

/** Each line flipped to each other verdict that it could have. */
export function mutatePolicy(policy: Policy): PolicyMutant[] {
  return Object.entries(policy).flatMap(([type, rule]) => mutateType(type, rule).map(({ name, rule: changed, near = null }) => ({ name: `${type}${name}`, policy: withRule(policy, type, changed), near })));
}

interface TypeChange {
  readonly name: string;
  /** Null: without the line. */
  readonly rule: TypeRule | null;
  readonly near?: DataCategory | null;
}

function withRule(policy: Policy, type: string, rule: TypeRule | null): Policy {
  const { [type]: _, ...others } = policy;
  return rule === null ? others : { ...others, [type]: rule };
}

function mutateType(type: string, rule: TypeRule): TypeChange[] {
  const gone: TypeChange = { name: " has no line", rule: null };
  if (rule.kind === "public") return [gone, { name: " is a part", rule: { kind: "part", of: `${type}.x`, fields: [] } }];
  if (rule.kind === "part") return [gone, { name: " is public", rule: { kind: "public", why: "mutant" } }, { name: " is part of another", rule: { ...rule, of: "Query.nothing" } }];
  if (rule.kind === "root") return [gone, ...Object.keys(rule.fields).map((field) => ({ name: `.${field} has no line`, rule: { ...rule, fields: without(rule.fields, field) } }))];
  return [
    gone,
    { name: " is public", rule: { kind: "public", why: "mutant" } },
    // Where nothing is decided, it does not matter about whom.
    ...(rule.subject !== ofNobody && Object.values(rule.fields).some(({ kind }) => kind === "category") ? [{ name: " is about nobody", rule: { ...rule, subject: () => ({ personId: null }) } }] : []),
    ...mutateInside(rule),
    ...Object.entries(rule.fields).flatMap(([field, line]) => mutateField(rule, field, line)),
    ...Object.keys(rule.fields).map((field) => ({ name: `.${field} has no line`, rule: { ...rule, fields: without(rule.fields, field) } })),
  ];
}

function mutateField(rule: PersonRule, field: string, line: FieldRule): TypeChange[] {
  const tells = Object.values(rule.fields).some(({ kind }) => kind === "withheld");
  // Where nothing says what is hidden, and nobody's reading is refused, a reason is heard by nobody.
  const isHeard = tells || rule.subject !== ofNobody;
  const changes = mutateLine(line, tells).filter(({ name }) => name !== OTHERWISE || isHeard);
  return changes.map(({ name, line: changed, near }) => ({
    name: `.${field} ${name}`,
    rule: { ...rule, fields: { ...rule.fields, [field]: changed } },
    near: near ?? (line.kind === "category" ? line.category : null),
  }));
}

function mutateInside(rule: PersonRule): TypeChange[] {
  const [{ inside, ...outside }, { among, ...alone }] = [rule, rule];
  return [
    ...(inside === undefined ? [] : [{ name: " is inside of nothing", rule: outside }]),
    ...(among === undefined ? [] : [{ name: " is among no rows", rule: alone }]),
  ];
}

const OTHERWISE = "is told otherwise";

interface LineChange {
  readonly name: string;
  readonly line: FieldRule;
  readonly near?: DataCategory;
}

/** `tells`: whether the type says what it hides; where it does not, no row of it is told of. */
function mutateLine(line: FieldRule, tells: boolean): LineChange[] {
  const law = { rule: "L1", article: "mutant" } as const;
  switch (line.kind) {
    case "open":
      return [{ name: "is never read", line: never("L1", "mutant") }, { name: "rests on FINANCE", line: { kind: "category", category: "FINANCE", ...law } }];
    case "never":
      return [{ name: "is open", line: open("mutant") }, { name: "rests on IDENTITY", line: { kind: "category", category: "IDENTITY", ...law } }];
    case "reserved":
      return [
        { name: "is open", line: open("mutant") },
        { name: "is never read", line: never("L1", "mutant") },
        { name: "opens to nobody", line: { ...line, isOpen: () => false } },
        { name: OTHERWISE, line: { ...line, reason: "ARCHIVED" } },
      ];
    case "category":
      return [
        { name: "is open", line: open("mutant") },
        { name: "is never read", line: never("L1", "mutant") },
        ...othersThan(line.category).map((category) => ({ name: `rests on ${category}`, line: { ...line, category } })),
        ...mutateRows(line, tells),
      ];
    case "withheld":
      return Object.entries(line.others).flatMap(([field, other]) => [
        { name: `does not tell of ${field}`, line: { ...line, others: without(line.others, field) }, near: other.category },
        ...othersThan(other.category).map((category) => ({ name: `tells of ${field} by ${category}`, line: { ...line, others: { ...line.others, [field]: { ...other, category } } }, near: other.category })),
        { name: `tells of ${field} by other scopes`, line: { ...line, others: { ...line.others, [field]: mutateScopes(other) } } },
      ]);
  }
}

function mutateRows(line: FieldRule & { readonly kind: "category" }, tells: boolean): LineChange[] {
  const { rows, ...plain } = line;
  if (rows === undefined) return [];
  return [
    { name: "has rows of one category", line: plain },
    { name: "has rows of CONTACT", line: { ...line, rows: { ...rows, categoryOf: () => "CONTACT" } } },
    ...(tells ? [{ name: rows.secret === true ? "tells of secret rows" : "keeps rows secret", line: { ...line, rows: { ...rows, secret: rows.secret !== true } } }] : []),
  ];
}

function mutateScopes<Other extends { readonly category: DataCategory; readonly scopes?: readonly (readonly string[])[] }>(other: Other): Other {
  const { scopes, ...rest } = other;
  return (scopes === undefined ? { ...rest, scopes: [["no:such"]] } : rest) as Other;
}

/** The two that follow it. */
function othersThan(category: DataCategory): DataCategory[] {
  const at = DATA_CATEGORIES.indexOf(category);
  return [...DATA_CATEGORIES, ...DATA_CATEGORIES].slice(at + 1, at + 3);
}

function without<Value>(record: Readonly<Record<string, Value>>, name: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([one]) => one !== name));
}
