/**
 * What commands see of a stream's scaler: its function as it was deployed, or why it cannot be asked for.
 */
import { InvalidInputError } from "../capacity/problems";
import { refused } from "./awsErrors";
import { AwsRefusedError } from "./command";
import { type DeployedScaler } from "./deployedScaler";
import { type Live } from "./live";

/** The scaler's function; undefined: there is none. A sentence says why it is not known. */
export type SeenScaler = DeployedScaler | { readonly problem: string } | undefined;

export async function scalerOf(live: Live): Promise<SeenScaler> {
    return orProblem(() => live.scaler());
}

/** What AWS refuses, and settings that are malformed, as a sentence. */
export async function orProblem<Seen>(see: () => Promise<Seen>): Promise<Seen | { readonly problem: string }> {
    try {
        return await see();
    } catch (error) {
        const said = refused(error, "the scaler's plan");
        if (!(said instanceof AwsRefusedError) && !(said instanceof InvalidInputError)) throw error;
        return { problem: said.message };
    }
}
