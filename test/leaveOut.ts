/**
 * Tests that need what a machine may lack: in CI that is an error, elsewhere they are left out, and say so.
 */

/** @param what needs it, as a sentence begins @param missing how it ends: what is missing, and what brings it */
export function leaveOut(test: Mocha.Context, what: string, missing: string): never {
    if (process.env.CI) throw new Error(`${what}, and ${missing}`);
    process.stderr.write(`      left out: ${missing}\n`);
    return test.skip();
}
