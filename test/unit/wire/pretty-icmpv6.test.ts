import { testAgainstTcpdump } from "./pretty-fixture.ts";

testAgainstTcpdump("pretty-icmpv6");
