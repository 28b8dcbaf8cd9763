// Language hosts of Python and Go for the tests of the plugin: Pulumi's own are part of its CLI's releases, not of a module that the Go module
// proxy serves. What they generate and what they run is Pulumi's: its code generators, its Python SDK and that SDK's way to run a program.
// Which of the two it is, its own name says.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	pygen "github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// exitAfterMessage is the code of a program that has told its user what went wrong.
const exitAfterMessage = 32

type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engine string
	// folder holds this program and what it runs programs with.
	folder string
	isGo   bool
}

func main() {
	for _, obsolete := range []string{"tracing", "root", "binary", "buildTarget"} {
		flag.String(obsolete, "", "")
	}
	flag.Parse()
	self, err := os.Executable()
	exitOn(err)
	ctx, stop := context.WithCancel(context.Background())
	if flag.NArg() > 0 {
		exitOn(rpcutil.Healthcheck(ctx, flag.Arg(0), time.Minute, stop))
	}
	cancel := make(chan bool)
	go func() {
		<-ctx.Done()
		close(cancel)
	}()
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	served := host{engine: flag.Arg(0), folder: filepath.Dir(self), isGo: name == "pulumi-language-go"}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, &served)
			return nil
		},
	})
	exitOn(err)
	fmt.Println(handle.Port)
	exitOn(<-handle.Done)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (host *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: "1.0.0"}, nil
}

func (host *host) Handshake(context.Context, *pulumirpc.LanguageHandshakeRequest) (*pulumirpc.LanguageHandshakeResponse, error) {
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetRequiredPackages names none: the stand-ins for the providers are there already.
func (host *host) GetRequiredPackages(context.Context, *pulumirpc.GetRequiredPackagesRequest) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// InstallDependencies has nothing to do: Pulumi's SDK is beside this program.
func (host *host) InstallDependencies(*pulumirpc.InstallDependenciesRequest, grpc.ServerStreamingServer[pulumirpc.InstallDependenciesResponse]) error {
	return nil
}

func (host *host) GeneratePackage(_ context.Context, request *pulumirpc.GeneratePackageRequest) (*pulumirpc.GeneratePackageResponse, error) {
	client, err := schema.NewLoaderClient(request.LoaderTarget)
	if err != nil {
		return nil, err
	}
	loader := schema.NewCachedLoader(client)
	var spec schema.PackageSpec
	if err := json.Unmarshal([]byte(request.Schema), &spec); err != nil {
		return nil, err
	}
	pkg, diagnostics, err := schema.BindSpec(spec, loader, schema.ValidationOptions{AllowDanglingReferences: true})
	if err != nil {
		return nil, err
	}
	if diagnostics.HasErrors() {
		return nil, diagnostics
	}
	files, err := host.generate(pkg, request, loader)
	if err != nil {
		return nil, err
	}
	for name, content := range files {
		file := filepath.Join(request.Directory, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return nil, err
		}
	}
	return &pulumirpc.GeneratePackageResponse{}, nil
}

func (host *host) generate(pkg *schema.Package, request *pulumirpc.GeneratePackageRequest, loader schema.ReferenceLoader) (map[string][]byte, error) {
	if host.isGo {
		return gogen.GeneratePackage("pulumi-language-go", pkg, request.LocalDependencies)
	}
	return pygen.GeneratePackage("pulumi-language-python", pkg, request.ExtraFiles, loader)
}

// Link notes a generated SDK in what the program requires, and leaves it where it is, with the name and version that an installation notes.
func (host *host) Link(_ context.Context, request *pulumirpc.LinkRequest) (*pulumirpc.LinkResponse, error) {
	if host.isGo {
		return &pulumirpc.LinkResponse{}, nil
	}
	directory := request.Info.ProgramDirectory
	file := filepath.Join(directory, "requirements.txt")
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	for _, linked := range request.Packages {
		text = append(text, []byte(linked.Path+"\n")...)
		name := "pulumi_" + strings.ReplaceAll(linked.Package.Name, "-", "_")
		installed := filepath.Join(directory, linked.Path, fmt.Sprintf("%s-%s.dist-info", name, linked.Package.Version))
		if err := os.MkdirAll(installed, 0o755); err != nil {
			return nil, err
		}
		metadata := fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, linked.Package.Version)
		if err := os.WriteFile(filepath.Join(installed, "METADATA"), []byte(metadata), 0o600); err != nil {
			return nil, err
		}
	}
	return &pulumirpc.LinkResponse{}, os.WriteFile(file, text, 0o600)
}

func (host *host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	command, err := host.program(ctx, request)
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	command.Dir, command.Stdout, command.Stderr = request.Pwd, os.Stdout, os.Stderr
	// An empty map and list, where nil would be null in JSON.
	given := map[string]string{}
	maps.Copy(given, request.Config)
	config, err := json.Marshal(given)
	if err != nil {
		return nil, err
	}
	secrets, err := json.Marshal(append([]string{}, request.ConfigSecretKeys...))
	if err != nil {
		return nil, err
	}
	command.Env = append(os.Environ(), "PULUMI_CONFIG="+string(config), "PULUMI_CONFIG_SECRET_KEYS="+string(secrets))
	command.Env = append(command.Env, host.environment(request)...)
	if err := command.Run(); err != nil {
		if command.ProcessState != nil && command.ProcessState.ExitCode() == exitAfterMessage {
			return &pulumirpc.RunResponse{Bail: true}, nil
		}
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	return &pulumirpc.RunResponse{}, nil
}

// program is the command that runs the program of a project.
func (host *host) program(ctx context.Context, request *pulumirpc.RunRequest) (*exec.Cmd, error) {
	directory := filepath.Join(request.Info.ProgramDirectory, request.Info.EntryPoint)
	if host.isGo {
		file, err := os.CreateTemp("", "pulumi-go-")
		if err != nil {
			return nil, err
		}
		file.Close()
		build := exec.CommandContext(ctx, "go", "build", "-o", file.Name(), ".")
		build.Dir = directory
		if output, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w\n%s", err, output)
		}
		return exec.CommandContext(ctx, file.Name()), nil
	}
	return exec.CommandContext(ctx, "python3",
		filepath.Join(host.folder, "pulumi-language-python-exec"),
		"--monitor", request.MonitorAddress,
		"--engine", host.engine,
		"--project", request.Project,
		"--root_directory", request.Info.RootDirectory,
		"--stack", request.Stack,
		"--organization", request.Organization,
		"--pwd", request.Pwd,
		"--parallel", strconv.Itoa(int(request.Parallel)),
		"--dry_run", strconv.FormatBool(request.DryRun),
		directory), nil
}

// environment is what tells a program of its deployment, and where it finds Pulumi's SDK and what Link has noted.
func (host *host) environment(request *pulumirpc.RunRequest) []string {
	if host.isGo {
		return []string{
			"PULUMI_MONITOR=" + request.MonitorAddress,
			"PULUMI_ENGINE=" + host.engine,
			"PULUMI_ORGANIZATION=" + request.Organization,
			"PULUMI_PROJECT=" + request.Project,
			"PULUMI_ROOT_DIRECTORY=" + request.Info.RootDirectory,
			"PULUMI_STACK=" + request.Stack,
			"PULUMI_PARALLEL=" + strconv.Itoa(int(request.Parallel)),
			"PULUMI_DRY_RUN=" + strconv.FormatBool(request.DryRun),
		}
	}
	paths := []string{filepath.Join(host.folder, "python")}
	text, _ := os.ReadFile(filepath.Join(request.Info.ProgramDirectory, "requirements.txt"))
	for _, line := range strings.Fields(string(text)) {
		if sdk := filepath.Join(request.Info.ProgramDirectory, line); isFolder(sdk) {
			paths = append(paths, sdk)
		}
	}
	return []string{"PYTHONPATH=" + strings.Join(paths, string(os.PathListSeparator))}
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
