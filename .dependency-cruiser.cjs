/**
 * The rooms of src and the arrows between them:
 *   {graph, kernels} ← ops ← transforms ← machine ← {losses, check, optim, formula, data, viz} ← models ← examples
 * A room may import every room of a layer to its left, and no other room of its own layer.
 * test/tooling/architecture.test.ts breaks every rule once.
 */
const layers = [
  ['graph', 'kernels'],
  ['ops'],
  ['transforms'],
  ['machine'],
  ['losses', 'check', 'optim', 'formula', 'data', 'viz'],
  ['models'],
];

/** What a room may import of src beside itself: paths below src/, as regular expressions. */
const mayImport = {};
layers.forEach((rooms, i) => {
  const below = layers
    .slice(0, i)
    .flat()
    .map((room) => `${room}/`);
  for (const room of rooms) mayImport[room] = [...below];
});
mayImport.kernels.push('graph/(shape|dtype|errors)\\.ts$');
mayImport.formula.push('losses/');
// The entry points beside the main one: only ./node may import ./viz, so that nobody else pays for its packages.
mayImport.viz = ['transforms/', 'ops/', 'graph/'];
mayImport.models = mayImport.models.filter((path) => path !== 'viz/');
mayImport.testing = ['check/', 'transforms/', 'ops/', 'graph/', 'losses/'];
mayImport.node = ['data/', 'graph/', 'models/training/', 'viz/'];

const rooms = Object.keys(mayImport);
const builtin = { dependencyTypes: ['core'] };
/** Whatever is not a file of this project and not a part of Node: npm packages, installed or not. */
const npmPackage = { pathNot: '^(src|examples)/', dependencyTypesNot: ['core'] };

module.exports = {
  forbidden: [
    ...rooms.map((room) => ({
      name: `room-${room}`,
      comment: `src/${room} imports of src only itself${mayImport[room].map((path) => `, ${path}`).join('')}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: [`^src/${room}/`, ...mayImport[room].map((path) => `^src/${path}`)] },
    })),
    {
      name: 'known-room',
      comment: 'Every file of src lies in a room with a rule above; src/index.ts names what is public',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: ['^src/index\\.ts$', `^src/(${rooms.join('|')})/`] },
    },
    {
      name: 'index-is-portable',
      comment: 'The main entry point drags in neither Node nor fast-check nor mathjs nor the packages that draw',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: '^src/(formula|testing|node|viz)/' },
    },
    {
      name: 'node-builtins-in-node',
      comment: 'Only src/node imports what only Node has',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/node/' },
      to: builtin,
    },
    {
      name: 'no-npm-package',
      comment: 'src imports no npm package, except src/formula, src/testing, src/node and src/viz',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(formula|testing|node|viz)/' },
      to: npmPackage,
    },
    {
      name: 'formula-packages',
      comment: 'src/formula imports mathjs and no other package',
      severity: 'error',
      from: { path: '^src/formula/' },
      to: { ...npmPackage, pathNot: [npmPackage.pathNot, '(^|/)node_modules/mathjs/', '^mathjs$'] },
    },
    {
      name: 'testing-packages',
      comment: 'src/testing imports fast-check and no other package',
      severity: 'error',
      from: { path: '^src/testing/' },
      to: { ...npmPackage, pathNot: [npmPackage.pathNot, '(^|/)node_modules/fast-check/', '^fast-check$'] },
    },
    {
      name: 'node-packages',
      comment: 'src/node imports cli-progress, fast-png and resvg and no other package',
      severity: 'error',
      from: { path: '^src/node/' },
      to: {
        ...npmPackage,
        pathNot: [
          npmPackage.pathNot,
          '(^|/)node_modules/(@types/)?(cli-progress|fast-png|@resvg/resvg-wasm)/',
          '^(cli-progress|fast-png|@resvg/resvg-wasm)$',
        ],
      },
    },
    {
      name: 'viz-packages',
      comment: 'src/viz imports vega, vega-lite, Graphviz and fast-png and no other package',
      severity: 'error',
      from: { path: '^src/viz/' },
      to: {
        ...npmPackage,
        pathNot: [
          npmPackage.pathNot,
          '(^|/)node_modules/(vega|vega-lite|@viz-js/viz|fast-png)/',
          '^(vega|vega-lite|@viz-js/viz|fast-png)$',
        ],
      },
    },
    {
      name: 'examples-use-the-public-names',
      comment:
        'Examples are what a user could write: they import chainrule, chainrule/formula, chainrule/testing, chainrule/node and chainrule/viz',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^src/', pathNot: '^src/(formula/|testing/|node/|viz/)?index\\.ts$' },
    },
    {
      name: 'no-cycle',
      comment: 'No cycle, not even of types',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-utils',
      comment: 'A file has one concept: name it after that',
      severity: 'error',
      from: {},
      to: { path: '(^|/)(utils?|misc|common)\\.ts$' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|bench|test|docs)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
};
