/** The proof of no loss, on thousands of schedules. */
import { proveNoLoss } from "./noLoss";

describe("a producer loses nothing in thousands of random schedules", () => {
    it("delivers or hands back every record exactly once, in order per key where asked", async function () {
        this.timeout(300_000);
        await proveNoLoss(1_500);
    });
});
