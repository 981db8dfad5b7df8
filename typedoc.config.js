import katexPlugin from '@vscode/markdown-it-katex';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import katex from 'katex';
import { Converter, ReflectionKind } from 'typedoc';

// A formula is rendered to MathML, which browsers draw by themselves: no style sheet, no font, no script.
const math = katexPlugin.default ?? katexPlugin;

// Chainable methods are the functions of the same names without their first argument: they are documented there, once.
const source = readFileSync(new URL('./src/ops/methods.ts', import.meta.url), 'utf8');
const names = (text, pattern) => Array.from(text.matchAll(pattern), ([, name]) => name);
// those that carry literal shapes have types of their own, with words of their own where they are written out
const shapes = readFileSync(new URL('./src/ops/method-types.ts', import.meta.url), 'utf8');
const shaped = new Set([
  ...names(shapes, /'(\w+)'/g),
  ...names(shapes, /^ {2}(\w+)</gm),
  ...names(/type Binary =[^;]*;/.exec(source)[0], /'(\w+)'/g),
  ...['at', 'backward'],
]);
const methods = [...new Set(names(source, /'([a-zA-Z0-9]+)'/g))].filter((name) => !shaped.has(name));

/** A guide is called what its first heading says. */
const titles = (app) => {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const text = document.content.map((part) => part.text).join('');
    document.name = /^# (.+)$/m.exec(text)[1].replaceAll('`', '');
  });
};

/** A module is called what is imported: `chainrule`, `chainrule/viz`. */
const modules = (app) => {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection) => {
    if (reflection.kindOf(ReflectionKind.Module))
      reflection.name = reflection.name === 'index' ? 'chainrule' : `chainrule/${reflection.name}`;
  });
};

// what each folder of src is for
const rooms = readdirSync(new URL('./src', import.meta.url))
  .map((room) => `src/${room}/README.md`)
  .filter(existsSync);

/** @type {Partial<import('typedoc').TypeDocOptions>} */
const options = {
  entryPoints: ['src/index.ts', 'src/formula/index.ts', 'src/testing/index.ts', 'src/node/index.ts', 'src/viz/index.ts'],
  out: 'docs/api',
  plugin: [titles, modules],
  projectDocuments: [
    ...[
      'concepts',
      'transforms',
      'write-a-loss',
      'formula',
      'formulas',
      'loss-gallery',
      'add-an-op',
      'check-a-gradient',
      'second-order',
      'vmap',
      'train',
      'compile',
      'compiled-ops',
      'accuracy',
      'OPS',
    ],
    ...['find-a-nan', 'errors'],
    ...['nearest-neighbors', 'indexing', 'instead-of-assignment', 'lectures', 'lecture-errata', 'DESIGN'],
  ]
    .map((name) => `docs/${name}.md`)
    .concat('examples/README.md', 'bench/README.md', 'CONTRIBUTING.md')
    .concat(rooms),
  searchInDocuments: true,
  searchInComments: true,
  customCss: 'docs/site.css',
  sort: ['source-order'],
  name: 'chainrule',
  readme: 'README.md',
  tsconfig: 'tsconfig.build.json',
  excludeInternal: true,
  excludePrivate: true,
  // the files are not beside the site, and there is no address yet that they could be linked to
  disableSources: true,
  hideGenerator: true,
  // every exported name; members of records and derived methods explain themselves where their type does
  requiredToBeDocumented: ['Class', 'Interface', 'Function', 'Variable', 'TypeAlias', 'Accessor'],
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  intentionallyNotDocumented: ['Tensor', 'Parameter', 'TensorMethods'].flatMap((owner) =>
    methods.map((name) => `chainrule.${owner}.${name}`),
  ),
  // the private steps of types that are computed
  intentionallyNotExported: [
    ...[
      'IsStatic',
      'BroadcastFromRight',
      'At',
      'SameAxis',
      'Scan',
      'IsUnion',
      'IsKnownAxis',
      'OutOfRange',
      'NumbersOf',
      'Without',
      'AxisAt',
      'Permuted',
      'Reversed',
      'Inserted',
    ],
    ...['WithoutOnes', 'ShapesOf', 'JoinedTo', 'ShowShapes', 'BroadcastTo', 'Rows', 'Filled', 'Quotient', 'Product'],
    ...['Test', 'Reduction', 'Deviation', 'Argument', 'Along'],
  ],
  treatWarningsAsErrors: true,
  markdownItLoader(parser) {
    parser.use(math, { katex, output: 'mathml', throwOnError: true, enableFencedBlocks: true });
  },
};

export default options;
