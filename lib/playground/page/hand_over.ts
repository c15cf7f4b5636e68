/**
 * Hands things over to the visitor: as a file, or to be pasted.
 *
 * @module
 */

/// <reference lib="dom" />

/**
 * Downloads a file.
 *
 * @param content What is in it.
 * @param name Its name.
 */
export function download(content: Uint8Array<ArrayBuffer> | string, name: string): void {
  const url = URL.createObjectURL(new Blob([content]));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url)); // the download has begun
}

/** Copies a text; tells whether the browser did. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // it is not allowed, or not there
  }
}

/** The name of a list in the name of a file: `names` for `datasets/names.txt`. */
export function stemOf(list: string): string {
  return list.replace(/^.*[/\\]/, "").replace(/\.\w+$/, "") || "model";
}
