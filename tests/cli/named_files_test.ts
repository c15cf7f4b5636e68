/** Words that people type for a file: what the tool says about them, and its exit code. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { relative } from "@std/path/relative";
import { needing, POSIX } from "../helpers/needs.ts";
import { entries, ROOT, withTempDir } from "../helpers/paths.ts";
import { TINY, withNames } from "../helpers/tiny.ts";
import { runMain, runProcess } from "../helpers/tool.ts";

Deno.test("microgpt says what may have been meant by a data set that is not there", async () => {
  const table: [string[], string, string][] = [
    [["dinosaurs"], "dinosaurs is a list that is included", "--preset dinosaurs"],
    [
      ["--quiet", "mineral.txt", "--seed", "1"],
      "minerals is a list that is included",
      "--quiet --preset minerals --seed 1",
    ],
    [["info", "birds"], "birds is a list that is included", "info --preset birds"],
    [["generate"], "check the path", "sample MODEL"],
    [["--json", "help"], "check the path", "help --json"],
  ];
  for (const [argv, why, line] of table) {
    const word = argv.find((word) => !/^(--|1$|info$)/.test(word));
    assertEquals(await runMain(argv), {
      code: 2,
      stdout: "",
      stderr: `microgpt: Cannot read "${word}": there is no such file: ${why}\n` +
        `Did you mean: microgpt ${line}\n`,
    });
  }
});

Deno.test("microgpt takes a file for a file, whatever its name means elsewhere", async () => {
  await withNames(async (dir, names) => {
    for (const name of ["generate", "dinosaurs", "~", "*.txt", "https:", "“a”"]) {
      await Deno.copyFile(names, `${dir}/${name}`);
      const { code, stderr } = await runMain([...TINY, `${dir}/${name}`]);
      assertEquals([code, stderr], [0, ""], name);
    }
  });
});

Deno.test("microgpt says what a shell should have replaced, for each file that it reads", async () => {
  await withNames(async (_, names) => {
    const table: [string[], string, string][] = [
      [["~/x"], "~/x", "~"],
      [["https://example.com/x"], "https://example.com/x", "address"],
      [["--resume", "$HOME/m"], "$HOME/m", "variable"],
      [["--exclude", "~/x", names], "~/x", "~"],
      [["sample", "~/m"], "~/m", "~"],
      [["sample", "--exclude=~/x", names], "~/x", "~"],
      [["eval", "“m”"], "“m”", "quotes"],
      [["eval", "--per-line", names, "*.txt"], "*.txt", "* or ?"],
      [["explain", "~/m", "anna"], "~/m", "~"],
      [["info", "~/x"], "~/x", "~"],
      [["sample", "birds"], "birds", "--preset birds trains on the included list"],
      [["sample", "help"], "help", "--help"],
    ];
    for (const [argv, path, what] of table) {
      const { code, stdout, stderr } = await runMain(argv);
      assertEquals([code, stdout, stderr.split("\n").length], [1, "", 2], argv.join(" "));
      assertStringIncludes(stderr, `microgpt: Cannot read "${path}": there is no such file: `);
      assertStringIncludes(stderr, what);
    }
  });
});

Deno.test("microgpt says before training what a shell should have replaced in a file to write", async () => {
  await withNames(async (dir, names) => {
    for (const option of ["--save", "--log", "--plot"]) {
      for (const path of ["~/x.svg", "$HOME/x.svg", "https://example.com/x.svg"]) {
        const name = path.replace(
          "svg",
          { "--save": "safetensors", "--log": "jsonl" }[option] ?? "svg",
        );
        const { code, stdout, stderr } = await runMain([...TINY, option, name, names]);
        assertEquals([code, stdout], [1, ""]);
        const message = `microgpt: Cannot write "${name}": there is no such folder: `;
        assertStringIncludes(stderr, message);
      }
    }
    assertEquals(entries(dir), ["names.txt"]);
  });
});

Deno.test("microgpt writes where it is told to, whatever the name", async () => {
  await withTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/~`);
    const path = `${dir}/~/$x.safetensors`;
    const { code, stderr } = await runMain([
      ...TINY,
      "--quiet",
      "--preset",
      "birds",
      "--save",
      path,
    ]);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(entries(`${dir}/~`), ["$x.safetensors"]);
  });
});

Deno.test({
  ...needing(POSIX, "a task that is typed in another folder names the file that is there"),
  fn: async () => {
    const root = await Deno.realPath(ROOT), folder = `${root}/datasets`;
    const missing = (path: string, where = ` in ${root}, where tasks run`) =>
      `microgpt: Cannot read "${path}": there is no such file${where}: `;
    const there = `${missing("birds.txt")}it is in ${folder}\nDid you mean: microgpt`;
    const table: [argv: string[], code: number, stderr: string][] = [
      [["birds.txt", "--seed", "1"], 2, `${there} datasets/birds.txt --seed 1\n`],
      [["--exclude=birds.txt"], 2, `${there} --exclude=datasets/birds.txt\n`],
      [["info", "birds.txt"], 2, `${there} info datasets/birds.txt\n`],
      [["info", "dorp.txt"], 1, `${missing("dorp.txt")}check the path\n`],
      [["info", `${folder}/dorp.txt`], 1, `${missing(`${folder}/dorp.txt`, "")}check the path\n`],
      [
        ["bird"],
        2,
        `${
          missing("bird")
        }birds is a list that is included\nDid you mean: microgpt --preset birds\n`,
      ],
    ];
    const flags = ["--allow-read", "--allow-env=TERM,INIT_CWD"];
    for (const [argv, code, expected] of table) {
      const options = { cwd: root, flags, env: { INIT_CWD: folder } };
      const { stderr, ...outcome } = await runProcess(argv, options);
      assertEquals([outcome.code, stderr], [code, expected]);
    }
  },
});

Deno.test({
  ...needing(POSIX, "a task that may not read a file names the one that may"),
  fn: async () => {
    await withNames(async (dir, names) => {
      const root = await Deno.realPath(ROOT), folder = `${root}/docs`;
      const flags = ["--allow-read=.", "--allow-env=TERM,INIT_CWD"];
      const run = (argv: string[], env: Record<string, string> = { INIT_CWD: folder }) =>
        runProcess(argv, { cwd: root, flags, env });
      const may = (path: string) =>
        `microgpt: Cannot read "${path}": this task may not read there: the task start may\n` +
        "Did you mean: microgpt ";
      const missing = "../datasets/dorp.txt";
      const table: [argv: string[], stderr: string][] = [
        [["--seed", "1", names], `${may(names)}--seed 1 ${names}\n`],
        [["sample", `${dir}/m`], `${may(`${dir}/m`)}sample ${dir}/m\n`],
        [
          ["info", "../datasets/birds.txt"],
          `microgpt: Cannot read "../datasets/birds.txt" in ${root}, where tasks run: it is in ${folder}\n` +
          "Did you mean: microgpt info datasets/birds.txt\n",
        ],
        [["info", missing], `${may(missing)}info ${missing}\n`],
      ];
      for (const [argv, expected] of table) {
        assertEquals(await run(argv), { code: 2, stdout: "", stderr: expected });
      }
      assertEquals(await run(["info", names], { INIT_CWD: "" }), {
        code: 2,
        stdout: "",
        stderr: `${may(names)}info ${names}\n`,
      });
    });
  },
});

Deno.test({
  ...needing(POSIX, "a task that is typed in another folder says where it writes"),
  fn: async () => {
    await withTempDir(async (dir) => {
      const root = await Deno.realPath(ROOT), folder = `${root}/docs`;
      const plot = async (path: string, INIT_CWD: string, ...more: string[]) => {
        const options = { cwd: root, flags: ["-A"], env: { INIT_CWD } };
        return await runProcess([...TINY, "--preset", "birds", "--plot", path, ...more], options);
      };
      const path = relative(root, `${await Deno.realPath(dir)}/a.svg`);
      const isSaid = `Tasks run in ${root}: ${path} is written there, not in ${folder}\n`;
      assertStringIncludes((await plot(path, folder)).stderr, isSaid);
      assertEquals(entries(dir), ["a.svg"]);
      assertEquals((await plot(path, folder, "--quiet")).stderr, "");
      for (const [typed, where] of [[path, root], [path, ""], [`${dir}/a.svg`, folder]] as const) {
        assertEquals((await plot(typed, where)).stderr.includes("Tasks run"), false);
      }
    });
  },
});

Deno.test({
  ...needing(POSIX, "a task says where it may write, before it trains"),
  fn: async () => {
    await withTempDir(async (dir) => {
      const cwd = await Deno.realPath(ROOT), path = `${dir}/a.svg`;
      const plot = async (path: string, flags: readonly string[], env: Record<string, string>) =>
        await runProcess([...TINY, "--quiet", "--preset", "birds", "--plot", path], {
          ...{ cwd, flags: ["--allow-read", ...flags], env },
        });
      const isTask = { INIT_CWD: cwd }, variable = "--allow-env=INIT_CWD,TERM";
      const cannot = `microgpt: Cannot write "${path}": `;
      const only = `a task may write in ${cwd} only: ` +
        "name a file there, or start the program with deno run -A main.ts\n";
      const may = "Deno may not write there: run with --allow-write\n";
      assertEquals(await plot(path, ["--allow-write=.", variable], isTask), {
        ...{ code: 1, stdout: "", stderr: cannot + only },
      });
      assertEquals((await plot(path, ["--allow-write=."], isTask)).stderr, cannot + may);
      assertEquals((await plot(path, [variable], isTask)).stderr, cannot + may);
      const allowed = await plot(path, [`--allow-write=${dir}`, variable], isTask);
      assertEquals([allowed.code, allowed.stderr], [0, ""]);
    });
  },
});

Deno.test("microgpt says how to make a folder that is not there, before training", async () => {
  await withNames(async (dir, names) => {
    for (const [option, ending] of [["--save", "st"], ["--log", "jsonl"], ["--plot", "svg"]]) {
      const path = `${dir}/my models/new/a.${ending}`;
      const { code, stdout, stderr } = await runMain([...TINY, option!, path, names]); // it is there
      assertEquals([code, stdout], [1, ""]);
      assertEquals(
        stderr,
        `microgpt: Cannot write "${path}": there is no such folder: ` +
          `make it first: mkdir -p '${dir}/my models/new'\n`,
      );
    }
  });
});
