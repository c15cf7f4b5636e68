/**
 * Runs the shell examples of pages in Markdown, one after the other, and compares what they print
 * with what the page says: `deno run -A .ci/examples.ts README.md docs/*.md`.
 *
 * A block of `text` behind a block of `sh`, with nothing but prose between, is some of what its
 * commands print to stdout, line by line. A line `...` stands for any lines, ` ...` at the end of
 * one for the rest of it. If the prose says "within 1 %", so are the numbers.
 *
 * @module
 */

/** A block of commands. */
export interface Example {
  readonly commands: readonly { readonly line: number; readonly text: string }[];
  /** Some of what they print. */
  readonly printed?: Printed;
}

/** The output of commands. */
export interface Printed {
  /** The number of its first line in the page. */
  readonly line: number;
  readonly lines: readonly string[];
  /** The tolerance of numbers, as a part of them. */
  readonly tolerance: number;
}

/** Finds the examples of a page. */
export function examplesOf(page: string): Example[] {
  const examples: { commands: Example["commands"]; printed?: Printed }[] = [];
  let last: (typeof examples)[number] | undefined; // whose output may still come
  let prose = "", block: string[] = [], kind: string | undefined;
  for (const [i, text] of page.split("\n").entries()) {
    const fence = /^```(.*)/.exec(text)?.[1];
    if (kind === undefined) {
      if (fence === undefined) {
        if (/^#+ /.test(text)) last = undefined;
        prose += `${text} `;
      }
      kind = fence;
    } else if (fence === undefined) {
      block.push(text);
    } else {
      const line = i + 1 - block.length;
      if (kind === "sh") examples.push(last = { commands: commandsOf(block, line) });
      else {
        if (kind === "text" && last) {
          last.printed = { line, lines: block, tolerance: tolerance(prose) };
        }
        last = undefined;
      }
      prose = "";
      block = [];
      kind = undefined;
    }
  }
  return examples;
}

/** The commands in lines, without comments; a backslash continues a line. */
function commandsOf(lines: readonly string[], first: number): Example["commands"] {
  const commands: { line: number; text: string }[] = [];
  let text = "";
  lines.forEach((line, i) => {
    text += line.replace(/(^|\s+)#.*$/, "");
    if (text.endsWith("\\")) text = `${text.slice(0, -1).trimEnd()} `;
    else {
      if (text !== "") commands.push({ line: first + i, text: text.replaceAll(/ +/g, " ") });
      text = "";
    }
  });
  return commands;
}

function tolerance(prose: string): number {
  return Number(/within (\d+(\.\d+)?) %/.exec(prose)?.[1] ?? 0) / 100;
}

/** Finds the lines that were not printed as the page has them; `undefined` if all were. */
export function difference({ lines, tolerance }: Printed, output: string): string | undefined {
  let found = output.split("\n");
  for (const part of partsOf(lines)) {
    const { end, wrong } = closest(part, found, tolerance);
    if (wrong.length > 0) return wrong.join("\n");
    found = found.slice(end);
  }
  return undefined;
}

/** Cuts lines where one of them is `...`, which stands for any number of lines. */
function partsOf(lines: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const line of lines) {
    if (line === "...") parts.push([]);
    else parts.at(-1)!.push(line); // there is one at least
  }
  return parts;
}

/** Finds the place where the fewest lines differ. */
function closest(
  lines: readonly string[],
  found: readonly string[],
  tolerance: number,
): { end: number; wrong: string[] } {
  let best = { end: 0, wrong: [`it prints less than the page: ${lines.join(" / ")}`] };
  for (let start = 0; start + lines.length <= found.length; start++) {
    const wrong = lines.flatMap((line, i) => {
      const other = found[start + i]!; // in bounds
      return isSame(line, other, tolerance)
        ? []
        : [`the page has ${line}\n     it prints ${other}`];
    });
    if (start === 0 || wrong.length < best.wrong.length) {
      best = { end: start + lines.length, wrong };
    }
    if (wrong.length === 0) break;
  }
  return best;
}

const NUMBER = /-?\d+(?:\.\d+)?/g;

function isSame(expected: string, found: string, tolerance: number): boolean {
  if (expected.endsWith(" ...")) {
    const beginning = expected.slice(0, -3).trimEnd();
    return isSame(beginning, found.slice(0, beginning.length), tolerance);
  }
  if (tolerance === 0) return expected === found;
  const numbers = (line: string) => Array.from(line.matchAll(NUMBER), ([text]) => Number(text));
  const others = numbers(found);
  const form = (line: string) => line.replaceAll(NUMBER, "0").replaceAll(/ +/g, " ");
  return form(expected) === form(found) &&
    numbers(expected).every((number, i) =>
      Math.abs(number - others[i]!) <= tolerance * Math.abs(number)
    );
}

const NAMES = "datasets/names.txt";

/** Says why a command is not run; `undefined` if it is. */
function whySkipped(command: string): string | undefined {
  if (command.includes("jsr:")) return "the package has to be published first";
  if (command.startsWith("deno task playground")) return "it serves until Ctrl-C";
  if (/^deno (task )?(un)?install/.test(command)) return "it changes the machine: a test tries it";
  if (command.startsWith("deno task bench")) return "it takes long and proves nothing here";
  if (/^(npx -y )?deno task (test|ok)$/.test(command)) return "it runs below";
  if (/^deno task (test|ok)$/.test(command)) return "that comes last, whatever the page says";
  if (command.includes(NAMES) && !hasNames()) return `there is no ${NAMES}, and no network`;
  return undefined;
}

function hasNames(): boolean {
  try {
    return Deno.statSync(NAMES).isFile;
  } catch {
    return false;
  }
}

/** Runs a command; prints its output, and returns what goes to stdout. */
async function run(command: string): Promise<{ code: number; output: string }> {
  // The base of an executable is a download; /bin/true in its place still shows that everything
  // the program needs can be embedded.
  const env: Record<string, string> = command.startsWith("deno task compile")
    ? { DENORT_BIN: "/bin/true" }
    : {};
  const args = ["-c", command];
  const child = new Deno.Command("bash", { args, env, stdin: "null", stdout: "piped" }).spawn();
  const [shown, kept] = child.stdout.tee();
  const [output] = await Promise.all([
    new Response(kept).text(),
    shown.pipeTo(Deno.stdout.writable, { preventClose: true }),
  ]);
  return { code: (await child.status).code, output };
}

/** Runs the examples of pages; returns the number of those that fail. */
async function main(pages: string[]): Promise<number> {
  const start = performance.now();
  const failures: string[] = [];
  let passed = 0;
  for (const page of pages) {
    for (const { commands, printed } of examplesOf(await Deno.readTextFile(page))) {
      let outputs = "";
      for (const { line, text } of commands) {
        console.log(`\n$ ${text}`);
        const why = whySkipped(text);
        if (why !== undefined) {
          console.log(`skipped: ${why}`);
          continue;
        }
        const { code, output } = await run(text);
        outputs += output;
        if (code === 0) passed++;
        else failures.push(`${page}:${line}: exit code ${code}`);
      }
      if (printed === undefined || !hasNames()) continue;
      const wrong = difference(printed, outputs);
      if (wrong === undefined) passed++;
      else failures.push(`${page}:${printed.line}: ${wrong}`);
    }
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  for (const failure of failures) console.log(`\nerror: ${failure}`);
  if (!hasNames()) console.log(`\nskipped: without ${NAMES} no output is compared`);
  const { length } = failures;
  console.log(
    `\n${length === 0 ? "ok" : "FAILED"} | ${passed} passed | ${length} failed (${seconds}s)`,
  );
  return length;
}

if (import.meta.main) Deno.exit(await main(Deno.args) === 0 ? 0 : 1);
