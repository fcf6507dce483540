/**
 * Every source file has its unit test at the same place, and every unit test its source.
 *
 * src/platform and src/cli are left out: what they do can only be proven against a real kernel and
 * a real terminal, in test/interop and test/cli.
 */
import ts from "typescript";
import { PORTABLE } from "./lib/layers.ts";
import { type Finding, isProgram, parseTree, runCheck } from "./lib/source-tree.ts";

export function checkMirror(root: string): Finding[] {
  const sources = parseTree(root, ...PORTABLE.map((layer) => `src/${layer}`));
  const tests = parseTree(root, ...PORTABLE.map((layer) => `test/unit/${layer}`))
    .map(({ path }) => path)
    .filter((path) => path.endsWith(".test.ts"));
  const sourcePaths = new Set(sources.map(({ path }) => path));
  const testless = sources.filter(
    ({ path, syntax }) => syntax.statements.some(does) && !tests.includes(testOf(path)),
  );
  return [
    ...testless.map(({ path }) => finding(path, `has no test: write ${testOf(path)}`)),
    ...tests
      .filter((path) => !sourcePaths.has(sourceOf(path)))
      .map((path) => finding(path, `${sourceOf(path)} does not exist: move or remove the test`)),
  ];
}

function testOf(source: string): string {
  return source.replace(/^src\//, "test/unit/").replace(/\.ts$/, ".test.ts");
}

function sourceOf(test: string): string {
  return test.replace(/^test\/unit\//, "src/").replace(/\.test\.ts$/, ".ts");
}

function finding(file: string, message: string): Finding {
  return { file, line: 1, message };
}

/** Whether a statement exists at run time: types, imports and re-exports do not. */
function does(statement: ts.Statement): boolean {
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return false;
  if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) return false;
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  return !modifiers.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword);
}

if (isProgram(import.meta.url)) runCheck("mirror", checkMirror);
