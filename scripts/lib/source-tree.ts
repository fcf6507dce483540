/** Syntax trees, and what the checks say about them. */
import { readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { filesUnder } from "./files.ts";

/** One thing that is wrong, at a place an editor can jump to. */
export interface Finding {
  file: string;
  line: number;
  message: string;
}

export interface SourceFile {
  /** Relative to the root, with `/` on every system. */
  path: string;
  syntax: ts.SourceFile;
}

/** Parses the TypeScript files of the given folders of `root`. */
export function parseTree(root: string, ...folders: string[]): SourceFile[] {
  return folders
    .flatMap((folder) => filesUnder(join(root, folder), ".ts"))
    .map((file) => ({
      path: relative(root, file).split(sep).join("/"),
      syntax: ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2023, true),
    }));
}

/** Calls `visit` for `node` and everything inside it, outer nodes first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** The line, counted from 1, on which `node` begins, its comments not included. */
export function lineOf(syntax: ts.SourceFile, node: ts.Node): number {
  return syntax.getLineAndCharacterOfPosition(node.getStart(syntax)).line + 1;
}

/** Whether the module with this URL is the program that was started. */
export function isProgram(url: string): boolean {
  return resolve(process.argv[1] ?? "") === fileURLToPath(url);
}

/** Runs `check` on the checkout, prints what it found and sets the exit status. */
export function runCheck(name: string, check: (root: string) => Finding[]): void {
  const findings = check(fileURLToPath(new URL("../..", import.meta.url)));
  for (const { file, line, message } of findings) console.error(`${file}:${line}: ${message}`);
  console.log(findings.length === 0 ? `${name}: ok` : `${name}: ${findings.length} wrong`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
