// For each rule of composition, what usually mends it. Rules: the error codes of Apollo Federation 2.

/** One sentence; a general one for a rule that has none of its own. */
export function adviceFor(rule: string): string {
  return Object.hasOwn(ADVICE, rule) ? (ADVICE[rule] ?? GENERAL) : GENERAL;
}

const GENERAL = "compare the lines above in each subgraph; the rule is described in the error codes of Apollo Federation 2.";

const ADVICE: Readonly<Record<string, string>> = {
  // The schema by itself
  INVALID_GRAPHQL: "correct the schema at the line above; it must be valid GraphQL SDL by itself, and each directive of federation imported by @link.",
  UNKNOWN_FEDERATION_LINK_VERSION: "link a version of federation that this composer knows, such as https://specs.apollo.dev/federation/v2.7.",
  UNSUPPORTED_LINKED_FEATURE: "remove the @link to this feature, or link the version and options that this composer supports.",
  INVALID_LINK_DIRECTIVE_USAGE: "write the link as `extend schema @link(url: \"https://specs.apollo.dev/federation/v2.7\", import: [\"@key\"])`.",
  INVALID_LINK_IDENTIFIER: "write the link's url as https://specs.apollo.dev/NAME/vMAJOR.MINOR.",
  LINK_IMPORT_NAME_MISMATCH: "import the directive under the same name in every subgraph.",
  INVALID_SUBGRAPH_NAME: "give each subgraph a name of its own that is not a single underscore.",
  NO_QUERIES: "give at least one subgraph a `type Query` with a field.",
  ROOT_QUERY_USED: "rename the ordinary type called `Query`, or make it the schema's query type.",
  ROOT_MUTATION_USED: "rename the ordinary type called `Mutation`, or make it the schema's mutation type.",
  ROOT_SUBSCRIPTION_USED: "rename the ordinary type called `Subscription`, or make it the schema's subscription type.",

  // Keys and references
  KEY_INVALID_FIELDS: "name only fields that the type has in this same subgraph, in @key(fields: \"…\").",
  KEY_FIELDS_HAS_ARGS: "key the type by fields without arguments.",
  KEY_FIELDS_SELECT_INVALID_TYPE: "key the type by scalars, or by scalars of a nested object; not by lists, interfaces or unions.",
  KEY_INVALID_FIELDS_TYPE: "write the fields of @key as one string.",
  INTERFACE_KEY_NOT_ON_IMPLEMENTATION: "repeat the interface's @key on each type that implements it in this subgraph.",
  INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE: "define every implementation of the interface in the subgraph that has its @key, or use @interfaceObject there.",
  INTERFACE_OBJECT_USAGE_ERROR: "put @interfaceObject on an object type with @key, in a subgraph that defines no implementation of the interface.",
  SATISFIABILITY_ERROR:
    "let the subgraphs named above reach the field: add a @key (without resolvable: false) that both have to the type in the subgraph which owns the field, or define the field where it is missing.",

  // External, requires, provides
  EXTERNAL_UNUSED: "remove the @external field, or use it in a @key, @requires or @provides of this subgraph.",
  EXTERNAL_MISSING_ON_BASE: "define the field without @external in the subgraph that owns it, or correct its name here.",
  EXTERNAL_TYPE_MISMATCH: "give the @external field the type that its owner gives it.",
  EXTERNAL_ARGUMENT_MISSING: "repeat the arguments of the owner's field on the @external one.",
  EXTERNAL_ARGUMENT_TYPE_MISMATCH: "give the argument of the @external field the type that its owner gives it.",
  REQUIRES_INVALID_FIELDS: "name only fields of this type, marked @external in this subgraph, in @requires(fields: \"…\").",
  REQUIRES_MISSING_EXTERNAL: "mark each field that @requires names as @external in this subgraph.",
  PROVIDES_INVALID_FIELDS: "name only fields of the type that this field returns, in @provides(fields: \"…\").",
  PROVIDES_MISSING_EXTERNAL: "mark each field that @provides names as @external on its type in this subgraph.",
  PROVIDES_ON_NON_OBJECT_FIELD: "put @provides only on a field that returns an object type.",
  MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL: "move the directive from the @external field to the field in the subgraph that owns it.",

  // Two subgraphs that disagree
  TYPE_KIND_MISMATCH: "make it the same kind (object, interface, enum …) in each subgraph, or rename one of the two.",
  FIELD_TYPE_MISMATCH: "give the field one type in all of these subgraphs (only nullability may differ), or rename one of the fields.",
  ARGUMENT_TYPE_MISMATCH: "give the argument one type in all of these subgraphs.",
  ARGUMENT_DEFAULT_MISMATCH: "give the argument the same default in all of these subgraphs.",
  INPUT_FIELD_DEFAULT_MISMATCH: "give the input field the same default in all of these subgraphs.",
  REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH: "add the argument in every subgraph that has the field, or make it nullable where it is.",
  REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH: "add the input field in every subgraph that has the input type, or make it nullable where it is.",
  EMPTY_MERGED_INPUT_TYPE: "give the input type at least one field that all of its subgraphs have.",
  ENUM_VALUE_MISMATCH: "list the same values in every subgraph, because the enum is used both in arguments and in answers.",
  EMPTY_MERGED_ENUM_TYPE: "give the enum at least one value that all of its subgraphs have.",
  INVALID_FIELD_SHARING: "keep the field in one subgraph; or mark it @shareable in each, if all answer the same; or take it over with @override(from: \"…\").",
  INVALID_SHAREABLE_USAGE: "put @shareable on fields of object types only.",
  SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES: "let the shared field answer the same types in every subgraph.",
  INTERFACE_FIELD_NO_IMPLEM: "add the interface's field to each implementing type, in one of the subgraphs.",
  EXTENSION_WITH_NO_BASE: "define the type in one subgraph, or correct its name here.",

  // Override
  OVERRIDE_FROM_SELF_ERROR: "name another subgraph in @override(from: \"…\").",
  OVERRIDE_SOURCE_HAS_OVERRIDE: "keep @override in the one subgraph that takes the field over last.",
  OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE: "remove @external, @provides or @requires from the field that is overridden.",
  OVERRIDE_ON_INTERFACE: "override the field on the types that implement the interface.",

  // What clients may see
  REFERENCED_INACCESSIBLE: "mark the referring element @inaccessible too, or open the one that it refers to.",
  DEFAULT_VALUE_USES_INACCESSIBLE: "choose a default that clients may see.",
  QUERY_ROOT_TYPE_INACCESSIBLE: "remove @inaccessible from the query type and hide its fields instead.",
  REQUIRED_INACCESSIBLE: "make the element nullable or give it a default, so that clients can leave out what they cannot see.",
  DISALLOWED_INACCESSIBLE: "remove @inaccessible from this element, which GraphQL itself needs.",
  IMPLEMENTED_BY_INACCESSIBLE: "hide the interface's field too, or open the one that implements it.",
  ONLY_INACCESSIBLE_CHILDREN: "hide the type itself, or open one of its fields or values.",

  // Who may ask
  AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE: "move @authenticated, @requiresScopes or @policy to the types that implement the interface.",
  MISSING_TRANSITIVE_AUTH_REQUIREMENTS: "repeat on this field the requirements of the fields that it takes in by @requires.",
};
