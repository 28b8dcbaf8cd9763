/**
 * The local STS: who am I, and the credentials of a role for who is trusted by it.
 */
import { type Callers } from "../iam/callers";
import { type IamService } from "../iam/index";
import { type Session } from "../iam/state";
import { accountOfArn, type Ambient, type Service, textOf } from "../service";
import { operation, operationsOf } from "../wire/operation";
import { formInteger } from "../wire/query";
import { required, text } from "../wire/shape";

interface Account {
    readonly ambient: Ambient;
    readonly iam: IamService;
    readonly callers: Callers;
}

export function stsService(ambient: Ambient, iam: IamService, callers: Callers): Service {
    const account = { ambient, iam, callers };
    return {
        name: "sts",
        xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
        operations: operationsOf({ AssumeRole: assumeRole, GetCallerIdentity: getCallerIdentity }, account, { code }),
        // The role's trust is asked by the operation itself, and nobody can be denied to ask who he is.
        accessOf: () => [],
        ownerOf: (input) => accountOfArn(textOf(input, "RoleArn")),
    };
}

const getCallerIdentity = operation({}, ({ ambient, iam, callers }: Account, _input, _nowMs, { accessKeyId }) => ({
    Arn: callers.find(accessKeyId)?.calledArn,
    UserId: userIdOf(iam.sessions.find(accessKeyId), accessKeyId, ambient),
    Account: ambient.accountId,
}));

/** The root user of an account has its ID. */
function userIdOf(session: Session | undefined, accessKeyId: string, { accountId }: Ambient): string {
    return session?.userId ?? (accessKeyId === accountId ? accountId : "AIDASANDBOX0000000000");
}

const code = "ValidationError";
const sessionSecondsDefault = 3_600;

const assumeRole = operation(
    {
        RoleArn: required(text(20, 2_048)),
        RoleSessionName: required(text(2, 64)),
        DurationSeconds: formInteger(900, 43_200),
    },
    ({ iam, callers }: Account, input, nowMs, { accessKeyId }) => {
        const caller = callers.admit(accessKeyId);
        const seconds = Number(input.DurationSeconds ?? sessionSecondsDefault);
        const session = iam.assumeAs(input.RoleArn, caller, input.RoleSessionName, seconds);
        return {
            AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
            Credentials: {
                AccessKeyId: session.accessKeyId,
                SecretAccessKey: session.secretAccessKey,
                SessionToken: session.sessionToken,
                Expiration: new Date(nowMs + seconds * 1_000),
            },
        };
    },
);
