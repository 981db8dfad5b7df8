/** TypeScript's view of all snippets at once: the names they use without importing them, and their type errors. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import type { Snippet } from './snippets.js';

const root = resolve(import.meta.dirname, '../..');
const entryPoints = Object.entries({
  chainrule: 'src/index.ts',
  'chainrule/formula': 'src/formula/index.ts',
  'chainrule/testing': 'src/testing/index.ts',
  'chainrule/node': 'src/node/index.ts',
  'chainrule/viz': 'src/viz/index.ts',
});

function projectOptions(): ts.CompilerOptions {
  const path = join(root, 'tsconfig.json');
  const read = ts.readConfigFile(path, (name) => ts.sys.readFile(name));
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, root);
  return { ...options, noUnusedLocals: false, noUnusedParameters: false };
}

/** A program of files on disk and of these texts, which exist nowhere. */
function programOf(options: ts.CompilerOptions, files: readonly string[], texts: ReadonlyMap<string, string>): ts.Program {
  const host = ts.createCompilerHost(options, true);
  const [fileExists, readFile, getSourceFile] = [host.fileExists.bind(host), host.readFile.bind(host), host.getSourceFile.bind(host)];
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const text = texts.get(name);
    // In a package of type module, so a module itself.
    return text === undefined
      ? getSourceFile(name, languageVersion, ...rest)
      : ts.createSourceFile(
          name,
          text,
          { ...(languageVersion as object), languageVersion: ts.ScriptTarget.ES2022, impliedNodeFormat: ts.ModuleKind.ESNext },
          true,
        );
  };
  return ts.createProgram({ rootNames: [...files, ...texts.keys()], options, host });
}

const nameOf = (i: number): string => join(root, '.cache/snippets', `snippet-${i}.ts`);

/** For each snippet the import statements, on one line, that bring in what it uses of the library and does not import. */
export function missingImports(snippets: readonly Snippet[]): string[] {
  const files = entryPoints.map(([, path]) => join(root, path)).filter((path) => existsSync(path));
  const texts = new Map(snippets.map(({ code }, i) => [nameOf(i), `${code}\nexport {};`]));
  // Without libraries, so that print, name and Generator are not taken for the globals of those names.
  const program = programOf({ ...projectOptions(), noLib: true, types: [] }, files, texts);
  const checker = program.getTypeChecker();

  const origin = new Map<string, { from: string; type: boolean }>();
  for (const [from, path] of entryPoints) {
    const file = program.getSourceFile(join(root, path));
    const module = file && checker.getSymbolAtLocation(file);
    for (const symbol of module === undefined ? [] : checker.getExportsOfModule(module)) {
      if (origin.has(symbol.name)) continue;
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      origin.set(symbol.name, { from, type: (target.flags & ts.SymbolFlags.Value) === 0 });
    }
  }

  return snippets.map((_, i) => {
    const file = program.getSourceFile(nameOf(i))!;
    const specifiers = new Map<string, Set<string>>();
    const visit = (node: ts.Node): void => {
      const found = ts.isIdentifier(node) && isReference(node) ? origin.get(node.text) : undefined;
      if (found !== undefined && ts.isIdentifier(node) && !isInScope(checker, node)) {
        if (!specifiers.has(found.from)) specifiers.set(found.from, new Set());
        specifiers.get(found.from)!.add(`${found.type ? 'type ' : ''}${node.text}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    return [...specifiers].map(([from, names]) => `import { ${[...names].join(', ')} } from '${from}';`).join(' ');
  });
}

function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent))
    return parent.name !== node;
  if (ts.isQualifiedName(parent)) return parent.right !== node;
  return !ts.isImportSpecifier(parent) && !ts.isExportSpecifier(parent);
}

function isInScope(checker: ts.TypeChecker, node: ts.Identifier): boolean {
  const flags = ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Namespace | ts.SymbolFlags.Alias;
  return checker.getSymbolsInScope(node, flags).some(({ name }) => name === node.text);
}

/** The imports that snippets of guides lack: a reader pastes them as they stand. Examples of docstrings need none. */
export function lackingImports(snippets: readonly Snippet[], imports: readonly string[]): string[] {
  return snippets.flatMap(({ file, line }, i) => (file.endsWith('.md') && imports[i] !== '' ? [`${file}:${line}: ${imports[i]}`] : []));
}

/** "… is never read", "all imports … are unused", "… is never used": of local names these are no errors in a snippet. */
const UNUSED = new Set([6133, 6192, 6196, 6198]);

function isImportOrError({ code, start, file }: ts.Diagnostic): boolean {
  if (!UNUSED.has(code)) return true;
  return file!.statements.some((node) => ts.isImportDeclaration(node) && node.pos <= start! && start! < node.end);
}

/** The type errors of snippets that begin with these imports, their own imports that they do not use included, as `file:line: message`. */
export function typeErrors(snippets: readonly Snippet[], imports: readonly string[]): string[] {
  const texts = new Map(snippets.map(({ code }, i) => [nameOf(i), `${imports[i]!}\n${code}\nexport {};`]));
  const program = programOf({ ...projectOptions(), noUnusedLocals: true }, [], texts);
  return snippets.flatMap(({ file, line }, i) => {
    const source = program.getSourceFile(nameOf(i))!;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].filter(isImportOrError);
    return found.map(({ start, messageText }) => {
      const offset = start === undefined ? 0 : source.getLineAndCharacterOfPosition(start).line - 1;
      return `${file}:${line + offset}: ${ts.flattenDiagnosticMessageText(messageText, '\n  ')}`;
    });
  });
}

/** The type errors of these files of the project, as `file:line: message`. */
export function fileErrors(files: readonly string[]): string[] {
  const program = programOf(
    projectOptions(),
    files.map((file) => join(root, file)),
    new Map(),
  );
  return files.flatMap((file) => {
    const source = program.getSourceFile(join(root, file))!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ start, messageText }) => {
      return `${file}:${source.getLineAndCharacterOfPosition(start ?? 0).line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n  ')}`;
    });
  });
}
