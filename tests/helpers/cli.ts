/** Runs the tool as a user does: in a process of its own. */

import { assert } from "@std/assert";
import { ROOT } from "./paths.ts";

/** What is left of a run. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it. */
export interface RunOptions {
  /** The working directory; otherwise the project's. */
  readonly cwd?: string;
  /** Deno's flags; otherwise `--allow-read`. */
  readonly flags?: readonly string[];
  /** What it finds on stdin; otherwise nothing. */
  readonly stdin?: string;
  /** Environment variables; "" takes NO_COLOR away. */
  readonly env?: Readonly<Record<string, string>>;
  /** After how many milliseconds it is stopped, which gives exit code 143; otherwise never. */
  readonly timeout?: number;
}

// On top of the environment of the tests; a locale that is not installed makes shells complain.
const ENV = { NO_COLOR: "1", LC_ALL: "C" };

/** The arguments of `deno` for a run of the tool. */
export function denoArgs(argv: readonly string[], { flags = ["--allow-read"] }: RunOptions = {}) {
  return ["run", ...flags, `${ROOT}/main.ts`, ...argv];
}

/** Runs the tool to its end. */
export async function microgpt(
  argv: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return await outcome(Deno.execPath(), denoArgs(argv, options), options);
}

/** Runs the tool with stdout going to a file. */
export async function microgptInto(file: string, argv: readonly string[]): Promise<Outcome> {
  const script = 'file=$1; shift; exec "$@" > "$file"';
  return await outcome("sh", ["-c", script, "sh", file, Deno.execPath(), ...denoArgs(argv)], {});
}

/** Runs the tool through a program that is given its command line. */
export async function microgptThrough(
  program: string,
  args: readonly string[],
  argv: readonly string[],
): Promise<Outcome> {
  return await outcome(program, [...args, Deno.execPath(), ...denoArgs(argv)], {});
}

/** Starts the tool and leaves it to the caller, who must wait for its end. */
export function startMicrogpt(
  argv: readonly string[],
  options: RunOptions = {},
): Deno.ChildProcess {
  return command(Deno.execPath(), denoArgs(argv, options), options).spawn();
}

function command(
  program: string,
  args: string[],
  { cwd = ROOT, timeout, stdin, env }: RunOptions,
): Deno.Command {
  return new Deno.Command(program, {
    args,
    cwd,
    env: { ...ENV, ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(timeout === undefined ? {} : { signal: AbortSignal.timeout(timeout) }),
  });
}

async function outcome(program: string, args: string[], options: RunOptions): Promise<Outcome> {
  const child = command(program, args, options).spawn();
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin)).catch(() => {}); // if it is not read
    await writer.close().catch(() => {});
  }
  const { code, stdout, stderr } = await child.output();
  const text = { stdout: decode(stdout), stderr: decode(stderr) };
  assert(!/^\s+at /m.test(text.stderr), `There is a stack trace on stderr:\n${text.stderr}`);
  return { code, ...text };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
