/** The proof of no loss, on a few schedules. */
import { proveNoLoss } from "./noLoss";

describe("a producer loses nothing, whatever the network does", () => {
    it("delivers or hands back every record exactly once, in order per key where asked", () => proveNoLoss(25));
});
