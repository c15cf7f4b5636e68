import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  bundledNames,
  fetchVerified,
  loadOriginal,
  loadRemote,
  NAMES,
  NAMES_PATH,
  readDataset,
  type RemoteFile,
} from "../../lib/files/dataset.ts";
import { Docs } from "../../lib/docs.ts";
import { quote } from "../../lib/text/quote.ts";
import { assertFailsLater } from "../helpers/assert.ts";
import { MOUNT, withMount } from "../helpers/mount.ts";
import { NAMES_NEED, needing } from "../helpers/needs.ts";
import { entries, exists, NAMES_TXT, ROOT, withTempDir } from "../helpers/paths.ts";

// The servers of these tests are on this machine, whatever proxy leads out of it.
for (const name of ["NO_PROXY", "no_proxy"]) Deno.env.set(name, "127.0.0.1");

const CONTENT = new TextEncoder().encode("anna\nbob\nzoë\n".repeat(1000));

async function remote(url: string, bytes: Uint8Array<ArrayBuffer> = CONTENT): Promise<RemoteFile> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { url, size: bytes.length, sha256: digest.toHex() };
}

/** Calls `body` with the address of a server that is there while it runs. */
async function withServer(
  handler: (request: Request) => Response | Promise<Response>,
  body: (url: string, requests: string[]) => Promise<void>,
): Promise<void> {
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    requests.push(new URL(request.url).pathname);
    return handler(request);
  });
  try {
    await body(`http://127.0.0.1:${server.addr.port}/names.txt`, requests);
  } finally {
    await server.shutdown();
  }
}

/** A server that reads a request, writes `answer`, and then hangs or hangs up. */
async function withRawServer(
  answer: string,
  hangUp: boolean,
  body: (url: string) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.TcpConn[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(10_000));
      await connection.write(new TextEncoder().encode(answer));
      if (hangUp) connection.close();
      else open.push(connection);
    }
  })();
  try {
    await body(`http://127.0.0.1:${listener.addr.port}/names.txt`);
  } finally {
    listener.close();
    await serving;
    for (const connection of open) connection.close();
  }
}

/** An address where nobody answers the door: no service has port 4, a free one may soon be taken. */
const CLOSED_PORT = "http://127.0.0.1:4/names.txt";

const ok = () => new Response(CONTENT);

/** Calls loadRemote() and collects what it tells. */
async function load(file: RemoteFile, path: string) {
  const notes: string[] = [], warnings: string[] = [];
  const bytes = await loadRemote(
    file,
    path,
    (message) => notes.push(message),
    (message) => warnings.push(message),
  );
  return { bytes, notes, warnings };
}

Deno.test("NAMES is names.txt as microgpt.py knows it", () => {
  assertEquals(NAMES.size, 228_145);
  assertEquals(NAMES.sha256, "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d");
  assertEquals(NAMES.url, "https://raw.githubusercontent.com/karpathy/makemore/988aa59/names.txt");
  assertEquals(NAMES_PATH, "datasets/names.txt");
});

Deno.test(needing(NAMES_NEED, "NAMES is the file in datasets/"), async () => {
  const { size, sha256 } = await remote("", await Deno.readFile(NAMES_TXT));
  assertEquals({ size, sha256 }, { size: NAMES.size, sha256: NAMES.sha256 });
});

Deno.test("bundledNames() are 2,000 sorted names and more, each once", async () => {
  const names = new TextDecoder().decode(await bundledNames()).trimEnd().split("\n");
  assert(names.length >= 2000, `${names.length} names`);
  assertEquals(names, [...new Set(names)].sort());
  for (const name of names) assertMatch(name, /^[a-z]+$/);
});

Deno.test("bundledNames() are the file english_names.txt", async () => {
  assertEquals(
    await bundledNames(),
    await Deno.readFile(`${ROOT}/datasets/english_names.txt`),
  );
});

Deno.test("korean_names.txt has 400 sorted names and more, each once, composed", async () => {
  const text = await Deno.readTextFile(`${ROOT}/datasets/korean_names.txt`);
  const names = text.trimEnd().split("\n");
  assert(names.length >= 400, `${names.length} names`);
  assertEquals(names, [...new Set(names)].sort()); // UTF-16 order is code point order here
  for (const name of names) assertMatch(name, /^[가-힣]+$/);
  assertEquals(text, text.normalize("NFC"));
});

Deno.test("readDataset() reads the bytes of a file", async () => {
  await withTempDir(async (dir) => {
    for (const bytes of [CONTENT, new Uint8Array(), Uint8Array.of(0xff, 0, 0xfe)]) {
      await Deno.writeFile(`${dir}/a b.txt`, bytes);
      assertEquals(await readDataset(`${dir}/a b.txt`), bytes);
    }
  });
});

Deno.test("readDataset() says why a file cannot be read", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/file`, "anna");
    const table: [string, string][] = [
      [`${dir}/none.txt`, "there is no such file: check the path"],
      [dir, "it is a directory: name a text file with one document per line"],
      ["/dev/zero", "it is a device: name a text file with one document per line"],
    ];
    for (const [path, why] of table) {
      if (path === "/dev/zero" && !exists(path)) continue; // not on every system
      await assertFailsLater(() => readDataset(path), Error, `Cannot read "${path}": ${why}`);
    }
  });
});

Deno.test("readDataset() refuses a file of more than 4 GB before it reads it", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/zeros`;
    await Deno.writeFile(path, new Uint8Array());
    await Deno.truncate(path, 2 ** 32); // which takes no room on the disk
    const why = "it has 4294967296 bytes: at most 4294967295 can be read";
    await assertFailsLater(() => readDataset(path), Error, `Cannot read "${path}": ${why}`);
  });
});

Deno.test("readDataset() says why the system cannot open a file, without its own prose", async () => {
  if (Deno.build.os === "windows") return; // other paths, other errors
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/file`, "anna");
    await Deno.symlink(`${dir}/loop`, `${dir}/loop`);
    const long = `${dir}/${"n".repeat(300)}`;
    const table: [string, string | RegExp][] = [
      ["", "the path is empty: name a text file with one document per line"],
      [`${dir}/file/names.txt`, "a file is where a folder should be: check the path"],
      [long, /^File name too long \(os error \d+\)$/],
      [`${dir}/loop`, /^(Too many|too many).*links/],
    ];
    for (const [path, why] of table) {
      const message = await readDataset(path).then(() => "no error", (error) => error.message);
      const start = `Cannot read ${quote(path)}: `;
      assert(message.startsWith(start), message);
      if (typeof why === "string") assertEquals(message, start + why);
      else assertMatch(message.slice(start.length), why);
      assert(!message.slice(start.length).includes(path || "\0"), "the path once");
    }
  });
});

Deno.test("fetchVerified() gives the bytes of the right file", async () => {
  await withServer(ok, async (url) => {
    assertEquals(await fetchVerified(await remote(url)), CONTENT);
  });
});

Deno.test("fetchVerified() takes a file that comes in pieces", async () => {
  const pieces = () => {
    let at = 0;
    return new Response(
      new ReadableStream({
        pull(controller) {
          if (at >= CONTENT.length) controller.close();
          else controller.enqueue(CONTENT.slice(at, at += 1777));
        },
      }),
    );
  };
  await withServer(pieces, async (url) => {
    assertEquals(await fetchVerified(await remote(url)), CONTENT);
  });
});

/** Answers that are not the file: the server, and what is said about it. */
const WRONG_ANSWERS: { name: string; answer: () => Response; message: string }[] = [
  {
    name: "another content of the same length",
    answer: () => new Response(CONTENT.with(5, 0x58)),
    message: "its SHA-256 is not the expected one: " +
      "9552c17ff2271c08d1e720f1dfae46db840eb3be0dfda5ade711b91f9d6a3943",
  },
  {
    name: "a file that is too long",
    answer: () => new Response(new Uint8Array(CONTENT.length + 1)),
    message: `it is larger than ${CONTENT.length} bytes`,
  },
  {
    name: "a file that never ends",
    answer: () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(10_000)),
        }),
      ),
    message: `it is larger than ${CONTENT.length} bytes`,
  },
  {
    name: "a file that is too short",
    answer: () => new Response(CONTENT.slice(1)),
    message: `it has ${CONTENT.length - 1} bytes, not ${CONTENT.length}`,
  },
  {
    name: "an empty file",
    answer: () => new Response(""),
    message: `it has 0 bytes, not ${CONTENT.length}`,
  },
  {
    name: "404",
    answer: () => new Response("none", { status: 404, statusText: "Not Found" }),
    message: "the server answered 404 Not Found",
  },
  {
    name: "500",
    answer: () => new Response(null, { status: 500 }),
    message: "the server answered 500 Internal Server Error",
  },
  {
    name: "204",
    answer: () => new Response(null, { status: 204 }),
    message: "the server answered 204 No Content",
  },
];

for (const { name, answer, message } of WRONG_ANSWERS) {
  Deno.test(`fetchVerified() throws on ${name}`, async () => {
    await withServer(answer, async (url) => {
      await assertFailsLater(async () => fetchVerified(await remote(url)), Error, message);
    });
  });
}

Deno.test("fetchVerified() follows no redirect", async () => {
  const handler = (request: Request) =>
    request.url.endsWith("/other.txt")
      ? ok()
      : Response.redirect(new URL("/other.txt", request.url));
  await withServer(handler, async (url, requests) => {
    const error = await fetchVerified(await remote(url)).then(() => undefined, (error) => error);
    assertMatch(`${error?.message}`, /redirect/i);
    assertEquals(requests, ["/names.txt"]);
  });
});

Deno.test("fetchVerified() gives up on a server that never answers", async () => {
  await withRawServer("", false, async (url) => {
    const file = await remote(url);
    const { timeout } = AbortSignal, asked: number[] = [];
    try {
      AbortSignal.timeout = (ms) => {
        asked.push(ms);
        return timeout.call(AbortSignal, ms);
      };
      await assertFailsLater(() => fetchVerified(file, 50), Error, "no answer within 0.05 s");
    } finally {
      AbortSignal.timeout = timeout;
    }
    assertEquals(asked, [50]);
  });
});

const HALF = `HTTP/1.1 200 OK\r\nContent-Length: ${CONTENT.length}\r\n\r\nanna\nbob\n`;

Deno.test("fetchVerified() gives up on a server that stops in the middle", async () => {
  await withRawServer(HALF, false, async (url) => {
    const file = await remote(url);
    await assertFailsLater(() => fetchVerified(file, 200), Error, "no answer within 0.2 s");
  });
});

Deno.test("fetchVerified() throws if the connection breaks in the middle", async () => {
  await withRawServer(HALF, true, async (url) => {
    const file = await remote(url);
    const error = await fetchVerified(file).then(() => undefined, (error) => error);
    assert(error instanceof Error && error.message !== "", `${error}`);
    assert(!error.message.includes("\n"), error.message);
  });
});

Deno.test("fetchVerified() throws if the connection is refused", async () => {
  const file = await remote(CLOSED_PORT);
  const error = await fetchVerified(file).then(() => undefined, (error) => error);
  assertMatch(`${error?.message}`, /refused/i);
});

Deno.test("loadRemote() fetches the file once and keeps it", async () => {
  await withTempDir(async (dir) => {
    await withServer(ok, async (url, requests) => {
      const path = `${dir}/new/folder/names.txt`;
      const file = await remote(url);
      const first = await load(file, path);
      assertEquals(first, { bytes: CONTENT, notes: [`Fetching ${url}`], warnings: [] });
      assertEquals(await Deno.readFile(path), CONTENT);
      assertEquals(entries(`${dir}/new/folder`), ["names.txt"], "no temporary file is left");
      await Deno.writeFile(`${dir}/other.txt`, CONTENT);
      const modeOf = async (path: string) => (await Deno.stat(path)).mode;
      assertEquals(await modeOf(path), await modeOf(`${dir}/other.txt`), "as any other file's");
      assertEquals(await load(file, path), { bytes: CONTENT, notes: [], warnings: [] });
      assertEquals(requests.length, 1);
    });
  });
});

Deno.test("loadRemote() and loadOriginal() take a file that is there, and note if it is another one", async () => {
  const table: [string, Uint8Array, string][] = [
    ["of the user", new TextEncoder().encode("my own\n"), `it has 7 bytes, not ${CONTENT.length}`],
    ["empty", new Uint8Array(), `it has 0 bytes, not ${CONTENT.length}`],
    [
      "cut short",
      CONTENT.slice(0, -1),
      `it has ${CONTENT.length - 1} bytes, not ${CONTENT.length}`,
    ],
    ["of the same length", CONTENT.with(5, 0x58), "its SHA-256 is another"],
  ];
  await withTempDir(async (dir) => {
    await withServer(ok, async (url, requests) => {
      const path = `${dir}/names.txt`;
      for (const [name, content, difference] of table) {
        await Deno.writeFile(path, content);
        const file = await remote(url);
        const { bytes, notes, warnings } = await load(file, path);
        const note =
          `"${path}" differs from the list of microgpt.py: ${difference}: delete it to download the original`;
        assertEquals([bytes, notes, warnings], [content, [note], []], name);
        const again: string[] = [];
        assertEquals(await loadOriginal(file, path, (message) => again.push(message)), content);
        assertEquals(again, [note]);
      }
      assertEquals(requests, []);
    });
  });
});

Deno.test("loadOriginal() fetches the file and keeps it, and takes nothing in its place", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/names.txt`, notes: string[] = [];
    const note = (message: string) => notes.push(message);
    await withServer(() => new Response(null, { status: 500 }), async (url) => {
      const why = "the server answered 500 Internal Server Error";
      const message = `"${path}" is not there, and cannot be fetched: ${why}`;
      await assertFailsLater(
        async () => loadOriginal(await remote(url), path, note),
        Error,
        message,
      );
      assertEquals(notes.splice(0), [`Fetching ${url}`]);
    });
    assertEquals(entries(dir), []);
    await withServer(ok, async (url) => {
      assertEquals(await loadOriginal(await remote(url), path, note), CONTENT);
      assertEquals(await Deno.readFile(path), CONTENT);
      assertEquals(notes.splice(0), [`Fetching ${url}`]);
    });
  });
});

Deno.test("loadRemote() tells its warnings where its notes go, if no other place is given", async () => {
  await withTempDir(async (dir) => {
    await withServer(() => new Response(null, { status: 500 }), async (url) => {
      const notes: string[] = [];
      const note = (message: string) => notes.push(message);
      await loadRemote(await remote(url), `${dir}/names.txt`, note);
      assertEquals(notes, [
        `Fetching ${url}`,
        "Cannot fetch names.txt: the server answered 500 Internal Server Error: " +
        "using the English names that come with microgpt",
      ]);
    });
  });
});

Deno.test("loadRemote() throws if there is something else in the file's place", async () => {
  await withTempDir(async (dir) => {
    const file = await remote(CLOSED_PORT);
    await assertFailsLater(
      () => load(file, dir),
      Error,
      `Cannot read "${dir}": it is a directory: name a text file with one document per line`,
    );
  });
});

for (const { name, answer, message } of WRONG_ANSWERS) {
  Deno.test(`loadRemote() takes the bundled names on ${name}, and keeps nothing`, async () => {
    await withTempDir(async (dir) => {
      await withServer(answer, async (url) => {
        const { bytes, notes, warnings } = await load(
          await remote(url),
          `${dir}/datasets/names.txt`,
        );
        assertEquals(bytes, await bundledNames());
        assertEquals(notes, [`Fetching ${url}`]);
        assertEquals(warnings, [
          `Cannot fetch names.txt: ${message}: using the English names that come with microgpt`,
        ]);
        assert(!exists(`${dir}/datasets/names.txt`));
        if (exists(`${dir}/datasets`)) assertEquals(entries(`${dir}/datasets`), []);
      });
    });
  });
}

Deno.test("loadRemote() takes the bundled names if the connection is refused", async () => {
  await withTempDir(async (dir) => {
    const { bytes, warnings } = await load(await remote(CLOSED_PORT), `${dir}/names.txt`);
    assertEquals(bytes, await bundledNames());
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0]!, /^Cannot fetch names.txt: .*refused.*: using the English names/i);
    assertEquals(entries(dir), []);
  });
});

/** Fails unless the names are used although they cannot be kept, and says so in one line. */
async function assertNotKept(dir: string, path: string): Promise<void> {
  await withServer(ok, async (url) => {
    const { bytes, notes, warnings } = await load(await remote(url), path);
    assertEquals(Docs.parse(bytes).length, 3000);
    assertEquals(warnings, [], "it is the right list");
    assertEquals(notes.length, 2, `${notes}`);
    assert(notes[1]!.startsWith(`Cannot keep ${path}: `), notes[1]);
    assert(notes[1]!.endsWith(": using it anyway"), notes[1]);
    assert(!notes[1]!.includes("\n"), notes[1]);
    if (exists(dir)) assertEquals(entries(dir).filter((name) => name.includes("names")), []);
  });
}

Deno.test("loadRemote() uses names that it cannot keep: a file is where the folder should be", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/datasets`, "a file");
    await assertNotKept(dir, `${dir}/datasets/names.txt`);
  });
});

Deno.test(
  needing(MOUNT, "loadRemote() uses names that it cannot keep: the folder is read-only"),
  async () => {
    await withMount("ro,size=16k", async (dir) => {
      await assertNotKept(dir, `${dir}/names.txt`);
      await assertNotKept(dir, `${dir}/datasets/names.txt`);
    });
  },
);

Deno.test(
  needing(MOUNT, "loadRemote() uses names that it cannot keep: the disk is full"),
  async () => {
    assert(CONTENT.length <= 16_384);
    await withMount("size=16k", async (dir) => {
      await Deno.writeFile(`${dir}/other`, new Uint8Array(8192));
      await assertNotKept(dir, `${dir}/names.txt`);
      assertEquals(entries(dir), ["other"], "what was written is gone again");
    });
  },
);
