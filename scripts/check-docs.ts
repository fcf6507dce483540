/**
 * The names in docs/architecture.md exist: each `name()`, `Class.method()` and `src/…` path in
 * backticks. A walk through the code that names functions of last year is worse than none.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { type Finding, isProgram, parseTree, runCheck, walk } from "./lib/source-tree.ts";

const DOCUMENT = "docs/architecture.md";

export function checkDocs(root: string): Finding[] {
  const document = join(root, DOCUMENT);
  if (!existsSync(document)) return [];
  const known = namesIn(root);
  return readFileSync(document, "utf8")
    .split("\n")
    .flatMap((text, index) =>
      claimsIn(text)
        .filter((claim) =>
          claim.includes("/") ? !existsSync(join(root, claim)) : !known.has(claim),
        )
        .map((claim) => {
          const message = `${claim} does not exist in the sources: correct the text`;
          return { file: DOCUMENT, line: index + 1, message };
        }),
    );
}

/** What one line of the document says about the sources. */
function claimsIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].flatMap(([, code = ""]) => {
    if (/^src\/[\w./-]+$/.test(code)) return [code];
    return [...code.matchAll(/([A-Za-z_$][\w$]*(?:\.[\w$]+)?)\(\)/g)].map(([, name = ""]) => name);
  });
}

/** Every declared name, and `Owner.member` for classes, interfaces and objects of functions. */
function namesIn(root: string): Set<string> {
  const names = new Set<string>();
  for (const { syntax } of parseTree(root, "src")) {
    walk(syntax, (node) => {
      if (!isNamed(node)) return;
      const name = node.name.getText(syntax).replace(/^#/, "");
      names.add(name);
      const owner = ownerOf(node);
      if (owner !== undefined) names.add(`${owner.getText(syntax)}.${name}`);
    });
  }
  return names;
}

function isNamed(node: ts.Node): node is ts.Node & { name: ts.Node } {
  return (
    ((ts.isFunctionDeclaration(node) && node.name !== undefined) ||
      ts.isVariableDeclaration(node) ||
      ts.isClassElement(node) ||
      ts.isTypeElement(node) ||
      ts.isObjectLiteralElementLike(node) ||
      ts.isClassDeclaration(node)) &&
    "name" in node &&
    node.name !== undefined
  );
}

function ownerOf({ parent }: ts.Node): ts.Node | undefined {
  if (ts.isClassDeclaration(parent) || ts.isInterfaceDeclaration(parent)) return parent.name;
  if (ts.isObjectLiteralExpression(parent) && ts.isVariableDeclaration(parent.parent))
    return parent.parent.name;
  return undefined;
}

if (isProgram(import.meta.url)) runCheck("docs", checkDocs);
