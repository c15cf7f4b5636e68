/**
 * microgpt for Deno. Run, this module is the tool; imported, it is the library.
 *
 * ```sh
 * deno run -A jsr:@x/microgpt names.txt
 * ```
 *
 * @module
 */

export * from "./lib/mod.ts";

if (import.meta.main) {
  const { main } = await import("./lib/cli/main.ts");
  Deno.exitCode = await main(Deno.args);
}
