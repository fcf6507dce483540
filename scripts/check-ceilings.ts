/** The size ceilings: a file that outgrows them has two jobs, a function has two thoughts. */
import ts from "typescript";
import { type Finding, isProgram, parseTree, runCheck, walk } from "./lib/source-tree.ts";

const FILE_LINES = 400;
const FUNCTION_LINES = 70;

export function checkCeilings(root: string): Finding[] {
  return parseTree(root, "src", "test", "scripts").flatMap(({ path, syntax }) => [
    ...fileFinding(path, syntax),
    ...(path.startsWith("src/") ? functionFindings(path, syntax) : []),
  ]);
}

function fileFinding(path: string, syntax: ts.SourceFile): Finding[] {
  const lines = syntax.getLineAndCharacterOfPosition(syntax.text.trimEnd().length).line + 1;
  if (lines <= FILE_LINES) return [];
  const advice = path.startsWith("test/")
    ? "turn repeated cases into a table, or split it with the source it mirrors"
    : "it has more than one job; move one to a file named after it";
  const message = `${lines} lines, ceiling ${FILE_LINES}: ${advice}`;
  return [{ file: path, line: FILE_LINES + 1, message }];
}

function functionFindings(file: string, syntax: ts.SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(syntax, (node) => {
    if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return;
    const first = syntax.getLineAndCharacterOfPosition(node.getStart(syntax)).line;
    const lines = syntax.getLineAndCharacterOfPosition(node.end).line - first + 1;
    if (lines <= FUNCTION_LINES) return;
    const name = node.name?.getText(syntax) ?? "a function without a name";
    const advice =
      "split it along the paragraphs of the RFC, or keep the branches and move the leaves";
    const message = `${name}: ${lines} lines, ceiling ${FUNCTION_LINES}; ${advice}`;
    findings.push({ file, line: first + 1, message });
  });
  return findings;
}

if (isProgram(import.meta.url)) runCheck("ceilings", checkCeilings);
