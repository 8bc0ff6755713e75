package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/viper"
)

// Store says where artifacts are kept.
type Store struct {
	URI       string // s3://bucket/prefix or file:///dir
	Endpoint  string // empty: AWS
	Region    string
	PathStyle bool
	// Checksums "when_required" turns off the SDK's default checksums for stores that refuse them.
	Checksums string
	SSE       string // "", AES256, aws:kms or aws:kms:dsse
	// Patience is how long the store may be silent within a request; 0 means the store's default.
	Patience  time.Duration
	AccessKey string // only from the development stack; otherwise AWS's credential chain is used
	SecretKey string
}

// storeKeys are the settings of `madx --store-…`, MADX_STORE_… and the store section of the settings file.
var storeKeys = []string{"uri", "endpoint", "region", "path_style", "checksums", "sse", "patience"}

// StoreVariables names the environment variables that ReadStore reads.
func StoreVariables() []string {
	var out []string
	for _, k := range storeKeys {
		out = append(out, EnvPrefix+"STORE_"+strings.ToUpper(k))
	}
	return out
}

// ReadStore reads the store's settings from flags already bound in v, MADX_STORE_* and the settings file. A URI that is
// nowhere set leaves the zero Store: the caller then looks for a development stack.
func ReadStore(v *viper.Viper) (Store, error) {
	for _, k := range storeKeys {
		if err := v.BindEnv("store."+k, EnvPrefix+"STORE_"+strings.ToUpper(k)); err != nil {
			return Store{}, err
		}
	}
	s := Store{URI: v.GetString("store.uri"), Endpoint: v.GetString("store.endpoint"), Region: v.GetString("store.region"),
		PathStyle: v.GetBool("store.path_style"), Checksums: v.GetString("store.checksums"), SSE: v.GetString("store.sse"), Patience: v.GetDuration("store.patience")}
	if s.Checksums != "" && s.Checksums != "when_required" && s.Checksums != "when_supported" {
		return Store{}, fmt.Errorf("store.checksums is %q: known are when_required and when_supported", s.Checksums)
	}
	if s.SSE != "" && s.SSE != "AES256" && s.SSE != "aws:kms" && s.SSE != "aws:kms:dsse" {
		return Store{}, fmt.Errorf("store.sse is %q: known are AES256, aws:kms and aws:kms:dsse", s.SSE)
	}
	return s, nil
}

// SettingsFile returns the path of the optional settings file, $XDG_CONFIG_HOME/madx/config.yaml.
func SettingsFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "madx", "config.yaml"), nil
}

// DataHome returns the folder for the development stack's data, local caches and imported models:
// $MADX_HOME, else $XDG_DATA_HOME/madx, else ~/.local/share/madx.
func DataHome() (string, error) {
	if dir := os.Getenv("MADX_HOME"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "madx"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no home folder: set MADX_HOME to a folder for data: %w", err)
	}
	return filepath.Join(home, ".local", "share", "madx"), nil
}

// Stack is a running development stack, as it announces itself.
type Stack struct {
	Temporal    string `json:"temporal"` // host:port
	UI          string `json:"ui"`       // URL
	S3          string `json:"s3"`       // URL
	Region      string `json:"region"`
	Bucket      string `json:"bucket"`
	Namespace   string `json:"namespace"`
	Credentials string `json:"credentials_file"`
	Data        string `json:"data"`
	PID         int    `json:"pid"`
}

// ErrNoStack means that no development stack runs on the data folder.
var ErrNoStack = errors.New("no development stack is running")

// FindStack reads the announcement of the stack that runs on a data folder.
func FindStack(data string) (Stack, error) {
	body, err := os.ReadFile(filepath.Join(data, "ready.json"))
	if err != nil {
		return Stack{}, fmt.Errorf("%w (data folder %s)", ErrNoStack, data)
	}
	var s Stack
	if err := json.Unmarshal(body, &s); err != nil {
		return Stack{}, fmt.Errorf("%s: %w", filepath.Join(data, "ready.json"), err)
	}
	// The file outlives a killed stack; signal 0 asks whether the process is there.
	if s.PID <= 0 || syscall.Kill(s.PID, 0) != nil {
		return Stack{}, fmt.Errorf("%w (data folder %s)", ErrNoStack, data)
	}
	return s, nil
}

// Store returns the settings of the stack's S3 gateway.
func (s Stack) Store() (Store, error) {
	body, err := os.ReadFile(s.Credentials)
	if err != nil {
		return Store{}, fmt.Errorf("the development stack's S3 keys: %w", err)
	}
	var keys struct {
		ID     string `json:"access_key_id"`
		Secret string `json:"secret_access_key"`
	}
	if err := json.Unmarshal(body, &keys); err != nil {
		return Store{}, fmt.Errorf("%s: %w", s.Credentials, err)
	}
	return Store{URI: "s3://" + s.Bucket, Endpoint: s.S3, Region: s.Region, PathStyle: true, AccessKey: keys.ID, SecretKey: keys.Secret}, nil
}
