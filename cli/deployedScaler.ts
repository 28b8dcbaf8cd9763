/**
 * What a stream's scaler was deployed with, as its function's variables say. The client of Lambda is loaded for whoever asks.
 */
import { scalerFunctionName } from "../capacity/names";
import { type ScalerEnvironment, scalerEnvironment } from "../capacity/scaling/settings";
import { withBackoff } from "../stream/backoff";
import { newClient } from "../stream/connection";
import { type Pace } from "../stream/ports";
import { refusalOf } from "../stream/refusals";

/** A scaler as it was deployed: what it decides with, and whether it may act at all. */
export type DeployedScaler = Pick<ScalerEnvironment, "settings" | "paused" | "dryRun">;

/** Undefined if the stream has no scaler. */
export async function deployedScaler(streamName: string, pace: Pace): Promise<DeployedScaler | undefined> {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const lambda = require("@aws-sdk/client-lambda") as typeof import("@aws-sdk/client-lambda");
    const client = newClient(lambda.LambdaClient);
    try {
        const command = new lambda.GetFunctionConfigurationCommand({ FunctionName: scalerFunctionName(streamName) });
        const answer = await withBackoff(pace, "read", () => client.send(command));
        return scalerEnvironment(answer.Environment?.Variables ?? {});
    } catch (error) {
        if (refusalOf(error).meaning === "gone") return undefined;
        throw error;
    } finally {
        client.destroy();
    }
}
