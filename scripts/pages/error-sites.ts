/**
 * @file Every place in src that makes an error of the library, read off the syntax trees: class, who is named, what is said, and the hint.
 */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const src = new URL('../../src/', import.meta.url);

/** An error that can be thrown. What is known only when it is thrown stands in angle brackets. */
export interface ErrorSite {
  /** Name of the class. */
  readonly type: string;
  /** File below src, and line of the `new`. */
  readonly file: string;
  readonly line: number;
  /** Functions that it names, as far as they can be read. */
  readonly ops: readonly string[];
  /** What is wrong; values; the hint, '' where there is none. */
  readonly wrong: readonly string[];
  readonly values: string;
  readonly hint: readonly string[];
}

type FunctionNode = ts.FunctionLikeDeclaration;

/** What parameters are given in the calls that are looked at. */
type Scope = ReadonlyMap<ts.ParameterDeclaration, ts.Expression | undefined>;

const NO_SCOPE: Scope = new Map();

/** Calls `visit` for a node and everything in it. */
function each(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => each(child, visit));
}

/** The syntax tree of every file of src. */
function sources(): ts.SourceFile[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !name.startsWith('kernels/assembly/'))
    .sort()
    .map((name) => ts.createSourceFile(name, readFileSync(new URL(name, src), 'utf8'), ts.ScriptTarget.Latest, true));
}

const files = sources();

/** Classes of errors, each with the first sentence of its docstring. */
export function errorClasses(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const statement of files.find(({ fileName }) => fileName === 'graph/errors.ts')!.statements) {
    if (!ts.isClassDeclaration(statement)) continue;
    const [doc] = ts.getJSDocCommentsAndTags(statement);
    const text = doc !== undefined && ts.isJSDoc(doc) ? (ts.getTextOfJSDocComment(doc.comment) ?? '') : '';
    found.set(statement.name!.text, text.replace(/\s+/g, ' '));
  }
  return found;
}

/** Name by which a function or a method is called. */
function nameOf(node: FunctionNode): string | undefined {
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)
    ? parent.name.getText()
    : undefined;
}

/** Calls by the name of what is called; `super(…)` and `new C(…)` call constructors. */
const calls = new Map<string, (ts.CallExpression | ts.NewExpression)[]>();
for (const file of files) {
  each(file, (node) => {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    const { expression } = node;
    const name = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
    calls.set(name, [...(calls.get(name) ?? []), node]);
  });
}

/** Can a function be called from other files? */
function isVisible(f: FunctionNode): boolean {
  const { parent } = f;
  const declared = ts.isVariableDeclaration(parent) ? parent.parent.parent : f;
  const modifiers = ts.canHaveModifiers(declared) ? (ts.getModifiers(declared) ?? []) : [];
  const has = (kind: ts.SyntaxKind): boolean => modifiers.some((m) => m.kind === kind);
  if (ts.isClassElement(f)) return !(f.name !== undefined && ts.isPrivateIdentifier(f.name)) && !has(ts.SyntaxKind.PrivateKeyword);
  return has(ts.SyntaxKind.ExportKeyword);
}

/** Calls of a function, recognised by its name: in its own file, or everywhere. */
function callsOf(f: FunctionNode): readonly (ts.CallExpression | ts.NewExpression)[] {
  const all = calls.get(nameOf(f) ?? '') ?? [];
  return isVisible(f) ? all : all.filter((call) => call.getSourceFile() === f.getSourceFile());
}

/** What a name stands for at a place: a parameter, or a constant with its value. */
function declarationOf(name: string, from: ts.Node): ts.ParameterDeclaration | ts.Expression | undefined {
  for (let node = from.parent; node !== undefined; node = node.parent) {
    if (ts.isFunctionLike(node) && 'body' in node) {
      const found = node.parameters.find((p) => p.name.getText() === name);
      if (found !== undefined) return found;
    }
    if (ts.isBlock(node) || ts.isSourceFile(node)) {
      for (const statement of node.statements) {
        if (!ts.isVariableStatement(statement)) continue;
        const found = statement.declarationList.declarations.find((d) => d.name.getText() === name);
        if (found?.initializer !== undefined) return found.initializer;
      }
    }
  }
  return undefined;
}

/** What is known only when the error is thrown. */
function placeholder(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return `<${node.text}>`;
  if (ts.isPropertyAccessExpression(node))
    return /^(message|text|name)$/.test(node.name.text) ? placeholder(node.expression) : `<${node.name.text.replace('#', '')}>`;
  if (
    ts.isCallExpression(node) &&
    /^(String|showShape|formatNumber|label|quoted)$/.test(node.expression.getText()) &&
    node.arguments[0] !== undefined
  )
    return placeholder(node.arguments[0]);
  if (ts.isNonNullExpression(node) || ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return placeholder(node.expression);
  if (ts.isTypeOfExpression(node)) return '<type>';
  if (ts.isElementAccessExpression(node)) return placeholder(node.expression);
  return '<…>';
}

/** All texts that an expression can be, '' for none. */
function texts(node: ts.Expression | undefined, scope: Scope, depth = 0): string[] {
  if (node === undefined || depth > 12) return [''];
  const again = (next: ts.Expression | undefined): string[] => texts(next, scope, depth + 1);
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node))
    return [node.head.text + node.templateSpans.map((span) => inside(span.expression, scope, depth) + span.literal.text).join('')];
  if (ts.isConditionalExpression(node)) return [...again(node.whenTrue), ...again(node.whenFalse)];
  if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node)) return again(node.expression);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return [...again(node.left), ...again(node.right)];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return again(node.left).flatMap((a) => again(node.right).map((b) => a + b));
  if (ts.isCallExpression(node)) return returned(node, scope, depth) ?? [placeholder(node)];
  if (!ts.isIdentifier(node)) return [placeholder(node)];
  if (node.text === 'undefined') return [''];
  const declared = declarationOf(node.text, node);
  if (declared === undefined) return [placeholder(node)];
  if (!ts.isParameter(declared)) return again(declared);
  return scope.has(declared) ? again(scope.get(declared)) : [placeholder(node)];
}

/** An expression inside of a text: its only text, one of two, an ending that may be left out, or a placeholder. */
function inside(node: ts.Expression, scope: Scope, depth: number): string {
  const all = texts(node, scope, depth + 1);
  if (all.length > 2 || all.some((text) => text.includes('<…>')) || all.every((text) => text === '')) return placeholder(node);
  if (all.includes('')) return `(${all.join('')})`;
  return all.every((text) => /^\w+$/.test(text)) || all.length === 1 ? all.join('/') : `<${all.join(' or ').replaceAll(/[<>]/g, '')}>`;
}

/** What a function of the same file returns, if it is one that puts text together. */
function returned(call: ts.CallExpression, scope: Scope, depth: number): string[] | undefined {
  if (!ts.isIdentifier(call.expression)) return undefined;
  const { text } = call.expression;
  const f = call.getSourceFile().statements.find((s) => ts.isFunctionDeclaration(s) && s.name?.text === text) as
    ts.FunctionDeclaration | undefined;
  if (f?.type?.kind !== ts.SyntaxKind.StringKeyword) return undefined;
  const found: string[] = [];
  each(f.body!, (node) => {
    if (ts.isReturnStatement(node)) found.push(...texts(node.expression, scope, depth + 1));
  });
  return found;
}

/** Texts of an expression; a parameter stands for what all callers give, theirs included. */
function textsOfCallers(node: ts.Expression | undefined, scope: Scope, seen: ReadonlySet<ts.Node> = new Set()): string[] {
  if (node !== undefined && ts.isIdentifier(node)) {
    const declared = declarationOf(node.text, node);
    if (declared !== undefined && ts.isParameter(declared)) {
      if (scope.has(declared)) return textsOfCallers(scope.get(declared), scope, seen);
      if (seen.has(declared)) return [];
      const f = declared.parent as FunctionNode;
      const at = f.parameters.indexOf(declared);
      const named = callsOf(f).flatMap((call) => textsOfCallers(call.arguments?.[at], NO_SCOPE, new Set([...seen, declared])));
      const initial = declared.initializer === undefined ? [] : texts(declared.initializer, scope);
      return [...named, ...initial].filter((text) => text !== '');
    }
    if (declared !== undefined && !seen.has(declared)) return textsOfCallers(declared, scope, new Set([...seen, declared]));
  }
  return texts(node, scope);
}

/** The functions that an error names; a placeholder where no caller gives a name. */
function namesOf(op: ts.Expression | undefined, scope: Scope): string[] {
  const names = [...new Set(textsOfCallers(op, scope))].sort();
  return names.length === 0 && op !== undefined ? [placeholder(op)] : names;
}

/** Arguments of a call, those of constant lists that are spread among them. */
function argumentsOf(call: ts.NewExpression): (ts.Expression | undefined)[] {
  return (call.arguments ?? []).flatMap((argument): (ts.Expression | undefined)[] => {
    if (!ts.isSpreadElement(argument)) return [argument];
    const list = declarationOf(argument.expression.getText(), argument);
    const value = list !== undefined && ts.isAsExpression(list) ? list.expression : list;
    return value !== undefined && ts.isArrayLiteralExpression(value) ? [...value.elements] : [argument];
  });
}

/** The parameter that says what is wrong, where a function throws for its callers. */
function parameterOf(node: ts.Expression | undefined, scope: Scope): ts.ParameterDeclaration | undefined {
  if (node === undefined || !ts.isIdentifier(node)) return undefined;
  const declared = declarationOf(node.text, node);
  if (declared === undefined || !ts.isParameter(declared)) return undefined;
  return scope.has(declared) ? parameterOf(scope.get(declared), scope) : declared;
}

/** One error, or, where a function throws what its callers say, one for each caller. */
function expand(call: ts.NewExpression, type: string, scope: Scope, depth = 0): ErrorSite[] {
  const list = argumentsOf(call);
  const [op, wrong, values, hint] = type === 'FormulaError' ? [undefined, ...list] : list;
  const parameter = parameterOf(wrong, scope);
  const f = parameter?.parent as FunctionNode | undefined;
  const callers = f === undefined || depth > 3 ? [] : callsOf(f);
  if (f !== undefined && callers.length > 0)
    return callers.flatMap((caller) => {
      const given = f.parameters.map((p, i) => [p, caller.arguments?.[i] ?? p.initializer] as const);
      return expand(call, type, new Map([...scope, ...given]), depth + 1);
    });
  const file = call.getSourceFile();
  return [
    {
      type,
      file: file.fileName,
      line: file.getLineAndCharacterOfPosition(call.getStart()).line + 1,
      ops: type === 'FormulaError' ? ['formula'] : namesOf(op, scope),
      wrong: texts(wrong, scope),
      values: texts(values, scope).filter((text) => text !== '').join(' or '), // prettier-ignore
      hint: texts(hint, scope).filter((text) => text !== ''),
    },
  ];
}

/** Every error that src can throw on purpose. */
export function errorSites(): ErrorSite[] {
  const classes = errorClasses();
  return files.flatMap((file) => {
    const found: ErrorSite[] = [];
    each(file, (node) => {
      const type = ts.isNewExpression(node) ? node.expression.getText() : '';
      if (classes.has(type)) found.push(...expand(node as ts.NewExpression, type, NO_SCOPE));
    });
    return found;
  });
}

/** Errors of other classes that are thrown: file and text. They say that the library contradicts itself. */
export function otherErrors(): string[] {
  const classes = errorClasses();
  return files.flatMap((file) => {
    const found: string[] = [];
    each(file, (node) => {
      if (!ts.isThrowStatement(node) || !ts.isNewExpression(node.expression)) return;
      const type = node.expression.expression.getText();
      if (!classes.has(type)) found.push(`${file.fileName}: ${type}: ${texts(node.expression.arguments?.[0], NO_SCOPE)[0]}`);
    });
    return found;
  });
}
