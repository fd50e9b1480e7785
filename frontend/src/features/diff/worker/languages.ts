/** Which grammar a file is read with, by its name. */
import { default as core } from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import makefile from "highlight.js/lib/languages/makefile";
import markdown from "highlight.js/lib/languages/markdown";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import scss from "highlight.js/lib/languages/scss";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

const grammars = {
  bash,
  c,
  cpp,
  csharp,
  css,
  dockerfile,
  go,
  ini,
  java,
  javascript,
  json,
  kotlin,
  makefile,
  markdown,
  php,
  python,
  ruby,
  rust,
  scss,
  sql,
  swift,
  typescript,
  xml,
  yaml,
};

for (const [name, grammar] of Object.entries(grammars)) core.registerLanguage(name, grammar);

export const highlighter = core;

const endings: Record<keyof typeof grammars, string> = {
  bash: "sh bash zsh ksh bashrc zshrc profile",
  c: "c h",
  cpp: "cc cpp cxx hh hpp hxx ino",
  csharp: "cs",
  css: "css",
  dockerfile: "dockerfile containerfile",
  go: "go",
  ini: "toml ini cfg conf properties editorconfig gitconfig lock",
  java: "java",
  javascript: "js jsx mjs cjs",
  json: "json jsonc json5 webmanifest map",
  kotlin: "kt kts",
  makefile: "makefile mk justfile",
  markdown: "md mdx markdown",
  php: "php",
  python: "py pyi",
  ruby: "rb gemfile rakefile",
  rust: "rs",
  scss: "scss less",
  sql: "sql",
  swift: "swift",
  typescript: "ts tsx mts cts",
  xml: "html htm xml svg vue svelte xhtml plist",
  yaml: "yml yaml",
};

const byEnding = new Map(
  Object.entries(endings).flatMap(([name, list]) => list.split(" ").map((ending) => [ending, name] as const)),
);

/** The grammar for a file; none for those that are better left alone. */
export function grammarOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  if (name.endsWith("-lock.yaml")) return undefined;
  return byEnding.get(name.slice(name.lastIndexOf(".") + 1));
}
