import { assert, assertEquals, assertThrows } from "@std/assert";
import { newTalk, Results, say } from "../../../lib/cli/terminal/output.ts";
import { assertFails } from "../../helpers/assert.ts";
import { withTerminal, writtenTo } from "../../helpers/terminal.ts";

Deno.test("Results.line() keeps lines until 100 ms after the last write", async () => {
  await withTerminal((terminal) => {
    const start = terminal.now;
    const results = new Results();
    const table: [number, string[]][] = [
      [0, []],
      [50, []],
      [100, []],
      [101, ["at 0\nat 50\nat 100\nat 101\n"]],
      [150, []],
      [201, []],
      [202, ["at 150\nat 201\nat 202\n"]],
      [1000, ["at 1000\n"]],
      [1001, []],
    ];
    for (const [time, expected] of table) {
      terminal.now = start + time;
      results.line(`at ${time}`);
      assertEquals(terminal.writes.splice(0), expected.map((text) => ({ to: "stdout", text })));
    }
  });
});

Deno.test("Results.line() writes when there are more than 65,536 characters", async () => {
  await withTerminal((terminal) => {
    const results = new Results();
    for (let i = 0; i < 64; i++) results.line("x".repeat(1023));
    assertEquals(terminal.writes, [], "65,536 may wait");
    results.line("");
    assertEquals(writtenTo("stdout", terminal.writes).length, 65_537);
    terminal.writes.length = 0;
    results.line("y");
    assertEquals(terminal.writes, [], "it has begun anew");
  });
});

Deno.test("Results.flush() writes what waits, once", async () => {
  await withTerminal((terminal) => {
    const results = new Results();
    results.flush();
    assertEquals(terminal.writes, []);
    results.line("num docs: 3");
    results.line("민수");
    results.flush();
    assertEquals(writtenTo("stdout", terminal.writes), "num docs: 3\n민수\n");
    results.flush();
    assertEquals(writtenTo("stdout", terminal.writes), "num docs: 3\n민수\n");
  });
});

Deno.test("Results.flush() goes on where stdout takes a part, and waits where it takes nothing", async () => {
  const text = Array.from({ length: 3000 }, (_, i) => `line ${i}`).join("\n");
  for (const atMost of [1, 7, 1000]) {
    await withTerminal((terminal) => {
      let calls = 0;
      terminal.accept = (bytes) => {
        const isFull = calls++ < 8 && calls % 2 === 0;
        if (isFull) throw new Deno.errors.WouldBlock("Resource temporarily unavailable");
        return Math.min(bytes.length, atMost);
      };
      const results = new Results();
      results.line(text);
      results.flush();
      assert(calls > 8);
      assert(writtenTo("stdout", terminal.writes) === `${text}\n`, `${atMost} bytes at a time`);
    });
  }
});

Deno.test("Results.flush() throws if stdout cannot be written, and forgets what waited", async () => {
  await withTerminal((terminal) => {
    const results = new Results();
    const fail = (error: Error) => {
      terminal.accept = () => {
        throw error;
      };
      results.line("lost");
    };
    fail(new Deno.errors.BrokenPipe("Broken pipe (os error 32)"));
    assertThrows(() => results.flush(), Deno.errors.BrokenPipe);
    fail(new Error("No space left on device (os error 28)"));
    const message = "Cannot write the results: No space left on device (os error 28)";
    assertFails(() => results.flush(), Error, message);
    terminal.accept = (bytes) => bytes.length;
    results.flush();
    assertEquals(terminal.writes, []);
  });
});

Deno.test("say() writes to stderr, and does not mind if that is closed", async () => {
  await withTerminal((terminal) => {
    say("hello\n");
    assertEquals(terminal.writes, [{ to: "stderr", text: "hello\n" }]);
  });
  await withTerminal(() => {
    Deno.stderr.writeSync = () => {
      throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
    };
    say("hello\n");
  });
});

const ORDERS = "\x1b]0;title\x07a\x1b[2J\x7f\u009b31m\u202eb\tc\nd";

Deno.test("Results.line() shows orders on a terminal, and hands them on to a pipe", async () => {
  for (const isStdoutTerminal of [true, false]) {
    await withTerminal((terminal) => {
      terminal.isStdoutTerminal = isStdoutTerminal;
      const results = new Results();
      results.line(ORDERS);
      results.line("한 é 😀");
      results.flush();
      const shown = isStdoutTerminal ? "␛]0;title␇a␛[2J␡\ufffd31m\ufffdb c␊d" : ORDERS;
      assertEquals(writtenTo("stdout", terminal.writes), `${shown}\n한 é 😀\n`);
    });
  }
});

Deno.test("Results.json() escapes orders wherever it goes", async () => {
  for (const isStdoutTerminal of [true, false]) {
    await withTerminal((terminal) => {
      terminal.isStdoutTerminal = isStdoutTerminal;
      const results = new Results();
      results.json({ text: ORDERS });
      results.flush();
      const line = writtenTo("stdout", terminal.writes);
      assertEquals(JSON.parse(line), { text: ORDERS });
      assertEquals(line.match(/[^ -~\n]/g), null, line);
    });
  }
});

Deno.test("newTalk() shows orders in notes and warnings", async () => {
  await withTerminal((terminal) => {
    const { note, warn } = newTalk(false, new Results());
    note("a\x1b[2Jb");
    warn("a\u202eb\n");
    assertEquals(writtenTo("stderr", terminal.writes), "a␛[2Jb\na\ufffdb␊\n");
  });
});
