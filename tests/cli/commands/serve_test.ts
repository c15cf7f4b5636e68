import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { isPage, loadPage, withNames } from "../../../lib/cli/serving/page.ts";
import { HTML, unpacked } from "../../../lib/text/packing.ts";
import { needing, POSIX } from "../../helpers/needs.ts";
import { ROOT, withTempDir } from "../../helpers/paths.ts";
import { runMain, runProcess } from "../../helpers/tool.ts";

/** Serves the page in a process of its own, from a folder. */
async function withServer(
  options: readonly string[],
  use: (url: URL, process: Deno.ChildProcess) => Promise<void>,
): Promise<void> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--allow-read",
      "--allow-net=127.0.0.1",
      "main.ts",
      "serve",
      ...options,
    ],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const { value = "" } = await lines.read();
    await use(new URL(value.trim()), process);
  } finally {
    try {
      process.kill();
    } catch {
      // it has ended
    }
    await lines.cancel();
    await process.status;
  }
}

/** Sends bytes as they are, and returns the status line of the answer. */
async function raw({ hostname, port }: URL, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(1000);
  const length = await connection.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, length)).split("\r\n")[0] ?? "";
}

Deno.test("serve gives its page to this machine only, and Press Ctrl-C to stop", async () => {
  await withServer(["--port", "0"], async (url, process) => {
    assertEquals(url.hostname, "127.0.0.1");
    const response = await fetch(url);
    assertEquals(response.status, 200);
    assert(isPage(await response.text()));
    const get = (path: string, host: string) =>
      raw(url, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    assertMatch(await get("/", `localhost:${url.port}`), / 200 /);
    assertMatch(await get("/", "evil.example"), / 421 /);
    assertMatch(await get("/../../etc/passwd", "localhost"), / 404 /);
    assertMatch(
      await raw(url, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"),
      / 405 /,
    );
    process.kill("SIGINT");
    const { success, signal } = await process.status;
    assertEquals([success, signal], [false, "SIGINT"]);
  });
});

Deno.test("serve says that a port is in use", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stderr } = await runMain([
    "serve",
    "--port",
    `${(taken.addr as Deno.NetAddr).port}`,
  ]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "it is in use: choose another one with --port");
});

Deno.test("serve --export writes the page, over an older one, and over nothing else", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/page.html`;
    for (const _ of ["new", "again"]) {
      const { code, stdout } = await runMain(["serve", "--export", path]);
      assertEquals([code, stdout], [0, ""]);
      assertEquals(await Deno.readTextFile(path), await loadPage());
    }
    await Deno.writeTextFile(path, "<p>Mine</p>");
    const { code, stderr } = await runMain(["serve", "--export", path]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "there is a file that is not a playground");
    assertEquals(await Deno.readTextFile(path), "<p>Mine</p>");
  });
});

Deno.test(
  needing(POSIX, "serve --export replaces no device, no link to nothing and nothing unread"),
  async () => {
    await withTempDir(async (dir) => {
      const link = `${dir}/link`, locked = `${dir}/locked`;
      await Deno.symlink(`${dir}/nothing`, link);
      await Deno.writeTextFile(locked, "<p>Mine</p>");
      const table: [string, string, string][] = [
        ["/dev/zero", "-A", "it is not a regular file: choose another name"], // it has no end
        [link, "-A", "it is a broken link: choose another name"],
        [dir, "-A", "it is a directory: name a file"],
        [locked, "--allow-write", "Deno may not read there: run with --allow-read"],
      ];
      for (const [path, flag, why] of table) {
        const stderr = `microgpt: Cannot write ${JSON.stringify(path)}: ${why}\n`;
        const outcome = await runProcess(["serve", "--export", path], { flags: [flag] });
        assertEquals(outcome, { code: 1, stdout: "", stderr });
      }
      assertEquals(await Deno.readTextFile(locked), "<p>Mine</p>");
    });
  },
);

Deno.test("withNames() adds the list of the original behind the first one, if it is here", async () => {
  const page = await loadPage();
  const cwd = Deno.cwd();
  await withTempDir(async (dir) => {
    try {
      Deno.chdir(dir);
      assertEquals(await withNames(page), page);
      await Deno.mkdir("datasets");
      await Deno.writeTextFile("datasets/names.txt", "emma\r\nolivia\n");
      const lists = (await withNames(page)).matchAll(
        /<template data-list="([^"]*)" data-title="([^"]*)"[^>]*>([^<]*)/g,
      );
      const [first, names] = [...lists];
      assertEquals(first?.[1], "english");
      assertEquals([names?.[1], names?.[2]], ["datasets/names.txt", "names.txt"]);
      const bytes = await unpacked(names?.[3] ?? "", HTML, 100);
      assertEquals(new TextDecoder().decode(bytes), "emma\r\nolivia\n");
    } finally {
      Deno.chdir(cwd);
    }
  });
});
