import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const syntax = {
  defaultExport: { selector: 'ExportDefaultDeclaration', message: 'No default exports: a thing has one name everywhere.' },
  defaultSpecifier: {
    selector: 'ExportSpecifier[exported.name="default"]',
    message: 'No default exports: a thing has one name everywhere.',
  },
  enums: { selector: 'TSEnumDeclaration', message: 'No enums: use a union of string literals.' },
  prototype: {
    selector: 'MemberExpression[object.name="Tensor"][property.name="prototype"]',
    message: 'Only src/ops/methods.ts extends Tensor.prototype.',
  },
};
const nodeGlobals = ['process', 'Buffer', 'require', 'module', '__dirname', '__filename', 'global', 'setImmediate'];

export default defineConfig(
  globalIgnores(['src/kernels/assembly', 'dist', 'docs/api', 'out', '.cache', 'coverage', 'bench/node_modules']),

  // Every TypeScript file that tsconfig.json knows: strict and type-aware, without the rules that fight numeric code.
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', syntax.defaultExport, syntax.defaultSpecifier, syntax.enums],
      'no-self-compare': 'error',
      'no-unneeded-ternary': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/no-unused-vars': 'off', // tsc reports them: noUnusedLocals, noUnusedParameters
      '@typescript-eslint/no-base-to-string': 'off', // values of type never and unknown in error text
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off', // a[i]! in a loop whose bound was checked
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      '@typescript-eslint/no-this-alias': 'off',
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off', // shape types are inferred through them
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/prefer-for-of': 'off',
      '@typescript-eslint/prefer-literal-enum-member': 'off',
      '@typescript-eslint/related-getter-setter-pairs': 'off',
      '@typescript-eslint/restrict-plus-operands': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off', // error text prints numbers and shapes
      '@typescript-eslint/unified-signatures': 'off',
    },
  },

  {
    files: ['src/**/*.ts'],
    rules: { 'no-console': 'error', '@typescript-eslint/consistent-type-imports': 'error' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/ops/methods.ts'],
    rules: {
      'no-restricted-syntax': ['error', syntax.defaultExport, syntax.defaultSpecifier, syntax.enums, syntax.prototype],
    },
  },
  // The library runs wherever JavaScript runs; only ./node may know Node.
  {
    files: ['src/**/*.ts'],
    ignores: ['src/node/**'],
    rules: {
      'no-restricted-globals': ['error', ...nodeGlobals.map((name) => ({ name, message: 'Only src/node may use what only Node has.' }))],
    },
  },
  {
    files: ['src/node/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  // The one place where an op's types are forgotten, so that all ops fit in one registry.
  {
    files: ['src/ops/define.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },

  // Tests hand wrong things to functions on purpose, and read untyped oracles.
  {
    files: ['test/**/*.ts', 'examples/**/*.ts', 'bench/**/*.ts', '*.config.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['examples/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  // bench has its own package and its peers may not be installed, so its types are unknown here.
  {
    files: ['bench/**/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    rules: { eqeqeq: 'error', 'prefer-const': 'error', 'no-var': 'error', 'no-unused-vars': 'error' },
  },
);
