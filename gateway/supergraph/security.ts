// Which names the three authorisation features go by in a supergraph. `@link` may rename a directive (`import … as`) or
// a whole feature (`as`); a gateway that looked for fixed names would serve renamed protection unprotected
// (GHSA-g8jh-vg5j-4h3f).
import { Kind, visit, type ConstDirectiveNode, type ConstValueNode, type DocumentNode } from "graphql";

export type SecurityKind = "authenticated" | "requiresScopes" | "policy";

/** Names without `@`. */
export interface SecurityNames {
  /** Directive name → what it means. */
  readonly directives: ReadonlyMap<string, SecurityKind>;
  /** Scalars of the features' arguments. */
  readonly scalars: ReadonlySet<string>;
}

const FEATURE = /^https:\/\/specs\.apollo\.dev\/(authenticated|requiresScopes|policy)\/v0\.\d+$/;
const SCALARS: Readonly<Record<SecurityKind, string | null>> = { authenticated: null, requiresScopes: "Scope", policy: "Policy" };

export function readSecurityNames(document: DocumentNode): SecurityNames {
  const directives = new Map<string, SecurityKind>();
  const scalars = new Set<string>();
  for (const link of linksOf(document)) {
    const kind = featureOf(link);
    if (kind === null) continue;
    const prefix = textOf(argumentOf(link, "as")) ?? kind;
    const imports = readImports(argumentOf(link, "import"));
    directives.set(imports.get(`@${kind}`)?.slice(1) ?? prefix, kind);
    const scalar = SCALARS[kind];
    if (scalar !== null) scalars.add(imports.get(scalar) ?? `${prefix}__${scalar}`);
  }
  return { directives, scalars };
}

const CONTEXT = "https://specs.apollo.dev/context/";

/** What @context goes by: whatever is set by it leaves the type that it stands on, under another name too. */
export function readContextNames(document: DocumentNode): ReadonlySet<string> {
  const names = namesOfDirective(document, "context", (url) => url.startsWith(CONTEXT));
  return new Set(["context", ...names]);
}

/** What the directive that a feature is named for goes by, without `@`: imported under a name, or with the feature's own. */
export function namesOfDirective(document: DocumentNode, directive: string, isFeature: (url: string) => boolean): string[] {
  return linksOf(document).flatMap((link) => {
    if (!isFeature(urlOf(link) ?? "")) return [];
    const prefix = textOf(argumentOf(link, "as")) ?? directive;
    return readImports(argumentOf(link, "import")).get(`@${directive}`)?.slice(1) ?? prefix;
  });
}

/**
 * The supergraph without the three features, for an executor that does not know them and would refuse to start. Every
 * other feature stays, so that one for SECURITY that nobody enforces still stops the start.
 */
export function withoutSecurity(document: DocumentNode): DocumentNode {
  const { directives, scalars } = readSecurityNames(document);
  if (directives.size === 0) return document;
  return visit(document, {
    Directive: (node) => (directives.has(node.name.value) || featureOf(node) !== null ? null : undefined),
    DirectiveDefinition: (node) => (directives.has(node.name.value) ? null : undefined),
    ScalarTypeDefinition: (node) => (scalars.has(node.name.value) ? null : undefined),
  });
}

function linksOf(document: DocumentNode): readonly ConstDirectiveNode[] {
  return document.definitions.flatMap((node) =>
    node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION ? (node.directives ?? []) : [],
  );
}

/** The feature that a `@link` brings in; null for other features and other directives. */
function featureOf(node: DirectiveLike): SecurityKind | null {
  if (node.name.value !== "link" && node.name.value !== "core") return null;
  const url = urlOf(node);
  const [, kind] = url === null ? [] : (FEATURE.exec(url) ?? []);
  return kind === "authenticated" || kind === "requiresScopes" || kind === "policy" ? kind : null;
}

function urlOf(node: DirectiveLike): string | null {
  return textOf(argumentOf(node, "url") ?? argumentOf(node, "feature"));
}

/** Imported name → the name that it goes by here. */
function readImports(value: ArgumentValue | undefined): ReadonlyMap<string, string> {
  const imports = new Map<string, string>();
  for (const item of value?.kind === Kind.LIST ? value.values : []) {
    if (item.kind === Kind.STRING) imports.set(item.value, item.value);
    if (item.kind !== Kind.OBJECT) continue;
    const name = textOf(item.fields.find((field) => field.name.value === "name")?.value);
    const as = textOf(item.fields.find((field) => field.name.value === "as")?.value);
    if (name !== null) imports.set(name, as ?? name);
  }
  return imports;
}

type ArgumentValue = ConstValueNode | { readonly kind: Kind.VARIABLE };
type DirectiveLike = {
  readonly name: { readonly value: string };
  readonly arguments?: readonly { readonly name: { readonly value: string }; readonly value: { readonly kind: Kind } }[] | undefined;
};

function argumentOf(node: DirectiveLike, name: string): ConstValueNode | undefined {
  // A supergraph is a schema document, where values are constant.
  return node.arguments?.find((argument) => argument.name.value === name)?.value as ConstValueNode | undefined;
}

function textOf(value: ArgumentValue | undefined): string | null {
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : null;
}
