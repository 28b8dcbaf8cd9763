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

/** What is said of a scaler whose pause in the ledger has ended: one by its deployment has not. */
export async function resumedText(live: Live): Promise<string> {
    const scaler = await scalerOf(live);
    const ended = `The scaler of ${live.name} is no longer paused in its ledger.`;
    const acts = `The scaler of ${live.name} acts again, from its next run on`;
    if (scaler === undefined) return `${acts}.`;
    if ("problem" in scaler) return `${acts}, unless it is deployed with paused: true or dryRun: true.`;
    const still = scaler.dryRun ? "dryRun" : scaler.paused ? "paused" : undefined;
    return still === undefined
        ? `${acts}.`
        : `${ended} It is deployed with ${still}: true, and acts once it is deployed without.`;
}
