/**
 * What AWS refused, in one line that says what to do. What a refusal means is in stream/refusals.ts.
 */
import { InvalidInputError } from "../capacity/problems";
import { LedgerFailure, ledgerPermissions } from "../stream/ledger";
import { type Refusal, RefusedCall, refusalOf } from "../stream/refusals";
import { AwsRefusedError, UsageError } from "./command";

/** An error of an AWS call as AwsRefusedError; anything that is not one comes back as it is. */
export function refused(error: unknown, about: string): unknown {
    if (error instanceof UsageError || error instanceof AwsRefusedError || error instanceof InvalidInputError)
        return error;
    if (error instanceof LedgerFailure) return new AwsRefusedError(`${ledgerProblem(error)} ${goOnWithout}`);
    if (error instanceof RefusedCall) return new AwsRefusedError(line(about, error.refusal, error.what));
    const refusal = refusalOf(error);
    // What neither AWS nor the way to it said is a defect of this program.
    return refusal.fromAws ? new AwsRefusedError(line(about, refusal)) : error;
}

const goOnWithout = "--without-ledger acts without it, beside whoever else scales the stream.";

/** Why the ledger is not known, and the permission that is missing, if it is one. */
export function ledgerProblem({ table, verb, cause, message }: LedgerFailure): string {
    const refusal = refusalOf(cause);
    if (!refusal.fromAws) return message;
    const isDenied = refusal.name.startsWith("AccessDenied");
    const advice = isDenied ? `Ask for ${ledgerPermissions[verb]}, or use another AWS_PROFILE.` : refusal.advice;
    return line(`ledger ${table}`, { ...refusal, advice });
}

function line(about: string, { name, message, advice }: Refusal, what = ""): string {
    if (message === "Region is missing") return `${about}: no AWS region is set. ${advice}`;
    const said = message.trim().replace(/[^.!?]$/, "$&.");
    const known = message.startsWith("Region not accepted") ? "" : `${name}:`;
    return [`${about}:`, known, said, what, advice].filter(Boolean).join(" ");
}
