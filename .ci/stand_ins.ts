/**
 * Writes `@std` as JSR lays it out, made from the npm package `deno-std`.
 *
 * The package holds the JavaScript of std without its types. So each public
 * module gets a `.ts` stand-in whose exports are `any`; it loads the original
 * JavaScript, copied next to it. An `npm:` import in its place would start
 * Node compatibility, some 30 ms, in each program that imports @std.
 *
 * @module
 */

/** The folders that modules in other folders import. */
const SHARED_FOLDERS = ["internal", "path"];

/** Assertions narrow a type, which `any` cannot do. */
const SIGNATURES: Record<string, string> = {
  assert: "(expr: unknown, msg?: string) => asserts expr",
  assertExists: "<T>(actual: T, msg?: string) => asserts actual is T & {}",
  fail: "(msg?: string) => never",
  unreachable: "(msg?: string) => never",
};

/**
 * Writes the packages into the folder `scope`.
 *
 * @param scope The folder to make
 * @param pins Specifiers such as `jsr:@std/cli@1.0.32`
 * @param source The folder of `deno-std`
 */
export async function writeStd(
  scope: URL,
  pins: string[],
  source: string,
): Promise<void> {
  for (const pin of pins) {
    const [, name, version] = /^jsr:@std\/(\w+)@([\d.]+)$/.exec(pin) ?? [];
    if (!name || !version || !exists(`${source}/${name}`)) {
      throw new Error(`Cannot make ${pin}: it is not in npm's deno-std`);
    }
    const root = new URL(`${name}/${version}/`, scope);
    copyModules(source, root, name);
    const exports = await writeStandIns(root, filesIn(source, name));
    const meta = { versions: { [version]: {} } };
    const versionMeta = { exports, manifest: {} };
    write(new URL(`${name}/meta.json`, scope), JSON.stringify(meta));
    write(
      new URL(`${name}/${version}_meta.json`, scope),
      JSON.stringify(versionMeta),
    );
  }
}

function copyModules(source: string, root: URL, name: string): void {
  for (const folder of new Set([name, ...SHARED_FOLDERS])) {
    for (const file of filesIn(source, folder)) {
      write(new URL(file, root), Deno.readTextFileSync(`${source}/${file}`));
    }
  }
}

/** Returns what the package exports: `./parse-args` at `./cli/parse_args.ts`. */
async function writeStandIns(
  root: URL,
  files: string[],
): Promise<Record<string, string>> {
  const exports: Record<string, string> = {};
  const isMod = (file: string) => file.endsWith("/mod.js");
  const modules = files.filter((file) => !file.includes("/_"))
    .sort((a, b) => Number(isMod(a)) - Number(isMod(b)));
  for (const file of modules) {
    const js = new URL(file, root);
    const lines = isMod(file) ? reexports(js) : await declarations(js);
    if (lines.length === 0) continue;
    const standIn = file.replace(/js$/, "ts");
    write(new URL(standIn, root), lines.join("\n"));
    const path = standIn.replace(/^\w+/, ".").replace(/(\/mod)?\.ts$/, "");
    exports[path.replaceAll("_", "-")] = `./${standIn}`;
  }
  return exports;
}

/** A `mod.js` is a list of `export *`, of which those with a stand-in stay. */
function reexports(mod: URL): string[] {
  const paths = Deno.readTextFileSync(mod).matchAll(
    /^export \* from "(.*)js";/gm,
  );
  return paths.map(([, path]) => `${path}ts`)
    .filter((path) => exists(new URL(path, mod)))
    .map((path) => `export * from "${path}";`).toArray();
}

/** None for a file that cannot be loaded: unicode_width.js lacks its data. */
async function declarations(js: URL): Promise<string[]> {
  const names = await import(js.href).then(Object.keys, () => []);
  if (names.length === 0) return [];
  return [
    `import * as js from ".${js.pathname.slice(js.pathname.lastIndexOf("/"))}";`,
    ...names.map((name) => `export const ${name}: ${SIGNATURES[name] ?? "any"} = js.${name};`),
  ];
}

/** The files below a folder of `root`, as paths relative to `root`. */
function filesIn(root: string, folder: string): string[] {
  return Array.from(Deno.readDirSync(`${root}/${folder}`)).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory ? filesIn(root, path) : [path];
  });
}

function exists(path: string | URL): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function write(file: URL, text: string): void {
  Deno.mkdirSync(new URL(".", file), { recursive: true });
  Deno.writeTextFileSync(file, text);
}
