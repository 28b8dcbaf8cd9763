/** The local STS: who am I. */
import { type Sessions } from "../iam/sessions";
import { type Ambient, type RequestContext, type Service } from "../service";

export function stsService({ partition, accountId }: Ambient, sessions: Sessions): Service {
    return {
        name: "sts",
        xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
        operations: {
            GetCallerIdentity(_input: unknown, { accessKeyId }: RequestContext) {
                const session = sessions.find(accessKeyId);
                return {
                    Arn: session?.arn ?? `arn:${partition}:iam::${accountId}:user/sandbox`,
                    UserId: session?.userId ?? "AIDASANDBOX0000000000",
                    Account: accountId,
                };
            },
        },
    };
}
