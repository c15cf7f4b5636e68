/**
 * The lists that come with the page.
 *
 * @module
 */

/// <reference lib="dom" />

import {
  isProblem,
  ORIGINAL,
  SETTING_KEYS,
  SETTINGS,
  type Settings,
  withSetting,
} from "../shared/settings.ts";

/** A list that comes with the page. */
export interface IncludedList {
  /** The name on the command line: of a preset, or of a file. */
  readonly name: string;
  readonly title: string;
  readonly text: string;
  /** The settings that suit it, where they are known. */
  readonly settings: Settings | undefined;
}

/** The part to hold out, which the settings of the included lists leave open. */
const VAL_FRACTION = 0.1;

/**
 * Reads all lists of the page, in order. The build puts them there as
 * `<template data-list="NAME" data-title="TITLE" data-options="n-embd=32&...">`, the server adds one.
 */
export function includedLists(): IncludedList[] {
  return Array.from(document.querySelectorAll("template"), ({ dataset, content }) => ({
    name: dataset["list"] ?? "",
    title: dataset["title"] ?? "",
    text: content.textContent,
    settings: settingsOf(dataset["options"]),
  }));
}

/** Turns options, by the names of the command line, into settings. */
function settingsOf(options: string | undefined): Settings | undefined {
  if (options === undefined) return undefined;
  let settings: Settings = { ...ORIGINAL, valFraction: VAL_FRACTION };
  for (const [name, text] of new URLSearchParams(options)) {
    const key = SETTING_KEYS.find((key) => SETTINGS[key].name.replaceAll(" ", "-") === name);
    const changed = key && withSetting(settings, key, text);
    if (changed === undefined || isProblem(changed)) throw new Error(`Cannot use ${name}=${text}`);
    settings = changed;
  }
  return settings;
}
