import katexPlugin from '@vscode/markdown-it-katex';
import { readFileSync } from 'node:fs';
import katex from 'katex';
import { Converter } from 'typedoc';

// A formula is rendered to MathML, which browsers draw by themselves: no style sheet, no font, no script.
const math = katexPlugin.default ?? katexPlugin;

// Chainable methods are the functions of the same names without their first argument: they are documented there, once.
const source = readFileSync(new URL('./src/ops/methods.ts', import.meta.url), 'utf8');
const methods = [...new Set(Array.from(source.matchAll(/'([a-zA-Z0-9]+)'/g), ([, name]) => name))].filter(
  (name) => name !== 'matmul' && name !== 'backward',
);

/** A guide is called what its first heading says. */
const titles = (app) => {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const text = document.content.map((part) => part.text).join('');
    document.name = /^# (.+)$/m.exec(text)[1].replaceAll('`', '');
  });
};

/** @type {Partial<import('typedoc').TypeDocOptions>} */
const options = {
  entryPoints: ['src/index.ts', 'src/formula/index.ts', 'src/testing/index.ts', 'src/node/index.ts', 'src/viz/index.ts'],
  out: 'docs/api',
  plugin: [titles],
  projectDocuments: [
    ...['concepts', 'write-a-loss', 'formula', 'formulas', 'loss-gallery', 'add-an-op', 'check-a-gradient', 'train'],
    ...['nearest-neighbors', 'instead-of-assignment', 'lectures', 'lecture-errata', 'DESIGN'],
  ]
    .map((name) => `docs/${name}.md`)
    .concat('examples/README.md', 'bench/README.md', 'CONTRIBUTING.md'),
  searchInDocuments: true,
  sort: ['source-order'],
  name: 'chainrule',
  readme: 'README.md',
  tsconfig: 'tsconfig.build.json',
  excludeInternal: true,
  excludePrivate: true,
  disableGit: true,
  sourceLinkTemplate: '{path}#L{line}',
  gitRevision: 'main',
  hideGenerator: true,
  // every exported name; members of records and derived methods explain themselves where their type does
  requiredToBeDocumented: ['Class', 'Interface', 'Function', 'Variable', 'TypeAlias', 'Accessor'],
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  intentionallyNotDocumented: ['Tensor', 'Parameter', 'TensorMethods'].flatMap((owner) => methods.map((name) => `index.${owner}.${name}`)),
  // the private steps of types that are computed
  intentionallyNotExported: ['IsStatic', 'BroadcastFromRight', 'At', 'SameAxis', 'Scan'],
  treatWarningsAsErrors: true,
  markdownItLoader(parser) {
    parser.use(math, { katex, output: 'mathml', throwOnError: true, enableFencedBlocks: true });
  },
};

export default options;
