import { testAgainstTcpdump } from "./pretty-fixture.ts";

testAgainstTcpdump("pretty-icmp");
