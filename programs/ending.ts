/**
 * What all programs of the project do alike when somebody wants them to end, or no longer reads what they write.
 */
import { type EventEmitter } from "node:events";
import { constants } from "node:os";
import { whyUnwritten } from "./writing";

/** Ctrl-C; what CI, `docker stop` and systemd send; the terminal that is closed. */
export const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export type StopSignal = (typeof stopSignals)[number];

/** A terminal, its shell and what has started this may each send the same: what follows so soon is no second request. */
const echoMs = 1_000;

/** Calls `first` once, so that a program can stop cleanly, and `again` at a second request, which does not wait for that. */
export function onStopSignals(
    { first, again }: { readonly first: () => void; readonly again: (signal: StopSignal) => void },
    source: Pick<EventEmitter, "on"> = process,
    nowMs: () => number = () => performance.now(),
): void {
    let firstMs: number | undefined;
    for (const signal of stopSignals) {
        source.on(signal, () => {
            if (firstMs === undefined) {
                firstMs = nowMs();
                first();
            } else if (nowMs() - firstMs > echoMs) {
                again(signal);
            }
        });
    }
}

interface Output extends Pick<EventEmitter, "on"> {
    readonly isTTY?: boolean;
}

interface Outputs {
    readonly stdout: Output;
    readonly stderr: Output;
}

interface OutputEnds {
    /** Nobody reads stdout any more: a reader that stops early, such as head, or a terminal that is closed, is no error. */
    gone(): void;
    /** Called once, with the sentence to tell: what is written to stdout goes nowhere, such as on a full disk. */
    unwritable(sentence: string): void;
}

/** What cannot be said on stderr, where progress and warnings go, is no reason to end what is under way. */
export function outliveReaders({ gone, unwritable }: OutputEnds, { stdout, stderr }: Outputs = process): void {
    let isTold = false;
    stdout.on("error", (error: NodeJS.ErrnoException) => {
        if (isGone(error, stdout)) return gone();
        if (!isTold) unwritable(`the output cannot be written: ${whyUnwritten(error)}`);
        isTold = true;
    });
    stderr.on("error", () => undefined);
}

/** That of a program which a signal has ended, as a shell tells it. */
export function exitCodeOf(signal: NodeJS.Signals): number {
    return 128 + constants.signals[signal];
}

/** The program has failed, whatever it still comes to; an exit code that says so already stays. */
export function failAtExit(): void {
    process.once("exit", () => (process.exitCode ||= 1));
}

/** On a file EIO is a fault of the disk. */
function isGone({ code }: NodeJS.ErrnoException, { isTTY }: Output): boolean {
    return code === "EPIPE" || code === "ECONNRESET" || (code === "EIO" && isTTY === true);
}
