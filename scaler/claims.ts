/**
 * What the ledger keeps of what the topic is told: of several runs at once, the one that writes it down first tells, and takes it back where
 * its message does not come through.
 */
import { type FailureTold, type LedgerState, written } from "../capacity/scaling/ledger";
import { failureToldAgainAfterMs, wasToldLately, withoutTold, withTold } from "../capacity/scaling/failuresTold";
import { type LedgerView } from "../stream/ledger";
import { type Session } from "../stream/session";

/** So often a run tries to write down that it tells, while others write. */
const writesMax = 5;

/** What a process told that no ledger remembers: each failure, and when by the time of the process. */
export type ToldHere = Map<string, number>;

export class Claims {
    constructor(
        private readonly session: Session,
        private readonly toldHere: ToldHere,
        /** Told of a ledger that fails. */
        private readonly onProblem: (error: unknown) => void,
    ) {}

    /** This run as the one that tells of a failure now. */
    of(failure: string): FailureTold {
        return { failure, atMs: this.session.nowMs(), by: this.session.options.owner };
    }

    /** Whether this run tells. Where nobody can write it down, each process does. */
    async isToTell(told: FailureTold): Promise<boolean> {
        const isWritten = await this.atLedger(async (ledger) => {
            for (let attempt = 1; attempt <= writesMax; attempt++) {
                if (wasToldLately(ledger.state, told.failure, told.atMs)) return false;
                if (await ledger.write(withTold(ledger.state, told))) return true;
                await ledger.read();
            }
            return undefined;
        });
        return isWritten ?? this.isToTellHere(told);
    }

    private isToTellHere({ failure }: FailureTold): boolean {
        const nowMs = this.session.options.pace.elapsedMs();
        for (const [other, atMs] of this.toldHere)
            if (nowMs >= atMs + failureToldAgainAfterMs) this.toldHere.delete(other);
        if (this.toldHere.has(failure)) return false;
        this.toldHere.set(failure, nowMs);
        return true;
    }

    async takeBack(told: FailureTold): Promise<void> {
        this.toldHere.delete(told.failure);
        await this.settle((state, nowMs) => withoutTold(state, told, nowMs));
    }

    /** Whether the ledger has the ceiling now; if it does not, somebody else was faster, or failed. */
    async writeCeiling(ceiling: LedgerState["ceiling"]): Promise<boolean> {
        const nowMs = this.session.nowMs();
        return (await this.atLedger((ledger) => ledger.write(written({ ...ledger.state, ceiling }, nowMs)))) ?? false;
    }

    /** Nobody could be told of the ceiling yet. */
    async takeBackCeiling(): Promise<void> {
        await this.settle((state, nowMs) => {
            const { ceiling } = state;
            return written(
                { ...state, ceiling: ceiling === undefined ? undefined : { ...ceiling, told: false } },
                nowMs,
            );
        });
    }

    /** Writes it whatever others write meanwhile. */
    private async settle(change: (state: LedgerState, nowMs: number) => LedgerState): Promise<void> {
        await this.atLedger((ledger) => ledger.settle((state) => change(state, this.session.nowMs())));
    }

    /** Undefined where the ledger is not known, or fails. */
    private async atLedger<Result>(use: (ledger: LedgerView) => Promise<Result>): Promise<Result | undefined> {
        const ledger = knownLedger(this.session);
        if (ledger === undefined) return undefined;
        try {
            return await use(ledger);
        } catch (error) {
            this.onProblem(error);
            return undefined;
        }
    }
}

/** Undefined where the run did not come so far as to read it. */
export function knownLedger({ summary, ledger }: Session): LedgerView | undefined {
    return summary !== undefined && (ledger as LedgerView | undefined)?.isRead === true ? ledger : undefined;
}
