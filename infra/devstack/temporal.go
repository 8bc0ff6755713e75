package main

import (
	"fmt"
	"os"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

// startTemporal runs all of the server's services in this process and returns
// when they have started, which is a little before they answer.
func startTemporal(opt options, p *profile) (part, error) {
	if err := prepareDatabase(p); err != nil {
		return part{}, err
	}
	cluster := p.server.ClusterMetadata
	self := cluster.ClusterInformation[cluster.CurrentClusterName]
	self.RPCAddress = dialAddress(opt.ip, opt.ports.temporal)
	cluster.ClusterInformation[cluster.CurrentClusterName] = self

	authorizer, err := authorization.GetAuthorizerFromConfig(&p.server.Global.Authorization)
	if err != nil {
		return part{}, &usageError{fmt.Errorf("%s: %w", opt.profile, err)}
	}
	logger := log.NewZapLogger(log.BuildZapLogger(p.server.Log))
	claims, err := authorization.GetClaimMapperFromConfig(&p.server.Global.Authorization, logger)
	if err != nil {
		return part{}, &usageError{fmt.Errorf("%s: %w", opt.profile, err)}
	}
	done := make(chan any)
	settings, err := dynamicSettings(p.server.DynamicConfigClient, logger, done)
	if err != nil {
		return part{}, &usageError{fmt.Errorf("dynamicConfigClient of %s: %w", opt.profile, err)}
	}
	server, err := temporal.NewServer(
		temporal.WithConfig(p.server),
		temporal.ForServices(temporal.DefaultServices),
		// One process, one host per service: no gossip and none of its ports.
		temporal.WithStaticHosts(staticHosts(opt, p.server)),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorizer),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(settings),
	)
	if err != nil {
		return part{}, fmt.Errorf("set up the Temporal server: %w", err)
	}
	if err := server.Start(); err != nil {
		return part{}, fmt.Errorf("start the Temporal server (its log: %s): %w", p.server.Log.OutputFile, err)
	}
	return part{name: "Temporal", stop: func() {
		close(done)
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "madx-devstack: stop the Temporal server:", err)
		}
	}}, nil
}

func staticHosts(opt options, cfg *config.Config) map[primitives.ServiceName]static.Hosts {
	hosts := make(map[primitives.ServiceName]static.Hosts)
	for _, name := range temporal.DefaultServices {
		ip := "127.0.0.1"
		if name == string(primitives.FrontendService) {
			ip = opt.ip
		}
		hosts[primitives.ServiceName(name)] = static.SingleLocalHost(dialAddress(ip, cfg.Services[name].RPC.GRPCPort))
	}
	return hosts
}

// small are the dynamic settings for a single small host: one partition a task
// queue instead of four means less polling, and tasks are handed out in order.
var small = dynamicconfig.StaticClient{
	dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
	dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
}

// dynamicSettings are the small host's, under those of the file that the
// profile names, if it names one.
func dynamicSettings(c *dynamicconfig.FileBasedClientConfig, logger log.Logger, done <-chan any) (dynamicconfig.Client, error) {
	if c == nil {
		return small, nil
	}
	file, err := dynamicconfig.NewFileBasedClient(c, logger, done)
	if err != nil {
		return nil, err
	}
	return layers{file, small}, nil
}

// layers answers with the first that has a setting.
type layers []dynamicconfig.Client

// GetValue implements dynamicconfig.Client.
func (l layers) GetValue(key dynamicconfig.Key) []dynamicconfig.ConstrainedValue {
	for _, one := range l {
		if v := one.GetValue(key); len(v) > 0 {
			return v
		}
	}
	return nil
}
