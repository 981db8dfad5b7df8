/**
 * @file HTML as values: text is escaped where it is put in, so that a folder name with a `<` cannot break the page.
 */

/** A piece of HTML. */
export interface Markup {
  readonly markup: string;
}

/** What may stand in a template: text, which is escaped, pieces of HTML, and lists of both. */
export type Part = string | number | Markup | readonly Part[];

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function written(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number') return String(part).replace(/[&<>"]/g, (c) => NAMED[c]!);
  return 'markup' in part ? part.markup : part.map(written).join('');
}

/** Tagged template of HTML: html`<b>${name}</b>`. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: strings.map((text, i) => text + (i < parts.length ? written(parts[i]!) : '')).join('') };
}

/** A number for readers, with the exact one and where summary.json has it for programs: <data>. */
export function measured(key: string, value: number, shown: string): Markup {
  return html`<data data-key="${key}" value="${value}">${shown}</data>`;
}

/** 0.912 → 91.2 %, the unit not on a line of its own. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

/** 8000 → 8,000. */
export function grouped(n: number): string {
  return n.toLocaleString('en-US');
}

/** 1.234e-9 → 1.2 · 10⁻⁹; from a thousandth upwards as a decimal number. */
export function small(x: number, digitsAfter = 1): string {
  if (x === 0 || Math.abs(x) >= 1e-3) return x.toPrecision(digitsAfter + 1).replace('-', '−');
  const [digits, power] = x.toExponential(digitsAfter).split('e') as [string, string];
  const raised = Array.from(power, (c) => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]!)).join('');
  return `${digits.replace('-', '−')}\u00a0·\u00a010${raised}`;
}

/** A picture with its caption: the alternative text says what there is to see, the caption what to look at. */
export function figure(picture: Part, alt: string, caption: Part, style = ''): Markup {
  return html`<figure class="card ${style}">
    <div class="picture" role="img" aria-label="${alt}">${picture}</div>
    <figcaption>${caption}</figcaption>
  </figure>`;
}

/** A part of the page with a heading that can be linked to. */
export function section(id: string, title: string, lead: Part, body: Part): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    <p class="lead">${lead}</p>
    ${body}
  </section>`;
}
