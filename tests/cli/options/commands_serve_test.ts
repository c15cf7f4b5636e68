/** `microgpt serve`. */

import { assertEquals, assertThrows } from "@std/assert";
import { type Command, parseCommand } from "../../../lib/cli/options/commands.ts";
import { UsageError } from "../../../lib/cli/options/parsers.ts";

const SERVE = {
  kind: "serve",
  port: 8000,
  open: false,
  export: undefined,
  json: false,
  quiet: false,
  color: "auto",
} as const;

Deno.test("parseCommand() understands microgpt serve and its options", () => {
  const cases: readonly [argv: readonly string[], command: Command][] = [
    [["serve"], SERVE],
    [["serve", "--port", "0", "--open", "--json"], { ...SERVE, port: 0, open: true, json: true }],
    [["serve", "--export", "a.html"], { ...SERVE, export: "a.html" }],
    [["help", "serve"], { kind: "help", topic: "serve" }],
  ];
  for (const [argv, command] of cases) assertEquals(parseCommand(argv), command);
});

Deno.test("parseCommand() refuses files to serve, ports that are none, and both kinds at once", () => {
  const cases: readonly [argv: readonly string[], message: string][] = [
    [["serve", "a.txt"], "takes no file, but got a.txt"],
    [["serve", "--port", "70000"], "--port must be an integer from 0 to 65535"],
    [["serve", "--export", "-"], "--export must be a file"],
    [["serve", "--export", "a", "--open"], "--export does not serve the page"],
    [["serve", "--export", "a", "--port", "1"], "--export does not serve the page"],
  ];
  for (const [argv, message] of cases) {
    assertThrows(() => parseCommand(argv), UsageError, message, argv.join(" "));
  }
});
