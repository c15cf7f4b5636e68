/**
 * Explains to people why a file could not be read or written: the reason, a colon and the next
 * step.
 *
 * @module
 */

/** Explains an error of reading: of `Deno.stat()`, `Deno.open()` and the like. */
export function whyUnreadable(error: unknown): string {
  const { NotFound, NotADirectory, PermissionDenied, NotCapable } = Deno.errors;
  if (error instanceof NotFound) return "there is no such file: check the path";
  if (error instanceof NotADirectory) return "a file is where a folder should be: check the path";
  if (error instanceof PermissionDenied) return "permission denied: check who may read the file";
  if (error instanceof NotCapable) {
    const isAllowed = Deno.permissions.querySync({ name: "read" }).state === "granted";
    return `Deno may not read it: run with ${isAllowed ? "--allow-all" : "--allow-read"}`;
  }
  const message = bare(error);
  if (/os error 21\b/.test(message)) return "it is a directory: name a file";
  return message;
}

/** Explains an error of writing: of `Deno.open()`, `Deno.rename()` and the like. */
export function whyUnwritable(error: unknown): string {
  const { NotFound, NotADirectory, PermissionDenied, NotCapable } = Deno.errors;
  if (error instanceof NotFound) return "there is no such folder: make it first";
  if (error instanceof NotADirectory) return "a file is where a folder should be: check the path";
  if (error instanceof PermissionDenied) return "permission denied: check who may write there";
  if (error instanceof NotCapable) {
    const access = /^Requires (\w+) access/.exec(error.message)?.[1] ?? "write"; // of two that it needs
    return `Deno may not ${access} there: run with --allow-${access}`;
  }
  const message = bare(error);
  if (/os error 16\b/.test(message)) return "it is in use, or mounted: choose another name";
  if (/os error 27\b/.test(message)) {
    return "the file would be too large: raise the limit of the shell, ulimit -f, or choose another file system";
  }
  if (/os error 28\b/.test(message)) return "no space is left on the disk: make some first";
  if (/os error 30\b/.test(message)) return "the file system is read-only: choose another place";
  return message;
}

/** Returns the message without the call that failed. */
function bare(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/: (l?stat|realpath|open|readfile|rename|remove) '.*$/s, "");
}
