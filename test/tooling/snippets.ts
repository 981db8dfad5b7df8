/**
 * Snippets: the fenced TypeScript blocks of the guides and the examples of docstrings. They are found, checked for claims
 * (`// → text`, `// throws text`) and rewritten so that running one tests its claims.
 */
import ts from 'typescript';

export interface Snippet {
  /** Path of the file it stands in, relative to the project. */
  readonly file: string;
  /** 1-based line of that file on which `code` begins. */
  readonly line: number;
  readonly code: string;
}

const languages = new Set(['ts', 'typescript', 'mts', 'js', 'javascript', 'mjs']);

/** The fenced blocks of a Markdown text that are TypeScript or JavaScript. */
export function markdownSnippets(file: string, text: string, firstLine = 1): Snippet[] {
  const found: Snippet[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const open = /^(\s*)(`{3,}|~{3,})\s*([^\s`{]*)/.exec(lines[i]!);
    if (open === null) continue;
    const [, indent, fence, language] = open as unknown as [string, string, string, string];
    const closing = new RegExp(`^\\s*${fence[0]}{${fence.length},}\\s*$`);
    const begin = i + 1;
    let end = begin;
    while (end < lines.length && !closing.test(lines[end]!)) end++;
    if (end === lines.length) throw new Error(`${file}:${firstLine + i}: this fence is never closed`);
    if (languages.has(language.toLowerCase())) {
      const body = lines.slice(begin, end).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()));
      found.push({ file, line: firstLine + begin, code: body.join('\n') });
    }
    i = end;
  }
  return found;
}

/** The examples of the docstrings of a TypeScript file: fenced blocks anywhere in one, and @example tags without a fence. */
export function docstringSnippets(file: string, text: string): Snippet[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return docComments(source).flatMap(({ pos, end }) => {
    const firstLine = source.getLineAndCharacterOfPosition(pos).line + 1;
    const lines = text
      .slice(pos, end)
      .replace(/\*\/$/, '')
      .split('\n')
      .map((line, i) => (i === 0 ? line.replace(/^\/\*\*\s?/, '') : line.replace(/^\s*\* ?/, '')));
    return [...markdownSnippets(file, lines.join('\n'), firstLine), ...bareExamples(file, lines, firstLine)];
  });
}

function bareExamples(file: string, lines: string[], firstLine: number): Snippet[] {
  const found: Snippet[] = [];
  for (let i = 0; i < lines.length; i++) {
    const tag = /^\s*@example\b ?(.*)$/.exec(lines[i]!);
    if (tag === null) continue;
    let end = i + 1;
    while (end < lines.length && !/^\s*@\w/.test(lines[end]!)) end++;
    const body = [tag[1]!, ...lines.slice(i + 1, end)];
    if (body.some((line) => /^\s*(`{3}|~{3})/.test(line))) continue;
    if (body.every((line) => line.trim() === '')) throw new Error(`${file}:${firstLine + i}: this @example is empty`);
    found.push({ file, line: firstLine + i, code: body.join('\n') });
  }
  return found;
}

function docComments(source: ts.SourceFile): ts.TextRange[] {
  const found = new Map<number, ts.TextRange>();
  const visit = (node: ts.Node): void => {
    for (const range of ts.getLeadingCommentRanges(source.text, node.pos) ?? []) {
      if (source.text.startsWith('/**', range.pos) && range.end - range.pos > 4) found.set(range.pos, range);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  visit(source.endOfFileToken);
  return [...found.values()].sort((a, b) => a.pos - b.pos);
}

interface Claim {
  readonly kind: 'shows' | 'throws';
  readonly text: string;
}

/** A comment that claims something, and the comments below it that continue it: indented by three spaces or more. */
function claimAt(source: ts.SourceFile, statement: ts.Node, claimed: Set<number>): Claim | undefined {
  const { text } = source;
  const sameLine = ts.getTrailingCommentRanges(text, statement.end) ?? [];
  const below = ts.getLeadingCommentRanges(text, sameLine.at(-1)?.end ?? statement.end) ?? [];
  const comments = [...sameLine, ...below].filter(({ kind }) => kind === ts.SyntaxKind.SingleLineCommentTrivia);
  const first = comments[0];
  if (first === undefined) return undefined;
  const found = /^\/\/ *(→|throws\b)(.*)$/.exec(text.slice(first.pos, first.end));
  // On a line of its own it must follow the statement at once.
  if (found === null || lineOf(source, first.pos) > lineOf(source, statement.end) + 1) return undefined;
  claimed.add(first.pos);
  const parts = [found[2]!];
  let line = lineOf(source, first.pos);
  for (const comment of comments.slice(1)) {
    const more = /^\/\/ {3,}(.*)$/.exec(text.slice(comment.pos, comment.end));
    if (more === null || lineOf(source, comment.pos) !== ++line) break;
    parts.push(more[1]!);
  }
  return { kind: found[1] === '→' ? 'shows' : 'throws', text: parts.join(' ').trim() };
}

function lineOf(source: ts.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line;
}

/** The module that tests a snippet's claims. Its line numbers are those of the file the snippet stands in. */
export function executable({ file, line, code }: Snippet, imports: string, assertions: string): string {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const place = (position: number): string => `${file}:${line + lineOf(source, position)}`;
  const claimed = new Set<number>();
  const places: string[] = [];
  const edits: { start: number; end: number; text: string }[] = [];

  const visit = (node: ts.Node): void => {
    if (!isStatement(node)) return ts.forEachChild(node, visit);
    const claim = claimAt(source, node, claimed);
    if (claim === undefined) return ts.forEachChild(node, visit);
    const start = node.getStart(source);
    const at = place(start);
    if (claim.text === '') throw new Error(`${at}: this comment claims nothing: write the text after the arrow`);
    places.push(at);
    const strings = `${JSON.stringify(at)}, ${JSON.stringify(claim.text)}`;
    const statement = code.slice(start, node.end);
    if (claim.kind === 'throws') {
      const asynchronous = awaits(node);
      const call = asynchronous ? 'await __rejects' : '__throws';
      // The statement keeps its lines; a declaration it makes is its own.
      edits.push({ start, end: node.end, text: `${call}(${strings}, ${asynchronous ? 'async ' : ''}() => { ${statement} });` });
    } else if (ts.isExpressionStatement(node)) {
      const logged = loggedValues(node.expression);
      const values = logged === undefined ? node.expression.getText(source) : logged.map((value) => value.getText(source)).join(', ');
      edits.push({ start, end: node.end, text: `__shows(${strings}, ${values});` });
    } else if (ts.isVariableStatement(node)) {
      const { name } = node.declarationList.declarations.at(-1)!;
      if (!ts.isIdentifier(name)) throw new Error(`${at}: the comment follows a destructuring: show one of its names instead`);
      const semicolon = statement.endsWith(';') ? '' : ';';
      edits.push({ start, end: node.end, text: `${statement}${semicolon} __shows(${strings}, ${name.text});` });
    } else {
      throw new Error(`${at}: the comment follows neither an expression nor a declaration`);
    }
  };
  visit(source);

  for (const match of code.matchAll(/\/\/ *(→|throws\b|[-=]>)/g)) {
    if (claimed.has(match.index)) continue;
    const hint = match[1]!.endsWith('>') ? 'write // → so that it is checked' : 'it follows no statement, so it is not checked';
    throw new Error(`${place(match.index)}: ${match[0]}: ${hint}`);
  }

  let body = code;
  for (const { start, end, text } of edits.sort((a, b) => b.start - a.start)) body = body.slice(0, start) + text + body.slice(end);
  const names = 'expectShown as __shows, expectThrow as __throws, expectReject as __rejects, expectReached as __reached';
  const prelude = `import { ${names} } from '${assertions}'; ${imports}${line === 1 ? ' ' : '\n'.repeat(line - 1)}`;
  return `${prelude}${body}\n__reached(${places.map((at) => JSON.stringify(at)).join(', ')});\n`;
}

type Statement = ts.ExpressionStatement | ts.VariableStatement;

/** Statements that a claim can follow; blocks, ifs and loops are left, so that a claim after their last statement is its own. */
function isStatement(node: ts.Node): node is Statement | ts.ReturnStatement | ts.ThrowStatement {
  return ts.isExpressionStatement(node) || ts.isVariableStatement(node) || ts.isReturnStatement(node) || ts.isThrowStatement(node);
}

function loggedValues(expression: ts.Expression): readonly ts.Expression[] | undefined {
  const isLog = ts.isCallExpression(expression) && /^console\s*\.\s*log$/.test(expression.expression.getText());
  return isLog ? expression.arguments : undefined;
}

/** Whether a statement awaits by itself, not in a function inside it. */
function awaits(node: ts.Node): boolean {
  if (ts.isAwaitExpression(node)) return true;
  if (ts.isFunctionLike(node)) return false;
  return ts.forEachChild(node, (child) => awaits(child) || undefined) ?? false;
}
