/**
 * The answers of the playground's server: one page, to this machine, and nothing else.
 *
 * @module
 */

/** The names that this machine has for itself. A page of somebody else's domain has another one. */
const OWN_NAMES = ["127.0.0.1", "localhost"];

/** The policy that the page itself asks for; and no other page may frame it. */
const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "frame-ancestors 'none'",
  "content-type": "text/html; charset=utf-8",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Answers a request.
 *
 * @param request The request; it can be from any page that a browser has open.
 * @param page The page.
 */
export function answer(request: Request, page: Uint8Array<ArrayBuffer>): Response {
  const { method, url, headers } = request;
  const host = headers.get("host") ?? "";
  if (!OWN_NAMES.includes(host.replace(/:\d+$/, ""))) {
    return refusal(421, "This server answers to 127.0.0.1 and localhost only");
  }
  if (method !== "GET" && method !== "HEAD") {
    return refusal(405, "This server answers GET and HEAD only", { allow: "GET, HEAD" });
  }
  if (new URL(url).pathname !== "/") return refusal(404, "There is only one page, /");
  const length = { "content-length": `${page.length}` };
  return new Response(method === "HEAD" ? null : page, { headers: { ...HEADERS, ...length } });
}

function refusal(status: number, why: string, headers: Record<string, string> = {}): Response {
  const type = { "content-type": "text/plain; charset=utf-8" };
  return new Response(`${why}\n`, { status, headers: { ...type, ...headers } });
}
