import { assertEquals, assertStringIncludes } from "@std/assert";
import { commandLine, programName, type Start } from "../../lib/cli/program.ts";
import { ROOT } from "../helpers/paths.ts";
import { DENO } from "../helpers/tool.ts";

/** A start in a clone. */
const CLONE: Start = {
  main: "file:///home/anna/microgpt/main.ts",
  deno: "/usr/bin/deno",
  cwd: "/home/anna/microgpt",
  command: undefined,
  isExecutable: false,
  isTask: false,
};

Deno.test({
  name: "programName() says how the program was started",
  ignore: Deno.build.os === "windows", // other paths
  fn: () => {
    const npx = "/home/anna/.npm/_npx/186905a6bbcc4dbe/node_modules/deno/deno";
    const table: [Partial<Start>, string][] = [
      [{}, "deno run -A main.ts"],
      [{ cwd: "/home/anna" }, "deno run -A microgpt/main.ts"],
      [{ cwd: "/" }, "deno run -A /home/anna/microgpt/main.ts"],
      [{ cwd: "/home/ann" }, "deno run -A /home/anna/microgpt/main.ts"],
      [{ cwd: "/home/anna/microgpt/docs" }, "deno run -A /home/anna/microgpt/main.ts"],
      [{ main: "file:///home/my%20clone/main.ts" }, 'deno run -A "/home/my clone/main.ts"'],
      [{ isTask: true }, "deno task start"],
      [{ isTask: true, deno: npx }, "npx -y deno task start"],
      [{ deno: npx }, "npx -y deno run -A main.ts"],
      [{ deno: "/usr/lib/node_modules/deno/deno" }, "deno run -A main.ts"],
      [
        { main: "https://registry.test/@anna/gpt/0.1.0/main.ts" },
        "deno run -A jsr:@anna/gpt",
      ],
      [
        { main: "https://example.com/microgpt/main.ts" },
        "deno run -A https://example.com/microgpt/main.ts",
      ],
      [{ command: "microgpt", cwd: "/home" }, "microgpt"],
      [{ isExecutable: true, main: "file:///tmp/deno-compile-microgpt/main.ts" }, "microgpt"],
    ];
    for (const [start, expected] of table) {
      assertEquals(programName({ ...CLONE, ...start }), expected, JSON.stringify(start));
    }
  },
});

Deno.test("commandLine() quotes what a shell would change", () => {
  const program = programName();
  const table: [string[], string][] = [
    [[], ""],
    [["--save", "a.st"], " --save a.st"],
    [["--save", "my model"], ' --save "my model"'],
    [["--match", "^(.)$"], " --match '^(.)$'"],
    [["--prompt", "it's `x`"], " --prompt 'it'\\''s `x`'"],
    [["--prompt", ""], ' --prompt ""'],
  ];
  for (const [argv, expected] of table) assertEquals(commandLine(argv), program + expected);
});

/** The hint on stderr after a wrong option. */
async function hintOf(command: string, args: string[], cwd: string): Promise<string> {
  const env = { NO_COLOR: "1" };
  const { stderr } = await new Deno.Command(command, { args, cwd, env }).output();
  return new TextDecoder().decode(stderr);
}

Deno.test("hints name the command as it was called", async () => {
  const deno = Deno.execPath();
  const wrong = ["sample", "--nope"];
  const hint = (command: string) => `Run ${command} sample --help for all the options\n`;
  const start = await hintOf(deno, ["task", "start", ...wrong], ROOT);
  assertStringIncludes(start, hint(`${DENO} task start`));
  const run = ["run", "--no-prompt", `${ROOT}/main.ts`, ...wrong]; // no permission, no task
  assertStringIncludes(await hintOf(deno, run, ROOT), hint(`${DENO} run -A main.ts`));
  assertStringIncludes(await hintOf(deno, run, "/"), "main.ts sample --help for all");
});
