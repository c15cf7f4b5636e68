/** Files that are no lists in UTF-8, made in memory. */

/** A text in UTF-16, without a byte order mark unless it begins with one. */
export function encodeUtf16(text: string, endian: "LE" | "BE"): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), endian === "LE");
  return bytes;
}

/** A text in UTF-32, likewise. */
export function encodeUtf32(text: string, endian: "LE" | "BE"): Uint8Array<ArrayBuffer> {
  const characters = [...text];
  const bytes = new Uint8Array(4 * characters.length);
  const view = new DataView(bytes.buffer);
  characters.forEach((character, i) =>
    view.setUint32(4 * i, character.codePointAt(0)!, endian === "LE") // it is not empty
  );
  return bytes;
}

/** A text, compressed. */
export async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).bytes();
}

/** A zip archive with one file, not compressed. */
export function zip(name: string, content: string): Uint8Array<ArrayBuffer> {
  const nameBytes = new TextEncoder().encode(name), data = new TextEncoder().encode(content);
  const local = new Uint8Array(30 + nameBytes.length + data.length);
  const view = new DataView(local.buffer);
  view.setUint32(0, 0x04034b50, true); // PK 3 4
  view.setUint16(4, 20, true); // the version that is needed
  view.setUint32(14, crc32(data), true);
  view.setUint32(18, data.length, true);
  view.setUint32(22, data.length, true);
  view.setUint16(26, nameBytes.length, true);
  local.set(nameBytes, 30);
  local.set(data, 30 + nameBytes.length);
  const central = new Uint8Array(46 + nameBytes.length);
  const entry = new DataView(central.buffer);
  entry.setUint32(0, 0x02014b50, true); // PK 1 2
  central.set(local.subarray(4, 30), 6); // what the local header says
  central.set(nameBytes, 46);
  const end = new Uint8Array(22);
  const tail = new DataView(end.buffer);
  tail.setUint32(0, 0x06054b50, true); // PK 5 6
  tail.setUint16(8, 1, true);
  tail.setUint16(10, 1, true);
  tail.setUint32(12, central.length, true);
  tail.setUint32(16, local.length, true);
  return Uint8Array.of(...local, ...central, ...end);
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
