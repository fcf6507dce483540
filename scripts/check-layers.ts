/**
 * Gate C: imports point down the stack, peers do not know each other, nothing goes in a circle.
 *
 * `import type` counts: a type that sits too high is the same mistake as a function that does.
 */
import { dirname, posix } from "node:path";
import ts from "typescript";
import { CORE, isBarrel, layerOf, levelOf, PORTABLE } from "./lib/layers.ts";
import { type Finding, isProgram, lineOf, parseTree, runCheck, walk } from "./lib/source-tree.ts";
import { cyclesOf } from "./lib/tarjan.ts";

interface Import {
  from: string;
  to: string;
  line: number;
}

export function checkLayers(root: string): Finding[] {
  const files = parseTree(root, "src");
  const imports = files.flatMap(({ path, syntax }) => importsOf(path, syntax));
  const findings = files.flatMap(({ path }) => placeFinding(path));
  for (const each of imports) {
    const message = each.to.startsWith("src/") ? directionError(each) : outsideError(each);
    if (message !== undefined) findings.push({ file: each.from, line: each.line, message });
  }
  return [...findings, ...cycleFindings(imports)];
}

function importsOf(path: string, syntax: ts.SourceFile): Import[] {
  const found: Import[] = [];
  walk(syntax, (node) => {
    const specifier = specifierOf(node);
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return;
    const to = specifier.text.startsWith(".")
      ? posix.join(dirname(path), specifier.text)
      : specifier.text;
    found.push({ from: path, to, line: lineOf(syntax, node) });
  });
  return found;
}

/** The module that a node names, if it is one of the four ways to name one. */
function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return node.argument.literal;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return node.arguments[0];
  return undefined;
}

function placeFinding(path: string): Finding[] {
  if (levelOf(layerOf(path)) >= 0) return [];
  const message = "this folder is no layer: add it to scripts/lib/layers.ts or move the file";
  return [{ file: path, line: 1, message }];
}

function directionError({ from, to }: Import): string | undefined {
  const [lower, upper] = [layerOf(to), layerOf(from)];
  if (isBarrel(to)) {
    const mayUse = upper === "cli" || upper === "web";
    return mayUse ? undefined : `imports the barrel ${to}; import the file that has the name`;
  }
  if (lower === upper && !isBarrel(from)) return undefined;
  if (levelOf(lower) > levelOf(upper))
    return `${upper} imports ${to}, a layer above it; let ${upper} declare the interface it needs`;
  if (levelOf(lower) === levelOf(upper) && !isBarrel(from))
    return `${upper} imports ${to}, but ${upper} and ${lower} are peers; move what both need down`;
  return undefined;
}

function outsideError({ from, to }: Import): string | undefined {
  const layer = layerOf(from);
  if (to.startsWith("node:") && PORTABLE.includes(layer))
    return `${layer} imports ${to}, but runs in browsers too; that belongs in src/platform/node`;
  if (CORE.includes(layer) && !to.startsWith("node:"))
    return `${layer} imports ${to}; the core depends on nothing outside src/`;
  return undefined;
}

function cycleFindings(imports: readonly Import[]): Finding[] {
  const graph = new Map<string, string[]>();
  for (const { from, to } of imports) graph.set(from, [...(graph.get(from) ?? []), to]);
  return cyclesOf(graph).map((members) => {
    const first = imports.find(({ from, to }) => from === members[0] && members.includes(to));
    const message = `import cycle of ${members.join(", ")}; move what they share into a file below`;
    return { file: members[0] ?? "", line: first?.line ?? 1, message };
  });
}

if (isProgram(import.meta.url)) runCheck("layers", checkLayers);
