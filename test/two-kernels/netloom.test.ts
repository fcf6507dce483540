/** The same suite on Netloom. */
import { netloomKernel } from "./kernels.ts";
import { registerSuite } from "./stage.ts";

await registerSuite(netloomKernel());
