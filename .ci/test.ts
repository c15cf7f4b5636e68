/**
 * Runs `deno test` with its arguments, and prints what matters: a dot per test, what failing tests
 * have printed, the errors, the tests that were skipped with the reasons, and the summary.
 *
 * The reporter `dot` of Deno will not do: it says nothing about skipped tests, and it hides what a
 * failing one has printed, such as the seed of its random numbers.
 *
 * @module
 */

/** The width of a line of dots. */
const WIDTH = 80;

/** The sign of a result. */
const DOTS: Readonly<Record<string, string>> = { ok: ".", ignored: ",", FAILED: "!" };

/** Condenses the lines that `deno test` prints. */
export class Digest {
  /** Dots in the last line. */
  #column = 0;
  #isInOutput = false;
  /** The output of a file: while it was loaded, and of its tests. */
  #printed: string[] = [];
  /** The length of it that came before the last result. */
  #old = 0;
  /** True if errors or the summary have begun. */
  #isAtEnd = false;
  readonly #skipped = new Map<string, string[]>();

  /** Takes a line, without its line break; returns what to print. */
  line(colored: string): string {
    // deno-lint-ignore no-control-regex -- escape sequences are made of control characters
    const line = colored.replace(/\x1b\[[\d;]*m/g, "");
    if (this.#isInOutput) return this.#output(line);
    if (/^(ok|FAILED) \| \d+ passed/.test(line)) return this.#summary(colored);
    if (this.#isAtEnd) return `${colored}\n`;
    if (/^-+ ((pre|post)-test )?output -+$/.test(line)) return this.#beginOutput();
    if (/^running \d+ tests? from /.test(line)) return this.#file();
    const [, indent = "", name, result] =
      /^( *)(.*?) \.\.\.(?: (ok|ignored|FAILED)\b.*)?$/.exec(line) ??
        /^()(Uncaught error from .*) (FAILED)$/.exec(line) ?? [];
    if (name !== undefined) return this.#result(indent !== "", name, result);
    if (line !== "") this.#isAtEnd ||= /^ (ERRORS|FAILURES) $/.test(line);
    return line === "" ? "" : `${this.#fresh()}${this.#isAtEnd ? "\n" : ""}${colored}\n`;
  }

  /** Collects a line that a test has printed; the end mark follows the last one at once. */
  #output(line: string): string {
    const [end] = /----- ((pre|post)-test )?output end -----$/.exec(line) ?? [];
    const printed = end === undefined ? line : line.slice(0, -end.length);
    if (end === undefined || printed !== "") this.#printed.push(printed);
    this.#isInOutput = end === undefined;
    return "";
  }

  #beginOutput(): string {
    this.#isInOutput = true;
    return "";
  }

  /** Begins a file; what it has printed while it was loaded has come already. */
  #file(): string {
    this.#printed.splice(0, this.#old);
    this.#old = 0;
    return "";
  }

  /** Takes the result of a test, or of a step of it; before there is one, its name comes alone. */
  #result(isStep: boolean, name: string, result: string | undefined): string {
    if (result === "ignored") {
      const [, what = name, reason = "no reason given"] = /^(.*?) \((.*)\)$/.exec(name) ?? [];
      this.#skipped.set(reason, [...this.#skipped.get(reason) ?? [], what]);
    }
    if (result === undefined || isStep) return "";
    this.#old = this.#printed.length;
    const dot = `${DOTS[result]}${++this.#column === WIDTH ? this.#fresh() : ""}`;
    if (result !== "FAILED") return dot;
    this.#old = 0;
    const printed = this.#printed.splice(0).map((line) => `  ${line}\n`).join("");
    return `${dot}${this.#fresh()}${name}\n${printed}`;
  }

  /** The skipped tests by their reasons, and the line that Deno has for all. */
  #summary(line: string): string {
    const skipped = Array.from(this.#skipped, ([reason, names]) => {
      const what = names.length === 1 ? "1 test" : `${names.length} tests`;
      return `${what} skipped: ${reason}\n${names.map((name) => `  ${name}\n`).join("")}\n`;
    });
    return `${this.#fresh()}${this.#isAtEnd ? "" : "\n"}${skipped.join("")}${line}\n`;
  }

  /** Ends a line of dots. */
  #fresh(): string {
    const isBegun = this.#column > 0;
    this.#column = 0;
    return isBegun ? "\n" : "";
  }
}

/** Calls `take` with each line of a stream. */
async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  if (rest !== "") take(rest);
}

/** The root of the project. */
const ROOT = import.meta.dirname!.replace(/[\\/]\.ci$/, ""); // this is a file

/** Runs `deno test`; returns its exit code. */
async function main(args: string[]): Promise<number> {
  Deno.addSignalListener("SIGINT", () => {}); // Deno hears it, too, and names the pending tests
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...args],
    env: { INIT_CWD: ROOT }, // wherever the task is typed: messages depend on it
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const write = (to: typeof Deno.stdout, text: string) => {
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) done += to.writeSync(bytes.subarray(done));
  };
  const digest = new Digest();
  await Promise.all([
    eachLine(child.stdout, (line) => write(Deno.stdout, digest.line(line))),
    eachLine(child.stderr, (line) => isCheck(line) || write(Deno.stderr, `${line}\n`)),
  ]);
  return (await child.status).code;
}

/** Tells if a line says that a file is type-checked, as Deno does of each. */
function isCheck(line: string): boolean {
  return /^\S*Check\S* /.test(line);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
