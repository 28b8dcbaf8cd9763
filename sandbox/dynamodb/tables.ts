/**
 * What dynalite lacks and tables are declared with. Items do not expire: a table only remembers that they should.
 */
import { AwsError, refusalNamed } from "../service";
import { operation, operationOn } from "../wire/operation";
import { boolean, listOf, required, structure, text, type ValueOf } from "../wire/shape";
import { addTags, newTags, type TagRefusals, tagsMax } from "../wire/tags";
import { type Account, call, type TableSettings } from "./state";

const invalid = refusalNamed("ValidationException");

/** dynalite checks it, in DynamoDB's words. */
const TableName = text();
const GivenTag = structure({ Key: required(text()), Value: required(text()) });
const TimeToLiveSpecification = structure({ Enabled: required(boolean), AttributeName: required(text(1, 255)) });
const PointInTimeRecoverySpecification = structure({ PointInTimeRecoveryEnabled: required(boolean) });

export const createTable = operation({ TableName, Tags: listOf(GivenTag) }, async (account: Account, input) => {
    // dynalite takes them and keeps none.
    const { Tags = [], ...table } = input;
    newTags(Tags, tagRefusals);
    try {
        const answer = await call(account, "CreateTable", table);
        const { TableArn } = answer.TableDescription as { TableArn: string };
        if (Tags.length > 0) await call(account, "TagResource", { ResourceArn: TableArn, Tags });
        return answer;
    } catch (error) {
        if (!(error instanceof AwsError) || error.code !== "ResourceInUseException") throw error;
        // dynalite says nothing.
        throw new AwsError(error.code, `Table already exists: ${input.TableName}`, error.status);
    }
});

/** What DynamoDB says of tags that cannot be. */
const tagRefusals: TagRefusals = {
    malformed: (sentence) => invalid(`One or more parameter values were invalid: ${sentence}`),
    tooMany: () => invalid(`One or more parameter values were invalid: Too many tags: a table has ${tagsMax} at most.`),
};

export const tagResource = operation(
    { ResourceArn: text(), Tags: listOf(GivenTag) },
    async (account: Account, input) => {
        const { Tags = [], ResourceArn } = input;
        // Those that are right by themselves: what they are added to is dynalite's.
        newTags(Tags, tagRefusals);
        const { Tags: present = [] } = await call(account, "ListTagsOfResource", { ResourceArn });
        addTags(newTags(present as readonly ValueOf<typeof GivenTag>[], tagRefusals), Tags, tagRefusals);
        return call(account, "TagResource", input);
    },
);

export const deleteTable = operation({ TableName }, async (account: Account, input) => {
    if (account.settings.get(input.TableName ?? "")?.protected) {
        throw invalid(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
        );
    }
    const answer = await call(account, "DeleteTable", input);
    account.settings.delete(input.TableName!);
    return answer;
});

const onTable = operationOn({ TableName }, (account: Account, input) => settingsOf(account, input.TableName));

export const updateTimeToLive = onTable(
    { TimeToLiveSpecification: required(TimeToLiveSpecification) },
    async (settings, { TimeToLiveSpecification }) => {
        (await settings).timeToLive = TimeToLiveSpecification;
        return { TimeToLiveSpecification };
    },
);

export const describeTimeToLive = onTable({}, async (settings) => {
    const { timeToLive } = await settings;
    return {
        TimeToLiveDescription: timeToLive?.Enabled
            ? { TimeToLiveStatus: "ENABLED", AttributeName: timeToLive.AttributeName }
            : { TimeToLiveStatus: "DISABLED" },
    };
});

export const updateContinuousBackups = onTable(
    { PointInTimeRecoverySpecification: required(PointInTimeRecoverySpecification) },
    async (asked, input) => {
        const settings = await asked;
        settings.pointInTimeRecovery = input.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled;
        return backupsOf(settings);
    },
);

export const describeContinuousBackups = onTable({}, async (settings) => backupsOf(await settings));

/** Those of a table that is there. @throws AwsError */
async function settingsOf(account: Account, table: string | undefined): Promise<TableSettings> {
    await call(account, "DescribeTable", { TableName: table });
    const settings = account.settings.get(table!) ?? {};
    account.settings.set(table!, settings);
    return settings;
}

function backupsOf({ pointInTimeRecovery }: TableSettings): object {
    return {
        ContinuousBackupsDescription: {
            ContinuousBackupsStatus: "ENABLED",
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: pointInTimeRecovery ? "ENABLED" : "DISABLED" },
        },
    };
}
