/**
 * `node scripts/browser-smoke.mjs [folder = dist]` imports the library from that folder in headless Chromium, takes a
 * gradient and two training steps, and fails on any console error. Nothing outside 127.0.0.1 is asked for.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const executablePath = '/usr/bin/chromium';
if (!existsSync(executablePath)) {
  console.log('skipped: chromium is not installed (apt-get install chromium)');
  process.exit(0);
}

const folder = resolve(process.argv[2] ?? fileURLToPath(new URL('../dist', import.meta.url)));
if (!existsSync(resolve(folder, 'index.js'))) {
  console.error(`browser smoke: ${folder} has no index.js: run npm run build first`);
  process.exit(1);
}

const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>chainrule</title>
<script type="module">
  try {
    const { grad, mul, matmul, tensor, parameter, crossEntropy, SGD } = await import('/dist/index.js');
    const slope = grad((x) => mul(x, x))(3);
    const x = tensor([[1, 2], [3, -1], [-2, 1]]);
    const labels = tensor([0, 1, 2], { dtype: 'int32' });
    const W = parameter([[0, 0, 0], [0, 0, 0]], { name: 'W' });
    const opt = new SGD([W], { lr: 0.5 });
    const step = () => opt.minimize(() => crossEntropy(matmul(x, W), labels)).item();
    window.result = { slope: typeof slope === 'number' ? slope : slope.item(), first: step(), second: step() };
  } catch (error) {
    window.result = { error: String(error?.stack ?? error) };
  }
</script></html>`;

const types = { '.js': 'text/javascript', '.map': 'application/json', '.json': 'application/json', '.wasm': 'application/wasm' };
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://127.0.0.1');
  if (pathname === '/') return response.writeHead(200, { 'content-type': 'text/html' }).end(page);
  const file = resolve(folder, `.${pathname.replace(/^\/dist/, '')}`);
  if (!pathname.startsWith('/dist/') || !file.startsWith(folder + sep) || !existsSync(file) || !statSync(file).isFile()) {
    return response.writeHead(404).end();
  }
  return response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));

const problems = [];
const browser = await chromium.launch({
  executablePath,
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
try {
  const tab = await browser.newPage();
  tab.on('console', (message) => message.type() === 'error' && problems.push(`console: ${message.text()}`));
  tab.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  await tab.waitForFunction(() => window.result !== undefined, undefined, { timeout: 20_000 });
  const { error, slope, first, second } = await tab.evaluate(() => window.result);
  if (error !== undefined) problems.push(error);
  else {
    if (slope !== 6) problems.push(`grad(x => mul(x, x))(3) is ${slope}: expected 6`);
    if (Math.abs(first - Math.log(3)) > 1e-6) problems.push(`the first loss is ${first}: expected log 3 for three equal scores`);
    if (!(second < first)) problems.push(`the loss does not fall: ${first} then ${second}`);
    console.log(`Chromium ${browser.version()}: slope ${slope}, loss ${first.toFixed(4)} → ${second.toFixed(4)}`);
  }
} finally {
  await browser.close();
  server.closeAllConnections();
  server.close();
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
