// One login by github.com/Azure/go-amqp: HOST PORT REALM MECHANISM USER PASSWORD. Prints one line of JSON: what came
// back, as this client saw it. It names the realm in open only: its sasl-init carries no hostname, so it needs a
// listener that stands for one realm.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	amqp "github.com/Azure/go-amqp"
)

type answer struct {
	Ok        bool   `json:"ok"`
	Error     string `json:"error,omitempty"`
	Mechanism string `json:"mechanism"`
	Identity  any    `json:"identity"`
	Groups    any    `json:"groups"`
	Authz     any    `json:"addressAuthz"`
	Closed    bool   `json:"closed"`
}

func login(host, port, realm, mechanism, user, password string) answer {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	options := &amqp.ConnOptions{HostName: realm, SASLType: amqp.SASLTypeAnonymous()}
	if mechanism == "PLAIN" {
		options.SASLType = amqp.SASLTypePlain(user, password)
	}
	connection, err := amqp.Dial(ctx, "amqp://"+host+":"+port, options)
	if err != nil {
		return answer{Error: err.Error(), Mechanism: mechanism}
	}
	properties := connection.Properties()
	got := answer{Ok: true, Mechanism: mechanism, Identity: plain(properties["authenticated-identity"]),
		Groups: properties["groups"], Authz: plain(properties["address-authz"])}
	select {
	case <-connection.Done():
		got.Closed = connection.Err() == nil
		if err := connection.Err(); err != nil {
			got.Ok, got.Error = false, err.Error()
		}
	case <-ctx.Done():
		_ = connection.Close()
	}
	return got
}

// plain turns a map with keys of any type into one that JSON can say.
func plain(value any) any {
	entries, isMap := value.(map[any]any)
	if !isMap {
		return value
	}
	said := map[string]any{}
	for key, entry := range entries {
		said[fmt.Sprint(key)] = entry
	}
	return said
}

func main() {
	if len(os.Args) != 7 {
		fmt.Fprintln(os.Stderr, "usage: login HOST PORT REALM MECHANISM USER PASSWORD")
		os.Exit(2)
	}
	said, err := json.Marshal(login(os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Println(string(said))
}
