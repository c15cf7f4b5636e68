import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { expandGlob } from "@std/fs/expand-glob";
import { OLDEST_DENO } from "../../lib/cli/deno_version.ts";
import { ROOT } from "../helpers/paths.ts";

const read = (path: string) => Deno.readTextFile(`${ROOT}/${path}`);

Deno.test("workflows pin each action by a commit, one for each, with its version beside it", async () => {
  const commits = new Map<string, string>();
  const workflows = expandGlob(".github/workflows/*.yml", { root: ROOT });
  for await (const { path } of workflows) {
    const text = await Deno.readTextFile(path);
    for (const [, action = "", rest = ""] of text.matchAll(/uses: ([\w-]+\/[\w-]+)(.*)$/gm)) {
      assertMatch(rest, /^@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, `${path}: ${action}`);
      assertEquals(commits.get(action) ?? rest, rest, `${path}: ${action}`);
      commits.set(action, rest);
    }
    const uses = text.match(/uses:/g) ?? [];
    const pinned = text.match(/uses: (\.\/\.github\/|.*@[0-9a-f]{40} )/g) ?? [];
    assertEquals(pinned.length, uses.length, path);
  }
  assert(commits.size >= 5, `${commits.size} actions`);
});

Deno.test("workflows run the Deno that .ci/run installs", async () => {
  const [, newest = ""] = /^DENO_VERSION=(.*)$/m.exec(await read(".ci/run")) ?? [];
  const release = await read(".github/workflows/release.yml");
  const versions = Array.from(release.matchAll(/deno-version: (.*)/g), ([, version]) => version);
  assert(versions.length > 0);
  assertEquals(new Set(versions), new Set([`v${newest}`]));
  assertStringIncludes(await read(".github/workflows/ci.yml"), `deno-version: v${newest}\n`);
});

Deno.test("README.md, CONTRIBUTING.md and CI name the oldest Deno that the tool accepts", async () => {
  const oldest = OLDEST_DENO.join(".");
  assertStringIncludes(await read("README.md"), `Deno ${oldest} or later`);
  assertStringIncludes(await read("CONTRIBUTING.md"), `Deno ${oldest} or later`);
  assertStringIncludes(await read(".github/workflows/ci.yml"), `deno-version: v${oldest}.0\n`);
});

/** The jobs that a job waits for, and those that they wait for. */
function prerequisites(workflow: string, job: string): string[] {
  const [, body = ""] = workflow.split(`\n  ${job}:\n`);
  const [own = ""] = body.split(/\n {2}\w+:\n/);
  const [, needs = ""] = /^ {4}needs: \[(.*)\]$/m.exec(own) ?? [];
  const jobs = needs.split(", ").filter((name) => name !== "");
  return [...new Set(jobs.flatMap((name) => [name, ...prerequisites(workflow, name)]))].sort();
}

Deno.test("the release publishes what has been checked, tested, built, tried and attested", async () => {
  const workflow = await read(".github/workflows/release.yml");
  const before = ["attest", "check", "ci", "executables"];
  assertEquals(prerequisites(workflow, "publish"), before);
  assertEquals(prerequisites(workflow, "release"), [...before, "publish"]);
});

Deno.test("the page is published after the release, whose artifacts it must not be among", async () => {
  const workflow = await read(".github/workflows/release.yml");
  const before = ["attest", "check", "ci", "executables", "publish", "release"];
  assertEquals(prerequisites(workflow, "page"), before);
  assertEquals(prerequisites(workflow, "deploy"), [...before, "page"].sort());
  const [, deploy = ""] = workflow.split("\n  deploy:\n");
  assertEquals(/\brun:|checkout/.test(deploy), false, "it runs no code of this project");
});
