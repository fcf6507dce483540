import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CHECKOUT } from "../support/checkout.ts";

const read = (name: string): string => readFileSync(join(CHECKOUT, name), "utf8");
const manifest = JSON.parse(read("package.json"));

describe("the package", () => {
  test("exports only what has a source", () => {
    const targets = Object.values<string | { default: string; types: string }>(manifest.exports)
      .filter((target) => typeof target !== "string")
      .flatMap(({ default: code, types }) => [code, types]);
    const sources = [...targets, `./${manifest.bin.netloom}`].map((target) =>
      target.replace("./dist/", "src/").replace(/(\.d\.ts|\.js)$/, ".ts"),
    );
    assert.deepEqual(
      sources.filter((source) => !existsSync(join(CHECKOUT, source))),
      [],
    );
  });

  test("names exact versions, so that two installs are the same", () => {
    const { dependencies, optionalDependencies, devDependencies } = manifest;
    const all = { ...dependencies, ...optionalDependencies, ...devDependencies };
    for (const [name, version] of Object.entries(all)) {
      assert.match(String(version), /^\d+\.\d+\.\d+$/, name);
    }
  });

  test("has a lock file that belongs to no registry", () => {
    const { packages } = JSON.parse(read("package-lock.json"));
    for (const [path, entry] of Object.entries<{ resolved?: string; integrity?: string }>(
      packages,
    )) {
      assert.equal(entry.resolved, undefined, path);
      if (path !== "") assert.match(entry.integrity ?? "", /^sha512-/, path);
    }
  });
});
