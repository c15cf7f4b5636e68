/**
 * The fingerprint of a data set.
 *
 * @module
 */

/** Computes the SHA-256 of some bytes, in hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // crypto.subtle takes no view of memory that may be shared; what is read from a file is not.
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
