/**
 * Refuses what cannot be released: `deno task release-check v0.1.0`.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { filesToRename, ROOT, scopeFault } from "./scope.ts";

/** The parts of a release that must agree. */
export interface Release {
  /** The tag that is pushed. */
  readonly tag: string;
  /** Name and version of the package, as in deno.json. */
  readonly name: string;
  readonly version: string;
  /** The text of CHANGELOG.md. */
  readonly changelog: string;
}

/** Returns what stands in the way of a release, each with what to do about it. */
export function releaseFaults({ tag, name, version, changelog }: Release): string[] {
  const faults: string[] = [];
  const [scope = ""] = name.split("/");
  const fault = scopeFault(scope);
  if (fault !== undefined) {
    faults.push(
      `The scope ${scope} cannot be in the registry: ${fault}: ` +
        "take a scope of your own with `deno task scope @yours` (CONTRIBUTING.md, Once only)",
    );
  }
  if (tag !== `v${version}`) {
    faults.push(
      `The tag is ${tag}, the version in deno.json ${version}: the tag must be v${version}`,
    );
  }
  const sections = changelog.split(/^## /m).slice(1);
  const isOf = (section: string) =>
    section.replace(/ - \d{4}-\d\d-\d\d\n/, "\n").startsWith(`${version}\n`);
  const [, ...lines] = sections.find(isOf)?.split("\n") ?? [];
  if (!lines.some((line) => line.trim() !== "")) {
    faults.push(`CHANGELOG.md does not say what is new: write it under "## ${version}"`);
  }
  return faults;
}

async function main([tag = ""]: string[]): Promise<number> {
  const changelog = await Deno.readTextFile(`${ROOT}/CHANGELOG.md`);
  const faults = releaseFaults({ tag, ...config, changelog });
  const files = await filesToRename(ROOT, config.name);
  if (files.length > 0) {
    const paths = files.map(({ path }) => path).join(", ");
    faults.push(
      `Another scope than that of ${config.name} is in ${paths}: run \`deno task scope\``,
    );
  }
  for (const fault of faults) console.error(`error: ${fault}`);
  return faults.length > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
