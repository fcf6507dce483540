import { test } from "node:test";
import { proveTransfer, TRANSFER_OCTETS } from "../support/host-proof.ts";

test("a large transfer over a bad link, IPv6", (t) => proveTransfer(t, "v6", TRANSFER_OCTETS));
