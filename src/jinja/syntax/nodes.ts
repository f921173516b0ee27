import type { Value } from '../values/value.js';

export interface CallArguments {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [name: string, value: Expression])[];
  /** `*args` and `**kwargs`. */
  readonly rest: Expression | null;
  readonly namedRest: Expression | null;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';
export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

export type Expression =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'tuple' | 'list' | 'concat'; readonly items: readonly Expression[] }
  | { readonly kind: 'dict'; readonly pairs: readonly (readonly [Expression, Expression])[] }
  | {
      readonly kind: 'condition';
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise: Expression | null;
    }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'unary'; readonly operator: 'not' | '-' | '+'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'compare';
      readonly first: Expression;
      readonly rest: readonly {
        readonly operator: CompareOperator;
        readonly operand: Expression;
      }[];
    }
  | { readonly kind: 'attribute'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'item'; readonly of: Expression; readonly key: Expression }
  | {
      readonly kind: 'slice';
      readonly start: Expression | null;
      readonly stop: Expression | null;
      readonly step: Expression | null;
    }
  | { readonly kind: 'call'; readonly callee: Expression; readonly args: CallArguments }
  | FilterExpression
  | {
      readonly kind: 'test';
      readonly name: string;
      readonly input: Expression;
      readonly args: CallArguments;
      readonly line: number;
    };

export interface FilterExpression {
  readonly kind: 'filter';
  readonly name: string;
  /** Null for the text of a block. */
  readonly input: Expression | null;
  readonly args: CallArguments;
  readonly line: number;
}

/** What is assigned to: `attribute` writes to a namespace. */
export type Target =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'attribute'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'tuple'; readonly items: readonly Target[] };

export interface MacroSignature {
  readonly parameters: readonly string[];
  /** Of the last parameters. */
  readonly defaults: readonly Expression[];
  readonly body: readonly Statement[];
}

export interface ForStatement {
  readonly kind: 'for';
  readonly target: Target;
  readonly iterated: Expression;
  readonly test: Expression | null;
  readonly recursive: boolean;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[];
  readonly line: number;
}

export interface IfStatement {
  readonly kind: 'if';
  readonly branches: readonly { readonly test: Expression; readonly body: readonly Statement[] }[];
  readonly otherwise: readonly Statement[];
  readonly line: number;
}

export type Statement =
  | {
      readonly kind: 'output';
      readonly parts: readonly (string | Expression)[];
      readonly line: number;
    }
  | ForStatement
  | IfStatement
  | ({ readonly kind: 'macro'; readonly name: string; readonly line: number } & MacroSignature)
  | ({
      readonly kind: 'call block';
      readonly call: Expression;
      readonly line: number;
    } & MacroSignature)
  | {
      readonly kind: 'filter block';
      readonly filter: FilterExpression;
      readonly body: readonly Statement[];
      readonly line: number;
    }
  | {
      readonly kind: 'with';
      readonly assignments: readonly { readonly target: Target; readonly value: Expression }[];
      readonly body: readonly Statement[];
      readonly line: number;
    }
  | {
      readonly kind: 'set';
      readonly target: Target;
      readonly value: Expression;
      readonly line: number;
    }
  | {
      readonly kind: 'set block';
      readonly target: Target;
      readonly filter: FilterExpression | null;
      readonly body: readonly Statement[];
      readonly line: number;
    }
  | {
      readonly kind: 'generation';
      readonly body: readonly Statement[];
      readonly line: number;
    }
  | {
      readonly kind: 'autoescape';
      readonly enabled: Expression;
      readonly body: readonly Statement[];
      readonly line: number;
    }
  | {
      readonly kind: 'block';
      readonly name: string;
      readonly scoped: boolean;
      readonly body: readonly Statement[];
      readonly line: number;
    }
  | { readonly kind: 'break' | 'continue'; readonly line: number }
  /** include, import, from and extends: there is nothing to load from. */
  | { readonly kind: 'load'; readonly names: readonly string[]; readonly line: number };

export const NO_ARGUMENTS: CallArguments = {
  positional: [],
  named: [],
  rest: null,
  namedRest: null,
};
