import { test } from "node:test";
import { proveTransfer, TRANSFER_OCTETS } from "../support/host-proof.ts";

test("a large transfer over a bad link, IPv4", (t) => proveTransfer(t, "v4", TRANSFER_OCTETS));
