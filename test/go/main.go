// Makes the calls that the aws provider of Pulumi makes (it wraps terraform-provider-aws, which is written with this SDK) when it creates, reads, updates
// and deletes each kind of resource that the components deploy, and looks at the answers as the provider does. `npm run go` runs it against the sandbox.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// resource is one kind of resource: its calls in the order of a lifecycle.
type resource struct {
	// As Pulumi names it.
	name string
	run  func(r *lifecycle)
}

// In an order in which what others need comes first; what is made is deleted in the reverse order, by deferred calls of the rows themselves.
var resources = []resource{
	{"aws.getCallerIdentity", callerIdentity},
	{"aws.kinesis.AccountSettings", accountSettings},
	{"aws.kinesis.Stream", stream},
	{"aws.kinesis.getStream", getStream},
	{"aws.kinesis.StreamConsumer", streamConsumer},
	{"aws.kinesis.ResourcePolicy", resourcePolicy},
	{"aws.sqs.Queue", queue},
	{"aws.sns.Topic", topic},
	{"aws.sns.TopicPolicy", topicPolicy},
	{"aws.sns.TopicSubscription", topicSubscription},
	{"aws.dynamodb.Table", table},
	{"aws.iam.Role", role},
	{"aws.iam.RolePolicy", rolePolicy},
	{"aws.iam.RolePolicyAttachment", rolePolicyAttachment},
	{"aws.cloudwatch.LogGroup", logGroup},
	{"aws.lambda.Function", function},
	{"aws.lambda.Permission", permission},
	{"aws.lambda.FunctionEventInvokeConfig", functionEventInvokeConfig},
	{"aws.lambda.EventSourceMapping", eventSourceMapping},
	{"aws.scheduler.Schedule", schedule},
	{"aws.cloudwatch.MetricAlarm", metricAlarm},
	{"aws.cloudwatch.CompositeAlarm", compositeAlarm},
	{"aws.cloudwatch.Dashboard", dashboard},
}

func main() {
	record := flag.String("record", "", "write the requests to this file")
	flag.Parse()
	recorder := &recorder{next: http.DefaultTransport}
	cfg, err := config.LoadDefaultConfig(context.Background(),
		config.WithHTTPClient(&http.Client{Transport: recorder, Timeout: time.Minute}),
		config.WithRetryMaxAttempts(1))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	failed := 0
	for _, each := range resources {
		before := recorder.calls
		fault := runOne(cfg, recorder, each)
		verdict := "ok"
		if fault != nil {
			failed++
			verdict = fmt.Sprintf("FAILED while it was in phase %s: %v", recorder.phase, fault)
		}
		fmt.Printf("%-40s %3d calls  %s\n", each.name, recorder.calls-before, verdict)
	}
	if *record != "" {
		if err := recorder.write(*record); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	fmt.Printf("%d passed, %d failed\n", len(resources)-failed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

// runOne runs the lifecycle of one resource; the first call that fails, or answer that is not as the provider needs it, ends it.
func runOne(cfg aws.Config, recorder *recorder, each resource) (fault any) {
	defer func() { fault = recover() }()
	recorder.resource = each.name
	each.run(&lifecycle{cfg: cfg, recorder: recorder, ctx: context.Background()})
	return nil
}

// lifecycle is what a row of the table gets: clients are made from cfg, as the provider makes them.
type lifecycle struct {
	ctx      context.Context
	cfg      aws.Config
	recorder *recorder
}

func (r *lifecycle) create() { r.recorder.phase = "create" }
func (r *lifecycle) read()   { r.recorder.phase = "read" }
func (r *lifecycle) update() { r.recorder.phase = "update" }
func (r *lifecycle) delete() { r.recorder.phase = "delete" }

// ok gives the answer of a call that has to be accepted.
func ok[T any](answer T, err error) T {
	if err != nil {
		panic(err)
	}
	return answer
}

// done is ok for a call whose answer does not matter.
func done(_ any, err error) {
	if err != nil {
		panic(err)
	}
}

// refused is for a call that must be refused with this exception: the provider tells "gone" by its type.
func refused[E error](_ any, err error) {
	if _, is := errorAs[E](err); !is {
		var wanted E
		panic(fmt.Sprintf("wanted a refusal %T, got %v", wanted, err))
	}
}

// equal compares what was read back with what was declared: a difference would be one that every preview shows.
func equal[T comparable](what string, got, want T) {
	if got != want {
		panic(fmt.Sprintf("%s is %v, not %v", what, got, want))
	}
}

// until polls as the provider's StateChangeConf does, without its pauses: the sandbox's clock goes on with each call.
func until(what string, isReached func() bool) {
	for tries := 0; tries < 100; tries++ {
		if isReached() {
			return
		}
	}
	panic(what + " was not reached in 100 calls")
}

// quick makes a waiter of the SDK poll without pauses.
const (
	quick      = time.Millisecond
	waitAtMost = 30 * time.Second
)
