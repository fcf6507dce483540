import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import {
  flagOption,
  getOption,
  integerOption,
  type Option,
  type OptionTable,
  optionFormat,
  setOption,
} from "../../../src/socket/option-table.ts";

interface Toy {
  size: number;
  on: boolean;
  locked: boolean;
}

const TABLE: OptionTable<Toy> = {
  level: 7,
  options: new Map<number, Option<Toy>>([
    [
      1,
      integerOption({
        min: 2,
        max: 9,
        get: (toy) => toy.size,
        mayGet: (toy) => (toy.locked ? -Errno.ENOTCONN : 0),
        maySet: (toy, value) => (toy.locked || value === 5 ? -Errno.EBUSY : 0),
        set: (toy, value) => {
          toy.size = value;
        },
      }),
    ],
    [
      2,
      flagOption(
        (toy) => toy.on,
        (toy, on) => {
          toy.on = on;
        },
      ),
    ],
    [3, flagOption((toy) => toy.on)],
    [4, { format: "text", set: () => {} }],
  ]),
};

// req: sockets/OPT-1, sockets/OPT-3, sockets/OPT-10
test("getting and setting by level and name", () => {
  const toy = { size: 4, on: false, locked: false };
  const set = (level: number, name: number, value: number | string): number =>
    setOption([TABLE], toy, { level, name }, value, 0);
  const get = (level: number, name: number): number => {
    const into = { value: -99 as never };
    const result = getOption([TABLE], toy, { level, name }, into);
    return result < 0 ? result : into.value;
  };
  assert.equal(get(7, 1), 4);
  assert.equal(set(7, 1, 9), 0);
  assert.equal(get(7, 1), 9);
  assert.equal(set(7, 1, 1), -Errno.EINVAL);
  assert.equal(set(7, 1, 10), -Errno.EINVAL);
  assert.equal(set(7, 1, 5), -Errno.EBUSY);
  assert.equal(set(7, 1, "5"), -Errno.EINVAL);
  assert.equal(set(7, 1, 2.5), -Errno.EINVAL);
  assert.equal(get(7, 1), 9, "refusals change nothing");
  assert.equal(set(7, 2, -3), 0);
  assert.equal(get(7, 2), 1);
  assert.equal(set(7, 3, 0), -Errno.ENOPROTOOPT, "read-only");
  assert.equal(get(7, 4), -Errno.ENOPROTOOPT, "write-only");
  assert.equal(set(7, 9, 0), -Errno.ENOPROTOOPT);
  assert.equal(set(8, 1, 0), -Errno.ENOPROTOOPT);
  assert.equal(get(7, 9), -Errno.ENOPROTOOPT);
  assert.equal(get(8, 1), -Errno.EOPNOTSUPP);
  toy.locked = true;
  assert.equal(get(7, 1), -Errno.ENOTCONN);
  assert.equal(set(7, 1, 3), -Errno.EBUSY);
});

test("the format of an option", () => {
  assert.equal(optionFormat([TABLE], 7, 1), "integer");
  assert.equal(optionFormat([TABLE], 7, 4), "text");
  assert.equal(optionFormat([TABLE], 7, 5), null);
  assert.equal(optionFormat([TABLE], 8, 1), null);
});
