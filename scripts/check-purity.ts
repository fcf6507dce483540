/**
 * Gate B, the part that the linter cannot express (biome.json bans the host's globals).
 *
 * - No `Math.random` outside src/platform, src/cli and src/web: dice are injected.
 * - No `async`, `await` or `Promise` in the core: a protocol step that waits can be interleaved.
 * - No `!` but on an index read, where the reader can see the bounds and the compiler cannot.
 */
import ts from "typescript";
import { CORE, isBarrel, layerOf, PORTABLE } from "./lib/layers.ts";
import {
  type Finding,
  isProgram,
  lineOf,
  parseTree,
  runCheck,
  type SourceFile,
  walk,
} from "./lib/source-tree.ts";

const DICE =
  "dice are injected: take a `Random` from the host (secureRandom where others may guess)";
const WAITS =
  "the core never waits: return a result or a negative errno; promises belong to src/api";
const BANG = "`!` only on an index read, as in `octets[at]!`; narrow the type or assert instead";

export function checkPurity(root: string): Finding[] {
  return parseTree(root, "src", "test", "scripts").flatMap(findingsIn);
}

function findingsIn({ path, syntax }: SourceFile): Finding[] {
  const findings: Finding[] = [];
  const layer = path.startsWith("src/") && !isBarrel(path) ? layerOf(path) : "";
  walk(syntax, (node) => {
    const file = { file: path, line: lineOf(syntax, node) };
    if (isBareAssertion(node)) findings.push({ ...file, message: BANG });
    if (PORTABLE.includes(layer) && isDice(node)) findings.push({ ...file, message: DICE });
    if (CORE.includes(layer) && isWaiting(node)) findings.push({ ...file, message: WAITS });
  });
  return findings;
}

/** `value!` where value is no index read, or the promise `field!: Type`. */
function isBareAssertion(node: ts.Node): boolean {
  if (ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node))
    return node.exclamationToken !== undefined;
  return ts.isNonNullExpression(node) && !ts.isElementAccessExpression(bare(node.expression));
}

function bare(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression) ? bare(expression.expression) : expression;
}

/** `Math.random`, and any use of `Math` that hides which of its functions is meant. */
function isDice(node: ts.Node): boolean {
  if (!ts.isIdentifier(node) || node.text !== "Math") return false;
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) {
    return parent.expression === node && parent.name.text === "random";
  }
  return ts.isElementAccessExpression(parent) || ts.isVariableDeclaration(parent);
}

function isWaiting(node: ts.Node): boolean {
  if (node.kind === ts.SyntaxKind.AsyncKeyword || node.kind === ts.SyntaxKind.AwaitKeyword)
    return true;
  return (
    ts.isAwaitExpression(node) || (ts.isIdentifier(node) && /^Promise(Like)?$/.test(node.text))
  );
}

if (isProgram(import.meta.url)) runCheck("purity", checkPurity);
