import { assertEquals, assertStringIncludes } from "@std/assert";
import { answer } from "../../../lib/cli/serving/answer.ts";

const PAGE = new TextEncoder().encode("<!DOCTYPE html>");

const ask = (path: string, host: string, method = "GET") =>
  answer(new Request(`http://127.0.0.1:8000${path}`, { method, headers: { host } }), PAGE);

Deno.test("answer() gives the page, and its headers alone to HEAD", async () => {
  for (const host of ["127.0.0.1:8000", "localhost:8000", "127.0.0.1", "localhost"]) {
    const response = ask("/?a=b", host);
    assertEquals([response.status, await response.text()], [200, "<!DOCTYPE html>"]);
  }
  const { status, headers, body } = ask("/", "localhost", "HEAD");
  assertEquals([status, body], [200, null]);
  assertEquals(headers.get("content-length"), `${PAGE.length}`);
  assertEquals(headers.get("content-type"), "text/html; charset=utf-8");
  assertEquals(headers.get("content-security-policy"), "frame-ancestors 'none'");
  // With these the page is cross-origin isolated, so that its threads can share memory.
  assertEquals(headers.get("cross-origin-embedder-policy"), "require-corp");
  assertEquals(headers.get("cross-origin-opener-policy"), "same-origin");
});

Deno.test("answer() refuses other names, methods and files", async () => {
  const cases: readonly [path: string, host: string, method: string, status: number][] = [
    ["/", "evil.example:8000", "GET", 421],
    ["/", "127.0.0.1.evil.example", "GET", 421],
    ["/", "", "GET", 421],
    ["/", "localhost@evil.example", "GET", 421],
    ["/", "127.0.0.1:8000", "POST", 405],
    ["/", "127.0.0.1:8000", "OPTIONS", 405],
    ["/names.txt", "127.0.0.1:8000", "GET", 404],
    ["/..%2fdeno.json", "127.0.0.1:8000", "GET", 404],
    ["//", "127.0.0.1:8000", "GET", 404],
  ];
  for (const [path, host, method, status] of cases) {
    const response = ask(path, host, method);
    assertEquals(response.status, status, `${method} ${path} of ${host}`);
    assertEquals((await response.text()).includes("DOCTYPE"), false);
  }
  assertStringIncludes(ask("/", "localhost", "PUT").headers.get("allow") ?? "", "GET, HEAD");
});
