/**
 * What AWS refused, in one line that says what to do. What a refusal means is in stream/refusals.ts.
 */
import { InvalidInputError } from "../capacity/problems";
import { LedgerFailure } from "../stream/ledger";
import { type Refusal, RefusedCall, refusalOf } from "../stream/refusals";
import { AwsRefusedError, UsageError } from "./command";

/** An error of an AWS call as AwsRefusedError; anything that is not one comes back as it is. */
export function refused(error: unknown, about: string): unknown {
    if (error instanceof UsageError || error instanceof AwsRefusedError || error instanceof InvalidInputError)
        return error;
    if (error instanceof LedgerFailure) {
        const said = refused(error.cause, `ledger ${error.table}`);
        return said instanceof AwsRefusedError ? said : new AwsRefusedError(error.message);
    }
    if (error instanceof RefusedCall) return new AwsRefusedError(line(about, error.refusal, error.what));
    const refusal = refusalOf(error);
    // What neither AWS nor the way to it said is a defect of this program.
    return refusal.fromAws ? new AwsRefusedError(line(about, refusal)) : error;
}

function line(about: string, { name, message, advice }: Refusal, what = ""): string {
    if (message === "Region is missing") return `${about}: no AWS region is set. ${advice}`;
    const said = message.trim().replace(/[^.!?]$/, "$&.");
    const known = message.startsWith("Region not accepted") ? "" : `${name}:`;
    return [`${about}:`, known, said, what, advice].filter(Boolean).join(" ");
}
