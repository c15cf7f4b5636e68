/**
 * The permissions of the installed program; docs/install.md has the reason for each.
 *
 * @module
 */

/** Flags of Deno. */
export const PERMISSIONS: readonly string[] = [
  "--allow-read",
  "--allow-write",
  "--allow-net=raw.githubusercontent.com,127.0.0.1",
  "--allow-env=TERM",
  "--allow-run=/usr/bin/xdg-open,/usr/bin/open,C:/Windows/explorer.exe",
  "--no-prompt",
];
