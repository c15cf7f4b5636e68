/**
 * Makes the `jsr:@std/...` imports of deno.json resolvable; the tasks that run
 * the project's code depend on it.
 *
 * Where JSR answers, Deno itself fills `vendor/`. Where it does not, the same
 * modules come from the npm package `deno-std`, see `stand_ins.ts`.
 *
 * It writes to `vendor/` only and prints on stderr only: the stdout of a task
 * that depends on it belongs to the program.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };

const ROOT = new URL("../", import.meta.url);
const VENDOR = new URL("vendor/", ROOT);

/** Says what `vendor/` holds. Written last: an interrupted setup starts again. */
const STAMP = new URL("setup.json", VENDOR);

/** Milliseconds for JSR, then for npm: a firewall may swallow every packet. */
const TIMEOUT = 20_000;

/** The JavaScript of std. */
const NPM_PACKAGE = "deno-std@1.4.0";

async function setup(): Promise<void> {
  const pins = Object.values(config.imports)
    .filter((specifier) => specifier.startsWith("jsr:@std/"));
  const wanted = JSON.stringify({ pins, registry: Deno.env.get("JSR_URL") });
  if (isSetUp(wanted)) return;

  console.error(`Filling vendor/ with ${pins.join(", ")}`);
  const { success, stderr } = await deno("cache", ...pins);
  if (!success) await fillFromNpm(silentRegistry(stderr), pins);
  Deno.mkdirSync(VENDOR, { recursive: true });
  Deno.writeTextFileSync(STAMP, wanted);
}

function isSetUp(wanted: string): boolean {
  try {
    return Deno.readTextFileSync(STAMP) === wanted;
  } catch {
    return false;
  }
}

/** Runs Deno in the project's folder, and gives up after {@linkcode TIMEOUT}. */
async function deno(...args: string[]) {
  const signal = AbortSignal.timeout(TIMEOUT);
  const env = { NO_COLOR: "1" };
  const options = { args, cwd: ROOT, env, signal };
  const output = await new Deno.Command(Deno.execPath(), options).output();
  const decoder = new TextDecoder();
  return {
    success: output.success,
    stdout: decoder.decode(output.stdout),
    stderr: signal.aborted
      ? `error: No answer in ${TIMEOUT / 1000} s: ${decoder.decode(output.stderr)}`
      : decoder.decode(output.stderr),
  };
}

/**
 * The registry that Deno could not reach, taken from its own message, which
 * also knows a mirror that `JSR_URL` names. Where JSR did answer, with "no such
 * version" for instance, stand-ins would only hide the mistake.
 */
function silentRegistry(stderr: string): URL {
  const registry = /https?:\/\/[^\s']*?\/(?=@std\/)/.exec(stderr);
  const silent = /^error: (No answer in|.* Import '.*' failed)/m.test(stderr);
  if (registry && silent) return new URL(registry[0]);
  throw new Error(`Cannot fill vendor/ from JSR: ${reason(stderr)}`);
}

function reason(stderr: string): string {
  return /^error: (.*)/m.exec(stderr)?.[1] ?? stderr;
}

/** Puts a finished folder in place by one rename. */
async function fillFromNpm(registry: URL, pins: string[]): Promise<void> {
  const { writeStd } = await import("./stand_ins.ts");
  const source = await fetchFromNpm();
  const finished = new URL(`.new-${crypto.randomUUID()}/`, VENDOR);
  const target = new URL(`${vendorPath(registry)}@std`, VENDOR);
  try {
    await writeStd(finished, pins, source);
    Deno.mkdirSync(new URL(".", target), { recursive: true });
    remove(target);
    Deno.renameSync(finished, target);
  } finally {
    remove(finished);
  }
  console.error(
    "JSR does not answer: vendor/ now holds @std from npm, without its types; " +
      "remove vendor/ to try JSR again",
  );
}

/** Returns where Deno keeps the files of {@linkcode NPM_PACKAGE}. */
async function fetchFromNpm(): Promise<string> {
  const graph = `data:text/javascript,import "npm:${NPM_PACKAGE}/cli/mod.js"`;
  const info = await deno("info", "--no-config", "--json", graph);
  const { modules, npmPackages }: {
    modules: { error?: string }[];
    npmPackages: Record<string, { localPath: string }>;
  } = info.success ? JSON.parse(info.stdout) : { modules: [], npmPackages: {} };
  const folder = npmPackages[NPM_PACKAGE]?.localPath;
  if (folder !== undefined) return folder;
  const error = modules.find(({ error }) => error)?.error;
  throw new Error(
    `Cannot fill vendor/: neither JSR nor npm answers: ${error ?? reason(info.stderr)}`,
  );
}

/** Deno's naming: `https://host/` is `host/`, `http://host:80/` is `http_host_80/`. */
function vendorPath({ protocol, host, pathname }: URL): string {
  const prefix = protocol === "https:" ? "" : "http_";
  return prefix + host.replace(":", "_") + pathname;
}

function remove(folder: URL): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

try {
  await setup();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  console.error(
    "hint: deno.json wants these modules. Connect to the network (HTTPS_PROXY, " +
      "JSR_URL and NPM_CONFIG_REGISTRY are heeded), run `deno task setup` again",
  );
  Deno.exit(1);
}
