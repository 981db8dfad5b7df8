/**
 * @file Pixels as a data URL of a PNG, as pictures embed them.
 */

/** Red, green and blue bytes [h, w, 3], or grey ones [h, w], as a PNG in a data URL. */
export async function pngUrl(pixels: Uint8Array, width: number, height: number): Promise<string> {
  const { encode } = await import('fast-png');
  const bytes = encode({ width, height, data: pixels, channels: pixels.length === 3 * width * height ? 3 : 1 });
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}

/** A colour `#rrggbb` as three bytes, mixed with white: 0 is white, 1 the colour. */
export function mixed(colour: string, strength: number): readonly [number, number, number] {
  const part = (i: number): number => Math.round(255 + strength * (Number.parseInt(colour.slice(i, i + 2), 16) - 255));
  return [part(1), part(3), part(5)];
}
