/**
 * What validation reads of a JSON schema: the standard keywords, and two annotations of Kinglet's.
 */
export interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  /** Of a record: one pattern, which every name matches. */
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  /** Objects take no property that they do not name. */
  readonly additionalProperties?: boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  /** Matches nothing: the field is refused whatever its value. */
  readonly not?: object;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxProperties?: number;
  /** Says in words what is expected, where the keywords alone would not tell. */
  readonly expected?: string;
  /** The field asks for something that is not built; what that is. */
  readonly unsupported?: string;
}
