/**
 * Where an alarm's section of the runbook stands. The description of every alarm ends in it: whoever is woken has one link to follow.
 */
import { type AlarmName } from "./alarms";

/** Of the newest version: with a version in it every alarm would change with every release. */
const runbookUrl = "https://github.com/sharded-stream/sharded-stream/blob/main/docs/runbook.md";

/** What an alarm tells, and where to read on. */
export function withRunbook(alarm: AlarmName, told: string): string {
    return `${told} Runbook: ${runbookUrl}#${alarm.toLowerCase()}`;
}
