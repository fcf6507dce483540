import assert from "node:assert/strict";
import { LOOPBACKS } from "../bench.ts";
import { fails, ok } from "../expect.ts";
import { program } from "../program.ts";

for (const address of LOOPBACKS) {
  // req: sockets/CONN-1, sockets/RECV-1
  program(`octets go both ways over ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    assert.equal(await bench.say(client, "hello"), "5");
    assert.equal(await bench.receive(server), "hello");
    await ok(sys.close(server));
    assert.equal(await bench.receive(client), "");
    await fails(sys.close(server), "EBADF");
  });
}
