package main

import (
	"context"
	"fmt"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"

	"madx/workflows"
)

// labelCheck remembers that a server was seen to have the search attributes that sweeps carry.
type labelCheck struct{ passed bool }

// checkLabels refuses a server without the search attributes that sweeps carry, before anything is uploaded or started:
// there a workflow would only repeat its first task for ever.
func (c *connection) checkLabels(ctx context.Context) error {
	return c.labels.check(ctx, c.temporal.OperatorService(), c.namespace)
}

func (l *labelCheck) check(ctx context.Context, operator operatorservice.OperatorServiceClient, namespace string) error {
	if l.passed {
		return nil
	}
	have, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	switch err.(type) {
	case nil:
	case *serviceerror.PermissionDenied, *serviceerror.Unimplemented:
		// A server that does not tell, such as Temporal Cloud to a user without that right, may well have them.
		l.passed = true
		return nil
	default:
		return unreachable{fmt.Errorf("search attributes of namespace %s: %w", namespace, err)}
	}
	var lines []string
	for _, key := range workflows.Attributes {
		name, typ := key.GetName(), have.GetCustomAttributes()[key.GetName()]
		switch typ {
		case enums.INDEXED_VALUE_TYPE_KEYWORD:
			continue
		case enums.INDEXED_VALUE_TYPE_UNSPECIFIED:
		default: // another program's; a namespace of its own is the way out where that is still needed
			lines = append(lines, fmt.Sprintf("  temporal operator search-attribute remove --namespace %s --name %s   # it is of type %s", namespace, name, typ))
		}
		lines = append(lines, fmt.Sprintf("  temporal operator search-attribute create --namespace %s --name %s --type Keyword", namespace, name))
	}
	if len(lines) > 0 {
		return fmt.Errorf("the Temporal namespace %s lacks search attributes that sweeps carry; an administrator creates them with:\n%s", namespace, strings.Join(lines, "\n"))
	}
	l.passed = true
	return nil
}
