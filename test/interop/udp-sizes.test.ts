import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { after, before, describe, test } from "node:test";
import type { Host } from "../../src/api/host.ts";
import { AF_INET, SO_RCVBUF, SOCK_DGRAM, SOL_SOCKET } from "../../src/socket/constants.ts";
import { requireRootAndTun } from "./support/namespace.ts";
import { CleanUps } from "./support/serving.ts";
import { startTapHost } from "./support/tap-host.ts";

/** The longest datagram that IPv4 carries. */
const LARGEST = 65_507;
const PORT = 7;
/** Octets under way at once; the kernel's default receive buffer holds them with what it adds. */
const IN_FLIGHT = 40_000;

const skip = requireRootAndTun() ?? false;

/** Octets that depend on size and place, so that neither a shift nor a mix-up goes unseen. */
function fill(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + size * 7 + (at >>> 8)) & 0xff;
}

/** Who asks: sends datagrams, and is told of answers. */
interface Asker {
  send(bytes: Uint8Array): void;
  onAnswer: (bytes: Uint8Array) => void;
}

/** Sends every size and checks that each comes back as it was, a window of them at a time. */
async function askEverySize(asker: Asker): Promise<void> {
  const expected = new Uint8Array(LARGEST);
  let inFlight = 0;
  let nextSize = 0;
  let answered = 0;
  await new Promise<void>((resolve, reject) => {
    const sendMore = (): void => {
      // The first one alone: while an address is being resolved few packets wait for it (ND-16).
      const window = answered === 0 ? 0 : IN_FLIGHT;
      while (nextSize <= LARGEST && (inFlight === 0 || inFlight + nextSize + 500 <= window)) {
        const bytes = new Uint8Array(nextSize);
        fill(bytes, nextSize);
        inFlight += nextSize + 500;
        asker.send(bytes);
        nextSize++;
      }
    };
    asker.onAnswer = (bytes) => {
      const size = bytes.length;
      if (size !== answered) return reject(new Error(`size ${answered} is missing, ${size} came`));
      fill(expected, size);
      if (Buffer.compare(bytes, expected.subarray(0, size)) !== 0) {
        return reject(new Error(`size ${size} came back damaged`));
      }
      answered++;
      inFlight -= size + 500;
      if (answered > LARGEST) resolve();
      else sendMore();
    };
    sendMore();
  });
}

describe(`UDP echo of every size from 0 to ${LARGEST} octets over MTU 1500`, { skip }, () => {
  const cleanUps = new CleanUps();
  let host: Host;
  let kernel: Socket;

  before(async () => {
    ({ host } = await startTapHost(cleanUps));
    kernel = createSocket("udp4");
    await new Promise<void>((resolve) => {
      kernel.bind(PORT, "10.77.0.1", resolve);
    });
    cleanUps.after(async () => {
      kernel.close();
    });
  });

  after(() => cleanUps.run());

  function openSocket(): number {
    const sys = host.sockets;
    const fd = sys.socket(AF_INET, SOCK_DGRAM, 0);
    sys.bind(fd, { family: AF_INET, address: "10.77.0.2", port: PORT });
    sys.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, 1 << 20);
    return fd;
  }

  // req: ip/FRAG-1, ip/FRAG-13, udp/UDP-14, udp/UDP-15, udp/UDP-32
  test("the kernel echoes what Netloom sends", { timeout: 240_000 }, async () => {
    const fd = openSocket();
    const sys = host.sockets;
    const answer = (bytes: Buffer): void => kernel.send(bytes, PORT, "10.77.0.2");
    kernel.on("message", answer);
    const asker: Asker = {
      send: (bytes) => {
        void sys.sendto(fd, bytes, 0, { family: AF_INET, address: "10.77.0.1", port: PORT });
      },
      onAnswer: () => {},
    };
    const buffer = new Uint8Array(65_536);
    const receive = async (): Promise<void> => {
      for (;;) {
        const { size } = await sys.recvfrom(fd, buffer);
        asker.onAnswer(buffer.subarray(0, size));
      }
    };
    const receiving = receive();
    await askEverySize(asker);
    kernel.off("message", answer);
    sys.close(fd);
    await assert.rejects(receiving, { code: "EBADF" });
  });

  // req: ip/FRAG-3, ip/FRAG-4, udp/UDP-29
  test("Netloom echoes what the kernel sends", { timeout: 240_000 }, async () => {
    const fd = openSocket();
    const sys = host.sockets;
    const asker: Asker = {
      send: (bytes) => kernel.send(bytes, PORT, "10.77.0.2"),
      onAnswer: () => {},
    };
    const take = (bytes: Buffer): void => asker.onAnswer(bytes);
    kernel.on("message", take);
    const buffer = new Uint8Array(65_536);
    const echo = async (): Promise<void> => {
      for (;;) {
        const { size, address } = await sys.recvfrom(fd, buffer);
        if (address !== null) await sys.sendto(fd, buffer.subarray(0, size), 0, address);
      }
    };
    const echoing = echo();
    await askEverySize(asker);
    kernel.off("message", take);
    sys.close(fd);
    await assert.rejects(echoing, { code: "EBADF" });
    assert.equal(host.stack.counters.dropped("fragment-timeout"), 0);
  });
});
