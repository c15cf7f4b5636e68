/**
 * The JavaScript of std as npm has it, in the package `deno-std`, for machines
 * that cannot reach JSR.
 *
 * Anyone can publish to npm, so `std.sha256` pins each file that is used: it is
 * that file, byte for byte, or setup refuses it. The pinned files are std's own
 * sources, without their types, of the versions that deno.json wants.
 *
 * @module
 */

/** Lines as `sha256sum` prints them: a digest, and `deno-std@1.4.0/path/join.js`. */
const PINS = new URL("std.sha256", import.meta.url);

/** A file of an npm package, and its SHA-256 in hexadecimal. */
export interface Pin {
  /** Such as `deno-std@1.4.0`. */
  readonly npmPackage: string;
  /** Such as `path/join.js`. */
  readonly path: string;
  readonly sha256: string;
}

/** Reads the list of pinned files. */
export function readPins(list: URL = PINS): Pin[] {
  const lines = Deno.readTextFileSync(list).trimEnd().split("\n");
  return lines.map((line) => {
    const [, sha256, npmPackage, path] = /^([0-9a-f]{64}) {2}([^/]+)\/(.+)$/.exec(line) ?? [];
    if (!sha256 || !npmPackage || !path) throw new Error(`Cannot read std.sha256: ${line}`);
    return { npmPackage, path, sha256 };
  });
}

/** One module of each package: with it Deno fetches the whole package. */
export function npmModules(pins: readonly Pin[] = readPins()): string[] {
  const modules = new Map(pins.map(({ npmPackage, path }) => [npmPackage, path]));
  return Array.from(modules, ([npmPackage, path]) => `npm:${npmPackage}/${path}`);
}

/**
 * Reads the pinned files.
 *
 * @param folder The folder whose `node_modules` Deno has filled
 * @returns The text of each file, by its path, such as `path/join.js`
 * @throws {Error} If one of them is missing, or is not the one that was pinned
 */
export async function readStd(
  folder: URL,
  pins: readonly Pin[] = readPins(),
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const { npmPackage, path, sha256 } of pins) {
    const [name] = npmPackage.split("@");
    const file = new URL(`node_modules/.deno/${npmPackage}/node_modules/${name}/${path}`, folder);
    const bytes = readFile(file, `${npmPackage}/${path}`);
    const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    if (found !== sha256) {
      throw new Error(
        `Cannot use ${npmPackage}/${path} from npm: it is not the file that .ci/std.sha256 pins: ` +
          `its SHA-256 is ${found}, not ${sha256}: connect to JSR instead`,
      );
    }
    texts.set(path, new TextDecoder().decode(bytes));
  }
  return texts;
}

function readFile(file: URL, name: string): Uint8Array<ArrayBuffer> {
  try {
    return Deno.readFileSync(file);
  } catch (error) {
    throw new Error(`Cannot use ${name} from npm: ${error instanceof Error ? error.message : ""}`);
  }
}
