/** Numbers in words; the kernel has already put everything else into them. */

export function count(value: number, noun: string): string {
  return `${value.toLocaleString("en-US")} ${noun}${value === 1 ? "" : "s"}`;
}

export function dataUri(png: DataView): string {
  const bytes = new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
  let text = "";
  // Spread in parts: a call takes no more than some 100,000 arguments.
  for (let i = 0; i < bytes.length; i += 8_192)
    text += String.fromCharCode(...bytes.subarray(i, i + 8_192));
  return `data:image/png;base64,${btoa(text)}`;
}
