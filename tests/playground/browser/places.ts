/** Places where a Chromium may be: at first where the variable `CHROMIUM` says. */
export const PLACES: readonly string[] = [
  ...[Deno.env.get("CHROMIUM")].filter((path) => path !== undefined),
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:/Program Files/Google/Chrome/Application/chrome.exe",
];
