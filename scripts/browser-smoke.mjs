/**
 * `node scripts/browser-smoke.mjs [folder = dist]` imports the library from that folder in headless Chromium, takes a
 * gradient and three training steps, the last one compiled, and fails on any console error. Nothing outside 127.0.0.1 is asked for.
 * The page may compile WebAssembly but not JavaScript (`wasm-unsafe-eval`); another page may do neither, and gets the same numbers. A third is
 * isolated from other origins: two threads give the bits of one.
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
<script type="module" nonce="smoke">
  try {
    const { grad, mul, matmul, tensor, parameter, crossEntropy, SGD } = await import('/dist/index.js');
    const slope = grad((x) => mul(x, x))(3);
    const x = tensor([[1, 2], [3, -1], [-2, 1]]);
    const labels = tensor([0, 1, 2], { dtype: 'int32' });
    const W = parameter([[0, 0, 0], [0, 0, 0]], { name: 'W' });
    const opt = new SGD([W], { lr: 0.5 });
    const step = () => opt.minimize(() => crossEntropy(matmul(x, W), labels)).item();
    const compiled = opt.compile((x, labels) => crossEntropy(matmul(x, W), labels));
    window.result = { slope: typeof slope === 'number' ? slope : slope.item(), first: step(), second: step(), third: compiled(x, labels).item() };
  } catch (error) {
    window.result = { error: String(error?.stack ?? error) };
  }
</script></html>`;

const isolated = `<!doctype html>
<html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>chainrule by two threads</title>
<script type="module" nonce="smoke">
  try {
    const { compile, Generator, matmul, normal, relu, setThreads, sum } = await import('/dist/index.js');
    const x = normal([200, 150], { generator: new Generator(1), dtype: 'float32' });
    const f = (w) => sum(relu(matmul(x, w)), { axis: 1 });
    const w = normal([150, 120], { generator: new Generator(2), dtype: 'float32' });
    const alone = compile(f)(w).data.join();
    setThreads(2);
    const together = compile(f);
    let same = self.crossOriginIsolated;
    for (let i = 0; i < 100; i++) {
      same &&= together(w).data.join() === alone;
      await new Promise((resolve) => setTimeout(resolve, 5)); // the worker comes in
    }
    window.result = { same };
  } catch (error) {
    window.result = { error: String(error?.stack ?? error) };
  }
</script></html>`;
const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

const types = { '.js': 'text/javascript', '.map': 'application/json', '.json': 'application/json', '.wasm': 'application/wasm' };
let workers = 0;
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://127.0.0.1');
  const policy = `script-src 'self' 'nonce-smoke'${pathname === '/without-wasm' ? '' : " 'wasm-unsafe-eval'"}`;
  if (pathname === '/' || pathname === '/without-wasm')
    return response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy }).end(page);
  if (pathname === '/isolated')
    return response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy, ...isolation }).end(isolated);
  if (pathname.endsWith('/worker.js')) workers++;
  const file = resolve(folder, `.${pathname.replace(/^\/dist/, '')}`);
  if (!pathname.startsWith('/dist/') || !file.startsWith(folder + sep) || !existsSync(file) || !statSync(file).isFile()) {
    return response.writeHead(404).end();
  }
  return response
    .writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', ...isolation, 'content-security-policy': policy })
    .end(readFileSync(file));
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
  const threads = await browser.newPage();
  threads.on('console', (message) => message.type() === 'error' && problems.push(`console: ${message.text()}`));
  threads.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  await threads.goto(`http://127.0.0.1:${server.address().port}/isolated`);
  await threads.waitForFunction(() => window.result !== undefined, undefined, { timeout: 20_000 });
  const { error: fault, same } = await threads.evaluate(() => window.result);
  if (fault !== undefined) problems.push(fault);
  else if (!same) problems.push('two threads do not give the bits of one');
  if (workers !== 1) problems.push(`${workers} workers were started: expected 1`);
  for (const path of ['', 'without-wasm']) {
    const tab = await browser.newPage();
    const notices = [];
    tab.on('console', (message) => message.type() === 'warning' && notices.push(message.text()));
    // that the page forbids WebAssembly is the browser's to report
    const forbidden = (text) => path !== '' && text.includes('WebAssembly');
    tab.on('console', (message) => message.type() === 'error' && !forbidden(message.text()) && problems.push(`console: ${message.text()}`));
    tab.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
    await tab.goto(`http://127.0.0.1:${server.address().port}/${path}`);
    await tab.waitForFunction(() => window.result !== undefined, undefined, { timeout: 20_000 });
    const { error, slope, first, second, third } = await tab.evaluate(() => window.result);
    if (error !== undefined) {
      problems.push(error);
      continue;
    }
    const said = notices.filter((text) => text.includes('no WebAssembly')).length;
    if (said !== (path === '' ? 0 : 1)) problems.push(`said ${said} times that there is no WebAssembly, on /${path}`);
    if (slope !== 6) problems.push(`grad(x => mul(x, x))(3) is ${slope}: expected 6`);
    if (Math.abs(first - Math.log(3)) > 1e-6) problems.push(`the first loss is ${first}: expected log 3 for three equal scores`);
    if (!(third < second && second < first)) problems.push(`the loss does not fall: ${first}, ${second}, compiled ${third}`);
    const losses = [first, second, third].map((v) => v.toFixed(4)).join(' → ');
    console.log(`Chromium ${browser.version()}, /${path}: slope ${slope}, loss ${losses}`);
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
