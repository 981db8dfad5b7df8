import katexPlugin from '@vscode/markdown-it-katex';
import katex from 'katex';

// A formula is rendered to MathML, which browsers draw by themselves: no style sheet, no font, no script.
const math = katexPlugin.default ?? katexPlugin;

/** @type {Partial<import('typedoc').TypeDocOptions>} */
const options = {
  entryPoints: ['src/index.ts', 'src/testing/index.ts', 'src/node/index.ts'],
  out: 'docs/api',
  name: 'chainrule',
  readme: 'README.md',
  tsconfig: 'tsconfig.build.json',
  excludeInternal: true,
  excludePrivate: true,
  disableGit: true,
  sourceLinkTemplate: '{path}#L{line}',
  gitRevision: 'main',
  hideGenerator: true,
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  treatWarningsAsErrors: true,
  markdownItLoader(parser) {
    parser.use(math, { katex, output: 'mathml', throwOnError: true });
  },
};

export default options;
