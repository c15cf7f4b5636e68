/**
 * Writes `@std` as JSR lays it out, made from JavaScript without types.
 *
 * Each public module gets a `.ts` stand-in whose exports are `any`; it loads the
 * original JavaScript, copied next to it. An `npm:` import in its place would
 * start Node compatibility, some 30 ms, in each program that imports @std.
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
 * @param modules The text of each module, by its path, such as `cli/parse_args.js`
 */
export function writeStd(scope: URL, pins: string[], modules: ReadonlyMap<string, string>): void {
  for (const pin of pins) {
    const [, name, version] = /^jsr:@std\/(\w+)@([\d.]+)$/.exec(pin) ?? [];
    const own = Array.from(modules.keys()).filter((path) => path.startsWith(`${name}/`));
    if (!name || !version || own.length === 0) {
      throw new Error(`Cannot make ${pin}: .ci/std.sha256 pins no file of it`);
    }
    const root = new URL(`${name}/${version}/`, scope);
    for (const [path, text] of modules) {
      const [folder = ""] = path.split("/");
      if ([name, ...SHARED_FOLDERS].includes(folder)) write(new URL(path, root), text);
    }
    const exports: Record<string, string> = {};
    for (const path of own.filter((path) => !path.includes("/_"))) {
      const standIn = path.replace(/js$/, "ts");
      write(new URL(standIn, root), standInFor(path, modules.get(path) ?? ""));
      exports[exportName(standIn)] = `./${standIn}`;
    }
    const meta = { versions: { [version]: {} } };
    const versionMeta = { exports, manifest: {} };
    write(new URL(`${name}/meta.json`, scope), JSON.stringify(meta));
    write(new URL(`${name}/${version}_meta.json`, scope), JSON.stringify(versionMeta));
  }
}

/** Returns the name by which a module is imported: `./parse-args` for `cli/parse_args.ts`. */
function exportName(path: string): string {
  return path.replace(/^\w+/, ".").replace(/(\/mod)?\.ts$/, "").replaceAll("_", "-");
}

/** Declares what a module exports; a `mod.js` is a list of `export *`. */
function standInFor(path: string, text: string): string {
  if (path.endsWith("/mod.js")) {
    const paths = text.matchAll(/^export \* from "(.*)js";/gm);
    return Array.from(paths, ([, path]) => `export * from "${path}ts";`).join("\n");
  }
  const declared = text.matchAll(/^export (?:async )?(?:function\*?|class|const) (\w+)/gm);
  const passedOn = text.matchAll(/^export \{ (\w+) \} from /gm);
  const names = Array.from([...declared, ...passedOn], ([, name = ""]) => name);
  if (names.length === 0) return "export {};";
  return [
    `import * as js from ".${path.slice(path.lastIndexOf("/"))}";`,
    ...names.map((name) => `export const ${name}: ${SIGNATURES[name] ?? "any"} = js.${name};`),
  ].join("\n");
}

function write(file: URL, text: string): void {
  Deno.mkdirSync(new URL(".", file), { recursive: true });
  Deno.writeTextFileSync(file, text);
}
