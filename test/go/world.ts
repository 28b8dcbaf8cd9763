/**
 * The sandbox as the provider's calls find it: its clock goes on by a few seconds with each of them, so that what is waited for is there after some polls,
 * and every run is told the same.
 */
import { ManualClock, type Sandbox, startSandbox } from "../../sandbox/index";

/** Long enough for a second of CREATING, short enough that a wait for an update polls a few times. */
const secondsPerCall = 10;

export async function startWorld(): Promise<Sandbox> {
    const clock = new ManualClock();
    const sandbox = await startSandbox({ clock });
    const { accessKeyId } = sandbox.credentials;
    sandbox.guards.push(async ({ request }) => {
        // What services call among themselves has a role's session.
        if (request.accessKeyId === accessKeyId) await clock.advance(secondsPerCall * 1_000);
    });
    // The schedule's target, without a process.
    sandbox.cloud.lambda.handlers.set("scaler", () => undefined);
    return sandbox;
}
