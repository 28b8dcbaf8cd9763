/**
 * What AWS refused, in one line that says what to do. What a refusal means is in stream/refusals.ts.
 */
import { ledgerTableTag } from "../capacity/scaling/ledger";
import { InvalidInputError } from "../capacity/problems";
import { LedgerFailure, ledgerPermissions } from "../stream/ledger";
import { type Refusal, RefusedCall, refusalOf } from "../stream/refusals";
import { AwsRefusedError, UsageError } from "./command";
import { commandLine } from "./commandLine";

/** What went wrong after AWS had taken calls: whoever starts the same command again without a look may reshard twice. */
export class AfterCalls extends Error {
    override readonly name = "AfterCalls";

    constructor(
        /** What was called, such as `UpdateShardCount from 4 to 8`, in order. */
        readonly taken: readonly string[],
        readonly stream: string,
        override readonly cause: unknown,
    ) {
        super(`AWS took ${taken.join(", ")}`);
    }
}

/** An error of an AWS call as AwsRefusedError; anything that is not one comes back as it is. */
export function refused(error: unknown, about: string): unknown {
    if (error instanceof UsageError || error instanceof AwsRefusedError || error instanceof InvalidInputError)
        return error;
    if (error instanceof AfterCalls) return afterCalls(error, about);
    if (error instanceof LedgerFailure) return new AwsRefusedError(`${ledgerProblem(error)} ${goOnWithout}`);
    if (error instanceof RefusedCall) return new AwsRefusedError(line(about, error.refusal, error.what));
    const refusal = refusalOf(error);
    // What neither AWS nor the way to it said is a defect of this program.
    return refusal.fromAws ? new AwsRefusedError(line(about, refusal)) : error;
}

function afterCalls({ taken, stream, cause }: AfterCalls, about: string): unknown {
    // Without the ledger a second call may be one too many: that way is not shown here.
    const after =
        cause instanceof LedgerFailure
            ? new AwsRefusedError(ledgerProblem(cause, `${cause.problem}.`))
            : refused(cause, about);
    if (!(after instanceof AwsRefusedError || after instanceof UsageError)) return after;
    const calls = taken.length === 1 ? taken[0] : `${taken.length} calls, the last ${taken.at(-1)}`;
    const look = `Before another call, see what is open: ${commandLine(["status", stream])}`;
    const said = after.message.replace(`${about}: `, "");
    const line = `${about}: AWS took ${calls}. Then came ${said} ${look}`;
    return after instanceof UsageError ? new UsageError(line) : new AwsRefusedError(line);
}

const goOnWithout = "--without-ledger acts without it, beside whoever else scales the stream.";

/**
 * Why the ledger is not known, and the permission that is missing, if it is one.
 *
 * @param byItself said where it was not AWS that said so
 */
export function ledgerProblem({ table, verb, cause, message }: LedgerFailure, byItself = message): string {
    const refusal = refusalOf(cause);
    if (!refusal.fromAws) return byItself;
    const advice = ledgerAdvice(refusal, verb);
    return line(`ledger ${table}`, { ...refusal, advice });
}

/** The stream was found, so account and region are right. */
function ledgerAdvice({ name, meaning, advice }: Refusal, verb: LedgerFailure["verb"]): string | undefined {
    if (name.startsWith("AccessDenied")) return `Ask for ${ledgerPermissions[verb]}, or use another AWS_PROFILE.`;
    if (meaning === "gone")
        return `Deploy the scaler again. Where it is gone for good, take the tag ${ledgerTableTag} off the stream.`;

    if (name === "ValidationException")
        return `No scaler has made this table: correct the tag ${ledgerTableTag} of the stream, or take it off.`;
    return advice;
}

function line(about: string, { name, message, advice }: Refusal, what = ""): string {
    if (message === "Region is missing") return `${about}: no AWS region is set. ${advice}`;
    const said = message.trim().replace(/[^.!?]$/, "$&.");
    const known = message.startsWith("Region not accepted") ? "" : `${name}:`;
    return [`${about}:`, known, said, what, advice].filter(Boolean).join(" ");
}
