/**
 * @file The pictures of the report, drawn by chainrule/viz, as SVG inside the page: its style sheet gives them the colours of the scheme.
 */
import {
  abs,
  add,
  clip,
  div,
  exp,
  log,
  max,
  mul,
  neg,
  relu,
  reshape,
  stack,
  sub,
  take,
  type Tensor,
  tensor,
  trace,
  type TraceRow,
} from 'chainrule';
import { imageGrid, lines, type Series, toSVG } from 'chainrule/viz';
import type { Part as Examples } from '../data.js';
import type { Trained } from '../train.js';
import type { Markup } from './markup.js';

/** SVG as a part of a page: no namespaces, and no names that a second picture might have too. */
function within(svg: string): Markup {
  const [, width, height] = /viewBox="\S+ \S+ (\S+) (\S+)"/.exec(svg)!;
  const text = svg
    .replace(/<!--.*?-->|<title>.*?<\/title>/gs, '')
    .replace(/ (?:xmlns(?::xlink)?|id|class|role|aria-[a-z]+)="[^"]*"/g, '')
    .replace(/ (?:d=""|display="none"|pointer-events="none"|opacity="1")/g, '')
    .replace(/<path d="[^"]*"\/>|<path\/>/g, '')
    .replace(/<svg[^>]*>/, `<svg width="${Number(width)}" height="${Number(height)}" viewBox="0 0 ${width} ${height}">`);
  return { markup: text };
}

/** Positions of the first `count` examples of a class. */
function firstOf(y: Tensor, label: number, count: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < y.size && found.length < count; i++) if (y.data[i] === label) found.push(i);
  return found;
}

/** Training images, a column a class: row by row the first, second, third … of each. Only complete rows are drawn. */
export async function samples({ X, y }: Examples, classes: readonly number[], shape: readonly [number, number]): Promise<Markup> {
  const shown = classes.slice(0, 10).map((label) => firstOf(y, label, 6));
  const rows = Math.min(...shown.map((list) => list.length));
  const order = Array.from({ length: rows }, (_, row) => shown.map((list) => list[row]!)).flat();
  return within(await imageGrid(reshape(take(X, order), [order.length, ...shape]), { columns: shown.length, scale: 1, range: [0, 1] }));
}

/** One image, pixels as squares. */
export async function image(X: Tensor, row: number, shape: readonly [number, number]): Promise<Markup> {
  return within(await imageGrid(reshape(take(X, row), [1, ...shape]), { scale: 3, range: [0, 1] }));
}

const FOR = [27, 120, 55];
const AGAINST = [118, 42, 131];

/**
 * The visual view of W: white where a weight is 0, green where ink speaks for the class, violet where it speaks against it; the full
 * colour from half of the largest weight on.
 */
export async function templates(weights: Tensor, classes: readonly number[]): Promise<Markup> {
  const strength = clip(div(weights, mul(0.5, max(abs(weights)))), -1, 1);
  const channel = (c: number): Tensor => {
    const drop = (byte: number): number => 1 - byte / 255;
    return sub(1, add(mul(drop(FOR[c]!), relu(strength)), mul(drop(AGAINST[c]!), relu(neg(strength)))));
  };
  const colours = stack([channel(0), channel(1), channel(2)], { axis: 1 });
  const captions = classes.map(String);
  return within(await imageGrid(colours, { columns: 5, captions, borders: captions.map(() => '#bbb'), scale: 2, range: [0, 1] }));
}

const CURVE = { xLabel: 'epoch', width: 205, height: 190 };

/** One metric of a training over its epochs, counted from 1. */
function curve({ model }: Trained, key: string, name: string): Series[] {
  const { epoch, history } = model.history_!;
  const values = history[key];
  return values === undefined ? [] : [{ name, x: epoch.map((e) => e + 1), y: values, mark: 'both' }];
}

/** Loss over the epochs: training, and validation where it was measured. */
export async function lossCurves(trained: Trained): Promise<Markup> {
  return within(
    await lines([...curve(trained, 'loss', 'train'), ...curve(trained, 'valLoss', 'validation')], { ...CURVE, yLabel: 'loss' }),
  );
}

/** Accuracy on the validation images, a line a classifier; nothing when it was not measured. */
export async function accuracyCurves(all: readonly Trained[]): Promise<Markup | null> {
  const series = all.flatMap((trained) => curve(trained, 'valAccuracy', trained.recipe.name));
  return series.length === 0 ? null : within(await lines(series, { ...CURVE, yLabel: 'accuracy' }));
}

/** A recorded graph, the loss it ends in, and the derivative of the loss with respect to each score. */
export interface Circuit {
  readonly svg: Markup;
  readonly loss: number;
  readonly slopes: readonly number[];
}

/** The scores of the lectures' cat image. */
const SCORES = { cat: 3.2, car: 5.1, frog: -1.7 };

async function circuit(rows: readonly TraceRow[]): Promise<Circuit> {
  const slopes = Object.keys(SCORES).map((name) => rows.find(({ value }) => value.name === name)!.grad.item());
  return { svg: within(await toSVG(rows, { values: true, gradients: true })), loss: rows.at(-1)!.value.item(), slopes };
}

const scores = (): Tensor[] => Object.entries(SCORES).map(([name, score]) => tensor(score, { name }));

/** −log(e^cat / (e^cat + e^car + e^frog)). */
export async function softmaxCircuit(): Promise<Circuit> {
  const loss = (...s: Tensor[]): Tensor => {
    const [cat, car, frog] = s.map((x) => exp(x)) as [Tensor, Tensor, Tensor];
    return neg(log(div(cat, add(add(cat, car), frog))));
  };
  return circuit(trace(loss, ...scores()));
}

/** max(0, car − cat + Δ) + max(0, frog − cat + Δ), Δ = 1. */
export async function svmCircuit(): Promise<Circuit> {
  const loss = (...[cat, car, frog, delta]: Tensor[]): Tensor =>
    add(relu(add(sub(car!, cat!), delta!)), relu(add(sub(frog!, cat!), delta!)));
  return circuit(trace(loss, ...scores(), tensor(1, { name: 'Δ' })));
}
