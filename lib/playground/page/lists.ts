/**
 * The lists that come with the page.
 *
 * @module
 */

/// <reference lib="dom" />

import type { PresetSettings } from "../../files/presets.ts";
import { ORIGINAL, type Settings } from "../shared/settings.ts";

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
 * `<template data-list="NAME" data-title="TITLE" data-settings="JSON">`, the server adds one.
 */
export function includedLists(): IncludedList[] {
  return Array.from(document.querySelectorAll("template"), ({ dataset, content }) => ({
    name: dataset["list"] ?? "",
    title: dataset["title"] ?? "",
    text: content.textContent,
    settings: settingsOf(dataset["settings"]),
  }));
}

/** Completes the settings of a list, which the build has written. */
function settingsOf(json: string | undefined): Settings | undefined {
  if (json === undefined) return undefined;
  const settings: PresetSettings = JSON.parse(json);
  return { ...ORIGINAL, valFraction: VAL_FRACTION, ...settings };
}
