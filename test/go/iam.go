package main

import (
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const (
	roleName       = "scaler"
	roleArn        = "arn:aws:iam::123456789012:role/scaler"
	managedPolicy  = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
	lambdaMayUse   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	servicesMayUse = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","scheduler.amazonaws.com"]},"Action":"sts:AssumeRole"}]}`
	roleMay        = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kinesis:*","sqs:SendMessage","lambda:InvokeFunction"],"Resource":"*"}]}`
)

// internal/service/iam/role.go. The role stays for the other resources, after one of the same kind was deleted.
func role(r *lifecycle) {
	client := iam.NewFromConfig(r.cfg)
	create := func(name string) *string {
		r.create()
		done(client.CreateRole(r.ctx, &iam.CreateRoleInput{
			RoleName:                 aws.String(name),
			Path:                     aws.String("/"),
			AssumeRolePolicyDocument: aws.String(lambdaMayUse),
			MaxSessionDuration:       aws.Int32(3600),
			Description:              aws.String("Scales orders"),
			Tags:                     []types.Tag{{Key: aws.String("team"), Value: aws.String("orders")}},
		}))
		return aws.String(name)
	}
	read := func(name *string, trust, description string, seconds int32, key string) {
		r.read()
		found := ok(client.GetRole(r.ctx, &iam.GetRoleInput{RoleName: name})).Role
		document, _ := url.QueryUnescape(aws.ToString(found.AssumeRolePolicyDocument))
		equal("AssumeRolePolicyDocument", document, trust)
		equal("Description", aws.ToString(found.Description), description)
		equal("MaxSessionDuration", aws.ToInt32(found.MaxSessionDuration), seconds)
		equal("CreateDate is there", found.CreateDate != nil, true)
		equal("RoleId is there", aws.ToString(found.RoleId) != "", true)
		equal("key of the tag", aws.ToString(found.Tags[0].Key), key)
		done(client.ListRolePolicies(r.ctx, &iam.ListRolePoliciesInput{RoleName: name}))
		done(client.ListAttachedRolePolicies(r.ctx, &iam.ListAttachedRolePoliciesInput{RoleName: name}))
	}
	name := create("short-lived")
	read(name, lambdaMayUse, "Scales orders", 3600, "team")
	done(nil, iam.NewRoleExistsWaiter(client, func(o *iam.RoleExistsWaiterOptions) { o.MinDelay, o.MaxDelay = quick, quick }).
		Wait(r.ctx, &iam.GetRoleInput{RoleName: name}, waitAtMost))
	r.update()
	done(client.UpdateAssumeRolePolicy(r.ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: aws.String(servicesMayUse)}))
	changed := ok(client.UpdateRoleDescription(r.ctx, &iam.UpdateRoleDescriptionInput{RoleName: name, Description: aws.String("Scales")}))
	equal("Description", aws.ToString(changed.Role.Description), "Scales")
	done(client.UpdateRole(r.ctx, &iam.UpdateRoleInput{RoleName: name, MaxSessionDuration: aws.Int32(7200)}))
	done(client.PutRolePermissionsBoundary(r.ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: aws.String(managedPolicy)}))
	done(client.DeleteRolePermissionsBoundary(r.ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: name}))
	done(client.UntagRole(r.ctx, &iam.UntagRoleInput{RoleName: name, TagKeys: []string{"team"}}))
	done(client.TagRole(r.ctx, &iam.TagRoleInput{RoleName: name, Tags: []types.Tag{{Key: aws.String("owner"), Value: aws.String("shop")}}}))
	read(name, servicesMayUse, "Scales", 7200, "owner")
	r.delete()
	profiles := ok(client.ListInstanceProfilesForRole(r.ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: name}))
	equal("instance profiles", len(profiles.InstanceProfiles), 0)
	done(client.DeleteRole(r.ctx, &iam.DeleteRoleInput{RoleName: name}))
	refused[*types.NoSuchEntityException](client.GetRole(r.ctx, &iam.GetRoleInput{RoleName: name}))
	create(roleName)
	done(client.UpdateAssumeRolePolicy(r.ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String(roleName), PolicyDocument: aws.String(servicesMayUse)}))
}

// internal/service/iam/role_policy.go. The policy stays for the other resources.
func rolePolicy(r *lifecycle) {
	client := iam.NewFromConfig(r.cfg)
	put := func(name, policy string) {
		done(client.PutRolePolicy(r.ctx, &iam.PutRolePolicyInput{
			RoleName: aws.String(roleName), PolicyName: aws.String(name), PolicyDocument: aws.String(policy)}))
	}
	get := func(name string) (*iam.GetRolePolicyOutput, error) {
		return client.GetRolePolicy(r.ctx, &iam.GetRolePolicyInput{RoleName: aws.String(roleName), PolicyName: aws.String(name)})
	}
	read := func(name, want string) {
		r.read()
		document, _ := url.QueryUnescape(aws.ToString(ok(get(name)).PolicyDocument))
		equal("PolicyDocument", document, want)
	}
	narrow := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kinesis:DescribeStreamSummary","Resource":"*"}]}`
	r.create()
	put("short-lived", narrow)
	read("short-lived", narrow)
	r.update()
	put("short-lived", roleMay)
	read("short-lived", roleMay)
	r.delete()
	done(client.DeleteRolePolicy(r.ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String(roleName), PolicyName: aws.String("short-lived")}))
	refused[*types.NoSuchEntityException](get("short-lived"))
	r.create()
	put("work", roleMay)
}

// internal/service/iam/role_policy_attachment.go
func rolePolicyAttachment(r *lifecycle) {
	client := iam.NewFromConfig(r.cfg)
	attached := func() string {
		names := []string{}
		pages := iam.NewListAttachedRolePoliciesPaginator(client, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String(roleName)})
		for pages.HasMorePages() {
			for _, policy := range ok(pages.NextPage(r.ctx)).AttachedPolicies {
				names = append(names, aws.ToString(policy.PolicyArn))
			}
		}
		return fmt.Sprint(names)
	}
	r.create()
	done(client.AttachRolePolicy(r.ctx, &iam.AttachRolePolicyInput{RoleName: aws.String(roleName), PolicyArn: aws.String(managedPolicy)}))
	r.read()
	equal("attached", attached(), "["+managedPolicy+"]")
	r.delete()
	done(client.DetachRolePolicy(r.ctx, &iam.DetachRolePolicyInput{RoleName: aws.String(roleName), PolicyArn: aws.String(managedPolicy)}))
	equal("attached", attached(), "[]")
}
