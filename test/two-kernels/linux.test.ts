/** The suite on the real kernel: what the programs assert is what Linux does. */
import { after } from "node:test";
import { linuxKernel, whyNoLinux } from "./kernels.ts";
import { registerSuite, skipSuite } from "./stage.ts";

const reason = whyNoLinux();
if (reason === null) await registerSuite(await linuxKernel({ after }));
else skipSuite("linux", reason);
