/**
 * @file Decompression by the platform's own streams, so that gzipped data is read in a browser too.
 */
import { DataError } from '../graph/errors.js';

/**
 * Decompresses all of `bytes`. Stops as soon as there are more than `limit` bytes, however much would follow.
 * @throws DataError for damaged or truncated data, and for more than `limit` bytes.
 */
export async function inflate(
  bytes: Uint8Array,
  format: 'gzip' | 'deflate-raw',
  name: string,
  limit: number = Infinity,
): Promise<Uint8Array> {
  const source = new ReadableStream<BufferSource>({
    start(controller) {
      // A stream asks for bytes that are not shared with another thread; where they are, the platform copies or refuses them.
      controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
      controller.close();
    },
  });
  // Outside the try: a platform without the format says so itself, and the data is not to blame.
  const stream = new DecompressionStream(format);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const reader = source.pipeThrough(stream).getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      parts.push(step.value);
      length += step.value.length;
      if (length > limit) {
        await reader.cancel();
        break;
      }
    }
  } catch (error) {
    throw new DataError(name, 'damaged compressed data', error instanceof Error ? error.message : String(error));
  }
  if (length > limit) throw new DataError(name, 'longer than its header says', `expected ${limit} bytes, found more`);
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/**
 * Decompresses a gzipped file, in a browser and in Node: `readIdx(await gunzip(bytes))` is for the files of MNIST as they
 * come. (`readIdxFile` and the other readers of `chainrule/node` do it by themselves.) `name` stands in messages.
 * @throws DataError for bytes that are not gzipped, and for damaged or truncated ones.
 * @see https://www.rfc-editor.org/rfc/rfc1952
 * @example
 * const zipped = new Response(new Blob(['x,y']).stream().pipeThrough(new CompressionStream('gzip')));
 * const bytes = await gunzip(new Uint8Array(await zipped.arrayBuffer()));
 * new TextDecoder().decode(bytes); // → x,y
 */
export async function gunzip(bytes: Uint8Array, name = 'gzip data'): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    const found = [...bytes.subarray(0, 2)].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ');
    throw new DataError(name, 'is not gzipped', `expected 0x1f 0x8b, found ${found || 'no bytes'}`);
  }
  return inflate(bytes, 'gzip', name);
}
