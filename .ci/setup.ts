/**
 * Makes the `jsr:@std/...` imports of deno.json resolvable; the tasks that run
 * the project's code depend on it.
 *
 * Where JSR answers, Deno itself fills `vendor/`. Where it does not, the same
 * modules come from npm, see `npm_std.ts`. Whatever is fetched is data here:
 * setup runs none of it.
 *
 * It writes to `vendor/` only and prints on stderr only: the stdout of a task
 * that depends on it belongs to the program. `--allow-run` is for Deno itself,
 * which does the fetching; a list of programs would not do, because the Deno
 * that runs a task need not be on the PATH.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { checkDeno } from "../lib/cli/deno_version.ts";

const ROOT = new URL("../", import.meta.url);
const VENDOR = new URL("vendor/", ROOT);

/** Records what `vendor/` holds. Written last: an interrupted setup starts again. */
const STAMP = new URL("setup.json", VENDOR);

/** Milliseconds for JSR, then for npm: a firewall may swallow every packet. */
const TIMEOUT = 20_000;

async function setup(): Promise<void> {
  checkDeno();
  const pins = Object.values(config.imports)
    .filter((specifier) => specifier.startsWith("jsr:@std/"));
  const wanted = JSON.stringify({ pins, registry: Deno.env.get("JSR_URL") });
  if (isSetUp(wanted)) return;

  say("Setting up @std in vendor/");
  const failure = await cache(ROOT, pins);
  let registry: URL | undefined;
  try {
    registry = failure === undefined ? undefined : silentRegistry(failure);
  } finally {
    say(registry === undefined ? "\n" : " (from npm: JSR does not answer)\n");
  }
  if (registry !== undefined) await fillFromNpm(registry, pins);
  Deno.mkdirSync(VENDOR, { recursive: true });
  Deno.writeTextFileSync(STAMP, wanted);
}

/** Writes a part of a line: fetching may take a while. */
function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

function isSetUp(wanted: string): boolean {
  try {
    return Deno.readTextFileSync(STAMP) === wanted;
  } catch {
    return false;
  }
}

/**
 * Lets Deno fetch modules, without running them.
 *
 * @param folder Where Deno finds its configuration
 * @returns What it printed if that failed or took longer than {@linkcode TIMEOUT}
 */
async function cache(folder: URL, modules: string[]): Promise<string | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT);
  const env = { NO_COLOR: "1" };
  const options = { args: ["cache", ...modules], cwd: folder, env, signal };
  const { success, stderr } = await new Deno.Command(Deno.execPath(), options).output();
  if (success) return undefined;
  const printed = new TextDecoder().decode(stderr);
  return signal.aborted ? `error: No answer in ${TIMEOUT / 1000} s: ${printed}` : printed;
}

/**
 * The registry that Deno could not reach, taken from its own message, which
 * also knows a mirror that `JSR_URL` names. Where JSR did answer, with "no such
 * version" for instance, stand-ins would only hide the mistake.
 */
function silentRegistry(failure: string): URL {
  const registry = /https?:\/\/[^\s']*?\/(?=@std\/)/.exec(failure);
  const silent = /^error: (No answer in|.* Import '.*' failed)/m.test(failure);
  if (registry && silent) return new URL(registry[0]);
  throw new Error(`Cannot fill vendor/ from JSR: ${reason(failure)}`);
}

/** The error that Deno printed, and what caused it. */
function reason(failure: string): string {
  const error = /^error: (.*)/m.exec(failure)?.[1] ?? failure.trim();
  const cause = /^ +0: (?:error sending request for url \(.*?\): )?(.*)/m.exec(failure)?.[1];
  return cause === undefined ? error : `${error}: ${cause}`;
}

/** Puts a finished folder in place by one rename. */
async function fillFromNpm(registry: URL, pins: string[]): Promise<void> {
  const { npmModules, readStd } = await import("./npm_std.ts");
  const { writeStd } = await import("./stand_ins.ts");
  const scratch = new URL(`.new-${crypto.randomUUID()}/`, VENDOR);
  const target = new URL(`${vendorPath(registry)}@std`, VENDOR);
  try {
    Deno.mkdirSync(scratch, { recursive: true });
    // Deno unpacks the packages in this folder, whatever the projects around it want.
    Deno.writeTextFileSync(new URL("deno.json", scratch), '{ "nodeModulesDir": "auto" }');
    const failure = await cache(scratch, npmModules());
    if (failure !== undefined) {
      throw new Error(
        `Cannot fill vendor/: neither JSR nor npm answers: ${reason(failure)}\n` +
          "hint: deno.json wants these modules. Connect to the network (HTTPS_PROXY, JSR_URL and " +
          "NPM_CONFIG_REGISTRY are heeded), run `deno task setup` again",
      );
    }
    writeStd(new URL("@std/", scratch), pins, await readStd(scratch));
    Deno.mkdirSync(new URL(".", target), { recursive: true });
    remove(target);
    Deno.renameSync(new URL("@std", scratch), target);
  } finally {
    remove(scratch);
  }
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
  Deno.exit(1);
}
