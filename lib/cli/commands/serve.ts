/**
 * `microgpt serve`: serves the playground to this machine, or writes it to a file.
 *
 * @module
 */

import { quote } from "../../text/quote.ts";
import type { ServeCommand } from "../options/commands.ts";
import { answer } from "../serving/answer.ts";
import { isPage, loadPage, withNames } from "../serving/page.ts";
import { beginning, statOf } from "../training/own_file.ts";
import { newTalk, Results, type Talk } from "../terminal/output.ts";

/** The only address to listen on: no other machine can reach it. */
const HOSTNAME = "127.0.0.1";

/** The program that opens an address, by its path: see `PERMISSIONS` in `.ci/permissions.ts`. */
const OPENERS: Readonly<Partial<Record<typeof Deno.build.os, string>>> = {
  darwin: "/usr/bin/open",
  linux: "/usr/bin/xdg-open",
  windows: "C:/Windows/explorer.exe",
};

/** The number of bytes in which a page of ours has its title. */
const HEAD = 10_000;

/**
 * Runs the command: serves until the program is ended, or writes the file.
 *
 * @throws {Error} If the port cannot be used, or the file not be written.
 */
export async function runServe(command: ServeCommand): Promise<void> {
  const results = new Results();
  const talk = newTalk(command.quiet, results);
  const page = await loadPage();
  if (command.export !== undefined) return await exportPage(command.export, page, talk);
  const bytes = new TextEncoder().encode(await withNames(page));
  const server = listen(command.port, (request) => answer(request, bytes));
  const url = `http://${HOSTNAME}:${server.addr.port}/`;
  results.line(command.json ? JSON.stringify({ url }) : url);
  results.flush();
  talk.note("Press Ctrl-C to stop");
  if (command.open) await openInBrowser(url, talk);
  await server.finished;
}

async function exportPage(path: string, page: string, { note }: Talk): Promise<void> {
  const old = statOf(path)?.isFile ? beginning(path, HEAD) : ""; // a device may have no end
  if (old !== "" && !isPage(old)) {
    throw new Error(
      `Cannot export to ${quote(path)}: there is a file that is not a playground: ` +
        `choose another name, or remove it`,
    );
  }
  const { writeAtomically } = await import("../../files/atomic_file.ts");
  await writeAtomically(path, new TextEncoder().encode(page));
  note(`Exported to ${quote(path)}: open it in a browser, or publish it`);
}

function listen(
  port: number,
  handler: (request: Request) => Response,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname: HOSTNAME, port, onListen: () => {} }, handler);
  } catch (error) {
    const { AddrInUse, NotCapable, PermissionDenied } = Deno.errors;
    const why = error instanceof AddrInUse
      ? "it is in use: choose another one with --port, or any with --port 0"
      : error instanceof NotCapable
      ? `Deno may not listen: run with --allow-net=${HOSTNAME}`
      : error instanceof PermissionDenied
      ? "permission denied: choose one above 1023 with --port"
      : (error as Error).message; // Deno throws errors
    throw new Error(`Cannot serve on port ${port}: ${why}`);
  }
}

async function openInBrowser(url: string, { warn }: Talk): Promise<void> {
  const opener = OPENERS[Deno.build.os];
  try {
    if (opener === undefined) throw new Error(`there is no program for ${Deno.build.os}`);
    const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
    await new Deno.Command(opener, { args: [url], ...silent }).spawn().status;
  } catch (error) {
    const { NotCapable, NotFound } = Deno.errors;
    const why = error instanceof NotCapable
      ? `Deno may not run ${opener}`
      : error instanceof NotFound
      ? `there is no ${opener}`
      : (error as Error).message; // Deno throws errors
    warn(`Cannot open a browser: ${why}: open ${url} yourself`);
  }
}
