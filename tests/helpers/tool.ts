/**
 * Runs of the tool: `runMain()` in this process, which is fast and needs no rights, and
 * `runProcess()` in one of its own, as a user starts it.
 */

import { assert } from "@std/assert";
import { main } from "../../lib/cli/main.ts";
import { setColor } from "../../lib/cli/terminal/output.ts";
import { ROOT } from "./paths.ts";
import { type Terminal, withTerminal, writtenTo } from "./terminal.ts";

/** The remains of a run. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The last line of training on stderr; its time differs from run to run. */
const SUMMARY = /^\d+ steps? in .*\n/m;

/** The surroundings of a run, wherever it is. */
interface RunOptions {
  /** True to keep the summary of training on stderr, which no two runs have in common. */
  readonly keepsSummary?: boolean;
}

/** The surroundings of a run in this process. */
export interface MainOptions extends RunOptions {
  /** True if stderr is a terminal. */
  readonly isTerminal?: boolean;
  /** True if the environment has NO_COLOR. */
  readonly noColor?: boolean;
  /** Its stdin; otherwise that of the tests. */
  readonly stdin?: Uint8Array<ArrayBuffer>;
  /** Changes the terminal and its clock before the run, or keeps them to look at later. */
  readonly prepare?: (terminal: Terminal) => void;
}

/** Runs main() in this process. */
export async function runMain(
  argv: readonly string[],
  { isTerminal = false, noColor = false, keepsSummary = false, stdin, prepare = () => {} }:
    MainOptions = {},
): Promise<Outcome> {
  let outcome = { code: -1, stdout: "", stderr: "" };
  await withTerminal(async (terminal) => {
    const original = Object.getOwnPropertyDescriptor(Deno, "noColor")!; // every Deno has it
    Object.defineProperty(Deno, "noColor", { value: noColor, configurable: true });
    if (stdin !== undefined) {
      const value = new Blob([stdin]).stream();
      Object.defineProperty(Deno.stdin, "readable", { value, configurable: true });
    }
    try {
      prepare(terminal);
      const code = await main(argv), { writes } = terminal;
      const written = asMicrogpt(writtenTo("stderr", writes));
      const stderr = withoutSummary(written, keepsSummary);
      outcome = { code, stdout: writtenTo("stdout", writes), stderr };
    } finally {
      Object.defineProperty(Deno, "noColor", original);
      if (stdin !== undefined) Reflect.deleteProperty(Deno.stdin, "readable"); // that of the class again
      setColor("auto");
    }
  }, isTerminal);
  return outcome;
}

/** The name of this Deno in hints. */
export const DENO = /[\\/]_npx[\\/]/.test(Deno.execPath()) ? "npx -y deno" : "deno";

/** Text in which the tool is `microgpt`, whatever hints say that starts it here. */
export function asMicrogpt(text: string): string {
  return text.replace(/\b(npx -y )?deno (task start|run -A (\S*[\\/])?main\.ts)(?= )/g, "microgpt");
}

function withoutSummary(stderr: string, keepsSummary: boolean): string {
  return keepsSummary ? stderr : stderr.replace(SUMMARY, "");
}

/** Runs main() quietly, which must succeed and say nothing beside its results; returns those. */
export async function resultsOf(argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runMain([...argv, "--quiet"]);
  assert(code === 0 && stderr === "", `${argv.join(" ")}: exit code ${code}: ${stderr}`);
  return stdout;
}

/** The lines of JSON of a run that went well and had nothing to say. */
export function jsonOf({ code, stdout, stderr }: Outcome): Record<string, unknown>[] {
  assert(code === 0 && stderr === "", `exit code ${code}: ${stderr}`);
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/**
 * Trains and saves after a step, where nobody reads the output any more. `argv` says where to
 * save to.
 */
export async function trainUntil(step: number, argv: readonly string[]): Promise<void> {
  const isLast = new RegExp(`^step +${step} `, "m");
  const prepare = (terminal: Terminal) => {
    terminal.tick = 200; // ms, so that each line is written at once
    terminal.accept = (bytes) => {
      if (isLast.test(new TextDecoder().decode(bytes))) throw new Deno.errors.BrokenPipe();
      return bytes.length;
    };
  };
  const { code, stderr } = await runMain([...argv, "--log-every", "1"], { prepare });
  assert(code === 0 && stderr.includes(`Stopped after step ${step} of `), `${code}: ${stderr}`);
}

/** An output without the lines of the steps up to one: that of a run resumed there. */
export function outputAfter(step: number, stdout: string): string {
  const isLater = (line: string) => {
    const number = /^step +(\d+) |^{"type":"step","step":(\d+),/.exec(line);
    return number === null || Number(number[1] ?? number[2]) > step;
  };
  return stdout.split("\n").filter(isLater).join("\n");
}

/** The surroundings of a run in a process of its own. */
export interface ProcessOptions extends RunOptions {
  /** The working directory; otherwise the project's. */
  readonly cwd?: string;
  /** Deno's flags; otherwise `--allow-read`. */
  readonly flags?: readonly string[];
  /** Its stdin; otherwise nothing. */
  readonly stdin?: string;
  /** Environment variables; "" takes NO_COLOR away. */
  readonly env?: Readonly<Record<string, string>>;
  /** A program and its arguments, behind which the command line is put: that runs the tool. */
  readonly through?: readonly string[];
}

/** After how many milliseconds a process is stopped, which gives exit code 143: a machine may be busy. */
const PATIENCE = 60_000;

// On top of the environment of the tests; a locale that is not installed makes shells complain.
const ENV = { NO_COLOR: "1", LC_ALL: "C" };

/** Starts the tool and leaves it to the caller, who must wait for its end. */
export function startProcess(
  argv: readonly string[],
  options: ProcessOptions = {},
): Deno.ChildProcess {
  const { cwd = ROOT, flags = ["--allow-read"], stdin, env, through = [] } = options;
  const line = [...through, Deno.execPath(), "run", ...flags, `${ROOT}/main.ts`, ...argv];
  return new Deno.Command(line[0]!, { // Deno at least
    args: line.slice(1),
    cwd,
    env: { ...ENV, ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(PATIENCE),
  }).spawn();
}

/** Runs the tool in a process to its end. */
export async function runProcess(
  argv: readonly string[],
  options: ProcessOptions = {},
): Promise<Outcome> {
  const child = startProcess(argv, options);
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin)).catch(() => {}); // if it is not read
    await writer.close().catch(() => {});
  }
  const { code, stdout, stderr } = await child.output();
  const { keepsSummary = false } = options;
  const hints = asMicrogpt(decode(stderr));
  const text = { stdout: decode(stdout), stderr: withoutSummary(hints, keepsSummary) };
  assert(!/^\s+at /m.test(text.stderr), `There is a stack trace on stderr:\n${text.stderr}`);
  return { code, ...text };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
