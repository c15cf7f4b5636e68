/** File systems of their own, for disks that are full or read-only. */

import type { Need } from "./needs.ts";

/** Calls `body` with a folder that is a file system; false if this user may not mount one. */
export async function withMount(
  options: string,
  body: (dir: string) => Promise<void>,
): Promise<boolean> {
  const dir = await Deno.makeTempDir({ prefix: "microgpt_mount_" });
  try {
    if (!await run("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir)) return false;
    try {
      await body(dir);
    } finally {
      await run("umount", dir);
    }
    return true;
  } finally {
    await Deno.remove(dir);
  }
}

/** Makes the file system of `withMount()` read-only. */
export async function makeReadOnly(dir: string): Promise<void> {
  if (!await run("mount", "-o", "remount,ro", dir)) throw new Error(`Cannot remount ${dir}`);
}

/** Calls `body` while a file is mounted over another, which nothing can replace then. */
export async function withBindMount(file: string, over: string, body: () => Promise<void>) {
  if (!await run("mount", "--bind", file, over)) throw new Error(`Cannot mount ${file}`);
  try {
    await body();
  } finally {
    await run("umount", over);
  }
}

function run(program: string, ...args: string[]): Promise<boolean> {
  return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output()
    .then(({ success }) => success, () => false);
}

/** The right to mount a file system. */
export const MOUNT: Need = {
  isMet: Deno.build.os === "linux" && await withMount("size=16k", async () => {}),
  reason: "needs the right to mount a file system",
};
