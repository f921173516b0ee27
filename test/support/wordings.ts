/** The messages that sources hold, read from their syntax: string literals, templates, sums. */
import ts from 'typescript';
import { isErrorCode } from '../../src/errors.js';
import type { SourceFile } from './rooms/references.js';

/** A text of a source, `…` for each of its holes and for every number. */
export interface Wording {
  readonly text: string;
  /** FILE:LINE. */
  readonly place: string;
}

export function wordings({ path, text }: SourceFile): Wording[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Wording[] = [];
  const visit = (node: ts.Node): void => {
    // Imports and types hold no messages.
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    if (textOf(node) === null) {
      ts.forEachChild(node, visit);
      return;
    }
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    const message = textOf(node) ?? '';
    found.push({ text: normalized(message), place: `${path}:${line + 1}` });
    holesOf(node).forEach(visit);
  };
  visit(source);
  return found;
}

/**
 * A text that says something, of at least three words and four words and holes, and those of its
 * clauses that say something by themselves, of at least five words.
 */
function sentences({ text }: Wording): string[] {
  const words = (part: string): number => part.match(/[a-z][\w'-]*/gi)?.length ?? 0;
  const holes = text.match(/…/g)?.length ?? 0;
  const whole = words(text) >= 3 && words(text) + holes >= 4 ? [text] : [];
  const clauses = text.split(/[.:;]\s/).filter((clause) => words(clause) >= 5);
  return [...new Set([...whole, ...clauses].map((part) => part.replace(/[.:;]$/, '').trim()))];
}

/** Sentences that stand in more than one place, each with its places. */
export function repeated(files: readonly SourceFile[]): Map<string, string[]> {
  const places = new Map<string, Set<string>>();
  for (const wording of files.flatMap(wordings)) {
    for (const sentence of sentences(wording)) {
      const known = places.get(sentence.toLowerCase()) ?? new Set();
      places.set(sentence.toLowerCase(), known.add(wording.place));
    }
  }
  return new Map([...places].filter(([, { size }]) => size > 1).map(([s, at]) => [s, [...at]]));
}

/** The codes of src/errors.ts that a source hands on: all but those that it compares or declares. */
export function raisedCodes({ path, text }: SourceFile): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const codes: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || isComparison(node)) return;
    if (ts.isCaseClause(node)) {
      node.statements.forEach(visit);
      return;
    }
    if (ts.isStringLiteral(node) && isErrorCode(node.text)) codes.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return codes;
}

function isComparison(node: ts.Node): boolean {
  return (
    ts.isBinaryExpression(node) &&
    [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken].includes(
      node.operatorToken.kind,
    )
  );
}

function normalized(text: string): string {
  return text.replace(/\d+/g, '…').replace(/\s+/g, ' ').trim();
}

/** The text that a node stands for, `…` for its holes; null where it is none. */
function textOf(node: ts.Node): string | null {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  }
  if (!isSum(node)) return null;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === null && right === null ? null : (left ?? '…') + (right ?? '…');
}

function holesOf(node: ts.Node): ts.Node[] {
  if (ts.isStringLiteralLike(node)) return [];
  if (ts.isParenthesizedExpression(node)) return holesOf(node.expression);
  if (ts.isTemplateExpression(node)) return node.templateSpans.map((span) => span.expression);
  return isSum(node) ? [...holesOf(node.left), ...holesOf(node.right)] : [node];
}

function isSum(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
}
