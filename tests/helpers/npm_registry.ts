/** An npm registry on this machine, with one package that a test makes up. */

/** The files of a version, by their paths. */
export type PackageFiles = Readonly<Record<string, string>>;

/**
 * Calls `body` with the address of a registry that is there while it runs.
 *
 * @param name The name of the package.
 * @param versions The files of each version.
 */
export async function withNpmRegistry(
  name: string,
  versions: Readonly<Record<string, PackageFiles>>,
  body: (url: string) => Promise<void>,
): Promise<void> {
  const tarballs = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [version, files] of Object.entries(versions)) {
    const manifest = JSON.stringify({ name, version, type: "module", exports: { "./*": "./*" } });
    const paths = { ...files, "package.json": manifest };
    tarballs.set(`/${name}/-/${name}-${version}.tgz`, await tarball(paths));
  }
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (req) => {
    const { origin, pathname } = new URL(req.url);
    const file = tarballs.get(pathname);
    if (file !== undefined) return new Response(file);
    if (pathname !== `/${name}`) return new Response(null, { status: 404 });
    const entries = Object.keys(versions).map(async (version) => {
      const path = `/${name}/-/${name}-${version}.tgz`;
      const integrity = await integrityOf(tarballs.get(path)!); // one for each version
      return [version, {
        name,
        version,
        dist: { tarball: `${origin}${path}`, integrity },
      }] as const;
    });
    return Response.json({ name, versions: Object.fromEntries(await Promise.all(entries)) });
  });
  try {
    await body(`http://127.0.0.1:${server.addr.port}/`);
  } finally {
    await server.shutdown();
  }
}

async function integrityOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha512-${new Uint8Array(await crypto.subtle.digest("SHA-512", bytes)).toBase64()}`;
}

/** Packs files as npm does: a tar archive, compressed, with all paths below `package/`. */
async function tarball(files: PackageFiles): Promise<Uint8Array<ArrayBuffer>> {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const bytes = new TextEncoder().encode(text);
    return [tarHeader(`package/${path}`, bytes.length), bytes, padding(bytes.length)];
  });
  const archive = new Blob([...blocks, new Uint8Array(1024)]).stream();
  return await new Response(archive.pipeThrough(new CompressionStream("gzip"))).bytes();
}

/** The header of a regular file: fixed fields of text, numbers in octal digits. */
function tarHeader(path: string, size: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(512);
  const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
  put(0, path);
  put(100, "0000644\0" + "0000000\0" + "0000000\0"); // mode, user, group
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0"); // time
  put(148, " ".repeat(8)); // the checksum counts as spaces
  put(156, "0"); // a file
  put(257, "ustar\0" + "00");
  const sum = header.reduce((sum, byte) => sum + byte);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}

/** A file fills blocks of 512 bytes. */
function padding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((512 - size % 512) % 512);
}
