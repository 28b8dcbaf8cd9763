package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
)

const (
	functionName = "scaler"
	functionArn  = "arn:aws:lambda:us-east-1:123456789012:function:scaler"
)

// The same bytes in every run.
func code(text string) []byte {
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	header := &zip.FileHeader{Name: "index.js", Method: zip.Store, Modified: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	file := ok(writer.CreateHeader(header))
	done(file.Write([]byte(text)))
	done(nil, writer.Close())
	return archive.Bytes()
}

// internal/service/lambda/function.go, tags_gen.go. The function stays for the other resources, after one of the same kind was deleted.
func function(r *lifecycle) {
	client := lambda.NewFromConfig(r.cfg)
	get := func(name string) *lambda.GetFunctionOutput {
		return ok(client.GetFunction(r.ctx, &lambda.GetFunctionInput{FunctionName: aws.String(name)}))
	}
	updated := func(name string) {
		until("an updated function", func() bool { return get(name).Configuration.LastUpdateStatus == types.LastUpdateStatusSuccessful })
	}
	create := func(name string) {
		r.create()
		done(client.CreateFunction(r.ctx, &lambda.CreateFunctionInput{
			FunctionName:  aws.String(name),
			Role:          aws.String(roleArn),
			Runtime:       types.RuntimeNodejs22x,
			Handler:       aws.String("index.handler"),
			PackageType:   types.PackageTypeZip,
			Code:          &types.FunctionCode{ZipFile: code("exports.handler = async () => 1;\n")},
			MemorySize:    aws.Int32(256),
			Timeout:       aws.Int32(60),
			Publish:       false,
			Architectures: []types.Architecture{types.ArchitectureArm64},
			Environment:   &types.Environment{Variables: map[string]string{"STREAM": streamName}},
			LoggingConfig: &types.LoggingConfig{LogFormat: types.LogFormatText, LogGroup: aws.String(logGroupName)},
			Tags:          map[string]string{"team": "orders"},
		}))
		get(name)
		until("an active function", func() bool { return get(name).Configuration.State == types.StateActive })
		done(client.PutFunctionConcurrency(r.ctx, &lambda.PutFunctionConcurrencyInput{
			FunctionName: aws.String(name), ReservedConcurrentExecutions: aws.Int32(1)}))
	}
	read := func(name string, memory, concurrency int32, tags string) {
		r.read()
		found := get(name)
		equal("Code.Location is there", found.Code != nil, true)
		equal("MemorySize", aws.ToInt32(found.Configuration.MemorySize), memory)
		equal("Timeout", aws.ToInt32(found.Configuration.Timeout), 60)
		equal("Architectures", fmt.Sprint(found.Configuration.Architectures), "[arm64]")
		equal("EphemeralStorage", aws.ToInt32(found.Configuration.EphemeralStorage.Size), 512)
		equal("TracingConfig", found.Configuration.TracingConfig.Mode, types.TracingModePassThrough)
		equal("LogGroup", aws.ToString(found.Configuration.LoggingConfig.LogGroup), logGroupName)
		equal("CodeSha256 is there", aws.ToString(found.Configuration.CodeSha256) != "", true)
		reserved := int32(-1)
		if found.Concurrency != nil {
			reserved = aws.ToInt32(found.Concurrency.ReservedConcurrentExecutions)
		}
		equal("ReservedConcurrentExecutions", reserved, concurrency)
		equal("tags", fmt.Sprint(found.Tags), tags)
		pages := lambda.NewListVersionsByFunctionPaginator(client, &lambda.ListVersionsByFunctionInput{FunctionName: aws.String(name), MaxItems: aws.Int32(50)})
		latest := ""
		for pages.HasMorePages() {
			for _, version := range ok(pages.NextPage(r.ctx)).Versions {
				latest = aws.ToString(version.FunctionArn)
			}
		}
		equal("the latest version", latest, "arn:aws:lambda:us-east-1:123456789012:function:"+name+":$LATEST")
		signing := ok(client.GetFunctionCodeSigningConfig(r.ctx, &lambda.GetFunctionCodeSigningConfigInput{FunctionName: aws.String(name)}))
		equal("CodeSigningConfigArn", aws.ToString(signing.CodeSigningConfigArn), "")
	}
	name := "short-lived"
	create(name)
	read(name, 256, 1, "map[team:orders]")
	done(nil, lambda.NewFunctionActiveV2Waiter(client, func(o *lambda.FunctionActiveV2WaiterOptions) { o.MinDelay, o.MaxDelay = quick, quick }).
		Wait(r.ctx, &lambda.GetFunctionInput{FunctionName: aws.String(name)}, waitAtMost))
	r.update()
	done(client.UpdateFunctionConfiguration(r.ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: aws.String(name), MemorySize: aws.Int32(512), Environment: &types.Environment{Variables: map[string]string{}}}))
	updated(name)
	done(client.UpdateFunctionCode(r.ctx, &lambda.UpdateFunctionCodeInput{
		FunctionName: aws.String(name), ZipFile: code("exports.handler = async () => 2;\n"), Publish: false}))
	updated(name)
	done(nil, lambda.NewFunctionUpdatedV2Waiter(client, func(o *lambda.FunctionUpdatedV2WaiterOptions) { o.MinDelay, o.MaxDelay = quick, quick }).
		Wait(r.ctx, &lambda.GetFunctionInput{FunctionName: aws.String(name)}, waitAtMost))
	done(client.DeleteFunctionConcurrency(r.ctx, &lambda.DeleteFunctionConcurrencyInput{FunctionName: aws.String(name)}))
	arn := get(name).Configuration.FunctionArn
	done(client.UntagResource(r.ctx, &lambda.UntagResourceInput{Resource: arn, TagKeys: []string{"team"}}))
	done(client.TagResource(r.ctx, &lambda.TagResourceInput{Resource: arn, Tags: map[string]string{"owner": "shop"}}))
	read(name, 512, -1, "map[owner:shop]")
	r.delete()
	done(client.DeleteFunction(r.ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String(name)}))
	refused[*types.ResourceNotFoundException](client.GetFunction(r.ctx, &lambda.GetFunctionInput{FunctionName: aws.String(name)}))
	create(functionName)
}

// internal/service/lambda/permission.go
func permission(r *lifecycle) {
	client := lambda.NewFromConfig(r.cfg)
	r.create()
	done(client.AddPermission(r.ctx, &lambda.AddPermissionInput{
		FunctionName: aws.String(functionArn), StatementId: aws.String("alarms"), Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String("lambda.alarms.cloudwatch.amazonaws.com"), SourceAccount: aws.String("123456789012"),
		SourceArn: aws.String("arn:aws:cloudwatch:us-east-1:123456789012:alarm:orders-*")}))
	r.read()
	found := ok(client.GetPolicy(r.ctx, &lambda.GetPolicyInput{FunctionName: aws.String(functionArn)}))
	var policy struct {
		Statement []struct {
			Sid, Effect, Action, Resource string
			Principal                     struct{ Service string }
			Condition                     map[string]map[string]string
		}
	}
	done(nil, json.Unmarshal([]byte(aws.ToString(found.Policy)), &policy))
	statement := policy.Statement[0]
	equal("Sid", statement.Sid, "alarms")
	equal("Action", statement.Action, "lambda:InvokeFunction")
	equal("Resource", statement.Resource, functionArn)
	equal("Principal", statement.Principal.Service, "lambda.alarms.cloudwatch.amazonaws.com")
	equal("source_account", statement.Condition["StringEquals"]["AWS:SourceAccount"], "123456789012")
	equal("source_arn", statement.Condition["ArnLike"]["AWS:SourceArn"], "arn:aws:cloudwatch:us-east-1:123456789012:alarm:orders-*")
	r.delete()
	done(client.RemovePermission(r.ctx, &lambda.RemovePermissionInput{FunctionName: aws.String(functionArn), StatementId: aws.String("alarms")}))
	refused[*types.ResourceNotFoundException](client.GetPolicy(r.ctx, &lambda.GetPolicyInput{FunctionName: aws.String(functionArn)}))
}

// internal/service/lambda/function_event_invoke_config.go
func functionEventInvokeConfig(r *lifecycle) {
	client := lambda.NewFromConfig(r.cfg)
	put := func(attempts int32) {
		done(client.PutFunctionEventInvokeConfig(r.ctx, &lambda.PutFunctionEventInvokeConfigInput{
			FunctionName: aws.String(functionName), MaximumRetryAttempts: aws.Int32(attempts), MaximumEventAgeInSeconds: aws.Int32(60),
			DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: aws.String(queueArn)}, OnSuccess: &types.OnSuccess{}}}))
	}
	read := func(attempts int32) {
		r.read()
		found := ok(client.GetFunctionEventInvokeConfig(r.ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: aws.String(functionName)}))
		equal("MaximumRetryAttempts", aws.ToInt32(found.MaximumRetryAttempts), attempts)
		equal("MaximumEventAgeInSeconds", aws.ToInt32(found.MaximumEventAgeInSeconds), 60)
		equal("OnFailure", aws.ToString(found.DestinationConfig.OnFailure.Destination), queueArn)
	}
	r.create()
	put(0)
	read(0)
	r.update()
	put(1)
	read(1)
	r.delete()
	done(client.DeleteFunctionEventInvokeConfig(r.ctx, &lambda.DeleteFunctionEventInvokeConfigInput{FunctionName: aws.String(functionName)}))
	refused[*types.ResourceNotFoundException](
		client.GetFunctionEventInvokeConfig(r.ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: aws.String(functionName)}))
}

// internal/service/lambda/event_source_mapping.go
func eventSourceMapping(r *lifecycle) {
	client := lambda.NewFromConfig(r.cfg)
	r.create()
	made := ok(client.CreateEventSourceMapping(r.ctx, &lambda.CreateEventSourceMappingInput{
		FunctionName: aws.String(functionArn), EventSourceArn: aws.String(streamArn), StartingPosition: types.EventSourcePositionTrimHorizon,
		BatchSize: aws.Int32(100), Enabled: aws.Bool(true), MaximumRetryAttempts: aws.Int32(3), BisectBatchOnFunctionError: aws.Bool(true),
		FunctionResponseTypes: []types.FunctionResponseType{types.FunctionResponseTypeReportBatchItemFailures},
		DestinationConfig:     &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: aws.String(queueArn)}},
		Tags:                  map[string]string{"team": "orders"}}))
	uuid := made.UUID
	get := func() *lambda.GetEventSourceMappingOutput {
		return ok(client.GetEventSourceMapping(r.ctx, &lambda.GetEventSourceMappingInput{UUID: uuid}))
	}
	settled := func() {
		until("a settled mapping", func() bool { state := aws.ToString(get().State); return state == "Enabled" || state == "Disabled" })
	}
	settled()
	read := func(size int32, state, tags string) {
		r.read()
		found := get()
		equal("BatchSize", aws.ToInt32(found.BatchSize), size)
		equal("State", aws.ToString(found.State), state)
		equal("FunctionArn", aws.ToString(found.FunctionArn), functionArn)
		equal("StartingPosition", found.StartingPosition, types.EventSourcePositionTrimHorizon)
		equal("MaximumRetryAttempts", aws.ToInt32(found.MaximumRetryAttempts), 3)
		equal("MaximumRecordAgeInSeconds", aws.ToInt32(found.MaximumRecordAgeInSeconds), -1)
		equal("ParallelizationFactor", aws.ToInt32(found.ParallelizationFactor), 1)
		equal("OnFailure", aws.ToString(found.DestinationConfig.OnFailure.Destination), queueArn)
		equal("LastModified is there", found.LastModified != nil, true)
		listed := ok(client.ListTags(r.ctx, &lambda.ListTagsInput{Resource: found.EventSourceMappingArn}))
		equal("tags", fmt.Sprint(listed.Tags), tags)
	}
	read(100, "Enabled", "map[team:orders]")
	r.update()
	done(client.UpdateEventSourceMapping(r.ctx, &lambda.UpdateEventSourceMappingInput{
		UUID: uuid, BatchSize: aws.Int32(200), Enabled: aws.Bool(false), FilterCriteria: nil}))
	settled()
	done(client.UntagResource(r.ctx, &lambda.UntagResourceInput{Resource: made.EventSourceMappingArn, TagKeys: []string{"team"}}))
	done(client.TagResource(r.ctx, &lambda.TagResourceInput{Resource: made.EventSourceMappingArn, Tags: map[string]string{"owner": "shop"}}))
	read(200, "Disabled", "map[owner:shop]")
	r.delete()
	done(client.DeleteEventSourceMapping(r.ctx, &lambda.DeleteEventSourceMappingInput{UUID: uuid}))
	until("a mapping that is gone", func() bool {
		_, err := client.GetEventSourceMapping(r.ctx, &lambda.GetEventSourceMappingInput{UUID: uuid})
		_, gone := errorAs[*types.ResourceNotFoundException](err)
		return gone
	})
}

// internal/service/scheduler/schedule.go
func schedule(r *lifecycle) {
	client := scheduler.NewFromConfig(r.cfg)
	name, group := aws.String("scaler"), aws.String("default")
	window := &schedulertypes.FlexibleTimeWindow{Mode: schedulertypes.FlexibleTimeWindowModeOff}
	target := &schedulertypes.Target{Arn: aws.String(functionArn), RoleArn: aws.String(roleArn), Input: aws.String(`{"stream":"orders"}`),
		RetryPolicy: &schedulertypes.RetryPolicy{MaximumEventAgeInSeconds: aws.Int32(60), MaximumRetryAttempts: aws.Int32(0)}}
	read := func(expression string, state schedulertypes.ScheduleState) {
		r.read()
		found := ok(client.GetSchedule(r.ctx, &scheduler.GetScheduleInput{Name: name, GroupName: group}))
		equal("ScheduleExpression", aws.ToString(found.ScheduleExpression), expression)
		equal("ScheduleExpressionTimezone", aws.ToString(found.ScheduleExpressionTimezone), "UTC")
		equal("State", found.State, state)
		equal("GroupName", aws.ToString(found.GroupName), "default")
		equal("ActionAfterCompletion", found.ActionAfterCompletion, schedulertypes.ActionAfterCompletionNone)
		equal("Target.Input", aws.ToString(found.Target.Input), `{"stream":"orders"}`)
		equal("MaximumRetryAttempts", aws.ToInt32(found.Target.RetryPolicy.MaximumRetryAttempts), 0)
		equal("Arn", aws.ToString(found.Arn), "arn:aws:scheduler:us-east-1:123456789012:schedule/default/scaler")
	}
	r.create()
	done(client.CreateSchedule(r.ctx, &scheduler.CreateScheduleInput{
		Name: name, ScheduleExpression: aws.String("rate(1 minute)"), ScheduleExpressionTimezone: aws.String("UTC"), GroupName: group,
		State: schedulertypes.ScheduleStateEnabled, FlexibleTimeWindow: window, Target: target, Description: aws.String("Runs the scaler"),
		ClientToken: aws.String("create")}))
	read("rate(1 minute)", schedulertypes.ScheduleStateEnabled)
	r.update()
	done(client.UpdateSchedule(r.ctx, &scheduler.UpdateScheduleInput{
		Name: name, GroupName: group, ScheduleExpression: aws.String("rate(5 minutes)"), ScheduleExpressionTimezone: aws.String("UTC"),
		State: schedulertypes.ScheduleStateDisabled, FlexibleTimeWindow: window, Target: target, ClientToken: aws.String("update")}))
	read("rate(5 minutes)", schedulertypes.ScheduleStateDisabled)
	r.delete()
	done(client.DeleteSchedule(r.ctx, &scheduler.DeleteScheduleInput{Name: name, GroupName: group, ClientToken: aws.String("delete")}))
	refused[*schedulertypes.ResourceNotFoundException](client.GetSchedule(r.ctx, &scheduler.GetScheduleInput{Name: name, GroupName: group}))
}
