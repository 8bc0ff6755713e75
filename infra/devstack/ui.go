package main

import (
	"fmt"
	"strings"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// startUI serves Temporal's Web UI; its pages are inside the program, and it
// asks nothing of the outside.
func startUI(opt options, p *profile, failed chan<- error) part {
	host := opt.ip
	if strings.Contains(host, ":") {
		host = "[" + host + "]" // the UI joins host and port with a plain colon
	}
	server := uiserver.NewServer(server_options.WithConfigProvider(&uiconfig.Config{
		TemporalGRPCAddress: dialAddress(opt.ip, opt.ports.temporal),
		Host:                host,
		Port:                opt.ports.ui,
		EnableUI:            true,
		DefaultNamespace:    p.madx.Namespace,
		DisableNewsFetch:    true,
		HideLogs:            true,
		CORS:                uiconfig.CORS{CookieInsecure: true}, // plain HTTP
	}))
	go func() {
		if err := server.Start(); err != nil {
			failed <- fmt.Errorf("the Web UI ended: %w", err)
		}
	}()
	return part{name: "Web UI", stop: server.Stop}
}
