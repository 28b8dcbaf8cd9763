/**
 * Batches of requests to a queue: up to ten, each with an id of its own and an answer of its own.
 */
import { AwsError } from "../service";

const entriesMax = 10;

interface Entry {
    readonly Id?: string;
}

/**
 * @param shape what AWS calls such an entry
 * @throws AwsError if the batch itself is none
 */
export function forEachEntry<E extends Entry>(
    shape: string,
    entries: readonly E[],
    run: (entry: E) => unknown,
): object {
    checkEntries(shape, entries);
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const entry of entries) {
        try {
            Successful.push({ Id: entry.Id, ...(run(entry) as object | undefined) });
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            Failed.push({ Id: entry.Id, SenderFault: true, Code: error.queryCode, Message: error.message });
        }
    }
    return { Successful, Failed };
}

function checkEntries(shape: string, entries: readonly Entry[]): void {
    if (entries.length === 0)
        throw refusal("EmptyBatchRequest", `There should be at least one ${shape} in the request.`);
    if (entries.length > entriesMax) {
        throw refusal(
            "TooManyEntriesInBatchRequest",
            `Maximum number of entries per request are ${entriesMax}. You have sent ${entries.length}.`,
        );
    }
    const ids = new Set(entries.map(({ Id }) => Id));
    const repeated = [...ids].find((id) => entries.filter(({ Id }) => Id === id).length > 1);
    if (repeated !== undefined) throw refusal("BatchEntryIdsNotDistinct", `Id ${repeated} repeated.`);
}

export const refusal = (code: string, message: string): AwsError =>
    new AwsError(code, message, 400, `AWS.SimpleQueueService.${code}`);
