/** Ends of the output: pipes, a full disk, Ctrl-C. */

import { assert, assertEquals } from "@std/assert";
import { saveTinyModel } from "../helpers/checkpoints.ts";
import { fileNeed, type Need, needing, POSIX } from "../helpers/needs.ts";
import { entries, withTempDir } from "../helpers/paths.ts";
import { TINY, withNames } from "../helpers/tiny.ts";
import { runProcess, startProcess } from "../helpers/tool.ts";

/** Options of a run that would take hours. */
const ENDLESS = ["--num-steps", "1000000000", "--log-every", "1"];

/** The note of a run of two documents that does not end. */
const NOTE =
  "Each of the 2 documents is seen 500000000 times: the model memorizes them and repeats them: " +
  "take fewer --num-steps, or --auto\n";

/** Calls `body` with a run that has printed something. */
async function withEndlessRun(
  body: (
    child: Deno.ChildProcess,
    reader: ReadableStreamDefaultReader<Uint8Array>,
  ) => Promise<void>,
): Promise<void> {
  await withNames(async (dir, path) => {
    const child = startProcess([...TINY, ...ENDLESS, path], { cwd: dir });
    const reader = child.stdout.getReader();
    try {
      let text = "";
      while (!text.includes("step ")) {
        const { value, done } = await reader.read();
        assert(!done, `it ended by itself after ${JSON.stringify(text)}`);
        text += new TextDecoder().decode(value);
      }
      await body(child, reader);
    } finally {
      await child.status;
    }
    assertEquals(entries(dir), ["names.txt"], "nothing is left behind");
  }, "anna\nbob\n");
}

Deno.test(needing(POSIX, "microgpt stops at once on Ctrl-C, with exit code 130"), async () => {
  await withEndlessRun(async (child, reader) => {
    child.kill("SIGINT");
    const [{ code }, stderr] = await Promise.all([child.status, child.stderr.text()]);
    assertEquals(code, 130); // 143 if it went on for long
    assertEquals(stderr, NOTE);
    await reader.cancel();
  });
});

Deno.test(
  needing(POSIX, "microgpt ends quietly when nobody reads its output any more"),
  async () => {
    await withEndlessRun(async (child, reader) => {
      await reader.cancel(); // closes the pipe, as head does after its last line
      const [{ code, signal }, stderr] = await Promise.all([child.status, child.stderr.text()]);
      assertEquals({ code, signal, stderr }, { code: 0, signal: null, stderr: NOTE });
    });
  },
);

Deno.test(
  needing(POSIX, "microgpt sample ends quietly when nobody reads its output any more"),
  async () => {
    await withTempDir(async (dir) => {
      const model = await saveTinyModel(dir);
      for (const json of [[], ["--json"]]) {
        const child = startProcess(["sample", "--num-samples", "1e9", ...json, model]);
        const reader = child.stdout.getReader();
        await reader.read();
        await reader.cancel();
        const [{ code, signal }, stderr] = await Promise.all([child.status, child.stderr.text()]);
        assertEquals({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
      }
    });
  },
);

/** Runs a program with stdout going into a pipe that does not wait, read late and slowly. */
const NON_BLOCKING = `
import array, fcntl, os, subprocess, sys, termios, time
r, w = os.pipe()
os.set_blocking(w, False)
child = subprocess.Popen(sys.argv[1:], stdout=w)
os.close(w)
held, before = array.array("i", [0]), -1
while held[0] == 0 or held[0] != before: # until it is full
    before = held[0]
    time.sleep(0.1)
    fcntl.ioctl(r, termios.FIONREAD, held)
left = 1000000
while left > 0 and (chunk := os.read(r, 5000)):
    sys.stdout.buffer.write(chunk)
    left -= len(chunk)
    time.sleep(0.001)
os.close(r)
sys.exit(child.wait())
`;

const PYTHON: Need = {
  isMet: POSIX.isMet &&
    await new Deno.Command("python3", { args: ["--version"], stdout: "null", stderr: "null" })
      .output().then(({ success }) => success, () => false),
  reason: "needs python3",
};

Deno.test(
  needing(PYTHON, "microgpt waits for a pipe that is full and does not wait itself"),
  async () => {
    await withNames(async (_, path) => {
      const argv = [...TINY, "--num-steps", "5000", "--log-every", "1", path];
      const expected = await runProcess(argv);
      assert(expected.stdout.length > 2 ** 17, "more than a pipe holds");
      const run = await runProcess(argv, { through: ["python3", "-c", NON_BLOCKING] });
      assertEquals([run.code, run.stderr], [expected.code, expected.stderr]);
      const { length } = expected.stdout;
      const isSame = run.stdout === expected.stdout; // too long to be shown
      assert(isSame, `${run.stdout.length} characters came out, ${length} went in`);
    }, "anna\nbob\n");
  },
);

/** Runs a program with stdout going to a disk that is always full. */
const INTO_FULL = ["sh", "-c", 'exec "$@" > /dev/full', "sh"];

Deno.test(
  needing(fileNeed("/dev/full"), "microgpt exits with 1 if its output cannot be written"),
  async () => {
    await withNames(async (_, path) => {
      for (const argv of [[...TINY, path], ["--help"], ["--version"]]) {
        const { code, stderr } = await runProcess(argv, { through: INTO_FULL });
        assertEquals(code, 1);
        assertEquals(
          stderr,
          "microgpt: Cannot write the results: No space left on device (os error 28)\n",
        );
      }
    }, "anna\nbob\n");
  },
);
