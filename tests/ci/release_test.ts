import { assertEquals } from "@std/assert";
import { type Release, releaseFaults } from "../../.ci/release.ts";

const RELEASE: Release = {
  tag: "v1.2.3",
  name: "@somebody/parts",
  version: "1.2.3",
  changelog: "# Changelog\n\n## 1.2.3\n\nMore parts.\n\n## 1.2.2\n\nParts.\n",
};

Deno.test("releaseFaults() lets a release pass", () => {
  assertEquals(releaseFaults(RELEASE), []);
  const changelog = RELEASE.changelog.replace("## 1.2.3\n", "## 1.2.3 - 2026-11-26\n");
  assertEquals(releaseFaults({ ...RELEASE, changelog }), []);
});

Deno.test("releaseFaults() refuses a scope that the registry cannot have", () => {
  assertEquals(releaseFaults({ ...RELEASE, name: "@x/parts" }), [
    "The scope @x cannot be in the registry: it has 1 character, not 2 to 20: " +
    "take a scope of your own with `deno task scope @yours` (CONTRIBUTING.md, Once only)",
  ]);
});

Deno.test("releaseFaults() refuses a tag that is not the version", () => {
  for (const tag of ["1.2.3", "v1.2.2", "v1.2.3-rc.1", ""]) {
    assertEquals(releaseFaults({ ...RELEASE, tag }), [
      `The tag is ${tag}, the version in deno.json 1.2.3: the tag must be v1.2.3`,
    ]);
  }
});

Deno.test("releaseFaults() refuses a version of which CHANGELOG.md says nothing", () => {
  for (
    const changelog of [
      "# Changelog\n\n## 1.2.2\n\nParts.\n",
      "# Changelog\n\n## 1.2.3\n\n## 1.2.2\n\nParts.\n",
      "# Changelog\n\n## 1.2.3-rc.1\n\nParts.\n",
      "# Changelog\n\n## Unreleased\n\nParts.\n",
      "# Changelog\n\n### 1.2.3\n\nParts.\n",
      "",
    ]
  ) {
    assertEquals(releaseFaults({ ...RELEASE, changelog }), [
      'CHANGELOG.md does not say what is new: write it under "## 1.2.3"',
    ]);
  }
});

Deno.test("releaseFaults() names all faults at once", () => {
  assertEquals(
    releaseFaults({ tag: "", name: "parts", version: "1.0.0", changelog: "" }).length,
    3,
  );
});
